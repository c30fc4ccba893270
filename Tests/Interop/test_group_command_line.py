"""The group consumer and the group commands of the executable, alone and in groups with librdkafka."""
import collections
import contextlib
import json
import signal
import subprocess
import tempfile
import threading

import confluent_kafka
import pytest

from broker import until
from clients import Confluent
from conftest import create_topic

PARTITIONS = 6
# What a command ends with that was asked to.
TERMINATED = 128 + signal.SIGTERM


class Reader:
    """`consume --group` as a process, writing into a file."""

    def __init__(self, executable, broker, topic, group, *arguments):
        self.file = tempfile.NamedTemporaryFile(prefix="group-reader-")
        self.notes = tempfile.NamedTemporaryFile(prefix="group-reader-")
        self.process = subprocess.Popen(
            [executable, "consume", topic, "--group", group, "-b", broker.address, *arguments],
            stdout=open(self.file.name, "wb"), stderr=open(self.notes.name, "wb"))

    @property
    def seen(self):
        data = open(self.file.name, "rb").read()
        return data[:data.rfind(b"\n") + 1].splitlines()

    def stop(self, how=signal.SIGTERM, seconds=15):
        self.process.send_signal(how)
        return self.process.wait(seconds)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.file.close()


class Librdkafka:
    """A member of the group in this process that commits what it has seen."""

    def __init__(self, broker, topic, group, strategy):
        self.seen, self.ending = [], threading.Event()
        self.consumer = Confluent().consumer(broker, **{
            "group.id": group, "partition.assignment.strategy": strategy, "session.timeout.ms": 10000,
            "heartbeat.interval.ms": 500})
        self.consumer.subscribe([topic])
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        while not self.ending.is_set():
            messages = [m for m in self.consumer.consume(200, 0.2) if m.error() is None]
            self.seen += [m.value() for m in messages]
            if messages:
                with contextlib.suppress(confluent_kafka.KafkaException):
                    self.consumer.commit(asynchronous=False)
        self.consumer.close()

    def end(self):
        self.ending.set()
        self.thread.join(20)


class Feed:
    """Keeps producing numbered records."""

    def __init__(self, broker, topic):
        self.sent, self.ending = [], threading.Event()
        self.producer, self.topic = Confluent().producer(broker), topic
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        number = 0
        while not self.ending.is_set():
            for _ in range(50):
                value = b"%d" % number
                self.producer.produce(self.topic, value, partition=number % PARTITIONS)
                self.sent.append(value)
                number += 1
            self.producer.flush(30)
            self.ending.wait(0.05)

    def end(self):
        self.ending.set()
        self.thread.join(40)
        assert self.producer.flush(30) == 0


@pytest.fixture
def group_broker(start_broker):
    return start_broker({"group.initial.rebalance.delay.ms": "100"})


@pytest.fixture
def ending():
    with contextlib.ExitStack() as stack:
        def add(thing):
            stack.callback(thing.end)
            return thing

        yield add


def run(executable, broker, *arguments, ok=True):
    done = subprocess.run([executable, *map(str, arguments), "-b", broker.address], capture_output=True, timeout=30)
    assert (done.returncode == 0) == ok, (done.stdout + done.stderr).decode()
    return done.stdout.decode() if ok else done.stderr.decode()


def rows(executable, broker, *arguments):
    return [json.loads(line) for line in run(executable, broker, *arguments, "--output", "json").splitlines()]


def describe(executable, broker, group):
    """The group as the command describes it; without members or partitions while it is not there."""
    if group not in [row["group"] for row in rows(executable, broker, "groups", "list")]:
        return {"members": [], "partitions": []}
    return rows(executable, broker, "groups", "describe", group)[0]


def held(executable, broker, group):
    """How many partitions each member has, once every partition has an owner."""
    members = describe(executable, broker, group)["members"]
    counts = sorted(len(member["assignment"] or []) for member in members)
    return counts if sum(counts) == PARTITIONS else None


