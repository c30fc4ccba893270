"""What the broker says about itself and its topics."""
import uuid

import pytest

from broker import until
from conftest import create_topic
from messages import (CREATE_PARTITIONS, CREATE_TOPICS, DELETE_TOPICS, DESCRIBE_CLUSTER, DESCRIBE_CONFIGS,
                      DESCRIBE_TOPIC_PARTITIONS, INCREMENTAL_ALTER_CONFIGS, METADATA)
from talk import (INVALID_CONFIG, INVALID_REQUEST, INVALID_TOPIC_EXCEPTION, UNKNOWN_TOPIC_ID,
                  UNKNOWN_TOPIC_OR_PARTITION, describe, produce, topic_id)

TOPIC, BROKER = 2, 4
SET, DELETE, APPEND, SUBTRACT = range(4)


def test_null_topics_means_all_and_an_empty_list_none(connection, topic):
    name = topic()
    assert name in [t.name for t in connection.call(METADATA, 12, topics=None).topics]
    assert connection.call(METADATA, 12, topics=[]).topics == []
    assert name in [t.name for t in connection.call(METADATA, 0, topics=[]).topics], "in version 0 empty means all"


@pytest.mark.parametrize("version", range(14))
def test_every_version_tells_the_same_of_a_topic(connection, topic, broker, version):
    name = topic(partitions=3)
    answer = connection.call(METADATA, version, topics=[{"name": name}])
    assert [b.port for b in answer.brokers] == [broker.port]
    (row,) = answer.topics
    node = answer.brokers[0].id
    assert (row.error, row.name, len(row.partitions)) == (0, name, 3)
    assert all((p.error, p.leader, p.replicas, p.isr) == (0, node, [node], [node]) for p in row.partitions)
    assert sorted(p.index for p in row.partitions) == [0, 1, 2]
    if version >= 2:
        assert answer.cluster_id
    if version >= 10:
        assert row.topic_id != bytes(16)


def test_topics_are_found_by_id(connection, topic):
    name = topic()
    identity = topic_id(connection, name)
    (row,) = connection.call(METADATA, 12, topics=[{"topic_id": identity, "name": None}]).topics
    assert (row.error, row.name, row.topic_id) == (0, name, identity)
    (row,) = connection.call(METADATA, 12, topics=[{"topic_id": bytes(range(16)), "name": None}]).topics
    assert row.error == UNKNOWN_TOPIC_ID


def test_a_topic_is_made_by_asking_for_it_only_where_that_is_allowed(connection):
    name = f"asked-{uuid.uuid4().hex[:6]}"
    assert describe(connection, name).error == UNKNOWN_TOPIC_OR_PARTITION
    ask = {"topics": [{"name": name}], "allow_creation": True}
    assert connection.call(METADATA, 12, **ask).topics[0].error in {0, 3, 5}
    until(lambda: connection.call(METADATA, 12, **ask).topics[0].error == 0, what="the topic")
    assert connection.call(METADATA, 12, topics=[{"name": "no spaces"}], allow_creation=True).topics[0].error \
        == INVALID_TOPIC_EXCEPTION


def test_a_broker_may_forbid_that_topics_make_themselves(start_broker):
    broker = start_broker({"auto.create.topics.enable": "false", "num.partitions": "5"})
    with broker.connect() as wire:
        for _ in range(3):
            answer = wire.call(METADATA, 12, topics=[{"name": "unmade"}], allow_creation=True)
            assert answer.topics[0].error == UNKNOWN_TOPIC_OR_PARTITION
        assert produce(wire, "unmade").error == UNKNOWN_TOPIC_OR_PARTITION
        assert wire.call(METADATA, 12, topics=None).topics == []
        made = wire.call(CREATE_TOPICS, 7, topics=[{"name": "made", "partitions": -1, "replication": -1}]).topics[0]
        assert (made.error, made.partitions, made.replication) == (0, 5, 1)


