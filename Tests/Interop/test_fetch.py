"""Fetch: sizes, positions, epochs."""
import time

import pytest

from messages import FETCH
from records import LZ4, Record, batch, read_batches
from talk import (FENCED_LEADER_EPOCH, OFFSET_OUT_OF_RANGE, UNKNOWN_LEADER_EPOCH, UNKNOWN_TOPIC_ID,
                  UNKNOWN_TOPIC_OR_PARTITION, end_offset, fetch, leader_epoch, place, produce, topic_id, values)

BIG = 50_000


@pytest.fixture
def ten_big(connection, topic):
    """A topic with two partitions of ten batches of 50 kB each."""
    name = topic(partitions=2)
    for partition in (0, 1):
        for i in range(10):
            assert produce(connection, name, batch([Record(b"%d" % i * BIG)]), partition=partition).error == 0
    return name


def test_the_first_batch_is_given_whole_even_beyond_the_limits(connection, ten_big):
    row = fetch(connection, ten_big, fields={"max_bytes": 1}, max_bytes=1)
    (found,) = read_batches(row.records)
    assert found.base_offset == 0


def test_a_partitions_limit_bounds_what_it_gives(connection, ten_big):
    row = fetch(connection, ten_big, fields={"max_bytes": 3 * BIG + 1000})
    assert len(row.records) <= 3 * BIG + 1000
    assert [b.base_offset for b in read_batches(row.records)] == [0, 1, 2]


def test_the_requests_limit_bounds_all_partitions_together(connection, ten_big):
    answer = connection.call(FETCH, 11, max_bytes=4 * BIG + 2000, topics=[
        {"name": ten_big, "partitions": [{"index": 0, "offset": 0}, {"index": 1, "offset": 0}]}])
    sizes = [len(row.records or b"") for row in answer.topics[0].partitions]
    assert 3 * BIG < sum(sizes) <= 4 * BIG + 2000


def test_only_the_first_partition_with_data_may_break_the_limit(connection, ten_big):
    answer = connection.call(FETCH, 11, max_bytes=1, topics=[
        {"name": ten_big, "partitions": [{"index": 0, "offset": 10}, {"index": 1, "offset": 0, "max_bytes": 1}]}])
    rows = {row.index: row for row in answer.topics[0].partitions}
    assert not rows[0].records
    assert len(read_batches(rows[1].records)) == 1


def test_reading_inside_a_batch_gives_that_batch_whole(connection, topic):
    name = topic()
    produce(connection, name, batch([Record(b"%d" % i) for i in range(10)], codec=LZ4))
    produce(connection, name)
    found = read_batches(fetch(connection, name, offset=7).records)
    assert [b.base_offset for b in found] == [0, 10]


@pytest.mark.parametrize("offset", [-1, -2, 11, 2**63 - 1, -2**63])
def test_an_offset_outside_the_log_is_out_of_range(connection, ten_big, offset):
    row = fetch(connection, ten_big, offset)
    assert row.error == OFFSET_OUT_OF_RANGE
    assert not row.records


def test_the_end_of_the_log_is_in_range_and_empty(connection, ten_big):
    row = fetch(connection, ten_big, 10, max_wait=0)
    assert (row.error, row.high_watermark, row.last_stable_offset, row.log_start_offset) == (0, 10, 10, 0)
    assert not row.records


@pytest.mark.parametrize("limit", [-1, 0])
def test_limits_below_one_byte_are_answered(connection, ten_big, ours, limit):
    row = fetch(connection, ten_big, fields={"max_bytes": limit}, max_bytes=limit, max_wait=0)
    assert row.error in ({0, 4} if ours else {0, 4, -1})
    assert len(read_batches(row.records)) <= 1


def test_an_unknown_topic_or_partition_is_named_so(connection, topic):
    name = topic()
    assert fetch(connection, "never-was", max_wait=0).error == UNKNOWN_TOPIC_OR_PARTITION
    for partition in (1, -1, 2**31 - 1):
        assert fetch(connection, name, partition=partition, max_wait=0).error == UNKNOWN_TOPIC_OR_PARTITION
    assert fetch(connection, bytes(range(16)), version=13, max_wait=0).error == UNKNOWN_TOPIC_ID


def test_an_error_ends_the_wait_at_once(connection, topic):
    begun = time.monotonic()
    fetch(connection, topic(), offset=5, max_wait=5000)
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("version", [13, 14, 15, 16, 17, 18])
def test_topics_are_fetched_by_id(connection, topic, version):
    name = topic()
    produce(connection, name)
    assert values(fetch(connection, topic_id(connection, name), version=version)) == [b"value"]


def test_a_wrong_leader_epoch_is_fenced_or_unknown(connection, topic):
    name = topic()
    produce(connection, name)
    now = leader_epoch(connection, name)
    assert fetch(connection, name, fields={"leader_epoch": now}).error == 0
    assert fetch(connection, name, fields={"leader_epoch": now + 1}).error == UNKNOWN_LEADER_EPOCH
    if now > 0:
        assert fetch(connection, name, fields={"leader_epoch": now - 1}).error == FENCED_LEADER_EPOCH


def test_a_reader_beyond_the_end_of_its_epoch_is_told_where_it_ends(connection, topic):
    name = topic()
    for _ in range(3):
        produce(connection, name)
    epoch = leader_epoch(connection, name)
    row = fetch(connection, name, 8, version=12, fields={"last_epoch": epoch})
    assert (row.error, row.diverging) == (0, {"epoch": epoch, "end_offset": 3})
    assert not row.records
    row = fetch(connection, name, 2, version=12, fields={"last_epoch": epoch})
    assert "diverging" not in row and values(row) == [b"value"]


def test_records_are_stamped_with_the_leaders_epoch(connection, topic):
    name = topic()
    produce(connection, name)
    assert read_batches(fetch(connection, name).records)[0].leader_epoch == leader_epoch(connection, name)


def test_a_wait_ends_when_its_time_is_up(connection, topic):
    begun = time.monotonic()
    row = fetch(connection, topic(), max_wait=400)
    assert 0.35 < time.monotonic() - begun < 1.5
    assert row.error == 0 and not row.records


def test_a_hundred_waiting_fetches_all_wake(broker, connection, topic):
    name = topic()
    waiting = [broker.connect() for _ in range(100)]
    try:
        for wire in waiting:
            wire.send(FETCH, 11, topics=[place(name)], max_wait=20_000)
        begun = time.monotonic()
        produce(connection, name)
        for wire in waiting:
            assert values(wire.receive(FETCH, 11)[1].topics[0].partitions[0]) == [b"value"]
        assert time.monotonic() - begun < 3
    finally:
        for wire in waiting:
            wire.close()


def test_a_deleted_prefix_is_out_of_range(connection, topic):
    from messages import DELETE_RECORDS
    name = topic()
    for _ in range(5):
        produce(connection, name)
    answer = connection.call(DELETE_RECORDS, 2, topics=[{"name": name, "partitions": [{"index": 0, "offset": 3}]}])
    assert (answer.topics[0].partitions[0].error, answer.topics[0].partitions[0].low_watermark) == (0, 3)
    assert fetch(connection, name, 2).error == OFFSET_OUT_OF_RANGE
    assert fetch(connection, name, 3).log_start_offset == 3
    assert end_offset(connection, name) == 5
