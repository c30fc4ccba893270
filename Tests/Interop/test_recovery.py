"""What a crash, a torn write or a lost side file leaves behind is put right at the next start."""
import random
import struct
import subprocess
import threading

import pytest

from bystander import MIB
from broker import partition_directory
from conftest import create_topic
from messages import DELETE_RECORDS
from records import Record, batch, read_batches
from talk import (OUT_OF_ORDER_SEQUENCE_NUMBER, end_offset, fetch, list_offset, produce, producer_id, values)

BASE = 1_700_000_000_000


@pytest.fixture
def logged(start_broker):
    """A broker with 60 records over several segments, one per batch, by one producer; gives (broker, topic, id)."""
    broker = start_broker()
    name = create_topic(broker, segment_bytes=MIB)
    with broker.connect() as wire:
        identity, _ = producer_id(wire)
        for i in range(60):
            content = batch([Record(b"%d " % i + bytes(60_000), timestamp=BASE + i)], producer_id=identity, epoch=0,
                            sequence=i)
            assert produce(wire, name, content).base_offset == i
    return broker, name, identity


def check(broker, name, identity, end=60, knows_producer=True):
    """Everything below `end` is there, found by offset and by time, and the producer goes on."""
    with broker.connect() as wire:
        assert end_offset(wire, name) == end
        at = 0
        while at < end:
            for found in read_batches(fetch(wire, name, at).records):
                assert found.base_offset == at
                assert found.records[0].value.startswith(b"%d " % at)
                at += 1
        for i in (0, 17, 39, end - 1):
            assert list_offset(wire, name, BASE + i).offset == i
            assert read_batches(fetch(wire, name, i).records)[0].base_offset == i
        assert list_offset(wire, name, -3).timestamp == BASE + end - 1

        def numbered(sequence):
            return batch([Record(timestamp=BASE)], producer_id=identity, epoch=0, sequence=sequence)

        if knows_producer:
            assert produce(wire, name, numbered(end + 5)).error == OUT_OF_ORDER_SEQUENCE_NUMBER
        assert produce(wire, name, numbered(end)).base_offset == end


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_several_segments_outlive_the_broker(logged, end):
    broker, name, identity = logged
    assert len(list(partition_directory(broker, name).glob("*.log"))) > 2
    getattr(broker, end)()
    broker.start()
    check(broker, name, identity)


@pytest.mark.parametrize("end", ["stop", "kill"])
@pytest.mark.parametrize("kind", ["index", "timeindex", "snapshot"])
@pytest.mark.parametrize("damage", ["removed", "emptied", "garbage", "cut"])
def test_a_damaged_side_file_is_made_again(logged, end, kind, damage):
    broker, name, identity = logged
    directory = partition_directory(broker, name)
    getattr(broker, end)()
    for file in directory.glob(f"*.{kind}"):
        content = file.read_bytes()
        if damage == "removed":
            file.unlink()
        else:
            file.write_bytes({"emptied": b"", "garbage": b"\xa5" * max(len(content), 24), "cut": content[:-3]}[damage])
    broker.start()
    # Like Kafka, after a clean stop it need not read the log again to find producers that no snapshot names.
    check(broker, name, identity, knows_producer=kind != "snapshot" or end == "kill")


@pytest.mark.parametrize("damage", ["removed", "emptied", "garbage"])
@pytest.mark.parametrize("file", ["recovery-point-offset-checkpoint", "log-start-offset-checkpoint",
                                  "replication-offset-checkpoint", "leader-epoch-checkpoint", "cleaner-offset-checkpoint"])
def test_a_damaged_checkpoint_loses_no_records(logged, file, damage):
    broker, name, identity = logged
    broker.stop()
    for path in broker.data.rglob(file):
        if damage == "removed":
            path.unlink()
        else:
            path.write_bytes(b"" if damage == "emptied" else b"not a checkpoint\n\xff")
    broker.start()
    check(broker, name, identity)


def torn(kind):
    whole = bytearray(batch([Record(b"torn " * 1000)], base_offset=60))
    return {
        "half a batch": whole[:len(whole) // 2],
        "half a header": whole[:20],
        "one byte": whole[:1],
        "zeros": bytes(8192),
        "a batch with a wrong checksum": whole[:-1] + b"?",
        "a batch of 2^31-1 bytes": struct.pack(">qi", 60, 2**31 - 1) + whole[12:],
        "a batch of negative length": struct.pack(">qi", 60, -5) + whole[12:],
        "noise": b"\x5a" * 5000,
    }[kind]


@pytest.mark.parametrize("kind", ["half a batch", "half a header", "one byte", "zeros", "a batch with a wrong checksum",
                                  "a batch of 2^31-1 bytes", "a batch of negative length", "noise"])
def test_a_torn_tail_is_cut_off_after_a_crash(logged, kind):
    broker, name, identity = logged
    broker.kill()
    active = max(partition_directory(broker, name).glob("*.log"))
    content = active.read_bytes()
    # Behind the last batch there may be zeros of space set aside.
    end = 0
    while end + 12 <= len(content) and struct.unpack_from(">i", content, end + 8)[0] > 0:
        end += 12 + struct.unpack_from(">i", content, end + 8)[0]
    active.write_bytes(content[:end] + torn(kind))
    broker.start()
    check(broker, name, identity)
    broker.restart()
    with broker.connect() as wire:
        assert end_offset(wire, name) == 61


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_deleted_records_stay_deleted(logged, end):
    broker, name, _ = logged
    with broker.connect() as wire:
        answer = wire.call(DELETE_RECORDS, 2, topics=[{"name": name, "partitions": [{"index": 0, "offset": 31}]}])
        assert answer.topics[0].partitions[0].low_watermark == 31
    getattr(broker, end)()
    broker.start()
    with broker.connect() as wire:
        start = list_offset(wire, name, -2).offset
        # Kafka writes log starts down once a minute; after a crash the older records of the last segment may be back.
        assert start == 31 if end == "stop" else 0 <= start <= 31
        assert read_batches(fetch(wire, name, 31).records)[0].base_offset == 31
        assert end_offset(wire, name) == 60


def test_a_lost_metadata_of_a_partition_is_written_again(logged):
    broker, name, identity = logged
    broker.stop()
    for path in partition_directory(broker, name).glob("partition.metadata"):
        path.unlink()
    broker.start()
    check(broker, name, identity)


def test_strangers_in_the_data_directory_do_no_harm(logged):
    broker, name, identity = logged
    broker.stop()
    (broker.data / "lost+found").mkdir()
    (broker.data / "notes.txt").write_text("not Kafka's")
    directory = partition_directory(broker, name)
    (directory / "README").write_text("nor this")
    (directory / "00000000000000000000.log.tmp").write_bytes(b"\0" * 100)
    broker.start()
    check(broker, name, identity)
    assert (broker.data / "notes.txt").exists()


def test_a_recovery_that_is_killed_again_and_again_still_ends_well(logged):
    broker, name, identity = logged
    broker.kill()
    chance = random.Random(3)
    command = [broker.executable, "start", "--data", str(broker.data), "--port", str(broker.port)]
    for _ in range(15):
        begun = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        threading.Event().wait(chance.uniform(0.005, 0.12))
        begun.kill()
        begun.wait()
    broker.start()
    check(broker, name, identity)
