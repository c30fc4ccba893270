"""Acknowledgements, idempotence, topics made by the first record, and large numbers."""
import uuid

import confluent_kafka
import pytest

from clients import CODECS, LIBRARIES, AioKafka, Confluent, KafkaPython, Message, named

NO_ACKS = {"confluent-kafka": {"acks": 0}, "kafka-python": {"acks": 0, "enable_idempotence": False},
           "aiokafka": {"acks": 0}}
LEADER = {"confluent-kafka": {"acks": 1}, "kafka-python": {"acks": 1, "enable_idempotence": False},
          "aiokafka": {"acks": 1}}
IDEMPOTENT = {"confluent-kafka": {"enable.idempotence": True}, "kafka-python": {"enable_idempotence": True},
              "aiokafka": {"enable_idempotence": True}}
FIFTY = [Message(b"%d" % (i % 7), b"value %d" % i) for i in range(50)]


def values(seen):
    return [m.value for m in seen]


@pytest.mark.parametrize("client", LIBRARIES[:2], ids=named)
def test_records_without_acknowledgement_arrive(broker, topic, client):
    name = topic()
    client.produce(broker, name, FIFTY, **NO_ACKS[client.name])
    assert values(Confluent().consume(broker, name, 50)) == values(FIFTY)


@pytest.mark.parametrize("client", LIBRARIES, ids=named)
def test_records_acknowledged_by_the_leader_arrive(broker, topic, client):
    name = topic()
    assert client.produce(broker, name, FIFTY, **LEADER[client.name]) == list(range(50))
    assert values(client.consume(broker, name, 50)) == values(FIFTY)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("client", LIBRARIES, ids=named)
def test_an_idempotent_producer_writes_each_record_once_and_in_order(broker, topic, client, codec):
    name = topic()
    assert client.produce(broker, name, FIFTY, codec, **IDEMPOTENT[client.name]) == list(range(50))
    assert values(client.consume(broker, name, 50)) == values(FIFTY)
    consumer = Confluent().consumer(broker)
    assert consumer.get_watermark_offsets(confluent_kafka.TopicPartition(name, 0), 10) == (0, 50)
    consumer.close()


@pytest.mark.parametrize("client", LIBRARIES, ids=named)
def test_the_first_record_makes_its_topic(broker, client):
    name = f"made-by-{client.name}-{uuid.uuid4().hex[:6]}"
    client.produce(broker, name, FIFTY)
    assert values(client.consume(broker, name, 50)) == values(FIFTY)


def test_a_hundred_thousand_small_records_arrive_in_order(broker, topic):
    name, total, failures = topic(partitions=3), 100_000, []
    producer = Confluent().producer(broker, **{"linger.ms": 20, "queue.buffering.max.messages": total + 1})
    for i in range(total):
        producer.produce(name, b"%d" % i, partition=i % 3, on_delivery=lambda e, _: e and failures.append(e))
        if i % 1000 == 0:
            producer.poll(0)
    assert producer.flush(60) == 0 and not failures
    for partition in range(3):
        expected = [b"%d" % i for i in range(partition, total, 3)]
        assert values(Confluent().consume(broker, name, len(expected), partition)) == expected


@pytest.mark.parametrize("topic_codec", ["gzip", "zstd", "uncompressed"])
def test_a_topic_that_names_a_codec_stores_its_records_with_it(broker, topic, topic_codec):
    from messages import FETCH
    from records import CODECS as NUMBERS
    from records import read_batches
    name = topic(compression_type=topic_codec)
    Confluent().produce(broker, name, FIFTY, "lz4", **{"linger.ms": 50})
    for reader in LIBRARIES:
        assert values(reader.consume(broker, name, 50)) == values(FIFTY)
    with broker.connect() as wire:
        answer = wire.call(FETCH, 11, topics=[{"name": name, "partitions": [{"index": 0, "offset": 0}]}])
        batches = read_batches(answer.topics[0].partitions[0].records)
    assert {b.codec for b in batches} == {NUMBERS.get(topic_codec, 0)}


@pytest.mark.parametrize("client", [KafkaPython(), AioKafka()], ids=named)
def test_records_sent_to_a_partition_that_is_not_there_fail(broker, topic, client):
    with pytest.raises(Exception):
        client.produce(broker, topic(), [Message(None, b"x")], partition=5, request_timeout_ms=2000,
                       **({"max_block_ms": 2000} if client.name == "kafka-python" else {}))
