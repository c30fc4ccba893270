"""Consumers of a group in each client family, and a ledger of what they read and committed.

Every worker reads, enters what it read in the ledger, and commits it before it reads on or gives a partition away. So
as long as nobody is killed, each record is read exactly once.
"""
import asyncio
import collections
import contextlib
import json
import subprocess
import sys
import threading

import aiokafka
import confluent_kafka
import kafka
from aiokafka.coordinator.assignors.range import RangePartitionAssignor as AioRange
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.coordinator.assignors.range import RangePartitionAssignor

from broker import until
from clients import Confluent
from records import Record, batch
from talk import produce

# Timeouts in milliseconds, short enough for tests and long enough for a busy machine.
SESSION, HEARTBEAT = 8000, 150


class Ledger:
    """Who read what, in the order it happened."""

    def __init__(self):
        self.lock = threading.Lock()
        self.seen = collections.defaultdict(list)  # (partition, offset) to the workers that read it
        self.committed = collections.defaultdict(int)  # partition to the next offset
        self.failures = []

    def read(self, worker, partition, offset):
        with self.lock:
            if offset < self.committed[partition]:
                self.failures.append(f"{worker} read {partition}@{offset} below the commit {self.committed[partition]}")
            self.seen[partition, offset].append(worker)

    def commit(self, worker, partition, offset):
        with self.lock:
            if offset < self.committed[partition]:
                self.failures.append(f"{worker} committed {partition}@{offset} below {self.committed[partition]}")
            self.committed[partition] = offset

    def check(self, expected, once=True):
        """Every record of {partition: end} was read, and read once; nothing committed was read again."""
        assert not self.failures, self.failures[:5]
        missing = [(p, o) for p, end in expected.items() for o in range(end) if (p, o) not in self.seen]
        assert not missing, f"{len(missing)} not read: {missing[:5]}"
        twice = {place: workers for place, workers in self.seen.items() if len(workers) > 1}
        assert not (once and twice), f"{len(twice)} read twice: {list(twice.items())[:5]}"

    def count(self):
        return len(self.seen)


class Worker:
    """Common to all: a name, the partitions it has now, how often they were given and taken."""

    def __init__(self, broker, group, topic, ledger=None, name="worker", **config):
        self.broker, self.group, self.topic, self.name, self.config = broker, group, topic, name, config
        self.ledger = ledger or Ledger()
        self.assigned, self.given, self.taken, self.error = set(), 0, 0, None
        self.ending = threading.Event()
        self.read, self.unsaved = {}, 0  # what is not yet committed: partition to next offset, and the number of records

    def __enter__(self):
        return self.start()

    def __exit__(self, *failed):
        self.end()
        if not failed[0]:
            assert self.error is None, f"{self.name}: {self.error!r}"

    def start(self):
        self.thread = threading.Thread(target=self.guarded, daemon=True)
        self.thread.start()
        return self

    def guarded(self):
        try:
            self.run()
        except Exception as error:  # told by the test that runs it
            self.error = error
            self.ledger.failures.append(f"{self.name} ended: {error!r}")

    def end(self):
        """Leaves the group as the client does when it is closed."""
        self.ending.set()
        self.thread.join(20)
        assert not self.thread.is_alive(), f"{self.name} does not end"
        self.assigned = set()

    def gained(self, partitions):
        self.given += 1
        self.assigned |= set(partitions)

    def lost(self, partitions):
        self.taken += 1
        self.assigned -= set(partitions)

    def take(self, partition, offset):
        self.ledger.read(self.name, partition, offset)
        self.read[partition] = offset + 1
        self.unsaved += 1

    def entered(self, offsets):
        self.unsaved = 0
        for partition, offset in offsets.items():
            self.ledger.commit(self.name, partition, offset)
            if self.read.get(partition) == offset:
                del self.read[partition]


