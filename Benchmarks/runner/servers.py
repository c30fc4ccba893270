"""Starting, watching and ending the servers that are measured."""

import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")


class ServerFailure(Exception):
    pass


class Server:
    """A process that prints a JSON ready line; `seconds_to_ready` counts from before its exec to that line."""

    def __init__(self, command, directory, timeout=60):
        self.directory = directory
        self.log = open(os.path.join(directory, "stderr.log"), "ab")
        begun = time.monotonic()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, close_fds=False)
        self.ready = self.read_ready_line(begun + timeout)
        self.seconds_to_ready = time.monotonic() - begun
        self.port = self.ready["listeners"][0]["port"]
        # What it may print later must not fill the pipe and stop it.
        threading.Thread(target=self.drain, daemon=True).start()

    @property
    def pid(self):
        return self.process.pid

    def read_ready_line(self, deadline):
        pending = b""
        descriptor = self.process.stdout.fileno()
        while True:
            if not select.select([descriptor], [], [], max(0, deadline - time.monotonic()))[0]:
                self.fail("was not ready in time")
            data = os.read(descriptor, 65536)
            if not data:
                self.fail("ended before it was ready")
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                try:
                    value = json.loads(line)
                except ValueError:
                    continue
                if isinstance(value, dict) and value.get("listeners"):
                    return value

    def fail(self, what):
        self.kill()
        with open(self.log.name, "rb") as log:
            raise ServerFailure(f"{self.process.args[0]} {what}\n{log.read()[-2000:].decode(errors='replace')}")

    def drain(self):
        descriptor = self.process.stdout.fileno()
        try:
            while os.read(descriptor, 65536):
                pass
        except (OSError, ValueError):
            pass

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self):
        """Resident bytes: all, those of no file, and the most there ever were."""
        with open(f"/proc/{self.pid}/status") as file:
            lines = dict(line.split(":", 1) for line in file if ":" in line)
        return {name: int(lines[name].split()[0]) * 1024 for name in ("VmRSS", "RssAnon", "VmHWM")}

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def stop(self, timeout=60):
        """Ends it as an operator would; returns the seconds it took, None if it had to be killed."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            return None
        self.log.close()
        return time.monotonic() - begun

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


class Laboratory:
    """Where servers run: the built programs, and a place for data that is emptied after each run."""

    def __init__(self, broker, programs, data, overrides=(), control=False, against=None):
        self.broker, self.programs, self.overrides = broker, programs, list(overrides)
        self.control = control  # the floor in the broker's place
        self.against = against  # a broker in the floor's place
        os.makedirs(data, exist_ok=True)
        self.data = data

    def directory(self):
        return tempfile.mkdtemp(dir=self.data)

    def discard(self, directory):
        shutil.rmtree(directory, ignore_errors=True)

    def start_broker(self, directory, timeout=60, executable=None):
        command = [executable or self.broker, "start", "--data", os.path.join(directory, "data"), "--port", "0"]
        for override in self.overrides:
            command += ["--override", override]
        return Server(command, directory, timeout)

    def start_floor(self, directory, file_bytes, echo=False):
        command = [os.path.join(self.programs, "floor"), os.path.join(directory, "log"), str(file_bytes)]
        return Server(command + ["--echo"] * echo, directory)

    def blast(self, server, operation, topic, **options):
        command = [os.path.join(self.programs, "blaster"), operation, "--topic", topic]
        command += ["--port", str(server.port), "--pid", str(server.pid)]
        for name, value in options.items():
            command += ["--" + name.replace("_", "-"), str(value)]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode != 0:
            raise ServerFailure(f"{' '.join(command)}: {result.stderr.strip() or result.returncode}")
        return json.loads(result.stdout)