def fill(broker, topic, count, start=0):
    producer = Confluent().producer(broker)
    values = [b"%d" % number for number in range(start, start + count)]
    for index, value in enumerate(values):
        producer.produce(topic, value, partition=index % PARTITIONS)
    assert producer.flush(30) == 0
    return values


def test_a_group_goes_on_where_it_was(executable, group_broker):
    topic = create_topic(group_broker, partitions=PARTITIONS)
    first = fill(group_broker, topic, 600)
    assert sorted(run(executable, group_broker, "consume", topic, "--group", "g", "--exit").split()) == sorted(
        value.decode() for value in first)
    assert run(executable, group_broker, "consume", topic, "--group", "g", "--exit") == ""
    second = fill(group_broker, topic, 60, start=600)
    assert len(run(executable, group_broker, "consume", topic, "--group", "g", "--count", 25).split()) == 25
    rest = run(executable, group_broker, "consume", topic, "--group", "g", "--exit").split()
    assert len(rest) == 35 and set(rest) <= {value.decode() for value in second}


@pytest.mark.parametrize("assignor", ["range", "roundrobin", "sticky", "cooperative-sticky"])
def test_readers_share_the_partitions_and_none_is_read_twice(executable, group_broker, ending, assignor):
    topic = create_topic(group_broker, partitions=PARTITIONS)
    feed = ending(Feed(group_broker, topic))
    readers = []
    for count in [[6], [3, 3], [2, 2, 2]]:
        readers.append(ending(Reader(executable, group_broker, topic, "g", "--assignor", assignor)))
        until(lambda: held(executable, group_broker, "g") == count, 20, 0.2, f"shares of {count}")
    assert readers[0].stop() == TERMINATED
    until(lambda: held(executable, group_broker, "g") == [3, 3], 20, 0.2, "shares after one left")
    feed.end()
    until(lambda: sum(len(reader.seen) for reader in readers) >= len(feed.sent), 20, 0.1, "everything")
    seen = collections.Counter(value for reader in readers for value in reader.seen)
    assert set(seen) == set(feed.sent)
    twice = [value for value, count in seen.items() if count > 1]
    assert not twice, [
        (len(twice), len(reader.seen), [i for i, v in enumerate(reader.seen) if v in twice][:5], open(reader.notes.name).read()[-1500:])
        for reader in readers]
    for reader in readers[1:]:
        assert reader.stop() == TERMINATED
    assert describe(executable, group_broker, "g")["state"] == "Empty"


@pytest.mark.parametrize("assignor", ["range", "roundrobin", "cooperative-sticky"])
def test_a_group_mixes_with_librdkafka(executable, group_broker, ending, assignor):
    topic = create_topic(group_broker, partitions=PARTITIONS)
    feed = ending(Feed(group_broker, topic))
    theirs = ending(Librdkafka(group_broker, topic, "g", assignor))
    until(lambda: held(executable, group_broker, "g") == [6], 20, 0.2, "theirs alone")
    ours = ending(Reader(executable, group_broker, topic, "g", "--assignor", assignor))
    until(lambda: held(executable, group_broker, "g") == [3, 3], 20, 0.2, "two members")
    third = ending(Librdkafka(group_broker, topic, "g", assignor))
    until(lambda: held(executable, group_broker, "g") == [2, 2, 2], 20, 0.2, "three members")
    # Whoever led first goes, so that another kind of member has to share out.
    theirs.end()
    until(lambda: held(executable, group_broker, "g") == [3, 3], 20, 0.2, "two again")
    third.end()
    until(lambda: held(executable, group_broker, "g") == [6], 20, 0.2, "ours alone")
    last = ending(Librdkafka(group_broker, topic, "g", assignor))
    until(lambda: held(executable, group_broker, "g") == [3, 3], 20, 0.2, "ours shares out")
    feed.end()
    members = [theirs, ours, third, last]
    until(lambda: len({v for m in members for v in m.seen}) >= len(feed.sent), 20, 0.1, "everything")
    seen = collections.Counter(value for member in members for value in member.seen)
    assert set(seen) == set(feed.sent)
    # librdkafka's own members may see again what they had read and not committed; ours must not.
    assert max(collections.Counter(ours.seen).values()) == 1


