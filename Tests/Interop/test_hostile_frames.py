"""Bytes that are no requests, or nearly: the connection ends, and nobody else notices."""
import contextlib
import random
import struct
import threading
import time

import pytest

from broker import until
from bystander import MIB, Watch, answered_or_closed
from messages import API_VERSIONS, FETCH, METADATA, PRODUCE
from records import Record, batch
from talk import place, produce
from test_api_versions import APIS, KAFKA_4_3, REQUIRED, body
from wire import Closed, Reader, framed, request_bytes


@pytest.fixture
def watched(broker, topic):
    """The shared broker under watch, with a bystander on a topic of its own."""
    with Watch(broker, topic()):
        yield broker


def header(key, version, flexible=False, client=b"\0\1c"):
    return struct.pack(">hhi", key, version, 1) + client + (b"\0" if flexible else b"")


SIZES = {"-1": -1, "-2^31": -2**31, "2^31-1": 2**31 - 1, "one above the limit": 104_857_601, "0": 0, "1": 1, "4": 4, "7": 7}


@pytest.mark.parametrize("size", SIZES)
def test_a_frame_of_an_impossible_size_ends_the_connection(watched, size):
    for _ in range(20):
        with watched.connect() as wire:
            wire.write(struct.pack(">i", SIZES[size]) + b"\0" * max(0, min(SIZES[size], 8)))
            assert wire.closed_within(1)


def test_a_promise_of_a_hundred_megabytes_costs_no_memory(watched, ours):
    if not ours:
        pytest.skip("Kafka sets the memory aside, and runs out of it")
    promised = [watched.connect() for _ in range(50)]
    for wire in promised:
        wire.write(struct.pack(">i", 104_857_600) + header(0, 9, True))
    with watched.connect() as other:
        assert other.call(API_VERSIONS, 0).error == 0
    for wire in promised:
        wire.close()


