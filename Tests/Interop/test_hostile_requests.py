"""Well-formed requests that ask for what nobody should get."""
import time

import pytest

from bystander import MIB, Watch, answered_or_closed
from conftest import create_topic
from messages import (CREATE_PARTITIONS, CREATE_TOPICS, DELETE_RECORDS, DELETE_TOPICS, DESCRIBE_CONFIGS, FETCH,
                      LIST_OFFSETS, METADATA, OFFSET_FOR_LEADER_EPOCH, PRODUCE)
from records import batch
from talk import (INVALID_PARTITIONS, INVALID_REPLICA_ASSIGNMENT, INVALID_REPLICATION_FACTOR, INVALID_REQUEST,
                  INVALID_TOPIC_EXCEPTION, OFFSET_OUT_OF_RANGE, UNKNOWN_TOPIC_OR_PARTITION, produce)
from wire import Closed

NAMES = {"empty": b"", "dot": b".", "dots": b"..", "slash": b"/", "climbing": b"../../etc/x", "absolute": b"/etc/x",
         "with NUL": b"a\0b", "250 letters": b"x" * 250, "30,000 letters": b"x" * 30_000, "newline": b"a\nb",
         "escape": b"\x1b[31mred", "format": b"%s%n", "lookup": b"${jndi:ldap://x}", "backslash": b"..\\x"}
BROKEN = {"not UTF-8": b"\xff\xfe", "overlong UTF-8": b"\xc0\xae\xc0\xae", "half a surrogate": b"\xed\xa0\x80"}


@pytest.fixture
def watched(broker, topic):
    with Watch(broker, topic()):
        yield broker


def requests(name):
    one = {"name": name, "partitions": [{"index": 0}]}
    return [
        (METADATA, 9, {"topics": [{"name": name}], "allow_creation": True}),
        (METADATA, 9, {"topics": [{"name": name}], "allow_creation": False}),
        (CREATE_TOPICS, 5, {"topics": [{"name": name, "partitions": 1, "replication": 1}]}),
        (DELETE_TOPICS, 5, {"names": [name]}),
        (PRODUCE, 9, {"topics": [{"name": name, "partitions": [{"index": 0, "records": batch()}]}]}),
        (FETCH, 11, {"topics": [{"name": name, "partitions": [{"index": 0, "offset": 0}]}]}),
        (LIST_OFFSETS, 7, {"topics": [{"name": name, "partitions": [{"index": 0, "timestamp": -1}]}]}),
        (DELETE_RECORDS, 2, {"topics": [{"name": name, "partitions": [{"index": 0, "offset": 0}]}]}),
        (CREATE_PARTITIONS, 2, {"topics": [{"name": name, "count": 3}]}),
        (OFFSET_FOR_LEADER_EPOCH, 4, {"topics": [{**one, "partitions": [{"index": 0, "epoch": 0}]}]}),
        (DESCRIBE_CONFIGS, 4, {"resources": [{"type": 2, "name": name}]}),
    ]


def errors(value):
    if isinstance(value, dict):
        return [value[key] for key in value if key == "error"] + [e for inner in value.values() for e in errors(inner)]
    return [e for inner in value for e in errors(inner)] if isinstance(value, list) else []


@pytest.mark.parametrize("kind", NAMES)
def test_a_hostile_topic_name_is_an_error_everywhere(watched, ours, kind):
    for api, version, ask in requests(NAMES[kind]):
        with watched.connect() as wire:
            answer = wire.call(api, version, **ask)
            assert any(errors(answer)), f"{api.name} accepted the name: {answer}"
    if ours:
        outside = [path for path in watched.directory.iterdir() if path != watched.data]
        assert outside == [], "nothing is made outside the data directory"