def test_nothing_is_lost_when_readers_are_killed_and_the_broker_restarts(executable, group_broker, ending):
    topic = create_topic(group_broker, partitions=PARTITIONS)
    feed = ending(Feed(group_broker, topic))
    first = ending(Reader(executable, group_broker, topic, "g"))
    second = ending(Reader(executable, group_broker, topic, "g"))
    until(lambda: held(executable, group_broker, "g") == [3, 3], 20, 0.2, "two members")
    first.stop(signal.SIGKILL)
    # Its session has to end before its partitions go to the other one.
    until(lambda: held(executable, group_broker, "g") == [6], 30, 0.5, "one member")
    group_broker.restart()
    third = ending(Reader(executable, group_broker, topic, "g"))
    until(lambda: held(executable, group_broker, "g") == [3, 3], 40, 0.5, "two members after the restart")
    group_broker.kill()
    group_broker.start()
    until(lambda: held(executable, group_broker, "g") == [3, 3], 40, 0.5, "two members after the kill")
    feed.end()
    readers = [first, second, third]
    until(lambda: len({v for r in readers for v in r.seen}) >= len(set(feed.sent)), 30, 0.2, "everything")
    seen = collections.Counter(value for reader in readers for value in reader.seen)
    assert set(seen) == set(feed.sent)
    # Only what the killed one wrote and could not commit any more comes twice, a poll's worth at most per partition.
    twice = [value for value, count in seen.items() if count > 1]
    assert len(twice) < len(feed.sent) / 4, f"{len(twice)} of {len(feed.sent)} twice"
    for reader in [second, third]:
        assert reader.stop() == TERMINATED


def test_groups_are_listed_described_and_deleted(executable, group_broker, ending):
    topic = create_topic(group_broker, partitions=2)
    producer = Confluent().producer(group_broker)
    for number in range(10):
        producer.produce(topic, b"%d" % number, partition=number % 2)
    assert producer.flush(10) == 0
    run(executable, group_broker, "consume", topic, "--group", "done", "--exit")
    reader = ending(Reader(executable, group_broker, topic, "busy"))
    until(lambda: len(reader.seen) == 10, 20, 0.1, "the records")
    listed = {row["group"]: row for row in rows(executable, group_broker, "groups", "list")}
    assert listed["done"]["state"] == "Empty" and listed["busy"]["state"] == "Stable"
    assert listed["busy"]["type"] == "classic" and listed["busy"]["protocol"] == "consumer"
    only = rows(executable, group_broker, "groups", "list", "--state", "empty")
    assert [row["group"] for row in only] == ["done"]
    text = run(executable, group_broker, "groups", "list")
    assert text.splitlines()[0].split() == ["GROUP", "TYPE", "STATE", "PROTOCOL"]
    until(lambda: all(p["lag"] == 0 for p in describe(executable, group_broker, "busy")["partitions"]), 10)
    producer.produce(topic, b"more", partition=0)
    assert producer.flush(10) == 0
    found = describe(executable, group_broker, "done")
    assert [(p["partition"], p["committed"], p["end"], p["lag"]) for p in found["partitions"]] == [
        (0, 5, 6, 1), (1, 5, 5, 0)]
    busy = describe(executable, group_broker, "busy")
    assert len(busy["members"]) == 1 and busy["assignor"] == "range"
    assert {p["member"] for p in busy["partitions"]} == {busy["members"][0]["id"]}
    text = run(executable, group_broker, "groups", "describe", "busy")
    assert "Stable, 1 member, shared out by range" in text and "LAG" in text and "INSTANCE" in text
    assert "Stop the group's members" in run(executable, group_broker, "groups", "delete", "busy", ok=False)
    assert "Deleted group 'done'." in run(executable, group_broker, "groups", "delete", "done")
    assert "groups list" in run(executable, group_broker, "groups", "delete", "done", ok=False)
    run(executable, group_broker, "groups", "delete", "done", "--if-exists")
    assert "groups list" in run(executable, group_broker, "groups", "describe", "done", ok=False)
    reader.stop()
    assert "Forgot" in run(executable, group_broker, "groups", "delete-offsets", "busy", "--topic", topic + ":1")
    found = describe(executable, group_broker, "busy")
    assert [(p["committed"], p["lag"]) for p in found["partitions"]] == [(6, 0), (None, 5)] and found["lag"] == 5
    text = run(executable, group_broker, "groups", "describe", "busy")
    assert "Lag in all: 5" in text


