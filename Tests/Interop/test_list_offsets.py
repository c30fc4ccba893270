"""ListOffsets and OffsetForLeaderEpoch."""
import pytest

from messages import DELETE_RECORDS
from records import GZIP, LZ4, Record, batch
from talk import (UNKNOWN_LEADER_EPOCH, UNKNOWN_TOPIC_OR_PARTITION, UNSUPPORTED_VERSION, epoch_end, leader_epoch,
                  list_offset, produce)

BASE = 1_700_000_000_000
LATEST, EARLIEST, LARGEST, EARLIEST_LOCAL, LAST_TIERED, EARLIEST_PENDING = -1, -2, -3, -4, -5, -6


def found(row):
    return row.error, row.offset, row.timestamp


@pytest.fixture
def timed(connection, topic):
    """Offsets 0…5 with times +0 +100 +50 | +400 +300 +200 in two batches; log start at 1."""
    name = topic()
    for codec, times in ((GZIP, (0, 100, 50)), (LZ4, (400, 300, 200))):
        produce(connection, name, batch([Record(timestamp=BASE + t) for t in times], codec=codec))
    connection.call(DELETE_RECORDS, 2, topics=[{"name": name, "partitions": [{"index": 0, "offset": 1}]}])
    return name


@pytest.mark.parametrize("version", range(1, 12))
def test_latest_and_earliest_are_the_ends_of_the_log(connection, timed, version):
    assert found(list_offset(connection, timed, LATEST, version)) == (0, 6, -1)
    assert found(list_offset(connection, timed, EARLIEST, version)) == (0, 1, -1)


@pytest.mark.parametrize(("time", "offset", "stamp"), [
    (60, 1, 100), (100, 1, 100), (101, 3, 400), (200, 3, 400), (400, 3, 400), (0, 1, 100)])
def test_a_time_finds_the_first_record_at_or_after_it(connection, timed, time, offset, stamp):
    assert found(list_offset(connection, timed, BASE + time)) == (0, offset, BASE + stamp)


def test_a_time_after_every_record_finds_nothing(connection, timed):
    assert found(list_offset(connection, timed, BASE + 401)) == (0, -1, -1)
    assert found(list_offset(connection, timed, 2**63 - 1)) == (0, -1, -1)


def test_the_largest_time_is_found_with_its_offset(connection, timed):
    assert found(list_offset(connection, timed, LARGEST, 7)) == (0, 3, BASE + 400)


def test_the_earliest_of_equal_largest_times_is_found(connection, topic):
    name = topic()
    for _ in range(2):
        produce(connection, name, batch([Record(timestamp=BASE), Record(timestamp=BASE + 9)], codec=LZ4))
    assert found(list_offset(connection, name, LARGEST, 7)) == (0, 1, BASE + 9)


def test_an_empty_log_has_no_largest_time(connection, topic):
    assert found(list_offset(connection, topic(), LARGEST, 7)) == (0, -1, -1)


def test_without_tiers_the_earliest_local_offset_is_the_log_start(connection, timed):
    assert found(list_offset(connection, timed, EARLIEST_LOCAL, 8)) == (0, 1, -1)
    assert found(list_offset(connection, timed, LAST_TIERED, 9)) == (0, -1, -1)
    assert found(list_offset(connection, timed, EARLIEST_PENDING, 11))[1:] == (-1, -1)


@pytest.mark.parametrize(("special", "version"), [(LARGEST, 6), (EARLIEST_LOCAL, 7), (LAST_TIERED, 8),
                                                  (EARLIEST_PENDING, 10)])
def test_a_special_time_needs_the_version_that_brought_it(connection, timed, special, version):
    row = list_offset(connection, timed, special, version)
    assert (row.error, row.offset) == (UNSUPPORTED_VERSION, -1)


def test_offsets_come_with_the_epoch_of_the_record(connection, timed):
    epoch = leader_epoch(connection, timed)
    assert list_offset(connection, timed, BASE + 60).leader_epoch == epoch
    assert list_offset(connection, timed, LATEST).leader_epoch == epoch


def test_unknown_partitions_and_epochs_are_errors(connection, timed):
    assert list_offset(connection, "never-was", LATEST).error == UNKNOWN_TOPIC_OR_PARTITION
    assert list_offset(connection, timed, LATEST, partition=3).error == UNKNOWN_TOPIC_OR_PARTITION
    later = leader_epoch(connection, timed) + 1
    assert list_offset(connection, timed, LATEST, leader_epoch=later).error == UNKNOWN_LEADER_EPOCH


@pytest.mark.parametrize("version", [2, 3, 4])
def test_the_current_epoch_ends_at_the_end_of_the_log(connection, timed, version):
    epoch = leader_epoch(connection, timed)
    row = epoch_end(connection, timed, epoch, version=version)
    assert (row.error, row.epoch, row.end_offset) == (0, epoch, 6)


def test_an_epoch_that_has_not_begun_has_no_end(connection, timed):
    row = epoch_end(connection, timed, leader_epoch(connection, timed) + 5)
    assert (row.error, row.epoch, row.end_offset) == (0, -1, -1)


def test_a_wrong_current_epoch_is_refused(connection, timed):
    epoch = leader_epoch(connection, timed)
    assert epoch_end(connection, timed, epoch, current=epoch + 1).error == UNKNOWN_LEADER_EPOCH
    assert epoch_end(connection, "never-was", 0).error == UNKNOWN_TOPIC_OR_PARTITION
