"""Many requests on one connection before the first answer is read."""
import time

from messages import API_VERSIONS, FETCH, LIST_OFFSETS, METADATA, PRODUCE
from records import Record, batch
from talk import end_offset, fetch, place, produce, values
from wire import framed, request_bytes


def test_a_thousand_requests_are_answered_in_order_around_a_waiting_fetch(connection, topic):
    name, quiet = topic(), topic()
    kinds = [
        (METADATA, 9, {"topics": [{"name": name}]}),
        (LIST_OFFSETS, 7, {"topics": [{"name": name, "partitions": [{"index": 0, "timestamp": -1}]}]}),
        (PRODUCE, 9, {"topics": [{"name": name, "partitions": [{"index": 0, "records": batch()}]}]}),
        (FETCH, 11, {"topics": [place(name)], "max_wait": 0}),
    ]
    asked = [kinds[i % len(kinds)] for i in range(1000)]
    asked[500] = (FETCH, 11, {"topics": [place(quiet)], "max_wait": 700, "min_bytes": 1})
    begun = time.monotonic()
    connection.write(b"".join(framed(request_bytes(api, version, i, values))
                              for i, (api, version, values) in enumerate(asked)))
    offsets = []
    for i, (api, version, _) in enumerate(asked):
        correlation, answer = connection.receive(api, version)
        assert correlation == i
        if api is PRODUCE:
            assert answer.topics[0].partitions[0].error == 0
            offsets.append(answer.topics[0].partitions[0].base_offset)
        if i == 500:
            assert time.monotonic() - begun > 0.6, "the fetch waited"
    assert offsets == list(range(250))


def test_a_produce_behind_a_waiting_fetch_of_another_connection_is_not_held_up(broker, connection, topic):
    name = topic()
    connection.send(FETCH, 11, topics=[place(name)], max_wait=5000)
    with broker.connect() as other:
        begun = time.monotonic()
        assert produce(other, name).error == 0
        assert time.monotonic() - begun < 1
    _, answer = connection.receive(FETCH, 11)
    assert time.monotonic() - begun < 2
    assert values(answer.topics[0].partitions[0]) == [b"value"]


def test_a_produce_without_acknowledgement_is_not_answered(connection, topic):
    name = topic()
    one = {"topics": [{"name": name, "partitions": [{"index": 0, "records": batch([Record(b"silent")])}]}]}
    for _ in range(3):
        connection.send(PRODUCE, 9, acks=0, **one)
    assert connection.call(API_VERSIONS, 0).error == 0
    assert end_offset(connection, name) == 3
    assert values(fetch(connection, name)) == [b"silent"] * 3


def test_a_failed_produce_without_acknowledgement_closes_the_connection(broker):
    with broker.connect() as wire:
        wire.send(PRODUCE, 9, acks=0,
                  topics=[{"name": "never-was", "partitions": [{"index": 0, "records": batch()}]}])
        assert wire.closed_within(2)


def test_requests_of_one_connection_take_effect_in_order(connection, topic):
    name = topic()
    wanted = [b"%d" % i for i in range(500)]
    connection.write(b"".join(
        framed(request_bytes(PRODUCE, 9, i, {"topics": [{"name": name, "partitions": [
            {"index": 0, "records": batch([Record(value)])}]}]})) for i, value in enumerate(wanted)))
    for i in range(500):
        correlation, answer = connection.receive(PRODUCE, 9)
        row = answer.topics[0].partitions[0]
        assert (correlation, row.error, row.base_offset) == (i, 0, i)
    assert values(fetch(connection, name)) == wanted