@pytest.mark.parametrize("kind", ["empty", "dot", "dots", "slash", "climbing", "with NUL", "250 letters"])
def test_creating_a_hostile_topic_name_is_an_invalid_topic(watched, kind):
    with watched.connect() as wire:
        answer = wire.call(CREATE_TOPICS, 5, topics=[{"name": NAMES[kind], "partitions": 1, "replication": 1}])
        assert answer.topics[0].error == INVALID_TOPIC_EXCEPTION


@pytest.mark.parametrize("kind", BROKEN)
def test_a_topic_name_that_is_not_utf8_ends_the_connection_or_is_an_error(watched, kind):
    for api, version, ask in requests(BROKEN[kind]):
        with watched.connect() as wire:
            wire.send(api, version, **ask)
            answered_or_closed(wire, 2)
    with watched.connect() as wire:
        assert all("�" not in t.name for t in wire.call(METADATA, 9, topics=None).topics)


def test_the_metadata_log_is_out_of_reach(watched):
    for api, version, ask in requests(b"__cluster_metadata"):
        if api is not DESCRIBE_CONFIGS:
            with watched.connect() as wire:
                answer = wire.call(api, version, **ask)
                assert any(errors(answer)), f"{api.name}: {answer}"


def create(wire, **topic):
    return wire.call(CREATE_TOPICS, 5, topics=[{"partitions": 1, "replication": 1, **topic}]).topics[0].error


@pytest.mark.parametrize(("topic", "expected"), [
    ({"partitions": 0}, {INVALID_PARTITIONS}), ({"partitions": -2}, {INVALID_PARTITIONS}),
    ({"replication": 0}, {INVALID_REPLICATION_FACTOR}), ({"replication": 32767}, {INVALID_REPLICATION_FACTOR}),
    ({"replication": -2}, {INVALID_REPLICATION_FACTOR}),
    ({"partitions": -1, "replication": -1, "assignments": [{"index": 0, "brokers": [999]}]}, {INVALID_REPLICA_ASSIGNMENT}),
    ({"partitions": -1, "replication": -1, "assignments": [{"index": 0, "brokers": []}]}, {INVALID_REPLICA_ASSIGNMENT}),
    ({"partitions": -1, "replication": -1, "assignments": [{"index": 1, "brokers": [1]}]}, {INVALID_REPLICA_ASSIGNMENT}),
    ({"partitions": -1, "replication": -1, "assignments": [{"index": 0, "brokers": [1, 1]}]}, {INVALID_REPLICA_ASSIGNMENT}),
    ({"partitions": -1, "replication": -1, "assignments": [{"index": -1, "brokers": [1]}]}, {INVALID_REPLICA_ASSIGNMENT}),
    ({"partitions": 2, "assignments": [{"index": 0, "brokers": [1]}]}, {INVALID_REQUEST}),
])
def test_a_topic_of_an_impossible_shape_is_refused(broker, connection, topic, expected):
    assert create(connection, name="impossible", **topic) in expected


def test_the_same_topic_twice_in_a_request_is_invalid(connection):
    answer = connection.call(CREATE_TOPICS, 5, topics=[{"name": "twin", "partitions": 1, "replication": 1}] * 2)
    assert {row.error for row in answer.topics} == {INVALID_REQUEST}


@pytest.mark.parametrize("partitions", [1_000_000, 2**31 - 1])
def test_a_topic_of_a_million_partitions_is_refused_at_once(watched, partitions):
    with watched.connect() as wire:
        begun = time.monotonic()
        assert create(wire, name="million", partitions=partitions) != 0
        assert time.monotonic() - begun < 1


@pytest.mark.parametrize("count", [1_000_000, 2**31 - 1, -1, 0])
def test_growing_to_a_million_partitions_is_refused_at_once(watched, topic, ours, count):
    if not ours and count == 1_000_000:
        pytest.skip("Kafka begins to make them, and is busy with it for good")
    name = topic()
    with watched.connect() as wire:
        begun = time.monotonic()
        assert wire.call(CREATE_PARTITIONS, 2, topics=[{"name": name, "count": count}]).results[0].error != 0
        assert time.monotonic() - begun < 1


