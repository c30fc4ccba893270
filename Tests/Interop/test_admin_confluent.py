"""Administration through librdkafka's AdminClient."""
import uuid

import confluent_kafka
import pytest
from confluent_kafka import KafkaError, TopicPartition
from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic,
                                   OffsetSpec, ResourceType)

from broker import until
from clients import Confluent, Message


@pytest.fixture
def admin(broker):
    return AdminClient({"bootstrap.servers": broker.address})


def fresh():
    return f"admin-{uuid.uuid4().hex[:8]}"


def result(futures):
    """The single result of an admin call, raising its error."""
    (future,) = futures.values()
    return future.result(10)


def failure(futures):
    with pytest.raises(confluent_kafka.KafkaException) as caught:
        result(futures)
    return caught.value.args[0]


def partitions(admin, name):
    found = admin.list_topics(name, 10).topics[name]
    return len(found.partitions) if not found.error else 0


def configs(admin, name):
    entries = result(admin.describe_configs([ConfigResource(ResourceType.TOPIC, name)]))
    return entries


def test_a_topic_is_created_listed_described_and_deleted(admin):
    name = fresh()
    result(admin.create_topics([NewTopic(name, 3, 1, config={"retention.ms": "123456"})]))
    until(lambda: partitions(admin, name) == 3, what="three partitions")
    assert name in admin.list_topics(timeout=10).topics
    assert configs(admin, name)["retention.ms"].value == "123456"
    described = result(admin.describe_topics(confluent_kafka.TopicCollection([name])))
    assert described.name == name and len(described.partitions) == 3
    assert all(p.leader is not None and len(p.isr) == 1 for p in described.partitions)
    result(admin.delete_topics([name]))
    until(lambda: name not in admin.list_topics(timeout=10).topics, what="its absence")


def test_a_topic_with_an_explicit_assignment_gets_it(admin):
    name = fresh()
    node = next(iter(admin.list_topics(timeout=10).brokers))
    result(admin.create_topics([NewTopic(name, num_partitions=2, replica_assignment=[[node], [node]])]))
    until(lambda: partitions(admin, name) == 2)


def test_validating_a_topic_does_not_create_it(admin):
    name = fresh()
    result(admin.create_topics([NewTopic(name, 3, 1)], validate_only=True))
    assert name not in admin.list_topics(timeout=10).topics
    assert failure(admin.create_topics([NewTopic(name, 3, 9)], validate_only=True)).code() \
        == KafkaError.INVALID_REPLICATION_FACTOR


@pytest.mark.parametrize(("wanted", "code"), [
    (dict(num_partitions=1, replication_factor=3), KafkaError.INVALID_REPLICATION_FACTOR),
    (dict(num_partitions=0, replication_factor=1), KafkaError.INVALID_PARTITIONS),
    (dict(num_partitions=1, replication_factor=1, config={"retention.msec": "1"}), KafkaError.INVALID_CONFIG),
    (dict(num_partitions=1, replication_factor=1, config={"retention.ms": "soon"}), KafkaError.INVALID_CONFIG),
    (dict(num_partitions=1, replication_factor=1, config={"cleanup.policy": "forget"}), KafkaError.INVALID_CONFIG),
])
def test_a_wrong_topic_is_refused_with_the_right_error(admin, wanted, code):
    name = fresh()
    assert failure(admin.create_topics([NewTopic(name, **wanted)])).code() == code
    assert name not in admin.list_topics(timeout=10).topics


def test_a_misspelt_config_is_answered_with_the_name_that_was_meant(admin, ours):
    error = failure(admin.create_topics([NewTopic(fresh(), 1, 1, config={"retension.ms": "1"})]))
    assert error.code() == KafkaError.INVALID_CONFIG
    if ours:
        assert "did you mean" in error.str().lower() and "retention.ms" in error.str()


@pytest.mark.parametrize("name", ["has space", "slash/es", "..", ".", "ü", "x" * 250])
def test_a_name_that_is_not_allowed_is_refused(admin, name):
    assert failure(admin.create_topics([NewTopic(name, 1, 1)])).code() == KafkaError.TOPIC_EXCEPTION


def test_an_existing_topic_and_a_missing_one_are_errors(admin, topic):
    name = topic()
    assert failure(admin.create_topics([NewTopic(name, 1, 1)])).code() == KafkaError.TOPIC_ALREADY_EXISTS
    assert failure(admin.delete_topics([fresh()])).code() == KafkaError.UNKNOWN_TOPIC_OR_PART
    assert failure(admin.create_partitions([NewPartitions(fresh(), 3)])).code() == KafkaError.UNKNOWN_TOPIC_OR_PART


