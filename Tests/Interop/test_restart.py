"""Clients ride through restarts of the broker, and through topics that vanish and come back."""
import threading
import uuid

import confluent_kafka
import kafka
import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from broker import until
from clients import Confluent, KafkaPython, Message
from conftest import create_topic
from messages import DELETE_RECORDS
from records import Record, batch
from talk import describe, end_offset, epoch_end, fetch, leader_epoch, list_offset, produce, topic_id, values

QUICK = {"reconnect.backoff.ms": 10, "reconnect.backoff.max.ms": 100, "metadata.recovery.strategy": "none", "log_level": 0}


class Flow(threading.Thread):
    """An idempotent producer that numbers its records and keeps going until told to end."""

    def __init__(self, broker, topic, **config):
        super().__init__(daemon=True)
        self.topic, self.ending = topic, threading.Event()
        self.sent, self.acknowledged, self.failures = 0, {}, []
        self.producer = Confluent().producer(broker, **{"enable.idempotence": True, "message.timeout.ms": 60_000,
                                                        "retry.backoff.ms": 20, **QUICK, **config})

    def delivered(self, error, message):
        if error:
            self.failures.append(str(error))
        else:
            self.acknowledged[int(message.value())] = message.offset()

    def run(self):
        while not self.ending.is_set():
            if self.sent - len(self.acknowledged) - len(self.failures) < 500:
                for _ in range(20):
                    self.producer.produce(self.topic, b"%d" % self.sent, partition=0, on_delivery=self.delivered)
                    self.sent += 1
            self.producer.poll(0.002)
            self.ending.wait(0.004)

    def finish(self):
        self.ending.set()
        self.join(10)
        assert self.producer.flush(40) == 0
        assert not self.failures, self.failures[:3]


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_an_idempotent_producer_and_a_consumer_ride_through_restarts(start_broker, end):
    broker = start_broker()
    name = create_topic(broker)
    flow, seen = Flow(broker, name), []
    consumer = Confluent().consumer(broker, **QUICK)
    consumer.assign([confluent_kafka.TopicPartition(name, 0, 0)])

    def read():
        seen.extend((m.offset(), int(m.value())) for m in consumer.consume(500, 0.05) if not m.error())
        return len(seen)

    flow.start()
    for _ in range(3):
        before = len(flow.acknowledged)
        until(lambda: read() and len(flow.acknowledged) > before + 300, 20, 0, "progress")
        getattr(broker, end)()
        broker.start()
    flow.finish()
    until(lambda: read() >= flow.sent, 30, 0, "every record")
    consumer.close()
    assert [value for _, value in seen] == list(range(flow.sent)), "nothing lost, doubled or out of order"
    assert all(flow.acknowledged[value] == offset for offset, value in seen)


def test_kafka_python_reconnects_by_itself(start_broker):
    broker = start_broker()
    name = create_topic(broker)
    producer = KafkaPython().producer(broker, reconnect_backoff_ms=10, reconnect_backoff_max_ms=100)
    consumer = KafkaPython().consumer(broker, reconnect_backoff_ms=10, reconnect_backoff_max_ms=100)
    consumer.assign([kafka.TopicPartition(name, 0)])
    seen = []

    def read():
        for messages in consumer.poll(100).values():
            seen.extend(int(m.value) for m in messages)
        return len(seen)

    for turn in range(3):
        for i in range(20):
            producer.send(name, b"%d" % (turn * 20 + i))
        producer.flush(30)
        until(lambda: read() >= (turn + 1) * 20, 20, 0)
        broker.restart()
    producer.close()
    consumer.close()
    assert seen == list(range(60))


def test_everything_about_a_topic_outlives_restarts(start_broker):
    broker = start_broker()
    name = create_topic(broker, partitions=3, retention_ms=987654, cleanup_policy="compact,delete")
    with broker.connect() as wire:
        identity, epochs = topic_id(wire, name), [leader_epoch(wire, name)]
        for _ in range(4):
            assert produce(wire, name, batch([Record(b"value", b"key")])).error == 0
    for end in ("stop", "kill", "stop"):
        getattr(broker, end)()
        broker.start()
        with broker.connect() as wire:
            row = describe(wire, name)
            assert (row.topic_id, len(row.partitions)) == (identity, 3)
            assert list_offset(wire, name, -1).offset == 4 and list_offset(wire, name, -2).offset == 0
            epochs.append(leader_epoch(wire, name))
    assert epochs == sorted(epochs), "a leader epoch never falls"


