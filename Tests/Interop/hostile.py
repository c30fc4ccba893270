"""Clients that mean no good, in processes of their own so that they take no time from those that measure."""
import contextlib
import multiprocessing
import resource
import select
import socket
import struct
import time

from messages import METADATA
from wire import framed, request_bytes


def pipeline_without_reading(address, seconds):
    """Asks a hundred thousand times and never reads an answer; gives how many requests were taken."""
    whole = framed(request_bytes(METADATA, 9, 5, {"topics": None})) * 100_000
    one = len(whole) // 100_000
    with socket.create_connection(address) as connection:
        connection.setblocking(False)
        end, sent = time.monotonic() + seconds, 0
        while sent < len(whole) and (left := end - time.monotonic()) > 0:
            if select.select([], [connection], [], left)[1]:
                sent += connection.send(whole[sent:sent + (1 << 20)])
        time.sleep(max(0, end - time.monotonic()))
    return sent // one


def drip(address, seconds, count=2000, every=1.0):
    """Holds connections that begin a request and send a byte of it now and then; gives how many were cut off."""
    connections = {socket.create_connection(address) for _ in range(count)}
    for connection in connections:
        connection.sendall(struct.pack(">i", 1_000_000))
    end = time.monotonic() + seconds
    while time.monotonic() < end and connections:
        time.sleep(every)
        for connection in list(connections):
            try:
                connection.send(b"\0")
            except OSError:
                connections.discard(connection)
                connection.close()
    return count - len(connections)


def churn(address, seconds):
    """Opens and closes connections as fast as it can; gives how many a second."""
    begun, done = time.monotonic(), 0
    linger = struct.pack("ii", 1, 0)
    while time.monotonic() < begun + seconds:
        for _ in range(50):
            with socket.socket() as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                connection.connect(address)
            done += 1
    return done / (time.monotonic() - begun)


def hoard(address, seconds, count=100, size=1 << 20):
    """Begins requests of many megabytes and leaves them there; gives how many were cut off."""
    connections = []
    for _ in range(count):
        connection = socket.create_connection(address)
        connection.setblocking(False)
        connections.append(connection)
        begun = struct.pack(">i", 50 << 20) + bytes(size)
        with contextlib.suppress(OSError):
            while begun and select.select([], [connection], [], 0.2)[1]:
                begun = begun[connection.send(begun):]
    time.sleep(seconds)
    cut = 0
    for connection in connections:
        try:
            cut += connection.recv(1) == b""
        except BlockingIOError:
            pass
        except OSError:
            cut += 1
    return cut


def _run(name, address, arguments, go, results):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    go.wait()
    results.put(globals()[name](address, **arguments))


class Hostile:
    """One of the functions above, ready to begin in a process of its own."""

    def __init__(self, broker, function, **arguments):
        context = multiprocessing.get_context("spawn")
        self.go, self.results = context.Event(), context.Queue()
        self.process = context.Process(target=_run, daemon=True, args=(
            function.__name__, (broker.host, broker.port), arguments, self.go, self.results))
        self.process.start()

    def result(self, seconds=60):
        """Lets it go, and gives what it gives when it is done."""
        self.go.set()
        found = self.results.get(timeout=seconds)
        self.process.join(10)
        return found