def test_names_that_differ_only_in_dots_and_underscores_collide(admin):
    name = fresh()
    result(admin.create_topics([NewTopic(name + ".a", 1, 1)]))
    assert failure(admin.create_topics([NewTopic(name + "_a", 1, 1)])).code() == KafkaError.TOPIC_EXCEPTION


def test_partitions_grow_and_never_shrink(broker, admin, topic):
    name = topic(partitions=2)
    Confluent().produce(broker, name, [Message(None, b"before")], partition=1)
    result(admin.create_partitions([NewPartitions(name, 5)], validate_only=True))
    assert partitions(admin, name) == 2
    result(admin.create_partitions([NewPartitions(name, 5)]))
    until(lambda: partitions(admin, name) == 5)
    Confluent().produce(broker, name, [Message(None, b"after")], partition=4)
    assert Confluent().consume(broker, name, 1, 4)[0].value == b"after"
    assert Confluent().consume(broker, name, 1, 1)[0].value == b"before"
    assert failure(admin.create_partitions([NewPartitions(name, 5)])).code() == KafkaError.INVALID_PARTITIONS
    assert failure(admin.create_partitions([NewPartitions(name, 3)])).code() == KafkaError.INVALID_PARTITIONS


def test_deleted_records_are_gone_and_the_log_starts_later(broker, admin, topic):
    name = topic()
    Confluent().produce(broker, name, [Message(None, b"%d" % i) for i in range(10)])
    assert result(admin.delete_records([TopicPartition(name, 0, 4)])).low_watermark == 4
    assert [m.offset for m in Confluent().consume(broker, name, 6)] == list(range(4, 10))
    place = TopicPartition(name, 0)
    assert result(admin.list_offsets({place: OffsetSpec.earliest()})).offset == 4
    assert result(admin.list_offsets({place: OffsetSpec.latest()})).offset == 10
    assert failure(admin.delete_records([TopicPartition(name, 0, 11)])).code() == KafkaError.OFFSET_OUT_OF_RANGE
    assert result(admin.delete_records([TopicPartition(name, 0, -1)])).low_watermark == 10
    assert Confluent().produce(broker, name, [Message(None, b"next")]) == [10]


def test_configs_are_set_appended_to_and_deleted_again(admin, topic):
    name = topic()

    def change(key, operation, value=None):
        entry = ConfigEntry(key, value, incremental_operation=operation)
        result(admin.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, name, incremental_configs=[entry])]))

    default = configs(admin, name)["retention.ms"].value
    change("retention.ms", AlterConfigOpType.SET, "60000")
    until(lambda: configs(admin, name)["retention.ms"].value == "60000")
    assert not configs(admin, name)["retention.ms"].is_default
    change("cleanup.policy", AlterConfigOpType.APPEND, "compact")
    until(lambda: set(configs(admin, name)["cleanup.policy"].value.split(",")) == {"delete", "compact"})
    change("cleanup.policy", AlterConfigOpType.SUBTRACT, "delete")
    until(lambda: configs(admin, name)["cleanup.policy"].value == "compact")
    change("retention.ms", AlterConfigOpType.DELETE)
    until(lambda: configs(admin, name)["retention.ms"].value == default)


def test_a_wrong_config_change_is_refused_and_changes_nothing(admin, topic):
    name = topic()
    for key, value in [("retention.ms", "soon"), ("no.such.config", "1"), ("min.insync.replicas", "0")]:
        entry = ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ResourceType.TOPIC, name, incremental_configs=[entry])
        assert failure(admin.incremental_alter_configs([resource])).code() == KafkaError.INVALID_CONFIG, key
    assert not [e for e in configs(admin, name).values() if e.source == 1], "no topic config is set"


def test_a_brokers_configs_are_described(admin):
    node = next(iter(admin.list_topics(timeout=10).brokers))
    entries = result(admin.describe_configs([ConfigResource(ResourceType.BROKER, str(node))]))
    assert entries["node.id"].value == str(node) and entries["node.id"].is_read_only
    assert "log.retention.ms" in entries


def test_the_cluster_describes_itself(broker, admin):
    cluster = admin.describe_cluster(request_timeout=10).result(10)
    assert cluster.cluster_id
    assert [node.port for node in cluster.nodes] == [broker.port]
    assert cluster.controller.id in [node.id for node in cluster.nodes]


def test_offsets_are_listed_for_a_time_and_for_the_largest_time(broker, admin, topic):
    name, place = topic(), None
    place = TopicPartition(name, 0)
    base = 1_700_000_000_000
    for stamp in (base, base + 5000, base + 2000):
        Confluent().produce(broker, name, [Message(None, b"x", timestamp=stamp)])
    assert result(admin.list_offsets({place: OffsetSpec.for_timestamp(base + 1)})).offset == 1
    largest = result(admin.list_offsets({place: OffsetSpec.max_timestamp()}))
    assert (largest.offset, largest.timestamp) == (1, base + 5000)