class ConfluentWorker(Worker):
    def run(self):
        consumer = Confluent().consumer(self.broker, **{
            "group.id": self.group, "session.timeout.ms": SESSION, "heartbeat.interval.ms": HEARTBEAT, "log_level": 0,
            "partition.assignment.strategy": "range", "topic.metadata.refresh.interval.ms": 500,
            "fetch.error.backoff.ms": 20, "reconnect.backoff.ms": 10, "reconnect.backoff.max.ms": 100,
            "metadata.recovery.strategy": "none", **self.config})
        cooperative = "cooperative" in self.config.get("partition.assignment.strategy", "")

        def on_assign(consumer, places):
            (consumer.incremental_assign if cooperative else consumer.assign)(places)
            self.gained(place.partition for place in places)

        def on_revoke(consumer, places):
            self.commit(consumer)
            self.lost(place.partition for place in places)
            if cooperative:
                consumer.incremental_unassign(places)
            else:
                consumer.unassign()

        try:
            consumer.subscribe(self.topic if isinstance(self.topic, list) else [self.topic], on_assign, on_revoke,
                               lambda _, places: self.lost(place.partition for place in places))
            while not self.ending.is_set():
                message = consumer.poll(0.05)
                if message is not None and not message.error():
                    self.take(message.partition(), message.offset())
                if message is None or self.unsaved >= 20:
                    self.commit(consumer, later=True)
            until(lambda: self.commit(consumer, later=True), 5, what="the last commit")
        finally:
            consumer.close()

    def commit(self, consumer, later=False):
        """Commits what was read; with `later` it may fail while a cooperative member joins again with what it has."""
        if self.read:
            offsets = dict(self.read)
            try:
                consumer.commit(offsets=[confluent_kafka.TopicPartition(self.topic, p, o) for p, o in offsets.items()],
                                asynchronous=False)
            except confluent_kafka.KafkaException as error:
                if later and error.args[0].code() in {confluent_kafka.KafkaError.REBALANCE_IN_PROGRESS,
                                                      confluent_kafka.KafkaError.ILLEGAL_GENERATION}:
                    return False
                raise
            self.entered(offsets)
        return True


class KafkaPythonWorker(Worker, kafka.ConsumerRebalanceListener):
    strategy = RangePartitionAssignor

    def run(self):
        self.consumer = kafka.KafkaConsumer(bootstrap_servers=self.broker.address, group_id=self.group, **{
            "enable_auto_commit": False, "auto_offset_reset": "earliest", "fetch_max_wait_ms": 50,
            "session_timeout_ms": SESSION, "heartbeat_interval_ms": HEARTBEAT, "reconnect_backoff_ms": 10,
            "reconnect_backoff_max_ms": 100, "retry_backoff_ms": 20,
            "partition_assignment_strategy": [self.strategy], **self.config})
        try:
            self.consumer.subscribe([self.topic], listener=self)
            while not self.ending.is_set():
                # A poll cut short while the group rebalances can lose the assignment (kafka-python 3.0.12). One that
                # looks for a coordinator while the broker is away raises.
                with contextlib.suppress(kafka.errors.KafkaConnectionError):
                    for place, messages in self.consumer.poll(1000, max_records=50).items():
                        for message in messages:
                            self.take(place.partition, message.offset)
                    self.commit()
        finally:
            self.consumer.close()

    def commit(self):
        if self.read:
            offsets = dict(self.read)
            self.consumer.commit({kafka.TopicPartition(self.topic, p): kafka.OffsetAndMetadata(o, "", -1)
                                  for p, o in offsets.items()})
            self.entered(offsets)

    def on_partitions_assigned(self, assigned):
        self.gained(place.partition for place in assigned)

    def on_partitions_revoked(self, revoked):
        self.commit()
        self.lost(place.partition for place in revoked)


class CooperativeKafkaPythonWorker(KafkaPythonWorker):
    strategy = CooperativeStickyAssignor


class AioKafkaWorker(Worker, aiokafka.ConsumerRebalanceListener):
    def run(self):
        asyncio.run(self.work())

    async def work(self):
        self.turn = asyncio.Lock()
        consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=self.broker.address, group_id=self.group, **{
            "enable_auto_commit": False, "auto_offset_reset": "earliest", "fetch_max_wait_ms": 50,
            "session_timeout_ms": SESSION, "heartbeat_interval_ms": HEARTBEAT, "retry_backoff_ms": 20,
            "partition_assignment_strategy": (AioRange,), **self.config})
        consumer.subscribe([self.topic], listener=self)
        await consumer.start()
        try:
            while not self.ending.is_set():
                # A rebalance happens beside this task; it waits for its turn before partitions go.
                async with self.turn:
                    for place, messages in (await consumer.getmany(timeout_ms=20)).items():
                        for message in messages:
                            self.take(place.partition, message.offset)
                    if self.read:
                        offsets = dict(self.read)
                        await consumer.commit({aiokafka.TopicPartition(self.topic, p): o for p, o in offsets.items()})
                        self.entered(offsets)
                await asyncio.sleep(0)
        finally:
            await consumer.stop()

    async def on_partitions_assigned(self, assigned):
        self.gained(place.partition for place in assigned)

    async def on_partitions_revoked(self, revoked):
        async with self.turn:
            self.lost(place.partition for place in revoked)


