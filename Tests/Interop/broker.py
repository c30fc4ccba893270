"""The broker under test as a process: started, watched, stopped, killed, and started again on the same directory."""
import contextlib
import json
import os
import pathlib
import selectors
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from wire import Connection


def until(condition, seconds=10.0, every=0.02, what="the condition"):
    """Polls until the condition holds and gives its value; the only way a test here waits."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not hold within {seconds} s; last: {value!r}")
        time.sleep(every)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class External:
    """A broker that somebody else runs; only its address is known."""

    external = True

    def __init__(self, address):
        self.host, port = address.rsplit(":", 1)
        self.port = int(port)
        self.ready = {}

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def connect(self, timeout=10.0):
        return Connection(self.host, self.port, timeout)

    def alive(self):
        return True

    def rss(self):
        return 0

    peak_rss = rss

    def forget_peak(self):
        pass

    def descriptors(self):
        return 0

    def log(self):
        return "(an external broker: no log)"

    def discard(self):
        pass


class Broker(External):
    external = False

    def __init__(self, executable, directory=None, overrides=None):
        self.executable = executable
        self.owns_directory = directory is None
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="broker-test-"))
        self.data = self.directory / "data" if self.owns_directory else self.directory
        self.errors = tempfile.NamedTemporaryFile(prefix="broker-test-", suffix=".log")
        self.overrides = overrides or {}
        self.host, self.port, self.process = "127.0.0.1", 0, None

    def start(self, seconds=20.0):
        """Starts and waits for the ready line; the port of the first start is kept afterwards."""
        command = [self.executable, "start", "--data", str(self.data), "--port", str(self.port)]
        for key, value in self.overrides.items():
            command += ["--override", f"{key}={value}"]
        begun = time.monotonic()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=open(self.errors.name, "ab"))
        self.ready = self.ready_line(begun + seconds)
        self.start_seconds = time.monotonic() - begun
        listener = self.ready["listeners"][0]
        self.host, self.port = listener["host"], listener["port"]
        return self

    def ready_line(self, end):
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0, end - time.monotonic())):
                    raise AssertionError(f"no ready line in time; log:\n{self.log()}")
                piece = os.read(self.process.stdout.fileno(), 65536)
                if not piece:
                    raise AssertionError(f"exit code {self.process.wait()} before ready; log:\n{self.log()}")
                line += piece
        ready = json.loads(line)
        assert ready["event"] == "ready", ready
        return ready

    def stop(self, seconds=10.0):
        """Asks for a graceful stop; gives (exit code, seconds taken)."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(seconds)
        return code, time.monotonic() - begun

    def kill(self):
        self.process.kill()
        self.process.wait()

    def restart(self):
        self.stop()
        return self.start()

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def rss(self):
        """Resident bytes now."""
        return self.status("VmRSS")

    def peak_rss(self):
        """The largest number of resident bytes since the start or `forget_peak`."""
        return self.status("VmHWM")

    def forget_peak(self):
        with open(f"/proc/{self.process.pid}/clear_refs", "w") as file:
            file.write("5")

    def status(self, name):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
        return 0

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def log(self, lines=12):
        return "\n".join(pathlib.Path(self.errors.name).read_text(errors="replace").splitlines()[-lines:])

    def discard(self):
        if self.alive():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.stop()
        if self.alive():
            self.kill()
        if self.owns_directory:
            shutil.rmtree(self.directory, ignore_errors=True)
        self.errors.close()


def partition_directory(broker, topic, partition=0):
    """Where a partition's files lie, in whatever log directory the broker made."""
    found = list(broker.data.rglob(f"{topic}-{partition}"))
    assert len(found) == 1, f"{found} for {topic}-{partition} below {broker.data}"
    return found[0]