def test_what_a_group_has_never_read_is_seen_and_reset(executable, group_broker):
    topic = create_topic(group_broker, partitions=3)
    producer = Confluent().producer(group_broker)
    for number in range(20):
        producer.produce(topic, b"%d" % number, partition=number % 2)
    assert producer.flush(10) == 0
    admin = ("groups", "reset-offsets", "billing", "--topic", f"{topic}:0", "--to-latest")

    def notes(*arguments):
        done = subprocess.run([executable, *map(str, arguments), "-b", group_broker.address], capture_output=True, timeout=30)
        assert done.returncode == 0, done.stderr
        return done.stderr.decode()

    assert "is not there yet" in notes(*admin) and "dry run" in notes(*admin)
    said = notes(*admin, "--execute")
    assert "is new" in said and "Reset." in said
    found = describe(executable, group_broker, "billing")
    assert [(p["committed"], p["lag"]) for p in found["partitions"]] == [(10, 0), (None, 10), (None, 0)]
    assert found["lag"] == 10
    text = run(executable, group_broker, "groups", "describe", "billing")
    assert "Lag in all: 10" in text
    said = notes("groups", "reset-offsets", "billing", "--all-topics", "--to-earliest", "--execute")
    assert "Reset." in said and "is new" not in said
    assert [p["committed"] for p in describe(executable, group_broker, "billing")["partitions"]] == [0, 0, 0]
    assert "Did you mean 'billing'?" in run(executable, group_broker, "groups", "describe", "biling", ok=False)
    assert "Did you mean 'billing'?" in run(executable, group_broker, "groups", "delete", "biling", ok=False)
    assert "Did you mean 'billing'?" in run(executable, group_broker, "groups", "reset-offsets", "biling", "--all-topics",
                                            "--to-latest", ok=False)
    assert "Did you mean 'billing'?" in notes("groups", "reset-offsets", "biling", "--topic", topic, "--to-latest")
    run(executable, group_broker, "topics", "delete", topic)
    until(lambda: "Nothing is committed" in run(executable, group_broker, "groups", "describe", "billing"), 10, 0.2)


def test_a_reader_commits_where_it_is_in_partitions_without_records_too(executable, group_broker):
    topic = create_topic(group_broker, partitions=3)
    producer = Confluent().producer(group_broker)
    for number in range(5):
        producer.produce(topic, b"%d" % number, partition=1)
    assert producer.flush(10) == 0
    assert len(run(executable, group_broker, "consume", topic, "--group", "some", "--count", 2).split()) == 2
    assert [p["committed"] for p in describe(executable, group_broker, "some")["partitions"]] == [0, 2, 0]
    assert len(run(executable, group_broker, "consume", topic, "--group", "g", "--exit").split()) == 5
    assert [p["committed"] for p in describe(executable, group_broker, "g")["partitions"]] == [0, 5, 0]


