"""Administration through kafka-python's KafkaAdminClient."""
import uuid

import kafka
import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import (InvalidConfigurationError, InvalidPartitionsError, InvalidReplicationFactorError,
                          InvalidTopicError, TopicAlreadyExistsError, UnknownTopicOrPartitionError)

from broker import until
from clients import KafkaPython, Message


@pytest.fixture
def admin(broker):
    client = KafkaAdminClient(bootstrap_servers=broker.address)
    yield client
    client.close()


def fresh():
    return f"python-{uuid.uuid4().hex[:8]}"


def config(admin, name, key):
    resource = ConfigResource(ConfigResourceType.TOPIC, name, configs=None)
    (found,) = admin.describe_configs([resource], config_filter="all").values()
    return found[name][key]["value"]


def test_a_topic_is_created_listed_described_and_deleted(admin):
    name = fresh()
    wanted = {"num_partitions": 2, "replication_factor": 1, "configs": {"max.message.bytes": "5000"}}
    admin.create_topics({name: wanted}, wait_for_metadata=True)
    assert name in admin.list_topics()
    (described,) = admin.describe_topics([name])
    assert len(described["partitions"]) == 2
    assert config(admin, name, "max.message.bytes") == "5000"
    paged = admin.describe_topic_partitions([name], response_partition_limit=1)
    assert len(paged["topics"][0]["partitions"]) == 1
    assert paged["next_cursor"] == {"topic_name": name, "partition_index": 1}
    admin.delete_topics([name])
    until(lambda: name not in admin.list_topics(), what="its absence")


def test_defaults_and_an_assignment_are_accepted(admin):
    first, second = fresh(), fresh()
    node = admin.describe_cluster()["brokers"][0]["broker_id"]
    admin.create_topics({first: {}, second: {"assignments": {0: [node], 1: [node], 2: [node]}}},
                        wait_for_metadata=True)
    counts = {t["name"]: len(t["partitions"]) for t in admin.describe_topics([first, second])}
    assert counts[second] == 3 and counts[first] >= 1


def test_validating_does_not_create(admin):
    name = fresh()
    admin.create_topics({name: {"num_partitions": 1, "replication_factor": 1}}, validate_only=True)
    assert name not in admin.list_topics()


@pytest.mark.parametrize(("name", "options", "error"), [
    (None, {"num_partitions": 1, "replication_factor": 3}, InvalidReplicationFactorError),
    (None, {"num_partitions": 0, "replication_factor": 1}, InvalidPartitionsError),
    (None, {"num_partitions": 1, "replication_factor": 1, "configs": {"no.such": "1"}}, InvalidConfigurationError),
    ("not allowed!", {"num_partitions": 1, "replication_factor": 1}, InvalidTopicError),
])
def test_a_wrong_topic_raises_the_right_error(admin, name, options, error):
    with pytest.raises(error):
        admin.create_topics({name or fresh(): options})


def test_an_existing_and_a_missing_topic_raise_their_errors(admin, topic):
    name = topic()
    with pytest.raises(TopicAlreadyExistsError):
        admin.create_topics({name: {"num_partitions": 1, "replication_factor": 1}})
    with pytest.raises(UnknownTopicOrPartitionError):
        admin.delete_topics([fresh()])


def test_partitions_are_added(admin, topic):
    name = topic()
    admin.create_partitions({name: 4})
    until(lambda: len(admin.describe_topics([name])[0]["partitions"]) == 4)


def test_records_are_deleted(broker, admin, topic):
    name = topic()
    KafkaPython().produce(broker, name, [Message(None, b"%d" % i) for i in range(8)])
    place = kafka.TopicPartition(name, 0)
    answer = admin.delete_records({place: 5})
    assert answer[place]["low_watermark"] == 5
    assert KafkaPython().consume(broker, name, 3, offset=5)[0].offset == 5


def test_configs_are_altered_and_reset(admin, topic):
    name = topic()
    default = config(admin, name, "retention.ms")
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs={"retention.ms": "777000"})])
    until(lambda: config(admin, name, "retention.ms") == "777000")
    admin.reset_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=["retention.ms"])])
    until(lambda: config(admin, name, "retention.ms") == default)


def test_the_cluster_describes_itself(broker, admin):
    cluster = admin.describe_cluster()
    assert cluster["cluster_id"]
    assert [node["port"] for node in cluster["brokers"]] == [broker.port]
