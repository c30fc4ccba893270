"""What is wrong with the metadata is told, never acted on: partitions are not put aside because topics seem to be gone."""
import os
import shutil

import pytest

import records
from conftest import create_topic
from messages import METADATA
from test_kafka_directory import OVERRIDES, unpack


def metadata_files(data, ending):
    return sorted((data / "__cluster_metadata-0").glob(f"*.{ending}"))


def cut(file, size):
    file.chmod(0o600)
    os.truncate(file, size)


def without_snapshots(data):
    for file in metadata_files(data, "checkpoint"):
        file.unlink()


def with_an_empty_snapshot(data):
    cut(metadata_files(data, "checkpoint")[-1], 0)


def with_half_a_snapshot(data):
    newest = metadata_files(data, "checkpoint")[-1]
    cut(newest, newest.stat().st_size // 2)


def with_a_snapshot_without_its_footer(data):
    newest = metadata_files(data, "checkpoint")[-1]
    content = newest.read_bytes()
    sizes = [batch.size for batch in records.read_batches(content)]
    assert len(sizes) >= 3 and sum(sizes) == len(content)
    cut(newest, len(content) - sizes[-1])


def without_metadata(data):
    shutil.rmtree(data / "__cluster_metadata-0")


def partition_folders(data):
    return {entry.name for entry in data.iterdir() if entry.is_dir() and not entry.name.endswith("-delete")}


@pytest.mark.parametrize("way", ["clean", "killed"])
@pytest.mark.parametrize("damage", [
    without_snapshots, with_an_empty_snapshot, with_half_a_snapshot, with_a_snapshot_without_its_footer, without_metadata,
], ids=lambda damage: damage.__name__)
def test_a_broker_does_not_start(start_broker, tmp_path, way, damage):
    data = unpack(way, tmp_path)
    damage(data)
    before = partition_folders(data)
    with pytest.raises(AssertionError, match="exit code 1 before ready"):
        start_broker(OVERRIDES, data)
    assert partition_folders(data) == before


def topics(broker):
    with broker.connect() as wire:
        return {row.name for row in wire.call(METADATA, 12, topics=None).topics}


def test_a_torn_end_of_the_metadata_log_is_cut_and_a_broken_middle_is_refused(start_broker, tmp_path):
    broker = start_broker(OVERRIDES, unpack("clean", tmp_path))
    for name in ("first-made", "then-made", "last-made"):
        create_topic(broker, name)
    known = topics(broker)
    broker.kill()

    log = metadata_files(broker.data, "log")[-1]
    with open(log, "ab") as file:
        file.write(b"\0" * 300)
    broker.start()
    assert topics(broker) == known
    broker.kill()

    content = bytearray(log.read_bytes())
    content[content.index(b"first-made")] ^= 1
    log.write_bytes(content)
    before = partition_folders(broker.data)
    with pytest.raises(AssertionError, match="exit code 1 before ready"):
        broker.start()
    assert partition_folders(broker.data) == before
    assert log.read_bytes() == bytes(content), "what can still be repaired by hand is left"