def test_what_members_subscribe_to_is_told_once_and_joining_is_told(executable, start_broker, ending):
    broker = start_broker({"group.initial.rebalance.delay.ms": "3000"})
    topic = create_topic(broker, partitions=PARTITIONS)
    fill(broker, topic, 6)
    reader = ending(Reader(executable, broker, topic, "busy"))
    until(lambda: describe(executable, broker, "busy")["members"], 10, 0.1, "a member")
    assert "group.initial.rebalance.delay.ms" in run(executable, broker, "groups", "describe", "busy")
    until(lambda: len(reader.seen) == 6, 20, 0.1, "the records")
    assert open(reader.notes.name).read().count("Waiting for group 'busy'") == 1
    until(lambda: all(p["committed"] is not None for p in describe(executable, broker, "busy")["partitions"]), 10, 0.2)
    said = run(executable, broker, "groups", "delete-offsets", "busy", "--topic", topic, ok=False)
    assert said.count("Error:") == 1 and f"subscribe to topic '{topic}'" in said
    assert "Group 'busy' has members." in run(executable, broker, "groups", "delete", "busy", ok=False)
    reader.stop()


def test_offsets_are_reset_every_way_and_only_when_told(executable, group_broker, ending):
    topic = create_topic(group_broker, partitions=2)
    producer = Confluent().producer(group_broker)
    for number in range(20):
        producer.produce(topic, b"%d" % number, partition=number % 2, timestamp=1_700_000_000_000 + number * 1000)
    assert producer.flush(10) == 0
    run(executable, group_broker, "consume", topic, "--group", "g", "--exit")

    def reset(*arguments):
        return {row["partition"]: (row["from"], row["to"]) for row in rows(
            executable, group_broker, "groups", "reset-offsets", "g", *arguments)}

    def now():
        return [p["committed"] for p in describe(executable, group_broker, "g")["partitions"]]

    assert reset("--topic", topic, "--to-earliest") == {0: (10, 0), 1: (10, 0)}
    assert now() == [10, 10], "a dry run changes nothing"
    assert "dry run" in subprocess.run(
        [executable, "groups", "reset-offsets", "g", "--topic", topic, "--to-earliest", "-b", group_broker.address],
        capture_output=True, timeout=30).stderr.decode()
    reset("--topic", topic + ":0", "--to-earliest", "--execute")
    assert now() == [0, 10]
    reset("--all-topics", "--to-offset", 4, "--execute")
    assert now() == [4, 4]
    reset("--all-topics", "--shift-by", -3, "--execute")
    assert now() == [1, 1]
    reset("--all-topics", "--shift-by", 100, "--execute")
    assert now() == [10, 10], "the end is the limit"
    reset("--topic", f"{topic}:0,1", "--to-datetime", 1_700_000_000_000 + 6_500, "--execute")
    assert now() == [4, 3]
    assert reset("--all-topics", "--by-duration", "1d") == {0: (4, 10), 1: (3, 10)}
    assert reset("--all-topics", "--by-duration", "P36500D") == {0: (4, 0), 1: (3, 0)}
    assert reset("--all-topics", "--to-current") == {0: (4, 4), 1: (3, 3)}
    reset("--all-topics", "--to-latest", "--execute")
    assert now() == [10, 10]
    assert reset("--topic", topic, "--to-earliest", "--execute") == {0: (10, 0), 1: (10, 0)}
    again = run(executable, group_broker, "consume", topic, "--group", "g", "--exit").split()
    assert sorted(again, key=int) == [str(number) for number in range(20)]
    reader = ending(Reader(executable, group_broker, topic, "g"))
    until(lambda: describe(executable, group_broker, "g")["members"], 20, 0.2, "a member")
    assert "Stop them first" in run(executable, group_broker, "groups", "reset-offsets", "g", "--topic", topic,
                                    "--to-earliest", "--execute", ok=False)
    reader.stop()
    run(executable, group_broker, "groups", "reset-offsets", "g", "--all-topics", "--to-earliest", "--to-latest", ok=False)
    run(executable, group_broker, "groups", "reset-offsets", "g", "--to-earliest", ok=False)