def test_metadata_of_a_hundred_thousand_topics_is_answered(broker, topic):
    names = [{"name": f"absent-{i}"} for i in range(100_000)]
    with Watch(broker, topic()), broker.connect(timeout=10) as wire:
        answer = wire.call(METADATA, 9, topics=names, allow_creation=False)
        assert len(answer.topics) == 100_000
        assert {row.error for row in answer.topics} == {UNKNOWN_TOPIC_OR_PARTITION}


def test_creating_a_hundred_thousand_topics_in_one_request_is_refused(start_broker):
    broker = start_broker()
    names = [{"name": f"many-{i}", "partitions": 1, "replication": 1} for i in range(100_000)]
    with Watch(broker, create_topic(broker)), broker.connect(timeout=10) as wire:
        try:
            answer = wire.call(CREATE_TOPICS, 5, topics=names)
            assert all(row.error for row in answer.topics), "Kafka takes ten thousand partitions in a request at most"
        except Closed:
            pass


def test_a_fetch_of_a_hundred_thousand_partitions_is_answered(broker, topic):
    name = topic()
    with Watch(broker, topic()), broker.connect(timeout=10) as wire:
        answer = wire.call(FETCH, 11, max_wait=0, topics=[
            {"name": name, "partitions": [{"index": i, "offset": 0} for i in range(100_000)]}])
        found = {row.index: row.error for row in answer.topics[0].partitions}
        assert found[0] == 0 and found[99_999] == UNKNOWN_TOPIC_OR_PARTITION


def test_a_partition_fetched_many_times_in_one_request_is_bounded(broker, topic):
    name = topic()
    with broker.connect() as wire:
        from records import Record
        produce(wire, name, batch([Record(bytes(900_000))]))
    with Watch(broker, topic()), broker.connect() as wire:
        answer = wire.call(FETCH, 11, max_bytes=2 * MIB, topics=[
            {"name": name, "partitions": [{"index": 0, "offset": 0}] * 1000}])
        assert sum(len(row.records or b"") for found in answer.topics for row in found.partitions) <= 3 * MIB


@pytest.mark.parametrize("offset", [2**63 - 1, -2, -2**63, 1])
def test_records_beyond_the_log_cannot_be_deleted(connection, topic, offset):
    name = topic()
    answer = connection.call(DELETE_RECORDS, 2, topics=[{"name": name, "partitions": [{"index": 0, "offset": offset}]}])
    assert answer.topics[0].partitions[0].error == OFFSET_OUT_OF_RANGE


@pytest.mark.parametrize("timestamp", [-7, -100, -2**63, 2**63 - 1])
def test_an_odd_time_is_answered(connection, topic, timestamp):
    from talk import list_offset
    name = topic()
    produce(connection, name)
    assert list_offset(connection, name, timestamp).offset in {-1, 0}


@pytest.mark.parametrize("epoch", [-1, -5, -2**31, 2**31 - 1])
def test_an_odd_epoch_is_answered(connection, topic, epoch):
    from talk import epoch_end
    row = epoch_end(connection, topic(), epoch)
    # To Kafka an epoch before all known ones ends where the first of them begins.
    assert row.error == 0 and row.end_offset in ({-1, 0} if epoch < -1 else {-1})


@pytest.mark.parametrize("extreme", [2**31 - 1, -1, -2**31])
def test_extreme_waits_and_sizes_are_answered(broker, connection, topic, extreme):
    name = topic()
    produce(connection, name)
    answer = connection.call(FETCH, 11, min_bytes=extreme if extreme < 0 else 1, max_bytes=2**31 - 1,
                             max_wait=extreme, topics=[{"name": name, "partitions": [
                                 {"index": 0, "offset": 0, "max_bytes": 2**31 - 1}]}])
    assert answer.topics[0].partitions[0].records
    assert produce(connection, name, timeout=extreme).error == 0