def test_creating_a_topic_answers_with_what_was_made(connection):
    name = f"made-{uuid.uuid4().hex[:6]}"
    row = connection.call(CREATE_TOPICS, 7, topics=[
        {"name": name, "partitions": 2, "replication": 1, "configs": [{"name": "retention.ms", "value": "5"}]}]).topics[0]
    assert (row.error, row.partitions, row.replication) == (0, 2, 1)
    found = {c.name: (c.value, c.source) for c in row.configs}
    assert found["retention.ms"] == ("5", 1)
    assert len(found) >= 25, "every topic config with its value"
    assert topic_id(connection, name) == row.topic_id


def test_topics_are_deleted_by_id(connection, topic):
    name = topic()
    identity = topic_id(connection, name)
    assert connection.call(DELETE_TOPICS, 6, topics=[{"name": None, "topic_id": identity}]).topics[0].error == 0
    until(lambda: describe(connection, name).error == UNKNOWN_TOPIC_OR_PARTITION)
    row = connection.call(DELETE_TOPICS, 6, topics=[{"name": None, "topic_id": identity}]).topics[0]
    assert row.error == UNKNOWN_TOPIC_ID
    both = connection.call(DELETE_TOPICS, 6, topics=[{"name": "x", "topic_id": identity}]).topics[0]
    assert both.error == INVALID_REQUEST


def test_a_topic_can_be_used_as_soon_as_its_creation_is_answered(broker, connection, ours):
    if not ours:
        pytest.skip("Kafka answers before the leader knows")
    for _ in range(30):
        name = f"at-once-{uuid.uuid4().hex[:8]}"
        assert connection.call(CREATE_TOPICS, 5, topics=[{"name": name, "partitions": 2, "replication": 1}]).topics[0].error == 0
        assert produce(connection, name, partition=1).error == 0


def test_paging_through_partitions_visits_each_once(connection, topic):
    names = sorted([topic(partitions=5), topic(partitions=1), topic(partitions=7)])
    seen, cursor = [], None
    for _ in range(20):
        page = connection.call(DESCRIBE_TOPIC_PARTITIONS, 0, topics=[{"name": n} for n in names], limit=3, cursor=cursor)
        assert sum(len(t.partitions) for t in page.topics) <= 3
        seen += [(t.name, p.index) for t in page.topics for p in t.partitions]
        if page.cursor is None:
            break
        cursor = {"topic": page.cursor.topic, "index": page.cursor.index}
    assert seen == [(n, i) for n in names for i in range(len(describe(connection, n).partitions))]
    (row,) = connection.call(DESCRIBE_TOPIC_PARTITIONS, 0, topics=[{"name": "never-was"}]).topics
    assert row.error == UNKNOWN_TOPIC_OR_PARTITION


def test_the_cluster_is_described(broker, connection):
    for version in (0, 1, 2):
        answer = connection.call(DESCRIBE_CLUSTER, version)
        assert answer.error == 0 and [b.port for b in answer.brokers] == [broker.port]
        assert answer.cluster_id == connection.call(METADATA, 12, topics=[]).cluster_id
    if not broker.external:
        assert answer.cluster_id == broker.ready["clusterId"]


def alter(wire, name, *changes, validate=False, kind=TOPIC):
    answer = wire.call(INCREMENTAL_ALTER_CONFIGS, 1, validate_only=validate, resources=[
        {"type": kind, "name": name, "configs": [
            {"name": key, "operation": operation, "value": value} for key, operation, value in changes]}])
    return answer.responses[0].error


def config(wire, name, key, kind=TOPIC, **flags):
    answer = wire.call(DESCRIBE_CONFIGS, 4, resources=[{"type": kind, "name": name, "keys": [key]}], **flags)
    (row,) = answer.results[0].configs
    return row


def test_configs_come_with_source_synonyms_type_and_documentation(connection, topic):
    name = topic(retention_ms=77)
    row = config(connection, name, "retention.ms", synonyms=True, documentation=True)
    assert (row.value, row.source, row.type, row.read_only, row.sensitive) == ("77", 1, 5, False, False)
    assert [(s.name, s.value) for s in row.synonyms][0] == ("retention.ms", "77")
    assert row.documentation
    assert config(connection, name, "segment.bytes").source == 5


