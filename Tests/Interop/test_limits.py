"""Connections that idle, come in too many, or break off; and many clients at once on one partition."""
import concurrent.futures
import resource
import signal
import socket
import struct
import threading

import pytest

from broker import until
from bystander import Bystander
from conftest import create_topic
from messages import API_VERSIONS, FETCH, PRODUCE
from records import Record, batch
from talk import end_offset, fetch, place, produce, producer_id, values
from wire import Closed


def test_idle_connections_are_closed(start_broker):
    broker = start_broker({"connections.max.idle.ms": "700"})
    name = create_topic(broker)
    with broker.connect() as idle, Bystander(broker, name):
        assert idle.call(API_VERSIONS, 0).error == 0
        assert idle.closed_within(6)


def test_a_waiting_fetch_is_not_idle(start_broker):
    broker = start_broker({"connections.max.idle.ms": "700"})
    name = create_topic(broker)
    with broker.connect() as wire:
        wire.send(FETCH, 11, topics=[place(name)], max_wait=2500)
        _, answer = wire.receive(FETCH, 11)
        assert answer.topics[0].partitions[0].error == 0


def test_a_broker_out_of_descriptors_recovers(start_broker):
    broker = start_broker({"socket.listen.backlog.size": "1000"})
    name = create_topic(broker)
    with Bystander(broker, name):
        few = broker.descriptors() + 30
        resource.prlimit(broker.process.pid, resource.RLIMIT_NOFILE, (few, few))
        crowd = []
        try:
            for _ in range(200):
                crowd.append(socket.create_connection((broker.host, broker.port), timeout=5))
            until(lambda: broker.descriptors() >= few - 2, what="all descriptors in use")
        finally:
            for one in crowd:
                one.close()
        until(lambda: broker.descriptors() < few - 10, 10, what="descriptors given back")

        def serves():
            try:
                with broker.connect(timeout=2) as wire:
                    return wire.call(API_VERSIONS, 0).error == 0
            except (OSError, Closed):
                return False

        until(serves, 10, what="new connections")


def test_connections_may_break_off_in_the_middle_of_anything(broker, topic):
    name, before = topic(), broker.descriptors()
    with broker.connect() as wire:
        produce(wire, name, batch([Record(bytes(500_000))]))
    with Bystander(broker, topic()):
        for i in range(300):
            wire = broker.connect()
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if i % 3 == 0:
                for _ in range(20):
                    wire.send(FETCH, 11, topics=[place(name)])
            elif i % 3 == 1:
                wire.write(struct.pack(">i", 5000) + b"\0" * 100)
            else:
                wire.send(FETCH, 11, topics=[place(name, 1)], max_wait=20_000)
            wire.close()
        until(lambda: broker.descriptors() <= before + 5, 10, what="descriptors given back")


def test_many_clients_write_one_partition_at_once_without_gaps(broker, topic):
    name, each, clients = topic(), 100, 16

    def write(number):
        with broker.connect(timeout=30) as wire:
            identity, _ = producer_id(wire)
            offsets = []
            for i in range(each):
                records = [Record(b"%d %d" % (number, i * 3 + j)) for j in range(3)]
                answer = produce(wire, name, batch(records, producer_id=identity, epoch=0, sequence=i * 3))
                assert answer.error == 0
                offsets += range(answer.base_offset, answer.base_offset + 3)
            return offsets

    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        found = list(pool.map(write, range(clients)))
    assert sorted(offset for offsets in found for offset in offsets) == list(range(clients * each * 3))
    assert all(offsets == sorted(offsets) for offsets in found)
    with broker.connect() as wire:
        assert end_offset(wire, name) == clients * each * 3
        stored = []
        while len(stored) < clients * each * 3:
            stored += values(fetch(wire, name, len(stored)))
    for number, offsets in enumerate(found):
        assert [stored[offset] for offset in offsets] == [b"%d %d" % (number, i) for i in range(each * 3)]


def test_readers_never_see_a_gap_or_a_record_twice_while_others_write(broker, topic):
    name, total = topic(), 600

    def read(_):
        with broker.connect(timeout=30) as wire:
            seen = []
            while len(seen) < total:
                seen += values(fetch(wire, name, len(seen), max_wait=500))
            return seen

    with concurrent.futures.ThreadPoolExecutor(9) as pool:
        readers = [pool.submit(read, i) for i in range(8)]
        with broker.connect() as wire:
            for i in range(total):
                assert produce(wire, name, batch([Record(b"%d" % i)])).base_offset == i
        assert all(reader.result(30) == [b"%d" % i for i in range(total)] for reader in readers)


def test_more_partitions_are_written_than_there_are_descriptors(start_broker):
    broker = start_broker()
    name = create_topic(broker, partitions=1500)
    resource.prlimit(broker.process.pid, resource.RLIMIT_NOFILE, (300, 300))
    with broker.connect(timeout=30) as wire:
        for turn in range(2):
            answer = wire.call(PRODUCE, 9, topics=[
                {"name": name, "partitions": [{"index": i, "records": batch()} for i in range(1500)]}])
            assert {(row.error, row.base_offset) for row in answer.topics[0].partitions} == {(0, turn)}
        answer = wire.call(FETCH, 11, max_wait=0, topics=[
            {"name": name, "partitions": [{"index": i, "offset": 1} for i in range(1500)]}])
        assert {(row.error, len(values(row))) for row in answer.topics[0].partitions} == {(0, 1)}
        assert broker.descriptors() < 300
    broker.kill()


def test_a_pause_of_the_whole_process_does_no_harm(start_broker):
    broker = start_broker()
    name = create_topic(broker)
    with Bystander(broker, name) as bystander:
        for _ in range(3):
            served = len(bystander.latencies)
            broker.process.send_signal(signal.SIGSTOP)
            threading.Event().wait(0.5)
            broker.process.send_signal(signal.SIGCONT)
            until(lambda: len(bystander.latencies) > served + 5, what="service again")
