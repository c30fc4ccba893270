"""The few requests that prepare and check a run, in their older, simpler encodings."""

import socket
import struct
import time

LATEST = -1


class KafkaError(Exception):
    pass


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self, form):
        (value,) = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(form)
        return value

    def string(self):
        length = self.number("h")
        if length < 0:
            return None
        self.at += length
        return self.data[self.at - length : self.at].decode()

    def array(self, element):
        return [element() for _ in range(self.number("i"))]


def string(text):
    data = text.encode()
    return struct.pack(">h", len(data)) + data


def array(items):
    items = list(items)
    return struct.pack(">i", len(items)) + b"".join(items)


class Client:
    """One blocking connection."""

    def __init__(self, port, timeout=60):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.correlation = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def receive(self, count):
        parts = []
        while count:
            part = self.socket.recv(min(count, 1 << 20))
            if not part:
                raise KafkaError("the broker closed the connection")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def request(self, key, version, body):
        self.correlation += 1
        frame = struct.pack(">hhi", key, version, self.correlation) + string("bench") + body
        self.socket.sendall(struct.pack(">i", len(frame)) + frame)
        (size,) = struct.unpack(">i", self.receive(4))
        reader = Reader(self.receive(size))
        if reader.number("i") != self.correlation:
            raise KafkaError("an answer to another request")
        return reader

    def create_topics(self, topics, timeout_milliseconds=60_000):
        """Creates {name: partitions} with one replica each."""
        wanted = (
            string(name) + struct.pack(">ih", partitions, 1) + array([]) + array([])
            for name, partitions in topics.items()
        )
        reader = self.request(19, 4, array(wanted) + struct.pack(">i?", timeout_milliseconds, False))
        reader.number("i")
        for name, error, message in reader.array(lambda: (reader.string(), reader.number("h"), reader.string())):
            if error:
                raise KafkaError(f"creating {name}: error code {error} {message or ''}")

    def led_partitions(self, topics):
        """How many partitions of each topic have a leader."""
        reader = self.request(3, 4, array(map(string, topics)) + struct.pack(">?", False))
        reader.number("i")
        reader.array(lambda: (reader.number("i"), reader.string(), reader.number("i"), reader.string()))
        reader.string()
        reader.number("i")

        def partition():
            error, _, leader = reader.number("h"), reader.number("i"), reader.number("i")
            for _ in range(2):
                reader.array(lambda: reader.number("i"))
            return error == 0 and leader >= 0

        def topic():
            reader.number("h")
            name, _ = reader.string(), reader.number("?")
            return name, sum(reader.array(partition))

        return dict(reader.array(topic))

    def end_offsets(self, topic, partitions):
        """The next offset of each partition; None where the broker does not serve it."""
        wanted = array(struct.pack(">iq", index, LATEST) for index in range(partitions))
        reader = self.request(2, 1, struct.pack(">i", -1) + array([string(topic) + wanted]))

        def partition():
            reader.number("i")
            error, _, offset = reader.number("h"), reader.number("q"), reader.number("q")
            return offset if error == 0 else None

        return reader.array(lambda: (reader.string(), reader.array(partition)))[0][1]

    def wait_until_served(self, topics, timeout=60):
        """Waits until all partitions of {name: partitions} have a leader that answers; returns their end offsets."""
        deadline = time.monotonic() + timeout
        while True:
            led = self.led_partitions(topics)
            ends = []
            if all(led.get(name) == partitions for name, partitions in topics.items()):
                # A leader in the metadata may still be about to open its log.
                ends = [offset for name, partitions in topics.items() for offset in self.end_offsets(name, partitions)]
                if None not in ends:
                    return ends
            if time.monotonic() > deadline:
                missing = sum(topics.values()) - (sum(led.values()) if not ends else len(ends) - ends.count(None))
                raise KafkaError(f"{missing} partitions are not served")
            time.sleep(0.002)
