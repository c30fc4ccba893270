"""Consumer groups: ten thousand of one member each, and one of five hundred members.

One asyncio loop is all the clients. It speaks the last versions before flexible encodings, whose answers are short to read."""

import asyncio
import collections
import struct
import time
from statistics import median, quantiles

from kafka import Client, KafkaError, Reader, array, string
from lifecycle import KIB, MIB, figure, measure_idle_cpu

OFFSET_COMMIT, FIND_COORDINATOR, JOIN, HEARTBEAT, SYNC = (8, 7), (10, 0), (11, 5), (12, 3), (14, 3)
REBALANCE_IN_PROGRESS, MEMBER_ID_REQUIRED, LOADING = 27, 79, (14, 15, 16)
NULL = struct.pack(">h", -1)
SESSION, REBALANCE = 600_000, 60_000  # milliseconds: nobody is to expire while others are measured
TOPIC = "grouped"


def content(data):
    return struct.pack(">i", len(data)) + data


SUBSCRIPTION = struct.pack(">h", 0) + array([string(TOPIC)]) + struct.pack(">i", -1)
ASSIGNMENT = struct.pack(">h", 0) + array([string(TOPIC) + array([struct.pack(">i", 0)])]) + struct.pack(">i", -1)


class Connection:
    """Requests are sent at once and answered in order."""

    def __init__(self, reader, writer):
        self.reader, self.writer, self.correlation, self.waiting = reader, writer, 0, collections.deque()
        self.answering = asyncio.create_task(self.answer())

    @classmethod
    async def open(cls, port):
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def answer(self):
        error = KafkaError("the broker closed the connection")
        try:
            while True:
                (size,) = struct.unpack(">i", await self.reader.readexactly(4))
                reader = Reader(await self.reader.readexactly(size))
                correlation, future = self.waiting.popleft()
                if reader.number("i") != correlation:
                    raise KafkaError("an answer to another request")
                if not future.cancelled():
                    future.set_result(reader)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except KafkaError as found:
            error = found
        for _, future in self.waiting:
            if not future.done():
                future.set_exception(error)

    def request(self, api, body):
        self.correlation += 1
        frame = struct.pack(">hhi", *api, self.correlation) + string("bench") + body
        future = asyncio.get_running_loop().create_future()
        self.waiting.append((self.correlation, future))
        self.writer.write(struct.pack(">i", len(frame)) + frame)
        return future

    async def close(self):
        self.answering.cancel()
        self.writer.close()


def check(error, what):
    if error:
        raise KafkaError(f"{what}: error code {error}")


class Member:
    def __init__(self, connection, group):
        self.connection, self.group = connection, group
        self.id, self.generation, self.members = "", -1, []

    async def join(self):
        body = string(self.group) + struct.pack(">ii", SESSION, REBALANCE)
        protocols = NULL + string("consumer") + array([string("range") + content(SUBSCRIPTION)])
        error = MEMBER_ID_REQUIRED
        while error == MEMBER_ID_REQUIRED:
            reader = await self.connection.request(JOIN, body + string(self.id) + protocols)
            reader.number("i")
            error, self.generation = reader.number("h"), reader.number("i")
            reader.string()
            leader, self.id = reader.string(), reader.string()
        check(error, f"joining {self.group}")
        self.leads = leader == self.id
        self.members = []
        for _ in range(reader.number("i")):
            self.members.append(reader.string())
            reader.string()
            metadata = reader.number("i")
            reader.at += metadata

    @property
    def place(self):
        return string(self.group) + struct.pack(">i", self.generation) + string(self.id) + NULL

    async def sync(self):
        assignments = array(string(member) + content(ASSIGNMENT) for member in self.members)
        reader = await self.connection.request(SYNC, self.place + assignments)
        reader.number("i")
        check(reader.number("h"), f"synchronising {self.group}")

    async def settle(self):
        await self.join()
        await self.sync()

    async def heartbeat(self):
        reader = await self.connection.request(HEARTBEAT, self.place)
        reader.number("i")
        return reader.number("h")

    async def commit(self, offset=1):
        partition = struct.pack(">iqi", 0, offset, -1) + string("")
        reader = await self.connection.request(OFFSET_COMMIT, self.place + array([string(TOPIC) + array([partition])]))
        reader.number("i")

        def partition_answer():
            reader.number("i")
            check(reader.number("h"), f"a commit of {self.group}")

        reader.array(lambda: (reader.string(), reader.array(partition_answer)))

    async def stays(self):
        check(await self.heartbeat(), f"a heartbeat in {self.group}")


