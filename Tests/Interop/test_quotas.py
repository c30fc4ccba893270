"""Client quotas: how they are set and told, and that they hold those they are for and nobody else."""
import os
import statistics
import threading
import time

import confluent_kafka
import kafka
import pytest

from broker import until
from bystander import MIB, Bystander
from conftest import REPORT, create_topic
from messages import (API_VERSIONS, CREATE_PARTITIONS, CREATE_TOPICS, DELETE_TOPICS, DESCRIBE_CLIENT_QUOTAS, FETCH,
                      METADATA, PRODUCE)
from quotas import (ANY, DEFAULT, EVERYONE, EXACT, THROTTLING_QUOTA_EXCEEDED, Rate, alter, describe, entity, limited)
from records import Record, batch
from talk import INVALID_REQUEST, NONE, UNSUPPORTED_VERSION, fetch, place, produce, values
from wire import Closed, framed, request_bytes

# How long the tests of rates run; 30 for a figure to tell.
SECONDS = float(os.environ.get("QUOTA_SECONDS", "6"))


# --- setting and telling

@pytest.mark.parametrize("version", [0, 1])
def test_quotas_are_set_told_and_removed(connection, version):
    who = entity(user="quota-user", client_id=EVERYONE)
    told = (("client-id", None), ("user", "quota-user"))
    assert alter(connection, who, version, producer_byte_rate=1000, request_percentage=12.5) == NONE
    until(lambda: describe(connection, ("user", EXACT, "quota-user"), version=version) == {
        told: {"producer_byte_rate": 1000, "request_percentage": 12.5}}, what="the quotas")
    assert alter(connection, who, version, producer_byte_rate=None, request_percentage=7) == NONE
    until(lambda: describe(connection, ("user", EXACT, "quota-user"), version=version) == {
        told: {"request_percentage": 7}}, what="the change")
    assert alter(connection, who, version, request_percentage=None) == NONE
    until(lambda: not describe(connection, ("user", EXACT, "quota-user")), what="the removal")


def test_filters_find_names_defaults_and_anything(connection):
    entities = [entity(client_id="filter-c"), entity(client_id=EVERYONE), entity(user="filter-u", client_id="filter-c")]
    for who in entities:
        assert alter(connection, who, consumer_byte_rate=1e12) == NONE
    try:
        named = until(lambda: len(found := describe(connection, ("client-id", EXACT, "filter-c"))) == 2 and found)
        assert set(named) == {(("client-id", "filter-c"),), (("client-id", "filter-c"), ("user", "filter-u"))}
        assert set(describe(connection, ("client-id", EXACT, "filter-c"), strict=True)) == {(("client-id", "filter-c"),)}
        assert set(describe(connection, ("client-id", DEFAULT, None))) == {(("client-id", None),)}
        assert len(describe(connection, ("client-id", ANY, None))) == 3
        assert len(describe(connection, ("client-id", ANY, None), ("user", ANY, None), strict=True)) == 1
        assert describe(connection, ("user", EXACT, "filter-nobody")) == {}
    finally:
        for who in entities:
            alter(connection, who, consumer_byte_rate=None)


@pytest.mark.parametrize(("who", "quotas"), [
    (entity(user="x"), {"producer_byte_rate": 0}), (entity(user="x"), {"producer_byte_rate": -1}),
    (entity(user="x"), {"producer_byte_rate": 1.5}), (entity(user="x"), {"no_such_quota": 1}),
    (entity(user="x"), {"connection_creation_rate": 1}), (entity(ip="127.0.0.1"), {"producer_byte_rate": 1}),
    (entity(ip="127.0.0.1", user="x"), {"connection_creation_rate": 1}),
    (entity(planet="x"), {"producer_byte_rate": 1}), (entity(user=""), {"producer_byte_rate": 1}),
    ([], {"producer_byte_rate": 1}),
])
def test_what_is_no_quota_is_refused(connection, who, quotas):
    assert alter(connection, who, **quotas) == INVALID_REQUEST
    assert describe(connection, ("user", EXACT, "x")) == {}


def test_a_quota_can_be_tried_without_being_set(connection):
    assert alter(connection, entity(user="tried"), validate_only=True, producer_byte_rate=5) == NONE
    assert alter(connection, entity(user="tried"), validate_only=True, producer_byte_rate=-5) == INVALID_REQUEST
    assert describe(connection, ("user", EXACT, "tried")) == {}


@pytest.mark.parametrize(("component", "error"), [
    (("", ANY, None), INVALID_REQUEST), (("user", 7, None), INVALID_REQUEST), (("user", EXACT, None), INVALID_REQUEST),
    (("user", ANY, "x"), INVALID_REQUEST), (("planet", ANY, None), UNSUPPORTED_VERSION)])
def test_a_filter_that_makes_no_sense_is_an_error(connection, component, error):
    kind, match, name = component
    answer = connection.call(DESCRIBE_CLIENT_QUOTAS, 1, components=[{"type": kind, "match_type": match, "match": name}])
    assert answer.error == error


