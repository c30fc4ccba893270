"""Producer ids, epochs and sequences: repeats are answered as the first time, gaps and old epochs are refused."""
import pytest

from conftest import create_topic
from records import Record, batch, read_batches
from talk import (INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER, end_offset, fetch, produce, producer_id)

LAST_SEQUENCE = 2**31 - 1


def numbered(identity, sequence, count=1, epoch=0):
    records = [Record(b"%d" % (sequence + i)) for i in range(count)]
    return batch(records, producer_id=identity, epoch=epoch, sequence=sequence)


@pytest.fixture
def send(connection, topic):
    """Sends numbered batches of one new producer to one new topic; gives (error, base offset)."""
    name, (identity, first_epoch) = topic(), producer_id(connection)
    assert first_epoch == 0

    def send(sequence, count=1, epoch=0, identity=identity, **request):
        answer = produce(connection, name, numbered(identity, sequence, count, epoch), **request)
        return answer.error, answer.base_offset

    send.topic = name
    return send


def test_producer_ids_are_never_given_twice(broker, connection):
    with broker.connect() as other:
        found = [producer_id(wire)[0] for _ in range(60) for wire in (connection, other)]
    assert len(set(found)) == 120


def test_a_repeat_of_any_of_the_last_five_batches_returns_its_offset_and_stores_nothing(connection, send):
    for i in range(5):
        assert send(i * 3, 3) == (0, i * 3)
    for i in reversed(range(5)):
        assert send(i * 3, 3) == (0, i * 3)
    assert end_offset(connection, send.topic) == 15


def test_a_repeat_older_than_five_batches_is_out_of_order(connection, send):
    for i in range(6):
        assert send(i) == (0, i)
    assert send(0)[0] == OUT_OF_ORDER_SEQUENCE_NUMBER
    assert send(1) == (0, 1)
    assert end_offset(connection, send.topic) == 6


def test_a_batch_with_the_first_sequence_of_another_but_a_different_count_is_no_repeat(connection, send):
    assert send(0, 3) == (0, 0)
    assert send(0, 2)[0] == OUT_OF_ORDER_SEQUENCE_NUMBER
    assert send(3, 1) == (0, 3)


@pytest.mark.parametrize("sequence", [2, 100, LAST_SEQUENCE])
def test_a_gap_is_out_of_order(connection, send, sequence):
    assert send(0) == (0, 0)
    assert send(sequence)[0] == OUT_OF_ORDER_SEQUENCE_NUMBER
    assert send(1) == (0, 1)


def test_a_producer_nobody_knows_may_start_anywhere(connection, send):
    assert send(4711, identity=987_654_321_000) == (0, 0)
    assert send(4712, identity=987_654_321_000) == (0, 1)


def test_an_older_epoch_is_fenced(connection, send):
    assert send(0, epoch=1) == (0, 0)
    assert send(1, epoch=0)[0] == INVALID_PRODUCER_EPOCH
    assert send(0, epoch=0)[0] == INVALID_PRODUCER_EPOCH
    assert send(1, epoch=1) == (0, 1)


def test_a_new_epoch_starts_at_sequence_zero(connection, send):
    assert send(0) == (0, 0)
    assert send(1, epoch=1)[0] == OUT_OF_ORDER_SEQUENCE_NUMBER
    assert send(0, epoch=1) == (0, 1)


def test_after_the_last_sequence_comes_zero(connection, send):
    assert send(LAST_SEQUENCE - 1, 2) == (0, 0)
    assert send(0) == (0, 2)
    assert send(LAST_SEQUENCE - 1, 2) == (0, 0), "the repeat across the end"
    assert send(1) == (0, 3)


def test_sequences_may_wrap_within_a_batch(connection, send):
    assert send(LAST_SEQUENCE, 3) == (0, 0)
    assert send(2) == (0, 3)


def test_producers_and_partitions_do_not_disturb_each_other(connection, topic):
    name, (first, _), (second, _) = topic(partitions=2), producer_id(connection), producer_id(connection)
    for partition in (0, 1):
        for identity in (first, second):
            assert produce(connection, name, numbered(identity, 0), partition=partition).error == 0
    assert produce(connection, name, numbered(first, 1), partition=1).base_offset == 2
    assert produce(connection, name, numbered(second, 2), partition=1).error == OUT_OF_ORDER_SEQUENCE_NUMBER


def test_a_repeat_reports_the_time_of_the_first(connection, topic):
    name, (identity, _) = topic(message_timestamp_type="LogAppendTime"), producer_id(connection)
    sent = numbered(identity, 0)
    first, again = produce(connection, name, sent), produce(connection, name, sent)
    assert (again.error, again.base_offset, again.log_append_time) == (0, 0, first.log_append_time)


def test_stored_batches_keep_producer_epoch_and_sequence(connection, send):
    send(0, 2), send(2, 1)
    found = read_batches(fetch(connection, send.topic).records)
    assert [(b.sequence, b.epoch, b.base_offset) for b in found] == [(0, 0, 0), (2, 0, 2)]


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_producer_state_outlives_the_broker(start_broker, end):
    broker = start_broker()
    name = create_topic(broker)
    with broker.connect() as wire:
        identity, _ = producer_id(wire)
        for i in range(7):
            assert produce(wire, name, numbered(identity, i * 2, 2)).base_offset == i * 2
    getattr(broker, end)()
    broker.start()
    with broker.connect() as wire:
        again = produce(wire, name, numbered(identity, 12, 2))
        assert (again.error, again.base_offset) == (0, 12), "the last batch is known"
        assert produce(wire, name, numbered(identity, 16)).error == OUT_OF_ORDER_SEQUENCE_NUMBER
        assert produce(wire, name, numbered(identity, 14)).base_offset == 14
        assert produce(wire, name, numbered(identity, 0, epoch=1)).base_offset == 15
        assert producer_id(wire)[0] > identity, "an id is not given again"
    getattr(broker, end)()
    broker.start()
    with broker.connect() as wire:
        assert produce(wire, name, numbered(identity, 15)).error == INVALID_PRODUCER_EPOCH
        assert end_offset(wire, name) == 16