async def coordinator(connection, group):
    """Waits until somebody coordinates the group and has loaded it."""
    deadline = time.monotonic() + 60
    member = Member(connection, group)
    while (await connection.request(FIND_COORDINATOR, string(group))).number("h") or await member.heartbeat() in LOADING:
        if time.monotonic() > deadline:
            raise KafkaError("no coordinator")
        await asyncio.sleep(0.002)


async def in_turn(members, action, depth):
    """Does something for every member with so many requests in flight."""
    rest = iter(members)

    async def work():
        for member in rest:
            await action(member)

    await asyncio.gather(*(work() for _ in range(depth)))


async def rate(server, members, action, depth):
    """(requests per second, CPU microseconds of the server per request)"""
    cpu, begun = server.cpu_seconds(), time.monotonic()
    await in_turn(members, action, depth)
    seconds, spent = time.monotonic() - begun, server.cpu_seconds() - cpu
    return len(members) / seconds, spent / len(members) * 1e6


async def latencies(members, action):
    """Milliseconds of each, one request at a time."""
    found = []
    for member in members:
        begun = time.perf_counter()
        await action(member)
        found.append((time.perf_counter() - begun) * 1000)
    return found


def slowest_percent(values):
    return quantiles(values, n=100)[98]


class Bench:
    """A broker with a loop that talks to it."""

    def __init__(self, laboratory, delay):
        self.laboratory, self.directory = laboratory, laboratory.directory()
        self.overrides = [*laboratory.overrides, f"group.initial.rebalance.delay.ms={delay}"]
        self.runner = asyncio.Runner()

    def start(self):
        kept, self.laboratory.overrides = self.laboratory.overrides, self.overrides
        try:
            self.server = self.laboratory.start_broker(self.directory)
        finally:
            self.laboratory.overrides = kept
        return self.server

    def run(self, steps):
        return self.runner.run(steps)

    def connect(self, count):
        async def connections():
            return [await Connection.open(self.server.port) for _ in range(count)]

        return self.run(connections())

    def close(self, connections):
        async def closing():
            for connection in connections:
                await connection.close()

        self.run(closing())

    def end(self):
        self.runner.close()
        if self.server.process.poll() is None:
            self.server.kill()
        self.laboratory.discard(self.directory)


