"""Whatever one client writes, every client reads, byte for byte, with every codec."""
import pytest

from clients import ALL, CODECS, LIBRARIES, Message, named

COMMON = [
    Message(b"first", b"plain text"),
    Message(b"first", b"the same key again", [("trace", b"1"), ("trace", b"2"), ("name", "wört".encode())]),
    Message(None, b"no key"),
    Message(b"gone", None),
    Message(b"empty", b""),
    Message(b"\xff\xfe\x01", bytes(range(256))),
    Message(b"big", b"compressible " * 2000),
]
MORE = [
    Message(b"", b"an empty key"),
    Message(b"\0nul\0", b"\0"),
    Message(b"headers", b"x", [("", b"empty name"), ("empty", b""), ("ключ", bytes(range(256)))]),
]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("producer", ALL, ids=named)
def test_what_one_client_wrote_every_client_reads_byte_for_byte(broker, topic, producer, codec):
    name, sent = topic(), COMMON
    producer.produce(broker, name, sent, codec)
    for consumer in ALL:
        seen = consumer.consume(broker, name, len(sent))
        assert [m.content() for m in seen] == [m.content() for m in sent], f"read by {consumer.name}"
        assert [m.offset for m in seen] == list(range(len(sent)))


@pytest.mark.parametrize("producer", LIBRARIES, ids=named)
def test_empty_keys_and_awkward_headers_stay_as_they_are(broker, topic, producer):
    name, sent = topic(), COMMON + MORE
    assert producer.produce(broker, name, sent) == list(range(len(sent)))
    for consumer in LIBRARIES:
        seen = consumer.consume(broker, name, len(sent))
        assert [m.content() for m in seen] == [m.content() for m in sent], f"read by {consumer.name}"


def test_a_header_without_a_value_stays_without_one(broker, topic):
    confluent, kafka_python = LIBRARIES[:2]
    name, sent = topic(), [Message(b"k", b"v", [("nothing", None), ("something", b"1")])]
    confluent.produce(broker, name, sent)
    assert confluent.consume(broker, name, 1)[0].content() == sent[0].content()
    assert kafka_python.consume(broker, name, 1)[0].content() == sent[0].content()


@pytest.mark.parametrize("client", LIBRARIES, ids=named)
def test_each_partition_keeps_its_own_records(broker, topic, client):
    name = topic(partitions=4)
    for partition in range(4):
        sent = [Message(None, b"%d in %d" % (i, partition)) for i in range(10 + partition)]
        assert client.produce(broker, name, sent, partition=partition) == list(range(10 + partition))
    for partition in range(4):
        seen = client.consume(broker, name, 10 + partition, partition)
        assert [m.value for m in seen] == [b"%d in %d" % (i, partition) for i in range(10 + partition)]
        assert {m.partition for m in seen} == {partition}
