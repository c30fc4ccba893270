"""Twenty kills under load: every acknowledged record is there exactly once and in order."""
import random
import threading
import time

import confluent_kafka
import pytest

from broker import until
from clients import Confluent
from conftest import REPORT, create_topic

SEED, KILLS, PARTITIONS = 20260101, 20, 4


class Load(threading.Thread):
    """Numbers records per partition and keeps a bounded number of them in flight."""

    def __init__(self, broker, topic, filler, **config):
        super().__init__(daemon=True)
        self.topic, self.filler, self.ending = topic, filler, threading.Event()
        self.next = [0] * PARTITIONS
        self.acknowledged = [{} for _ in range(PARTITIONS)]
        self.failures = []
        self.producer = Confluent().producer(broker, **{
            "enable.idempotence": True, "acks": "all", "message.timeout.ms": 60_000, "retry.backoff.ms": 10,
            "reconnect.backoff.ms": 10, "reconnect.backoff.max.ms": 50, "linger.ms": 2, "log_level": 0,
            "queue.buffering.max.messages": 50_000,
            # Else it forgets its brokers at every kill and takes a second to find them again.
            "metadata.recovery.strategy": "none", **config})

    def in_flight(self):
        return sum(self.next) - sum(map(len, self.acknowledged)) - len(self.failures)

    def delivered(self, error, message):
        number = int(message.value().split(b" ")[0])
        if error:
            self.failures.append((message.partition(), number, str(error)))
        else:
            self.acknowledged[message.partition()][number] = message.offset()

    def run(self):
        while not self.ending.is_set():
            for partition in range(PARTITIONS if self.in_flight() < 1000 else 0):
                for _ in range(10):
                    self.producer.produce(self.topic, b"%d %s" % (self.next[partition], self.filler),
                                          partition=partition, on_delivery=self.delivered)
                    self.next[partition] += 1
            # Some thousand records a second: enough to be always in flight, little enough to be read back soon.
            self.producer.poll(0.002)
            self.ending.wait(0.004)


def read_all(broker, topic, partition, end):
    consumer, seen = Confluent().consumer(broker), []
    consumer.assign([confluent_kafka.TopicPartition(topic, partition, 0)])

    def more():
        seen.extend((m.offset(), int(m.value().split(b" ")[0])) for m in consumer.consume(2000, 0.1) if not m.error())
        return seen and seen[-1][0] >= end - 1

    until(more, 30, 0, f"{end} records of {topic}-{partition}")
    consumer.close()
    return seen


@pytest.mark.heavy
@pytest.mark.timeout(150)
def test_every_acknowledged_record_survives_twenty_kills_exactly_once_and_in_order(start_broker, request):
    broker, chance = start_broker(), random.Random(SEED)
    loads = [Load(broker, create_topic(broker, partitions=PARTITIONS), b""),
             Load(broker, create_topic(broker, partitions=PARTITIONS), b"packed " * 100, **{"compression.type": "zstd"}),
             # Enough bytes to fill segments, so that kills also meet rolling.
             Load(broker, create_topic(broker, partitions=PARTITIONS, segment_bytes=1 << 20), bytes(2000))]
    for load in loads:
        load.start()
    bitten, recoveries = 0, []
    for _ in range(KILLS):
        done = [sum(map(len, load.acknowledged)) for load in loads]
        until(lambda: all(sum(map(len, load.acknowledged)) > before for load, before in zip(loads, done)), 20,
              what="an acknowledgement between two kills")
        # The moment of the kill is the one thing that chance decides; nothing is waited for here.
        threading.Event().wait(chance.uniform(0.05, 0.6))
        bitten += all(load.in_flight() > 0 for load in loads)
        broker.kill()
        begun = time.monotonic()
        broker.start()
        recoveries.append(time.monotonic() - begun)
    for load in loads:
        load.ending.set()
        load.join(10)
        assert load.producer.flush(40) == 0
        assert not load.failures, load.failures[:5]
    total = 0
    for load in loads:
        for partition in range(PARTITIONS):
            acknowledged, sent = load.acknowledged[partition], load.next[partition]
            assert len(acknowledged) == sent
            seen = read_all(broker, load.topic, partition, max(acknowledged.values()) + 1)
            assert [offset for offset, _ in seen] == list(range(len(seen))), "offsets without a gap"
            assert [number for _, number in seen] == list(range(sent)), "each number once and in order"
            assert all(acknowledged[number] == offset for offset, number in seen), "at the offset acknowledged"
            total += sent
    request.config.stash[REPORT].append(f"{KILLS} kills ({bitten} with records in flight), {total} records acknowledged and found, "
          f"slowest start after a kill {max(recoveries):.2f} s")
    assert bitten >= KILLS // 2, f"only {bitten} kills found records in flight"
    assert total > 2000, f"only {total} records: there was no load"
