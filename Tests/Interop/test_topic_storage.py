"""Topics that have chosen a storage of their own, with real clients, files and restarts."""
import json

import confluent_kafka
import pytest
from confluent_kafka import KafkaError, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

from command_line import CommandLine
from conftest import create_topic


def values(broker, topic):
    return [json.loads(line)["value"] for line in
            CommandLine(broker.executable, broker).ask("consume", topic, "-e", "--output", "json").splitlines()]


def write(broker, topic, count):
    CommandLine(broker.executable, broker).ask(
        "produce", topic, input=b"".join(b"record %d\n" % number for number in range(count)))


def test_a_topic_in_memory_leaves_no_file_and_is_empty_after_a_restart(start_broker):
    broker = start_broker()
    create_topic(broker, "fleeting", storage="memory")
    create_topic(broker, "lasting")
    for topic in ("fleeting", "lasting"):
        write(broker, topic, 5)
        assert len(values(broker, topic)) == 5
    names = {path.name for path in broker.data.rglob("*")}
    assert "lasting-0" in names and "fleeting-0" not in names and "storage" not in names
    cli = CommandLine(broker.executable, broker)
    assert b"(memory)" in cli.ask("log-dirs")

    for end in (broker.stop, broker.kill):
        end()
        broker.start()
        assert values(broker, "fleeting") == []
        assert len(values(broker, "lasting")) == 5
        write(broker, "fleeting", 2)
        assert values(broker, "fleeting") == ["record 0", "record 1"]


def test_a_consumer_of_records_that_are_gone_begins_anew(start_broker):
    broker = start_broker({"group.initial.rebalance.delay.ms": "0"})
    create_topic(broker, "fleeting", storage="memory")
    write(broker, "fleeting", 5)
    config = {"bootstrap.servers": broker.address, "group.id": "g", "auto.offset.reset": "earliest"}
    consumer = confluent_kafka.Consumer(config)
    consumer.commit(offsets=[TopicPartition("fleeting", 0, 5)], asynchronous=False)
    consumer.close()
    broker.restart()
    write(broker, "fleeting", 3)
    consumer = confluent_kafka.Consumer(config)
    consumer.subscribe(["fleeting"])
    got = []
    for _ in range(40):
        message = consumer.poll(0.5)
        if message is not None and not message.error():
            got.append(message.value())
        if len(got) == 3:
            break
    consumer.close()
    assert got == [b"record 0", b"record 1", b"record 2"]


def test_an_idempotent_producer_goes_on_after_the_records_are_gone(start_broker):
    broker = start_broker()
    create_topic(broker, "fleeting", storage="memory")
    failures = []
    producer = confluent_kafka.Producer({"bootstrap.servers": broker.address, "enable.idempotence": True})
    for round in range(2):
        for number in range(10):
            producer.produce("fleeting", b"%d" % number,
                             on_delivery=lambda error, message: failures.append(error) if error else None)
        assert producer.flush(20) == 0
        if round == 0:
            broker.restart()
    assert failures == []
    assert values(broker, "fleeting") == [str(number) for number in range(10)]


def test_admin_clients_see_the_storage_and_cannot_change_it(start_broker):
    broker = start_broker()
    admin = AdminClient({"bootstrap.servers": broker.address})
    (created,) = admin.create_topics([NewTopic("t", 1, 1, config={"storage": "memory"})]).values()
    created.result(10)
    (described,) = admin.describe_configs([ConfigResource(ResourceType.TOPIC, "t")]).values()
    entry = described.result(10)["storage"]
    assert entry.value == "memory" and entry.is_read_only
    message = CommandLine(broker.executable, broker).error("configs", "set", "--topic", "t", "storage=file")
    assert message["kafkaError"] and "chosen when a topic is created" in message["message"]
    (wrong,) = admin.create_topics([NewTopic("u", 1, 1, config={"storage": "flie"})]).values()
    with pytest.raises(confluent_kafka.KafkaException) as caught:
        wrong.result(10)
    assert caught.value.args[0].code() == KafkaError.INVALID_CONFIG
    assert "Did you mean 'file'?" in caught.value.args[0].str()
