"""Hostile clients in numbers: each gets an error, is held back or cut off; nobody else notices, and nothing is left."""
import contextlib
import time

import pytest

import hostile
from broker import until
from bystander import MIB, Bystander
from conftest import REPORT, create_topic
from hostile import Hostile
from messages import (API_VERSIONS, CREATE_TOPICS, DELETE_RECORDS, DELETE_TOPICS, FETCH, LIST_OFFSETS, METADATA,
                      OFFSET_FOR_LEADER_EPOCH, PRODUCE)
from records import Record, batch
from talk import OFFSET_OUT_OF_RANGE, fetch, place, produce, values
from wire import Closed, framed, request_bytes

pytestmark = pytest.mark.alone

# Below this a healthy client's 99th percentile is good in any case: the machine may be busy with other tests.
FLOOR = 0.050


@contextlib.contextmanager
def unnoticed(broker, request, what, left=16 * MIB, seconds=0):
    """Within it, and for so many seconds at least, a healthy client keeps its pace; a minute after it memory and
    descriptors are what they were."""
    with Bystander(broker, create_topic(broker)) as bystander:
        begun = time.monotonic()
        until(lambda: time.monotonic() > begun + 1.5, what="the usual pace")
        usual = bystander.p99(begun, time.monotonic())
        memory, descriptors = broker.rss(), broker.descriptors()
        begun = time.monotonic()
        yield
        until(lambda: time.monotonic() > begun + seconds, seconds + 1, what="time to see the pace")
        during = bystander.p99(begun, time.monotonic())
        peak = broker.rss()
        settled = time.monotonic()
        until(lambda: broker.rss() <= memory + left, 60, 0.2,
              f"memory back from {peak / MIB:.0f} to {memory / MIB:.0f} MiB and {left / MIB:.0f} more")
        until(lambda: broker.descriptors() <= descriptors + 5, 20, what="descriptors given back")
        settled = time.monotonic() - settled
    figures = f"{what}: p99 {usual * 1000:.1f} ms, then {during * 1000:.1f} ms; memory {memory / MIB:.0f} MiB, then " \
              f"{peak / MIB:.0f}, {broker.rss() / MIB:.0f} after {settled:.1f} s"
    request.config.stash[REPORT].append(figures)
    assert during <= max(3 * usual, FLOOR), figures


@pytest.fixture(scope="module")
def victim(start_module_broker):
    """A broker whose memory no other test has grown, with a thousand topics to tell of."""
    broker = start_module_broker({"queued.max.request.bytes": str(32 * MIB)})
    with broker.connect() as wire:
        wire.call(CREATE_TOPICS, 5, topics=[{"name": f"told-{i}", "partitions": 1, "replication": 1}
                                            for i in range(1000)])
    return broker


def test_answers_that_are_never_read_are_not_made(victim, request):
    attacker = Hostile(victim, hostile.pipeline_without_reading, seconds=4)
    with unnoticed(victim, request, "100,000 requests and no reading"):
        assert attacker.result() <= 100_000


def test_two_thousand_connections_that_drip_are_cut_off(start_broker, request):
    broker = start_broker({"connections.max.idle.ms": "2500"})
    attacker = Hostile(broker, hostile.drip, seconds=12)
    with unnoticed(broker, request, "2,000 dripping connections"):
        assert attacker.result() == 2000


def test_connections_may_come_and_go_as_fast_as_they_can(victim, request):
    attacker = Hostile(victim, hostile.churn, seconds=4)
    with unnoticed(victim, request, "connections come and go"):
        rate = attacker.result()
    request.config.stash[REPORT].append(f"{rate:.0f} connections a second opened and closed by one client")
    assert rate > 500


def test_requests_that_are_begun_and_left_hold_nobody_up(victim, request):
    attacker = Hostile(victim, hostile.hoard, seconds=4)
    name = create_topic(victim, max_message_bytes=4 * MIB)
    before = victim.rss()
    attacker.go.set()
    with unnoticed(victim, request, "100 requests of 50 MiB begun"):
        deadline = time.monotonic() + 15

        def large():
            with contextlib.suppress(Closed), victim.connect(timeout=20) as wire:
                return produce(wire, name, batch([Record(bytes(3 * MIB))])).error == 0

        until(large, 15, what="a large batch of somebody else's")
        assert victim.rss() - before < 160 * MIB and time.monotonic() < deadline
        assert attacker.result() > 0