def test_an_older_leader_epoch_ends_where_the_next_began(start_broker):
    broker = start_broker()
    name = create_topic(broker)
    with broker.connect() as wire:
        first = leader_epoch(wire, name)
        for _ in range(3):
            produce(wire, name)
    broker.kill()
    broker.start()
    with broker.connect() as wire:
        second = leader_epoch(wire, name)
        produce(wire, name)
        assert second > first, "a leader that comes back after a crash leads a new epoch"
        row = epoch_end(wire, name, first)
        assert (row.error, row.epoch, row.end_offset) == (0, first, 3)
        assert fetch(wire, name, fields={"leader_epoch": first}).error == 74
        diverging = fetch(wire, name, 4, version=12, fields={"last_epoch": first})
        assert diverging.diverging == {"epoch": first, "end_offset": 3}


def test_an_epoch_whose_records_are_deleted_ends_where_the_log_begins(start_broker):
    broker = start_broker()
    name = create_topic(broker)
    with broker.connect() as wire:
        first = leader_epoch(wire, name)
        produce(wire, name)
    broker.kill()
    broker.start()
    with broker.connect() as wire:
        produce(wire, name)
        wire.call(DELETE_RECORDS, 2, topics=[{"name": name, "partitions": [{"index": 0, "offset": 1}]}])
        row = epoch_end(wire, name, first)
        assert (row.error, row.epoch, row.end_offset) == (0, first, 1)


def test_a_topic_that_is_deleted_and_made_again_under_running_clients_starts_empty(broker):
    name = f"again-{uuid.uuid4().hex[:6]}"
    admin = AdminClient({"bootstrap.servers": broker.address})
    admin.create_topics([NewTopic(name, 1, 1)])[name].result(10)
    producer = Confluent().producer(broker, **{"topic.metadata.refresh.interval.ms": 200})

    def write(value):
        offsets = []
        producer.produce(name, value, on_delivery=lambda e, m: offsets.append(e or m.offset()))
        producer.flush(15)
        return offsets[0]

    until(lambda: write(b"old") == 0, 10)
    assert write(b"old") == 1
    with broker.connect() as wire:
        old = topic_id(wire, name)
    admin.delete_topics([name])[name].result(10)

    def create():
        try:
            return admin.create_topics([NewTopic(name, 1, 1)])[name].result(10) is None
        except confluent_kafka.KafkaException:
            return False

    until(create, 10, what="room for the topic")
    with broker.connect() as wire:
        until(lambda: describe(wire, name).error == 0, what="the new topic")
        assert topic_id(wire, name) != old
        assert produce(wire, old, version=13).error == 100, "the old id is unknown"
        assert fetch(wire, old, version=13, max_wait=0).error == 100
        before = until(lambda: list_offset(wire, name, -1).error == 0) and end_offset(wire, name)
        assert before == 0
        until(lambda: write(b"new") in (0, 1, 2, 3), 15, what="the running producer's next record")
        assert set(values(fetch(wire, name))) == {b"new"}
    assert KafkaPython().consume(broker, name, 1)[0].value == b"new"


def test_files_of_a_deleted_topic_go_away(start_broker):
    broker = start_broker({"file.delete.delay.ms": "100", "log.segment.delete.delay.ms": "100"})
    name = create_topic(broker, partitions=2)
    Confluent().produce(broker, name, [Message(None, b"x")])
    assert list(broker.data.rglob(f"{name}-0"))
    admin = AdminClient({"bootstrap.servers": broker.address})
    admin.delete_topics([name])[name].result(10)
    until(lambda: not list(broker.data.rglob(f"{name}-*")), 30, 0.1, "the files are gone")
    broker.restart()
    with broker.connect() as wire:
        assert describe(wire, name).error == 3
