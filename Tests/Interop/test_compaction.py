"""A compacted topic keeps the last record of each key, in its place, and loses the others."""
import confluent_kafka
import pytest

from broker import until
from bystander import MIB
from clients import Confluent, Message
from conftest import create_topic
from talk import end_offset
from test_retention import SOON


def left(broker, name):
    """What a consumer sees from the beginning: (offset, key, value), without the filler."""
    with broker.connect() as wire:
        end = end_offset(wire, name)
    found, consumer = [], Confluent().consumer(broker)
    consumer.assign([confluent_kafka.TopicPartition(name, 0, 0)])

    def more():
        found.extend((m.offset(), m.key(), m.value()) for m in consumer.consume(500, 0.2) if not m.error())
        return found and found[-1][0] >= end - 1

    until(more, 15, 0, "the end of the topic")
    consumer.close()
    return [row for row in found if row[1] != b"filler"]


def test_a_compacted_topic_keeps_the_last_value_of_each_key(start_broker):
    broker = start_broker(SOON)
    if "log.cleaner.backoff.ms" in broker.log():
        pytest.skip("the broker warns that it does not clean logs")
    name = create_topic(broker, cleanup_policy="compact", segment_bytes=MIB, min_cleanable_dirty_ratio="0.01",
                        delete_retention_ms=100, max_compaction_lag_ms=1000)
    sent = [Message(b"%d" % (i % 10), b"%d " % i + bytes(20_000)) for i in range(200)]
    sent[195] = Message(b"5", None)
    assert Confluent().produce(broker, name, sent) == list(range(200))
    # The active segment is never cleaned: more than a segment of another key pushes these records out of it.
    Confluent().produce(broker, name, [Message(b"filler", bytes(100_000)) for _ in range(25)])

    def compacted():
        found = left(broker, name)
        return len(found) <= 10 and found

    found = until(compacted, 20, 0.2, "one record for each key")
    last = {m.key: (offset, m.value) for offset, m in enumerate(sent)}
    assert all(last[key] == (offset, value) for offset, key, value in found)
    assert {key for _, key, _ in found} >= set(last) - {b"5"}
    if not broker.external:
        broker.kill()
        broker.start()
        assert {row[0] for row in left(broker, name)} <= {row[0] for row in found}, "what is gone stays gone"
        assert {row[1] for row in left(broker, name)} >= set(last) - {b"5"}