def test_what_is_asked_for_in_the_largest_numbers_leaves_nothing(victim, request):
    names = [f"absent-{i}" for i in range(100_000)]
    # Written down beforehand: the time it takes is not the broker's.
    asked = [(api, version, framed(request_bytes(api, version, 1, values, "wire"))) for api, version, values in (
        (METADATA, 9, {"topics": [{"name": name} for name in names], "allow_creation": False}),
        (CREATE_TOPICS, 5, {"topics": [{"name": name, "partitions": 1, "replication": 1} for name in names]}),
        (CREATE_TOPICS, 5, {"topics": [{"name": "million", "partitions": 10**6, "replication": 1}]}))]
    answers = []
    # Each holds up the others on its thread for as long as it takes, which three of them do not do often in 10 s.
    with unnoticed(victim, request, "a million partitions, 100,000 topics", seconds=10):
        for api, version, frame in asked:
            with victim.connect(timeout=30) as wire:
                wire.write(frame)
                answers.append(wire.receive(api, version)[1])
    assert len(answers[0].topics) == 100_000
    assert all(row.error for answer in answers[1:] for row in answer.topics)


EXTREMES = [-2**63, -2**31, -2, 2**31, 2**63 - 1]


@pytest.mark.parametrize("offset", EXTREMES)
def test_an_absurd_offset_to_fetch_is_out_of_range(connection, topic, offset):
    name = topic()
    produce(connection, name)
    assert fetch(connection, name, offset).error == OFFSET_OUT_OF_RANGE
    assert len(values(fetch(connection, name, 0))) == 1


@pytest.mark.parametrize("size", [-2**31, -1, 0, 1, 2**31 - 1])
def test_absurd_sizes_to_fetch_are_answered(connection, topic, size):
    name = topic()
    produce(connection, name)
    for fields in ({"max_bytes": size}, {"min_bytes": size, "max_wait": 50}):
        answer = connection.call(FETCH, 11, topics=[place(name)], **fields)
        assert answer.topics[0].partitions[0].error == 0
    answer = connection.call(FETCH, 11, topics=[place(name, max_bytes=size)])
    assert len(values(answer.topics[0].partitions[0])) == 1, "one batch is told whatever its size"


@pytest.mark.parametrize("epoch", [-2**31, -2, 2**31 - 1])
def test_absurd_epochs_are_answered(connection, topic, epoch):
    name = topic()
    produce(connection, name)
    for version, fields in ((11, {"leader_epoch": epoch}), (12, {"last_epoch": epoch})):
        answer = connection.call(FETCH, version, topics=[place(name, version=version, **fields)], max_wait=0)
        assert answer.topics[0].partitions[0].error in {0, 1, 74, 75}
    answer = connection.call(LIST_OFFSETS, 7, topics=[{"name": name, "partitions": [
        {"index": 0, "timestamp": -1, "leader_epoch": epoch}]}])
    assert answer.topics[0].partitions[0].error in {0, 74, 75}


@pytest.mark.parametrize("index", [-2**31, -1, 1, 2**31 - 1])
def test_partitions_that_cannot_be_are_errors(connection, topic, index):
    name = topic()
    for api, version, row in ((PRODUCE, 9, {"records": batch()}), (FETCH, 11, {"offset": 0}),
                              (LIST_OFFSETS, 7, {"timestamp": -1}), (DELETE_RECORDS, 2, {"offset": 0}),
                              (OFFSET_FOR_LEADER_EPOCH, 4, {"epoch": 0})):
        answer = connection.call(api, version, topics=[{"name": name, "partitions": [{"index": index, **row}]}])
        assert answer.topics[0].partitions[0].error != 0, api.name


@pytest.mark.parametrize("timeout", [-2**31, -1, 0, 2**31 - 1])
def test_absurd_timeouts_are_no_reason_to_wait(connection, topic, timeout):
    name = topic(f"timeout-{timeout}")
    for api, version, ask in (
            (PRODUCE, 9, {"topics": [{"name": name, "partitions": [{"index": 0, "records": batch()}]}]}),
            (CREATE_TOPICS, 5, {"topics": [{"name": name, "partitions": 1, "replication": 1}]}),
            (DELETE_RECORDS, 2, {"topics": [{"name": name, "partitions": [{"index": 0, "offset": 0}]}]}),
            (DELETE_TOPICS, 5, {"names": [name]})):
        begun = time.monotonic()
        connection.call(api, version, timeout=timeout, **ask)
        assert time.monotonic() - begun < 5
    assert connection.call(API_VERSIONS, 0).error == 0