def test_described_configs_may_be_all_some_or_none(connection, topic):
    name = topic()

    def keys(wanted):
        answer = connection.call(DESCRIBE_CONFIGS, 4, resources=[{"type": TOPIC, "name": name, "keys": wanted}])
        return {c.name for c in answer.results[0].configs}

    assert keys(["retention.ms", "no.such"]) == {"retention.ms"}
    assert len(keys(None)) >= 25
    assert connection.call(DESCRIBE_CONFIGS, 4, resources=[{"type": TOPIC, "name": "never-was"}]).results[0].error \
        == UNKNOWN_TOPIC_OR_PARTITION


@pytest.mark.parametrize("change", [
    ("retention.ms", SET, "soon"), ("retention.ms", SET, None), ("no.such", SET, "1"), ("cleanup.policy", SET, "forget"),
    ("retention.ms", APPEND, "1"), ("max.message.bytes", SET, "-1"), ("compression.type", SET, "brotli"),
    ("min.insync.replicas", SET, "0"), ("segment.bytes", SET, "1")])
def test_a_wrong_change_is_refused(connection, topic, change):
    name = topic()
    assert alter(connection, name, change) in {INVALID_CONFIG, INVALID_REQUEST}
    assert alter(connection, name, ("segment.ms", SET, "123"), change) != 0
    assert config(connection, name, "segment.ms").source != 1, "all changes of a resource or none"


def test_validating_a_change_changes_nothing(connection, topic):
    name = topic()
    assert alter(connection, name, ("retention.ms", SET, "5"), validate=True) == 0
    assert config(connection, name, "retention.ms").source == 5


def test_a_raised_message_limit_takes_effect(connection, topic):
    from records import Record, batch
    name, big = topic(max_message_bytes=1000), batch([Record(bytes(5000))])
    assert produce(connection, name, big).error == 10
    assert alter(connection, name, ("max.message.bytes", SET, "10000")) == 0
    until(lambda: produce(connection, name, big).error == 0, what="the new limit")
    assert alter(connection, name, ("max.message.bytes", DELETE, None), ("retention.ms", DELETE, None)) == 0


def test_a_single_replica_satisfies_any_minimum(connection, topic):
    name = topic(min_insync_replicas=2)
    assert produce(connection, name, acks=-1).error in {0, 19}


def test_growing_a_topic_with_an_assignment_checks_it(broker, connection, topic):
    name = topic()
    node = connection.call(METADATA, 12, topics=[]).brokers[0].id

    def grow(count, assignments):
        return connection.call(CREATE_PARTITIONS, 2, topics=[
            {"name": name, "count": count, "assignments": assignments}]).results[0].error

    assert grow(3, [{"brokers": [node]}]) == 39, "two are new, one is assigned"
    assert grow(3, [{"brokers": [node]}, {"brokers": [999]}]) == 39
    assert grow(3, [{"brokers": [node]}, {"brokers": [node]}]) == 0
    until(lambda: len(describe(connection, name).partitions) == 3)


def test_a_thousand_topics_are_made_listed_found_again_and_removed(start_broker):
    broker = start_broker()
    names = [f"many-{i:04}" for i in range(1000)]
    with broker.connect(timeout=20) as wire:
        for start in range(0, 1000, 250):
            answer = wire.call(CREATE_TOPICS, 5, topics=[
                {"name": n, "partitions": 2, "replication": 1} for n in names[start:start + 250]])
            assert all(row.error == 0 for row in answer.topics)
        assert len(wire.call(METADATA, 12, topics=None).topics) == 1000
        assert produce(wire, names[999], partition=1).error == 0
    broker.restart()
    assert broker.start_seconds < 2
    with broker.connect(timeout=20) as wire:
        assert sorted(t.name for t in wire.call(METADATA, 12, topics=None).topics) == names
        assert produce(wire, names[999], partition=1).base_offset == 1
        answer = wire.call(DELETE_TOPICS, 5, names=names)
        assert all(row.error == 0 for row in answer.topics)
        until(lambda: wire.call(METADATA, 12, topics=None).topics == [], 20)
