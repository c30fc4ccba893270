"""The authorizer that the broker's configuration chooses, as clients and whoever starts the broker see it."""
import subprocess

import confluent_kafka
import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, TopicPartition
from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic,
                                   ResourceType)

from broker import until
from conftest import create_topic
from messages import DELETE_RECORDS
from talk import fetch, list_offset, produce

GROUP = "the-group"
TOPIC, OTHER_TOPIC = "the-topic", "another-topic"


@pytest.fixture(scope="module")
def denying(start_module_broker):
    """A broker with a topic and a group, whose authorizer has since been changed to one that denies everything."""
    broker = start_module_broker({"group.initial.rebalance.delay.ms": "0", "authorizer": "allow-all"})
    create_topic(broker, TOPIC)
    consumer = confluent_kafka.Consumer({"bootstrap.servers": broker.address, "group.id": GROUP})
    consumer.commit(offsets=[TopicPartition(TOPIC, 0, 0)], asynchronous=False)
    consumer.close()
    broker.overrides["authorizer"] = "deny-all"
    return broker.restart()


@pytest.fixture
def admin(denying):
    return AdminClient({"bootstrap.servers": denying.address})


def result(futures):
    (future,) = futures.values() if isinstance(futures, dict) else (futures,)
    return future.result(15)


TOPIC_DENIED, GROUP_DENIED, CLUSTER_DENIED = (
    KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED, KafkaError.CLUSTER_AUTHORIZATION_FAILED)


def retention(resource_type, name):
    return ConfigResource(resource_type, name, incremental_configs=[
        ConfigEntry("retention.ms" if resource_type == ResourceType.TOPIC else "log.retention.ms", "5",
                    incremental_operation=AlterConfigOpType.SET)])


CALLS = {
    "create a topic": (lambda a: a.create_topics([NewTopic(OTHER_TOPIC, 1, 1)]), TOPIC_DENIED),
    "delete a topic": (lambda a: a.delete_topics([TOPIC]), TOPIC_DENIED),
    "grow a topic": (lambda a: a.create_partitions([NewPartitions(TOPIC, 2)]), TOPIC_DENIED),
    "describe a topic's configs": (
        lambda a: a.describe_configs([ConfigResource(ResourceType.TOPIC, TOPIC)]), TOPIC_DENIED),
    "describe a broker's configs": (
        lambda a: a.describe_configs([ConfigResource(ResourceType.BROKER, "1")]), CLUSTER_DENIED),
    "change a topic's configs": (
        lambda a: a.incremental_alter_configs([retention(ResourceType.TOPIC, TOPIC)]), TOPIC_DENIED),
    "change a broker's configs": (
        lambda a: a.incremental_alter_configs([retention(ResourceType.BROKER, "1")]), CLUSTER_DENIED),
    "describe a group": (lambda a: a.describe_consumer_groups([GROUP]), GROUP_DENIED),
    "delete a group": (lambda a: a.delete_consumer_groups([GROUP]), GROUP_DENIED),
    "read a group's offsets": (
        lambda a: a.list_consumer_group_offsets([ConsumerGroupTopicPartitions(GROUP)]), GROUP_DENIED),
    "change a group's offsets": (
        lambda a: a.alter_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(GROUP, [TopicPartition(TOPIC, 0, 0)])]), GROUP_DENIED),
}


@pytest.mark.parametrize("call, error", CALLS.values(), ids=CALLS.keys())
def test_what_is_denied_has_kafkas_error(admin, call, error):
    with pytest.raises(confluent_kafka.KafkaException) as caught:
        result(call(admin))
    assert caught.value.args[0].code() == error


def test_what_may_not_be_seen_is_not_listed(admin):
    assert admin.list_topics(timeout=10).topics == {}
    assert admin.list_topics(TOPIC, 10).topics[TOPIC].error.code() == TOPIC_DENIED
    assert result(admin.list_consumer_groups()).valid == []


def test_records_are_neither_taken_nor_given(denying):
    failures = []
    producer = confluent_kafka.Producer({"bootstrap.servers": denying.address, "message.timeout.ms": 10_000})
    producer.produce(TOPIC, b"v", on_delivery=lambda error, message: failures.append(error))
    producer.flush(15)
    assert [error.code() for error in failures] == [TOPIC_DENIED]

    consumer = confluent_kafka.Consumer({"bootstrap.servers": denying.address, "group.id": GROUP})
    consumer.assign([TopicPartition(TOPIC, 0, 0)])
    codes = set()
    until(lambda: GROUP_DENIED in errors(consumer, codes), what="the error of the group that has its position")
    consumer.close()


def errors(consumer, codes):
    """The errors the consumer has told of so far."""
    message = consumer.poll(0.2)
    if message is not None and message.error():
        codes.add(message.error().code())
    return codes


def test_a_request_that_skips_the_metadata_is_denied_as_well(denying):
    with denying.connect() as wire:
        assert produce(wire, TOPIC).error == TOPIC_DENIED
        assert fetch(wire, TOPIC).error == TOPIC_DENIED
        assert list_offset(wire, TOPIC, -1).error == TOPIC_DENIED
        answer = wire.call(DELETE_RECORDS, 2, topics=[{"name": TOPIC, "partitions": [{"index": 0, "offset": 0}]}])
        assert answer.topics[0].partitions[0].error == TOPIC_DENIED


def test_a_member_may_not_join(denying):
    consumer = confluent_kafka.Consumer({"bootstrap.servers": denying.address, "group.id": GROUP})
    consumer.subscribe([TOPIC])
    codes = set()
    until(lambda: GROUP_DENIED in errors(consumer, codes), what="the group's error")
    consumer.close()


@pytest.mark.parametrize("key, value, near", [("authorizer", "deny-al", "deny-all"), ("storage", "flie", "file"),
                                              ("storage", "memroy", "memory")])
def test_a_name_that_is_not_there_keeps_the_broker_from_starting(executable, tmp_path, key, value, near):
    done = subprocess.run([executable, "start", "--data", str(tmp_path / "data"), "--port", "0", "--override",
                           f"{key}={value}"], capture_output=True, timeout=20)
    assert done.returncode == 1
    message = done.stderr.decode()
    assert f"'{value}' for '{key}'" in message and f"Did you mean '{near}'?" in message
    assert not (tmp_path / "data").exists(), "nothing was begun"
