"""SIGTERM under load: out within a second, nothing acknowledged lost, and a clean start afterwards."""
import os
import signal
import subprocess
import time

import pytest

from broker import until
from clients import Confluent, Message
from conftest import create_topic
from messages import API_VERSIONS, FETCH, PRODUCE
from records import batch
from talk import place, produce
from test_restart import Flow

MARKER = ".kafka_cleanshutdown"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda n: n.name)
def test_a_graceful_stop_under_load_is_quick_clean_and_loses_nothing(start_broker, number):
    broker = start_broker()
    name = create_topic(broker)
    flow = Flow(broker, name)
    flow.start()
    until(lambda: len(flow.acknowledged) > 500, 20)
    begun = time.monotonic()
    broker.process.send_signal(number)
    code = broker.process.wait(10)
    took = time.monotonic() - begun
    acknowledged = dict(flow.acknowledged)
    assert code == 0, broker.log()
    assert took < 1, f"it took {took:.2f} s"
    assert list(broker.data.rglob(MARKER)), "the marker of a clean shutdown"
    broker.start()
    assert broker.start_seconds < 2
    assert not list(broker.data.rglob(MARKER)), "the marker is taken away while the broker runs"
    flow.finish()
    seen = Confluent().consume(broker, name, flow.sent)
    assert [int(m.value) for m in seen] == list(range(flow.sent))
    assert all(seen[offset].offset == offset and int(seen[offset].value) == value
               for value, offset in acknowledged.items())


def test_a_stop_does_not_wait_for_long_polls_or_idle_connections(start_broker):
    broker = start_broker()
    name = create_topic(broker)
    idle, waiting = [broker.connect() for _ in range(50)], broker.connect()
    waiting.send(FETCH, 11, topics=[place(name)], max_wait=30_000)
    code, took = broker.stop()
    assert code == 0 and took < 1, f"exit code {code} after {took:.2f} s"
    for wire in [*idle, waiting]:
        wire.close()


def test_a_killed_broker_leaves_no_marker_and_recovers(start_broker):
    broker = start_broker()
    name = create_topic(broker)
    Confluent().produce(broker, name, [Message(None, b"%d" % i) for i in range(100)])
    broker.kill()
    assert not list(broker.data.rglob(MARKER))
    broker.start()
    assert len(Confluent().consume(broker, name, 100)) == 100


def test_a_second_broker_on_the_same_directory_is_refused(start_broker, executable):
    broker = start_broker()
    done = subprocess.run([executable, "start", "--data", str(broker.data), "--port", "0"], capture_output=True,
                          timeout=10)
    assert done.returncode != 0
    assert b"lock" in done.stderr.lower() or b"in use" in done.stderr.lower() or b"another" in done.stderr.lower()
    assert broker.alive()
    with broker.connect() as wire:
        assert wire.call(API_VERSIONS, 0).error == 0


def test_a_port_in_use_is_refused_with_a_message(start_broker, executable, tmp_path):
    broker = start_broker()
    done = subprocess.run([executable, "start", "--data", str(tmp_path), "--port", str(broker.port)],
                          capture_output=True, timeout=10)
    assert done.returncode != 0
    assert str(broker.port).encode() in done.stderr


def one_by_one(directory):
    """How long this disk takes to make a thousand small files durable one after the other."""
    begun = time.monotonic()
    for i in range(1000):
        with open(directory / str(i), "wb") as file:
            file.write(bytes(100))
            file.flush()
            os.fsync(file.fileno())
    return time.monotonic() - begun


def test_a_stop_with_a_thousand_written_partitions_does_not_wait_for_each(start_broker, tmp_path):
    broker = start_broker()
    name = create_topic(broker, partitions=1000)
    with broker.connect(timeout=30) as wire:
        answer = wire.call(PRODUCE, 9, topics=[
            {"name": name, "partitions": [{"index": i, "records": batch()} for i in range(1000)]}])
        assert all(row.error == 0 for row in answer.topics[0].partitions)
    code, took = broker.stop(60)
    limit = max(3, one_by_one(tmp_path))
    assert code == 0 and took < limit, f"exit code {code} after {took:.2f} s; a sync of each would take {limit:.2f} s"
    broker.start()
    with broker.connect() as wire:
        assert produce(wire, name, partition=999).base_offset == 1
