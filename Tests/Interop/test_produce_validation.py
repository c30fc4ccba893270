"""Batches that lie are refused with Kafka's error, and nothing of them is stored."""
import struct

import pytest

from messages import PRODUCE
from records import (CODECS, CONTROL, LZ4, TRANSACTIONAL, ZSTD, Record, batch, compress, legacy_message, now,
                     read_batches, varint)
from talk import (CORRUPT_MESSAGE, INVALID_RECORD, INVALID_REQUIRED_ACKS, INVALID_TIMESTAMP, MESSAGE_TOO_LARGE,
                  RECORD_LIST_TOO_LARGE, TRANSACTIONAL_ID_AUTHORIZATION_FAILED, UNKNOWN_TOPIC_ID,
                  UNKNOWN_TOPIC_OR_PARTITION, UNSUPPORTED_COMPRESSION_TYPE, end_offset, fetch, produce, topic_id,
                  values)
from wire import Closed

TWO = [Record(b"one"), Record(b"two")]


def encoded(*records):
    return b"".join(record.encode(i, 0, 0) for i, record in enumerate(records))


def with_record(body):
    """A batch of one record with the given bytes after its length."""
    return batch(payload=varint(len(body)) + body, base_timestamp=now())


STEM = b"\0" + varint(0) + varint(0)
LIES = {
    "a wrong checksum": (batch(crc=1), {CORRUPT_MESSAGE}),
    "format 0": (legacy_message(0), {INVALID_RECORD}),
    "format 1": (legacy_message(1), {INVALID_RECORD}),
    "format 3": (batch(magic=3), {INVALID_RECORD, CORRUPT_MESSAGE}),
    "format 127": (batch(magic=127), {INVALID_RECORD, CORRUPT_MESSAGE}),
    "two batches": (batch() + batch(), {INVALID_RECORD}),
    "a batch cut short": (batch(TWO)[:-1], {INVALID_RECORD}),
    "a batch without its last half": (batch(TWO)[:70], {INVALID_RECORD}),
    "no bytes": (b"", {INVALID_RECORD}),
    "a few bytes": (b"\0" * 10, {INVALID_RECORD, CORRUPT_MESSAGE}),
    "a length below the header": (batch(size=20), {INVALID_RECORD, CORRUPT_MESSAGE}),
    "a negative length": (batch(size=-1), {INVALID_RECORD, CORRUPT_MESSAGE}),
    "a length beyond the request": (batch(size=1 << 30), {INVALID_RECORD, CORRUPT_MESSAGE}),
    "a count above its records": (batch(TWO, count=3, last_delta=2), {INVALID_RECORD}),
    "a count below its records": (batch(TWO, count=1, last_delta=0), {INVALID_RECORD}),
    "a last offset delta that is too large": (batch(TWO, last_delta=5), {INVALID_RECORD}),
    "a last offset delta that is too small": (batch(TWO, last_delta=0), {INVALID_RECORD}),
    "a negative last offset delta": (batch(TWO, last_delta=-7), {INVALID_RECORD}),
    "no records": (batch([Record()], payload=b"", count=0, last_delta=0), {INVALID_RECORD}),
    "a negative count": (batch(count=-1, last_delta=0), {INVALID_RECORD, CORRUPT_MESSAGE}),
    "a count of two thousand million": (batch(count=2**31 - 1, last_delta=2**31 - 2), {INVALID_RECORD, CORRUPT_MESSAGE}),
    "a base offset": (batch(base_offset=1), {INVALID_RECORD}),
    "a control batch": (batch([Record(b"\0\0\0\0\0\0", b"\0\0\0\1")], attributes=CONTROL), {INVALID_RECORD}),
    "a value longer than the record": (with_record(STEM + varint(-1) + varint(999) + b"v" + varint(0)), {INVALID_RECORD}),
    "two thousand million headers": (with_record(STEM + varint(-1) + varint(-1) + varint(2**31 - 1)), {INVALID_RECORD}),
    "a negative count of headers": (with_record(STEM + varint(-1) + varint(-1) + varint(-1)), {INVALID_RECORD}),
    "a header without a name": (
        with_record(STEM + varint(-1) + varint(-1) + varint(1) + varint(-1) + varint(-1)), {INVALID_RECORD}),
    "a record with bytes left over": (with_record(STEM + varint(-1) + varint(-1) + varint(0) + b"xx"), {INVALID_RECORD}),
    "a record length of eleven bytes": (batch(payload=b"\xff" * 10 + b"\1"), {INVALID_RECORD}),
    "a negative record length": (batch(payload=varint(-5)), {INVALID_RECORD}),
}