def test_quotas_outlive_the_broker(start_broker):
    broker = start_broker()
    with broker.connect() as wire:
        assert alter(wire, entity(user="kept"), producer_byte_rate=10, consumer_byte_rate=20) == NONE
        assert alter(wire, entity(user="kept"), consumer_byte_rate=None) == NONE
    broker.kill()
    broker.start()
    with broker.connect() as wire:
        assert describe(wire) == {(("user", "kept"),): {"producer_byte_rate": 10}}


# --- holding

def filled(broker, topic, size):
    with broker.connect() as wire:
        while size > 0:
            assert produce(wire, topic, batch([Record(bytes(100_000)) for _ in range(5)])).error == 0
            size -= 500_000
    return topic


def writing(broker, topic, rate, ending, **config):
    producer = confluent_kafka.Producer({"bootstrap.servers": broker.address, "client.id": "limited", "linger.ms": 5,
                                         "batch.size": 100_000, "queue.buffering.max.kbytes": 2048, **config})
    # Records that tell how many bytes they take: 10 KiB each, and little around them.
    while not ending.is_set():
        try:
            producer.produce(topic, bytes(10_240), on_delivery=lambda error, _: error or rate.count(10_240))
        except BufferError:
            producer.poll(0.02)
        producer.poll(0)
    producer.purge()
    producer.flush(1)


def reading(broker, topic, rate, ending):
    consumer = kafka.KafkaConsumer(bootstrap_servers=broker.address, client_id="limited", group_id=None,
                                   enable_auto_commit=False, fetch_max_wait_ms=100)
    place = kafka.TopicPartition(topic, 0)
    consumer.assign([place])
    consumer.seek(place, 0)
    while not ending.is_set():
        for records in consumer.poll(100).values():
            rate.count(sum(len(record.value) for record in records))
    consumer.close()


@pytest.mark.timeout(120)
@pytest.mark.alone
def test_a_producer_and_a_consumer_hold_their_rates_and_others_are_not_slowed(start_broker, request):
    broker = start_broker()
    source, target = filled(broker, create_topic(broker), (SECONDS + 5) * MIB), create_topic(broker)
    written, read, ending = Rate(), Rate(), threading.Event()
    with Bystander(broker, create_topic(broker)) as bystander:
        until(lambda: len(bystander.latencies) > 300, what="the bystander's usual pace")
        usual, before = statistics.median(bystander.latencies), len(bystander.latencies)
        with limited(broker, entity(client_id="limited"), producer_byte_rate=MIB, consumer_byte_rate=MIB):
            threads = [threading.Thread(target=writing, args=(broker, target, written, ending)),
                       threading.Thread(target=reading, args=(broker, source, read, ending))]
            for thread in threads:
                thread.start()
            ending.wait(SECONDS)
            ending.set()
            for thread in threads:
                thread.join(15)
        during = statistics.median(bystander.latencies[before:])
    figures = f"written {written.per_second() / MIB:.3f} MiB/s, read {read.per_second() / MIB:.3f} MiB/s of 1 for " \
              f"{SECONDS:.0f} s; bystander {usual * 1000:.2f} ms before, {during * 1000:.2f} ms during"
    request.config.stash[REPORT].append(figures)
    assert abs(written.per_second() / MIB - 1) < 0.05, figures
    assert abs(read.per_second() / MIB - 1) < 0.05, figures
    assert during < max(3 * usual, 0.01), figures


def wait_after(wire, send, receive):
    """Answers the throttle time of one exchange, and how long the next one was kept waiting."""
    send()
    answer = receive()
    begun = time.monotonic()
    assert wire.call(API_VERSIONS, 1).error == 0
    return answer, time.monotonic() - begun


def test_who_is_over_its_quota_is_answered_at_once_and_then_waits(broker, topic):
    name = topic()
    with limited(broker, entity(client_id="over"), producer_byte_rate=100_000), broker.connect() as wire:
        wire.client_id = "over"
        ask = {"topics": [{"name": name, "partitions": [{"index": 0, "records": batch([Record(bytes(180_000))])}]}]}
        begun = time.monotonic()
        answer, waited = wait_after(wire, lambda: wire.send(PRODUCE, 9, **ask), lambda: wire.receive(PRODUCE, 9)[1])
        assert answer.topics[0].partitions[0].error == NONE
        assert 700 <= answer.throttle <= 900, "180,000 bytes at 100,000 a second, less the second that is measured"
        assert answer.throttle / 1000 - 0.05 <= waited <= answer.throttle / 1000 + 1
        assert time.monotonic() - begun - waited < 0.5, "the answer itself did not wait"
        # Without an answer the wait is the same.
        begun = time.monotonic()
        wire.send(PRODUCE, 9, acks=0, **ask)
        assert wire.call(API_VERSIONS, 1).error == 0
        assert time.monotonic() - begun > 0.5


