"""Old records go by size, time and command, while clients look on."""
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from broker import until
from bystander import MIB
from clients import Confluent
from conftest import create_topic
from records import Record, batch, now
from talk import OFFSET_OUT_OF_RANGE, end_offset, fetch, list_offset, produce

SOON = {"log.retention.check.interval.ms": "200", "log.initial.task.delay.ms": "100", "log.cleaner.backoff.ms": "100",
        "file.delete.delay.ms": "100", "log.segment.delete.delay.ms": "100"}


def fill(wire, name, count, timestamp=None):
    for i in range(count):
        assert produce(wire, name, batch([Record(bytes(300_000), timestamp=timestamp)])).error == 0


def test_segments_beyond_retention_bytes_go_and_readers_are_told(start_broker):
    broker = start_broker(SOON)
    name = create_topic(broker, segment_bytes=MIB, retention_bytes=3 * MIB)
    with broker.connect() as wire:
        fill(wire, name, 30)
        start = until(lambda: list_offset(wire, name, -2).offset, 20, 0.1, "a later log start")
        until(lambda: list_offset(wire, name, -2).offset >= 15, 20, 0.1, "about 3 MiB left")
        start = list_offset(wire, name, -2).offset
        assert start < 26 and end_offset(wire, name) == 30
        assert fetch(wire, name, start - 1).error == OFFSET_OUT_OF_RANGE
        assert fetch(wire, name, start).error == 0
    assert Confluent().consume(broker, name, 1, offset=0)[0].offset == start, "the client starts over at the earliest"


def test_old_segments_go_by_time(start_broker):
    broker = start_broker(SOON)
    name = create_topic(broker, segment_bytes=MIB, retention_ms=3_600_000)
    with broker.connect() as wire:
        fill(wire, name, 9, now() - 7_200_000)
        fill(wire, name, 6, now())
        until(lambda: 5 <= list_offset(wire, name, -2).offset <= 9, 20, 0.1, "old segments gone")
        assert end_offset(wire, name) == 15


def test_a_shorter_retention_takes_effect_at_once(start_broker):
    broker = start_broker(SOON)
    name = create_topic(broker, segment_bytes=MIB)
    with broker.connect() as wire:
        fill(wire, name, 12)
        admin = AdminClient({"bootstrap.servers": broker.address})
        entry = ConfigEntry("retention.ms", "1", incremental_operation=AlterConfigOpType.SET)
        for future in admin.incremental_alter_configs(
                [ConfigResource(ResourceType.TOPIC, name, incremental_configs=[entry])]).values():
            future.result(10)
        until(lambda: list_offset(wire, name, -2).offset == 12, 20, 0.1, "everything gone, the active segment too")
        assert produce(wire, name).base_offset == 12