# Kafka stores these: it takes any negative length as null, drops what follows the batch, and trusts offset deltas.
HARMLESS = {
    "bytes after the batch": batch() + b"\0",
    "a key length of -2": with_record(STEM + varint(-2) + varint(-1) + varint(0)),
    "offset deltas out of order": batch(TWO, payload=TWO[0].encode(1, 0, 0) + TWO[1].encode(0, 0, 0)),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_batch_that_lies_is_refused(connection, topic, ours, lie):
    name, (records, expected) = topic(), LIES[lie]
    expected = expected if ours else expected | {-1}
    assert produce(connection, name, records).error in expected
    assert end_offset(connection, name) == 0, "nothing is stored"
    assert produce(connection, name).base_offset == 0, "an honest batch still is"


@pytest.mark.parametrize("oddity", HARMLESS)
def test_a_batch_with_a_harmless_oddity_is_refused_or_readable(connection, topic, oddity):
    name = topic()
    error = produce(connection, name, HARMLESS[oddity]).error
    assert error in {0, INVALID_RECORD, CORRUPT_MESSAGE}
    assert (end_offset(connection, name) > 0) == (error == 0)
    if error == 0:
        assert len(values(fetch(connection, name))) == end_offset(connection, name)


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
@pytest.mark.parametrize("lie", ["a count above its records", "a count below its records", "offset deltas out of order"])
def test_a_compressed_batch_that_lies_is_refused(connection, topic, ours, codec, lie):
    payload, number = {
        "a count above its records": (encoded(*TWO), 3),
        "a count below its records": (encoded(*TWO), 1),
        "offset deltas out of order": (TWO[0].encode(1, 0, 0) + TWO[1].encode(0, 0, 0), 2),
    }[lie]
    name, number_of_codec = topic(), CODECS[codec]
    records = batch(TWO, codec=number_of_codec, payload=compress(number_of_codec, payload), count=number,
                    last_delta=number - 1)
    assert produce(connection, name, records).error in ({INVALID_RECORD} if ours else {INVALID_RECORD, -1})
    assert end_offset(connection, name) == 0


@pytest.mark.parametrize("codec", [1, 2, 3, 4])
@pytest.mark.parametrize("payload", [b"not compressed at all", b"", "cut", "flipped"], ids=["plain", "empty", "cut", "flipped"])
def test_a_payload_that_does_not_decompress_is_a_corrupt_message(connection, topic, ours, codec, payload):
    honest = compress(codec, encoded(*[Record(b"%d" % (i * 7919)) for i in range(200)]))
    if payload == "cut":
        payload = honest[:len(honest) // 2]
    elif payload == "flipped":
        payload = honest[:len(honest) // 2] + bytes([honest[len(honest) // 2] ^ 0xFF]) + honest[len(honest) // 2 + 1:]
    name = topic()
    error = produce(connection, name, batch([Record()] * 200, codec=codec, payload=payload)).error
    # Kafka lets the codec's exception become UNKNOWN_SERVER_ERROR, which clients repeat for ever. Bits flipped in a
    # codec without a checksum may also decompress to something that is no list of records.
    assert error in ({CORRUPT_MESSAGE, INVALID_RECORD} if ours else {-1, CORRUPT_MESSAGE, INVALID_RECORD})
    if ours and payload == b"not compressed at all":
        assert error == CORRUPT_MESSAGE
    assert end_offset(connection, name) == 0


@pytest.mark.parametrize("codec", [5, 6, 7])
def test_a_codec_that_does_not_exist_is_refused(connection, topic, ours, codec):
    name = topic()
    error = produce(connection, name, batch(attributes=codec)).error
    assert error in ({CORRUPT_MESSAGE, UNSUPPORTED_COMPRESSION_TYPE, INVALID_RECORD} if ours else {-1, CORRUPT_MESSAGE})
    assert end_offset(connection, name) == 0


def test_a_transactional_batch_needs_a_transactional_id(connection, topic):
    name = topic()
    records = batch(attributes=TRANSACTIONAL, producer_id=1, epoch=0, sequence=0)
    assert produce(connection, name, records).error == TRANSACTIONAL_ID_AUTHORIZATION_FAILED
    assert end_offset(connection, name) == 0


def test_zstd_needs_version_seven(connection, topic):
    name = topic()
    assert produce(connection, name, batch(codec=ZSTD), version=6).error == UNSUPPORTED_COMPRESSION_TYPE
    assert produce(connection, name, batch(codec=ZSTD), version=7).error == 0


def test_null_records_are_answered_with_an_error(connection, topic, ours):
    if not ours:
        pytest.skip("Kafka never answers")
    connection.timeout = 2
    answer = connection.call(PRODUCE, 9, topics=[{"name": topic(), "partitions": [{"index": 0, "records": None}]}])
    assert answer.topics[0].partitions[0].error in {INVALID_RECORD, CORRUPT_MESSAGE, 42}


def test_a_compacted_topic_names_each_record_without_a_key(connection, topic):
    name = topic(cleanup_policy="compact")
    records = batch([Record(b"a", b"key"), Record(b"b"), Record(b"c", b"key"), Record(b"d")])
    answer = produce(connection, name, records, version=8)
    assert answer.error == INVALID_RECORD
    assert [row.index for row in answer.record_errors] == [1, 3]
    assert answer.message
    assert produce(connection, name, records, version=7).error == INVALID_RECORD
    assert produce(connection, name, batch([Record(b"a", b"key"), Record(None, b"key")])).error == 0


@pytest.mark.parametrize("codec", [0, LZ4])
@pytest.mark.parametrize("shift", [-7_200_000, 7_200_000], ids=["too old", "too new"])
def test_a_timestamp_outside_the_topics_window_is_refused(connection, topic, codec, shift):
    name = topic(message_timestamp_before_max_ms=3_600_000, message_timestamp_after_max_ms=3_600_000)
    records = [Record(b"fine"), Record(b"not", timestamp=now() + shift)]
    answer = produce(connection, name, batch(records, codec=codec), version=8)
    assert answer.error == INVALID_TIMESTAMP
    assert [row.index for row in answer.record_errors] == [1]
    assert end_offset(connection, name) == 0


def test_a_record_without_a_timestamp_is_accepted(connection, topic):
    name = topic()
    assert produce(connection, name, batch([Record(timestamp=-1)], max_timestamp=-1)).error == 0
    assert read_batches(fetch(connection, name).records)[0].max_timestamp == -1


@pytest.mark.parametrize("acks", [2, -2, 32767, -32768])
def test_other_acknowledgements_are_invalid(connection, topic, acks):
    name = topic()
    assert produce(connection, name, acks=acks).error == INVALID_REQUIRED_ACKS
    assert end_offset(connection, name) == 0


def test_an_unknown_topic_partition_or_id_is_named_so(connection, topic):
    name = topic()
    assert produce(connection, "never-was").error == UNKNOWN_TOPIC_OR_PARTITION
    for partition in (1, 1000, -1, 2**31 - 1):
        assert produce(connection, name, partition=partition).error == UNKNOWN_TOPIC_OR_PARTITION
    assert produce(connection, bytes(range(16)), version=13).error == UNKNOWN_TOPIC_ID
    assert produce(connection, topic_id(connection, name), version=13).error == 0


def test_a_batch_above_the_topics_limit_is_too_large(connection, topic):
    name = topic(max_message_bytes=1000)
    fits = batch([Record(b"x" * 800)])
    assert produce(connection, name, fits).error == 0
    assert produce(connection, name, batch([Record(b"x" * 1000)])).error == MESSAGE_TOO_LARGE
    assert end_offset(connection, name) == 1


def test_a_batch_above_the_segment_size_is_too_large_a_list(connection, topic):
    name = topic(max_message_bytes=4 << 20, segment_bytes=1 << 20)
    big = batch([Record(b"x" * (1 << 20))])
    assert produce(connection, name, big).error == RECORD_LIST_TOO_LARGE
    assert end_offset(connection, name) == 0


def test_one_partitions_error_does_not_touch_the_others(connection, topic):
    name = topic(partitions=3)
    answer = connection.call(PRODUCE, 9, topics=[
        {"name": name, "partitions": [{"index": 0, "records": batch()}, {"index": 1, "records": batch(crc=1)},
                                      {"index": 2, "records": batch()}]},
        {"name": "never-was", "partitions": [{"index": 0, "records": batch()}]}])
    errors = {(t.name, p.index): p.error for t in answer.topics for p in t.partitions}
    assert errors == {(name, 0): 0, (name, 1): CORRUPT_MESSAGE, (name, 2): 0,
                      ("never-was", 0): UNKNOWN_TOPIC_OR_PARTITION}


@pytest.mark.parametrize("version", [3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
def test_a_stored_batch_is_the_sent_one_but_for_offset_and_epoch(connection, topic, version):
    name = topic()
    produce(connection, name, version=version)
    sent = batch([Record(b"v", b"k", [(b"h", b"1")]), Record(None, b"k")], codec=LZ4)
    assert produce(connection, name, sent, version=version).base_offset == 1
    stored = fetch(connection, name, offset=1).records
    assert stored[16:] == sent[16:], "format, checksum, attributes and records stay as they were sent"
    assert struct.unpack_from(">q", stored)[0] == 1


def test_a_log_append_time_is_reported_and_stored(connection, topic):
    name, before = topic(message_timestamp_type="LogAppendTime"), now()
    answer = produce(connection, name, batch([Record(timestamp=5)]))
    assert before <= answer.log_append_time <= now()
    (stored,) = read_batches(fetch(connection, name).records)
    assert stored.max_timestamp == answer.log_append_time and stored.attributes & 0x08


def test_a_request_with_a_body_that_does_not_parse_closes_the_connection(broker, topic):
    from wire import framed, request_bytes
    with broker.connect() as wire:
        whole = request_bytes(PRODUCE, 9, 1, {"topics": [{"name": topic(), "partitions": [
            {"index": 0, "records": batch()}]}]})
        wire.write(framed(whole[:-20]))
        with pytest.raises((Closed, TimeoutError)):
            wire.socket.settimeout(1)
            wire.frame()