def test_a_fetch_over_the_quota_is_empty_and_goes_on_afterwards(broker, topic):
    name = topic()
    sizes = [60_000, 60_000, 60_000]
    with broker.connect() as wire:
        for size in sizes:
            assert produce(wire, name, batch([Record(bytes(size))])).error == NONE
    with limited(broker, entity(client_id="reader"), consumer_byte_rate=50_000), \
            broker.connect() as wire, broker.connect() as second:
        wire.client_id = second.client_id = "reader"
        first = wire.call(FETCH, 11, topics=[place(name)])
        assert first.throttle > 0 and len(values(first.topics[0].partitions[0])) == 1
        # On another connection, which does not wait yet: nothing, and a wait.
        empty = second.call(FETCH, 11, topics=[place(name, 1)], session_epoch=0)
        assert (empty.error, empty.topics, empty.session_id) == (NONE, [], 0) and empty.throttle > 0
        for offset in (1, 2):
            rows = until(lambda: wire.call(FETCH, 11, topics=[place(name, offset)]).topics, what="records after the wait")
            assert values(rows[0].partitions[0]) == [bytes(60_000)]


def test_a_quota_that_is_lifted_holds_nobody_any_longer(broker, topic):
    name = topic()
    with broker.connect() as wire:
        wire.client_id = "mistake"
        with limited(broker, entity(client_id="mistake"), producer_byte_rate=1):
            ask = {"topics": [{"name": name, "partitions": [{"index": 0, "records": batch([Record(bytes(1000))])}]}]}
            answer = wire.call(PRODUCE, 9, **ask)
            assert answer.throttle > 500_000
            wire.send(API_VERSIONS, 1)
        assert wire.receive(API_VERSIONS, 1)[1].error == NONE
        assert produce(wire, name).error == NONE


def test_a_quota_of_time_slows_who_asks_without_end(broker, topic):
    with limited(broker, entity(client_id="busy"), request_percentage=0.1), broker.connect() as wire:
        wire.client_id = "busy"
        waits = [wire.call(METADATA, 9, topics=None).throttle for _ in range(10)]
        assert 0 < max(waits) <= 1000, "at most one sample"


def create(wire, version, *topics):
    answer = wire.call(CREATE_TOPICS, version, topics=[
        {"name": name, "partitions": count, "replication": 1} for name, count in topics])
    return [row.error for row in answer.topics], answer.throttle


def test_changes_of_the_metadata_are_refused_or_slowed(start_broker):
    broker = start_broker({"controller.quota.window.num": "2"})
    with limited(broker, entity(client_id="changer"), controller_mutation_rate=4), broker.connect() as wire:
        wire.client_id = "changer"
        # Eight are in the bucket; the topic that overdraws it is still made.
        assert create(wire, 6, ("a", 5), ("b", 6)) == ([NONE, NONE], 0)
        errors, throttle = create(wire, 6, ("c", 1))
        assert errors == [THROTTLING_QUOTA_EXCEEDED] and 0 < throttle <= 1000
        answer = wire.call(CREATE_PARTITIONS, 3, topics=[{"name": "a", "count": 15}])
        assert answer.results[0].error == NONE, "the wait was long enough"
        answer = wire.call(CREATE_PARTITIONS, 3, topics=[{"name": "a", "count": 16}])
        assert answer.results[0].error == THROTTLING_QUOTA_EXCEEDED and answer.throttle > 1000
        answer = wire.call(DELETE_TOPICS, 5, names=["a"])
        assert answer.topics[0].error == NONE
        answer = wire.call(DELETE_TOPICS, 5, names=["b"])
        assert answer.topics[0].error == THROTTLING_QUOTA_EXCEEDED
    with limited(broker, entity(client_id="old"), controller_mutation_rate=4), broker.connect() as wire:
        wire.client_id = "old"
        errors, throttle = create(wire, 5, ("d", 10))
        assert errors == [NONE] and throttle > 0, "an older client does not know the error"


def test_an_address_connects_so_often_and_no_more(start_broker):
    broker = start_broker()
    with limited(broker, entity(ip="127.0.0.1"), connection_creation_rate=10) as admin:
        def serves():
            try:
                with broker.connect(timeout=3) as wire:
                    return wire.call(API_VERSIONS, 1).error == NONE
            except Closed:
                return False

        served = [serves() for _ in range(30)]
        assert any(served) and not all(served)
        until(serves, 10, what="a connection after a while")
        assert alter(admin, entity(ip="127.0.0.1"), connection_creation_rate=None) == NONE
        assert all(serves() for _ in range(30))


def test_invented_client_ids_fill_no_memory(start_broker):
    broker = start_broker()
    with limited(broker, entity(client_id=EVERYONE), request_percentage=1000, producer_byte_rate=1e12), \
            broker.connect(timeout=30) as wire:
        def ask(first, count):
            for i in range(first, first + count):
                wire.write(framed(request_bytes(PRODUCE, 9, 1, {"topics": []}, f"{i:>30000}")))
                wire.frame()

        ask(0, 1000)
        before = broker.rss()
        ask(1000, 3000)
        assert broker.rss() - before < 16 * MIB, "of 86 MiB of names"