def many_groups(laboratory, count, connections=100):
    title, bench = f"{count:,} groups of one member", Bench(laboratory, 0)
    server = bench.start()
    try:
        with Client(server.port) as client:
            client.create_topics({TOPIC: 1})
            client.wait_until_served({TOPIC: 1})
        opened = bench.connect(connections)
        bench.run(coordinator(opened[0], "group-0"))
        members = [Member(opened[index % connections], f"group-{index}") for index in range(count)]
        time.sleep(1)
        before = server.memory()["VmRSS"]
        joined, cpu = bench.run(rate(server, members, Member.settle, connections * 4))
        yield figure(title, "until all are stable", count / joined * 1000, "ms", detail=f"{joined:,.0f} groups a second")
        yield figure(title, "CPU, join and sync", cpu, "µs")
        time.sleep(1)
        yield figure(title, "resident per group", (server.memory()["VmRSS"] - before) / count / KIB, "KiB",
                     detail=f"{(server.memory()['VmRSS']) / MIB:.1f} MiB in all")
        yield figure(title, "idle CPU, no heartbeats", measure_idle_cpu(server, 2), "% of a core")
        beats, cpu = bench.run(rate(server, members, Member.stays, connections * 4))
        yield figure(title, "heartbeats", beats, "per second")
        yield figure(title, "CPU per heartbeat", cpu, "µs")
        found = bench.run(latencies(members[:2000], Member.stays))
        yield figure(title, "heartbeat, one at a time, p50", median(found), "ms")
        yield figure(title, "heartbeat, one at a time, p99", slowest_percent(found), "ms")
        commits, cpu = bench.run(rate(server, members, Member.commit, connections * 4))
        yield figure(title, "commits", commits, "per second")
        yield figure(title, "CPU per commit", cpu, "µs")
        found = bench.run(latencies(members[:2000], Member.commit))
        yield figure(title, "commit, one at a time, p50", median(found), "ms")
        yield figure(title, "commit, one at a time, p99", slowest_percent(found), "ms")
        yield from start_again(bench, title, members, opened)
    finally:
        bench.end()


def start_again(bench, title, members, opened):
    """Every group is there again, its member goes on, and its commit is not lost."""
    bench.close(opened)
    bench.server.kill()
    begun = time.monotonic()
    server = bench.start()
    again = bench.connect(10)
    for index, member in enumerate(members):
        member.connection = again[index % 10]
    lost = 0

    async def served(member):
        nonlocal lost
        while (error := await member.heartbeat()) in LOADING:
            await asyncio.sleep(0.002)
        lost += error != 0

    bench.run(in_turn(members, served, 100))
    detail = f"ready line after {server.seconds_to_ready * 1000:.0f} ms"
    yield figure(title, "start after SIGKILL, all go on", (time.monotonic() - begun) * 1000, "ms",
                 detail=detail + (f"; {lost:,} GROUPS LOST" if lost else ""))


async def rebalance(members):
    """The leader joins again, and so do all others as soon as they are told."""
    (leader,) = [member for member in members if member.leads]
    others = [member for member in members if member is not leader]
    leading = asyncio.create_task(leader.settle())
    while await others[0].heartbeat() != REBALANCE_IN_PROGRESS:
        pass
    await asyncio.gather(leading, *(member.settle() for member in others))


def large_group(laboratory, count):
    title, delay = f"A group of {count} members", 500
    bench = Bench(laboratory, delay)
    server = bench.start()
    try:
        opened = bench.connect(count)
        bench.run(coordinator(opened[0], "large"))
        members = [Member(connection, "large") for connection in opened]

        async def together():
            await asyncio.gather(*(member.settle() for member in members))

        time.sleep(1)
        before, cpu, begun = server.memory()["VmRSS"], server.cpu_seconds(), time.monotonic()
        bench.run(together())
        seconds = time.monotonic() - begun
        yield figure(title, "until it is stable", seconds * 1000, "ms",
                     detail=f"the broker waits for more members for at least {delay} ms of it; "
                     f"{len({member.generation for member in members})} generation(s) seen")
        yield figure(title, "resident per member", (server.memory()["VmRSS"] - before) / count / KIB, "KiB")
        found, costs = [], []
        for _ in range(5):
            cpu, begun = server.cpu_seconds(), time.monotonic()
            bench.run(rebalance(members))
            found.append((time.monotonic() - begun) * 1000)
            costs.append((server.cpu_seconds() - cpu) * 1000)
        yield figure(title, "rebalance", median(found), "ms", detail="all join and synchronise again, median of 5")
        yield figure(title, "CPU per rebalance", median(costs), "ms")
        beats, cpu = bench.run(rate(server, members * 10, Member.stays, count))
        yield figure(title, "heartbeats", beats, "per second")
        yield figure(title, "CPU per heartbeat", cpu, "µs")
    finally:
        bench.end()
