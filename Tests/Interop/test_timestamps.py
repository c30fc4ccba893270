"""Timestamps: kept when the topic says CreateTime, replaced when it says LogAppendTime, and searchable."""
import time

import confluent_kafka
import kafka
import pytest

from clients import LIBRARIES, Confluent, KafkaPython, Kcat, Message, named

HOUR = 3_600_000


def hours_ago(count):
    return int(time.time() * 1000) // 1000 * 1000 - count * HOUR


@pytest.mark.parametrize("client", LIBRARIES, ids=named)
def test_a_create_time_is_kept_to_the_millisecond(broker, topic, client):
    name = topic()
    stamps = [hours_ago(3) + 1, hours_ago(5) + 999, hours_ago(1)]
    client.produce(broker, name, [Message(None, b"x", timestamp=stamp) for stamp in stamps])
    seen = client.consume(broker, name, 3)
    assert [m.timestamp for m in seen] == stamps
    assert {m.timestamp_type for m in seen} == {0}


@pytest.mark.parametrize("codec", ["none", "zstd"])
@pytest.mark.parametrize("client", LIBRARIES, ids=named)
def test_a_log_append_time_topic_stamps_records_itself(broker, topic, client, codec):
    name = topic(message_timestamp_type="LogAppendTime")
    before = int(time.time() * 1000)
    client.produce(broker, name, [Message(None, b"x", timestamp=hours_ago(9)) for _ in range(3)], codec)
    after = int(time.time() * 1000)
    for reader in LIBRARIES:
        seen = reader.consume(broker, name, 3)
        assert all(before <= m.timestamp <= after for m in seen)
        assert {m.timestamp_type for m in seen} == {1}


@pytest.fixture
def hourly(broker, topic):
    """A topic with one record for each of the last ten hours, oldest first, each a batch of its own."""
    name = topic()
    start = hours_ago(10)
    for hour in range(10):
        Confluent().produce(broker, name, [Message(None, b"%d" % hour, timestamp=start + hour * HOUR)])
    return name, start


def test_confluent_finds_offsets_by_time(broker, hourly):
    name, start = hourly
    consumer = Confluent().consumer(broker)
    try:
        def at(stamp):
            place = confluent_kafka.TopicPartition(name, 0, stamp)
            return consumer.offsets_for_times([place], 10)[0].offset

        assert at(start - 1) == 0
        assert at(start + 3 * HOUR) == 3
        assert at(start + 3 * HOUR + 1) == 4
        assert at(start + 9 * HOUR + 1) == confluent_kafka.OFFSET_END
        assert consumer.get_watermark_offsets(confluent_kafka.TopicPartition(name, 0), 10) == (0, 10)
    finally:
        consumer.close()


def test_kafka_python_finds_offsets_by_time(broker, hourly):
    name, start = hourly
    consumer, place = KafkaPython().consumer(broker), kafka.TopicPartition(name, 0)
    try:
        found = consumer.offsets_for_times({place: start + 4 * HOUR - 5})[place]
        assert (found.offset, found.timestamp) == (4, start + 4 * HOUR)
        assert consumer.offsets_for_times({place: start + 9 * HOUR + 1})[place] is None
        assert consumer.beginning_offsets([place]) == {place: 0}
        assert consumer.end_offsets([place]) == {place: 10}
    finally:
        consumer.close()


def test_kcat_reads_between_two_times(broker, hourly):
    name, start = hourly
    done = Kcat().run(broker, "-C", "-q", "-t", name, "-p", "0", "-e",
                      "-o", f"s@{start + 2 * HOUR}", "-o", f"e@{start + 5 * HOUR}", "-f", "%s ")
    assert done.returncode == 0, done.stderr
    assert done.stdout == b"2 3 4 "


def test_time_is_searched_inside_a_compressed_batch(broker, topic):
    name, start = topic(), hours_ago(10)
    messages = [Message(None, b"x" * 100, timestamp=start + i * 1000) for i in range(500)]
    Confluent().produce(broker, name, messages, "lz4", **{"linger.ms": 100})
    consumer, place = KafkaPython().consumer(broker), kafka.TopicPartition(name, 0)
    try:
        found = consumer.offsets_for_times({place: start + 321_500})[place]
        assert (found.offset, found.timestamp) == (322, start + 322_000)
    finally:
        consumer.close()
