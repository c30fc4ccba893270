"""A full disk refuses writes with an error that clients repeat, and everything else goes on."""
import os
import subprocess
import tempfile

import pytest

from broker import until
from bystander import MIB
from conftest import create_topic
from messages import CREATE_TOPICS
from records import Record, batch
from talk import end_offset, fetch, list_offset, produce, values

# Errors after which a client tries again by itself.
RETRIABLE = {5, 6, 7, 9, 13, 19, 20, 56}


@pytest.fixture
def small_disk():
    directory = tempfile.mkdtemp(prefix="broker-disk-")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "broker-test", directory], capture_output=True)
    if done.returncode != 0:
        os.rmdir(directory)
        pytest.skip(f"needs to mount a small file system: {done.stderr.decode().strip()}")
    yield directory
    subprocess.run(["umount", "-l", directory])
    os.rmdir(directory)


def test_a_full_disk_refuses_writes_serves_reads_and_heals_by_itself(start_broker, small_disk):
    broker = start_broker({"log.segment.bytes": str(2 * MIB)}, directory=small_disk)
    name = create_topic(broker, segment_bytes=2 * MIB)
    ballast = os.path.join(small_disk, "ballast")
    with broker.connect() as wire:
        assert produce(wire, name, batch([Record(b"before")])).error == 0
        with open(ballast, "wb") as file:
            file.write(bytes(40 * MIB))
        refused = 0
        for _ in range(80):
            error = produce(wire, name, batch([Record(bytes(MIB // 2))])).error
            if error:
                refused += 1
                assert error in RETRIABLE, f"error {error} makes clients give up"
            if refused >= 5:
                break
        assert refused >= 5, "the disk was never full"
        full = end_offset(wire, name)
        assert values(fetch(wire, name))[0] == b"before", "reads go on"
        assert list_offset(wire, name, -2).offset == 0
        os.unlink(ballast)
        until(lambda: produce(wire, name, batch([Record(b"after")])).error == 0, 20, 0.1, "writing again by itself")
        assert end_offset(wire, name) == full + 1, "nothing of the refused batches is there"
        assert values(fetch(wire, name, offset=full)) == [b"after"]
    broker.restart()
    with broker.connect() as wire:
        assert end_offset(wire, name) == full + 1
        assert values(fetch(wire, name, offset=full)) == [b"after"]


def test_a_broker_that_stops_on_a_full_disk_starts_again_when_there_is_room(start_broker, small_disk):
    broker = start_broker({"log.segment.bytes": str(2 * MIB)}, directory=small_disk)
    name = create_topic(broker, segment_bytes=2 * MIB)
    ballast, written = os.path.join(small_disk, "ballast"), 0
    with broker.connect() as wire:
        with open(ballast, "wb") as file:
            file.write(bytes(45 * MIB))
        for _ in range(60):
            answer = produce(wire, name, batch([Record(bytes(MIB // 2))]))
            if answer.error:
                break
            written += 1
        assert answer.error
    broker.kill()
    os.unlink(ballast)
    broker.start()
    with broker.connect() as wire:
        assert end_offset(wire, name) >= written
        assert len(fetch(wire, name, offset=written - 1).records) > MIB // 2


def fill(path):
    """Takes the last byte of the disk."""
    with open(path, "ab", buffering=0) as file:
        for size in (65536, 100, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def create(wire, names):
    answer = wire.call(CREATE_TOPICS, 5, topics=[{"name": n, "partitions": 5, "replication": 1} for n in names])
    return {row.error for row in answer.topics}


def test_topics_are_refused_on_a_full_disk_and_made_again_when_there_is_room(start_broker, small_disk):
    broker = start_broker({"log.segment.bytes": str(2 * MIB)}, directory=small_disk)
    name, ballast = create_topic(broker), os.path.join(small_disk, "ballast")
    with broker.connect() as wire:
        assert produce(wire, name).error == 0
        fill(ballast)
        refused = set()
        for turn in range(200):
            refused |= create(wire, [f"refused-{turn}-{i}-{'x' * 200}" for i in range(50)]) - {0}
            if refused and turn > 3:
                break
        assert refused and refused <= RETRIABLE, f"errors {refused}"
        assert values(fetch(wire, name)) == [b"value"], "reads go on"
        os.unlink(ballast)
        made = []

        def create_again():
            made.append(f"made-{len(made)}")
            return create(wire, [made[-1]]) == {0}

        until(create_again, 15, 0.2, "topics again by itself")
        assert produce(wire, made[-1], partition=4).error == 0
    broker.restart()
    with broker.connect() as wire:
        assert produce(wire, made[-1], partition=4).base_offset == 1