GARBAGE = {
    "HTTP": b"GET / HTTP/1.1\r\nHost: broker\r\n\r\n",
    "TLS": bytes.fromhex("1603010200010001fc0303") + bytes(500),
    "SSH": b"SSH-2.0-OpenSSH_9.6\r\n",
    "SMTP": b"EHLO example.org\r\n",
    "spaces": b" " * 1000,
    "0xFF": b"\xff" * 1000,
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_another_protocol_ends_the_connection(watched, kind):
    with watched.connect() as wire:
        wire.write(GARBAGE[kind])
        assert wire.closed_within(1)


def test_random_frames_are_answered_or_end_the_connection(watched):
    chance = random.Random(1)
    for _ in range(300):
        with watched.connect() as wire:
            wire.write(framed(chance.randbytes(chance.choice([8, 9, 14, 40, 400, 4000]))))
            answered_or_closed(wire)


VARINTS = {"ten bytes": b"\xff" * 9 + b"\x01", "eleven bytes": b"\xff" * 11, "2^32-1": b"\xff\xff\xff\xff\x0f",
           "2^31": b"\x80\x80\x80\x80\x08"}
COUNTS = {
    **{f"Metadata with {n} topics": header(3, 1) + struct.pack(">i", n) for n in (2**31 - 1, -2, -2**31, 1000)},
    **{f"Metadata with {n} topics, compact": header(3, 9, True) + v for n, v in VARINTS.items()},
    **{f"Produce to {n} topics": header(0, 3) + struct.pack(">hhii", -1, 1, 1000, n) for n in (2**31 - 1, -2)},
    **{f"Fetch of {n} partitions": header(1, 4) + struct.pack(">iiiibi", -1, 1, 1, 1, 0, 1) + b"\0\1t"
       + struct.pack(">i", n) for n in (2**31 - 1, -2)},
    **{f"CreateTopics with {n} configs": header(19, 5, True) + b"\x02\x02t" + struct.pack(">ih", 1, 1) + b"\x01" + v
       for n, v in VARINTS.items()},
    **{f"{n} tags": header(3, 9, True) + b"\x01\0\0\0" + v for n, v in VARINTS.items()},
    **{f"a tag of {n}": header(3, 9, True) + b"\x01\0\0\0\x01\x05" + v for n, v in VARINTS.items()},
    **{f"{n} tags in the header": header(3, 9) + v for n, v in VARINTS.items()},
    **{f"a topic name of {n} bytes": header(3, 1) + struct.pack(">ih", 1, n) + b"t" for n in (-2, 2, 32767, -32768)},
    **{f"a client id of {n} bytes": header(3, 1, client=struct.pack(">h", n)) for n in (-2, 5, 32767)},
    "a null topic name": header(3, 1) + struct.pack(">ih", 1, -1),
    "records of 2^31-1 bytes": header(0, 3) + struct.pack(">hhii", -1, 1, 1000, 1) + b"\0\1t"
    + struct.pack(">iii", 1, 0, 2**31 - 1),
    "records of -2 bytes": header(0, 3) + struct.pack(">hhii", -1, 1, 1000, 1) + b"\0\1t" + struct.pack(">iii", 1, 0, -2),
}


@pytest.mark.parametrize("lie", COUNTS)
def test_a_count_or_length_that_lies_ends_the_connection_or_is_an_error(watched, lie):
    for _ in range(5):
        with watched.connect() as wire:
            wire.write(framed(COUNTS[lie]))
            answered_or_closed(wire)


def test_every_request_cut_anywhere_is_survived(watched, topic):
    name = topic()
    for key in sorted(REQUIRED):
        for version in sorted({KAFKA_4_3[key][0] or (3 if key == 0 else 0), KAFKA_4_3[key][1]}):
            whole = request_bytes(APIS[key], version, 1, body(APIS[key], version, name, bytes(16)))
            for end in range(8, len(whole)):
                with watched.connect() as wire:
                    wire.write(framed(whole[:end]))
                    answered_or_closed(wire)


def test_every_request_with_flipped_bits_is_survived(watched, topic):
    name, chance = topic(), random.Random(2)
    for key in sorted(REQUIRED - {19, 37}):
        whole = request_bytes(APIS[key], KAFKA_4_3[key][1], 1, body(APIS[key], KAFKA_4_3[key][1], name, bytes(16)))
        for _ in range(40):
            broken = bytearray(whole)
            for _ in range(chance.randint(1, 4)):
                broken[chance.randrange(8, len(broken))] ^= 1 << chance.randrange(8)
            with watched.connect() as wire:
                wire.write(framed(bytes(broken)))
                wire.socket.settimeout(0.003)
                with contextlib.suppress(Closed, TimeoutError):
                    wire.frame()


def test_bytes_after_a_request_are_passed_over(watched):
    # Kafka does the same, and librdkafka relies on it.
    with watched.connect() as wire:
        wire.write(framed(request_bytes(METADATA, 9, 1, {"topics": []}) + b"\0\0\0"))
        assert wire.receive(METADATA, 9)[0] == 1
        assert wire.call(API_VERSIONS, 0).error == 0


def test_a_request_that_comes_byte_by_byte_is_served(watched, topic):
    name = topic()
    with watched.connect() as wire:
        whole = framed(request_bytes(PRODUCE, 9, 1, {"topics": [{"name": name, "partitions": [
            {"index": 0, "records": batch()}]}]}))
        for byte in whole:
            wire.write(bytes([byte]))
        assert wire.receive(PRODUCE, 9)[1].topics[0].partitions[0].error == 0


def test_correlation_ids_may_repeat(watched):
    with watched.connect() as wire:
        wire.write(framed(request_bytes(API_VERSIONS, 0, 7, {})) * 3)
        assert [wire.receive(API_VERSIONS, 0)[0] for _ in range(3)] == [7, 7, 7]


@pytest.mark.timeout(120)
def test_a_hundred_thousand_requests_without_reading_are_held_back_and_then_answered(broker, topic):
    count, request = 100_000, framed(request_bytes(METADATA, 9, 5, {"topics": []}))
    with Watch(broker, topic()), broker.connect(timeout=60) as wire:
        writer = threading.Thread(target=lambda: wire.write(request * count), daemon=True)
        writer.start()
        # The writer stands still once every buffer on the way is full (or everything was taken).
        writer.join(2)
        for _ in range(count):
            assert Reader(wire.frame()).number(">i") == 5
        writer.join(10)
        assert not writer.is_alive()


def test_answers_that_nobody_reads_do_not_pile_up(broker, topic):
    name = topic(max_message_bytes=9 * MIB)
    with broker.connect() as wire:
        for _ in range(4):
            assert produce(wire, name, batch([Record(bytes(MIB))])).error == 0
    ask = framed(request_bytes(FETCH, 11, 1, {"max_wait": 0, "topics": [place(name, max_bytes=8 * MIB)]}))
    with Watch(broker, topic()):
        lazy = [broker.connect() for _ in range(4)]
        for wire in lazy:
            wire.write(ask * 100)
        with broker.connect() as other:
            end = time.monotonic() + 1.5
            while time.monotonic() < end:
                assert other.call(API_VERSIONS, 0).error == 0
        for wire in lazy:
            wire.close()


@pytest.mark.timeout(120)
def test_two_thousand_connections_come_and_go_without_a_trace(broker, topic):
    name = topic()
    with broker.connect() as warm:
        produce(warm, name)
    with Watch(broker, topic()):
        before = broker.descriptors()
        for i in range(2000):
            with broker.connect() as wire:
                if i % 4 == 1:
                    wire.send(API_VERSIONS, 0)
                elif i % 4 == 2:
                    wire.write(b"\0\0")
                elif i % 4 == 3:
                    wire.send(FETCH, 11, topics=[place(name, 1)], max_wait=30_000)
        until(lambda: broker.descriptors() <= before + 3, 10, what="descriptors back at the baseline")