class KcatWorker(Worker):
    """`kcat -G`, which commits by itself when it ends or is rebalanced."""

    def start(self):
        self.process = subprocess.Popen(
            ["kcat", "-b", self.broker.address, "-u", "-f", r"%p %o\n", *(
                word for key, value in {
                    "auto.offset.reset": "earliest", "session.timeout.ms": SESSION, "heartbeat.interval.ms": HEARTBEAT,
                    "fetch.wait.max.ms": 50, "auto.commit.interval.ms": 100, "reconnect.backoff.max.ms": 100,
                    "partition.assignment.strategy": "range", **self.config}.items()
                for word in ("-X", f"{key}={value}")), "-G", self.group, self.topic],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1)
        self.threads = [threading.Thread(target=each, daemon=True) for each in (self.follow, self.listen)]
        for thread in self.threads:
            thread.start()
        return self

    def follow(self):
        for line in self.process.stdout:
            self.take(*map(int, line.split()))

    def listen(self):
        """Reads `% Group NAME rebalanced (memberid ID): assigned: TOPIC [0], TOPIC [1]` and the like."""
        for line in self.process.stderr:
            if "rebalanced" in line:
                partitions = {int(word.strip("[],")) for word in line.rpartition("ed:")[2].split() if word[0] == "["}
                if ": assigned:" in line:
                    self.assigned = partitions
                    self.given += 1
                else:
                    self.lost(partitions or set(self.assigned))

    def end(self):
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        self.process.wait(20)
        for thread in self.threads:
            thread.join(5)
        self.assigned = set()

    def kill(self):
        self.process.kill()
        self.process.wait()


class ProcessWorker(KcatWorker):
    """A confluent-kafka consumer in a process of its own, so that it can be killed; it tells each commit."""

    def start(self):
        config = {
            "bootstrap.servers": self.broker.address, "group.id": self.group, "enable.auto.commit": False,
            "auto.offset.reset": "earliest", "fetch.wait.max.ms": 50, "session.timeout.ms": SESSION,
            "heartbeat.interval.ms": HEARTBEAT, "partition.assignment.strategy": "range", **self.config}
        self.process = subprocess.Popen([sys.executable, __file__, json.dumps(config), self.topic],
                                        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        self.threads = [threading.Thread(target=self.follow, daemon=True)]
        self.threads[0].start()
        return self

    def follow(self):
        for line in self.process.stdout:
            word, *numbers = line.split()
            if word == "read":
                self.take(*map(int, numbers))
            elif word == "committed":
                self.entered({int(numbers[0]): int(numbers[1])})
            else:
                self.assigned, self.given = set(map(int, numbers)), self.given + 1


def consume_until_killed(config, topic):
    consumer = confluent_kafka.Consumer(config)
    consumer.subscribe([topic], lambda _, places: print("assigned", *(p.partition for p in places), flush=True))
    while True:
        message = consumer.poll(1)
        if message is not None and not message.error():
            print("read", message.partition(), message.offset(), flush=True)
            consumer.commit(message, asynchronous=False)
            print("committed", message.partition(), message.offset() + 1, flush=True)


@contextlib.contextmanager
def crew(*workers):
    """Starts them all, and ends them all."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(worker) for worker in workers]


def fill(wire, topic, partitions, count, each=20):
    """Writes `count` records to each partition."""
    for partition in range(partitions):
        for _ in range(0, count, each):
            assert produce(wire, topic, batch([Record(b"%d" % i) for i in range(each)]), partition=partition).error == 0


def shared_out(workers, partitions):
    """Whether every partition has exactly one worker, and every worker a partition where there are enough."""
    held = [partition for worker in workers for partition in list(worker.assigned)]
    enough = len(workers) <= partitions
    return sorted(held) == list(range(partitions)) and (not enough or all(worker.assigned for worker in workers))


def balanced(workers, partitions, seconds=20):
    until(lambda: shared_out(workers, partitions) or any(w.error for w in workers), seconds,
          what=f"{partitions} partitions shared out among {len(workers)}")
    assert not any(worker.error for worker in workers), [worker.error for worker in workers]


def drained(ledger, total, seconds=20):
    until(lambda: ledger.count() >= total or ledger.failures, seconds, what=f"{total} records read")


if __name__ == "__main__":
    consume_until_killed(json.loads(sys.argv[1]), sys.argv[2])
