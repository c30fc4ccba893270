"""From one byte to ten megabytes, and what is refused beyond the topic's limit."""
import hashlib

import confluent_kafka
import kafka.errors
import pytest

from clients import LIBRARIES, AioKafka, Confluent, KafkaPython, Message, named

MIB = 1 << 20
LIMITS = {
    "confluent-kafka": {"message.max.bytes": 20 * MIB},
    "kafka-python": {"max_request_size": 20 * MIB},
    "aiokafka": {"max_request_size": 20 * MIB},
}
READ = {
    "confluent-kafka": {"fetch.message.max.bytes": MIB, "receive.message.max.bytes": 100_000_000},
    "kafka-python": {"max_partition_fetch_bytes": MIB},
    "aiokafka": {"max_partition_fetch_bytes": MIB},
}


def noise(size):
    return hashlib.shake_128(b"%d" % size).digest(size)


@pytest.mark.parametrize("client", LIBRARIES, ids=named)
def test_records_of_one_byte_to_ten_megabytes_come_back_whole(broker, topic, client):
    name = topic(max_message_bytes=11 * MIB)
    sizes = [1, 2, 127, 128, 1000, 16_383, 65_536, MIB, 10 * MIB, 3]
    client.produce(broker, name, [Message(None, noise(size)) for size in sizes], **LIMITS[client.name])
    seen = client.consume(broker, name, len(sizes), **READ[client.name])
    assert [len(m.value) for m in seen] == sizes
    assert all(m.value == noise(len(m.value)) for m in seen)


def test_confluent_is_told_that_a_record_is_too_large(broker, topic):
    name, failed = topic(max_message_bytes=100_000), []
    producer = Confluent().producer(broker, **{"message.max.bytes": 20 * MIB})
    producer.produce(name, noise(100_001), on_delivery=lambda error, _: failed.append(error))
    producer.flush(10)
    assert [error.code() for error in failed] == [confluent_kafka.KafkaError.MSG_SIZE_TOO_LARGE]


def test_kafka_python_is_told_that_a_record_is_too_large(broker, topic):
    with pytest.raises(kafka.errors.MessageSizeTooLargeError):
        KafkaPython().produce(broker, topic(), [Message(None, noise(2 * MIB))], **LIMITS["kafka-python"])


def test_aiokafka_is_told_that_a_record_is_too_large(broker, topic):
    with pytest.raises(Exception, match="MessageSizeTooLarge"):
        AioKafka().produce(broker, topic(), [Message(None, noise(2 * MIB))], **LIMITS["aiokafka"])


def test_a_record_that_shrinks_below_the_limit_when_compressed_is_accepted(broker, topic):
    name = topic(max_message_bytes=100_000)
    sent = [Message(None, b"again " * 100_000)]
    Confluent().produce(broker, name, sent, "zstd")
    assert KafkaPython().consume(broker, name, 1)[0].value == sent[0].value
