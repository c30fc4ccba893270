"""A megabyte that unpacks to a gigabyte is refused soon, and without the memory."""
import struct
import time
import zlib

import cramjam
import lz4.frame
import pytest
import zstandard

from bystander import MIB, Watch
from records import GZIP, LZ4, SNAPPY, XERIAL, ZSTD, Record, batch, now, varint
from talk import end_offset, produce

SIZE = 1 << 30
STEP = 4 * MIB


def beginning():
    """What a record with a value of a gigabyte of zeros begins with; its end is one zero more, for no headers."""
    inner = b"\0" + varint(0) + varint(0) + varint(-1) + varint(SIZE)
    return varint(len(inner) + SIZE + 1) + inner


def gzip_bomb():
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(beginning()) + packer.flush(zlib.Z_FULL_FLUSH)
    step = packer.compress(bytes(STEP)) + packer.flush(zlib.Z_FULL_FLUSH)
    last = packer.compress(b"\0") + packer.flush(zlib.Z_FINISH)
    checksum = zlib.crc32(beginning())
    for _ in range(SIZE // STEP):
        checksum = zlib.crc32(bytes(STEP), checksum)
    checksum = zlib.crc32(b"\0", checksum)
    total = (len(beginning()) + SIZE + 1) & 0xFFFFFFFF
    return (b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + first + step * (SIZE // STEP) + last
            + struct.pack("<II", checksum, total))


def lz4_bomb():
    def block(data):
        whole = lz4.frame.compress(data, block_size=lz4.frame.BLOCKSIZE_MAX4MB, block_linked=False, store_size=False)
        return whole[:7], whole[7:-4]

    start, first = block(beginning())
    return start + first + block(bytes(STEP))[1] * (SIZE // STEP) + block(b"\0")[1] + bytes(4)


def zstd_bomb():
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    out = packer.compress(beginning())
    for _ in range(SIZE // STEP):
        out += packer.compress(bytes(STEP))
    return out + packer.compress(b"\0") + packer.flush()


def snappy_bomb():
    """Snappy shrinks by 21 at most: what fits into the topic's limit."""
    step = bytes(cramjam.snappy.compress_raw(bytes(STEP)))
    first = bytes(cramjam.snappy.compress_raw(beginning()))
    blocks = 18 * MIB // len(step)
    return XERIAL + struct.pack(">i", len(first)) + first + (struct.pack(">i", len(step)) + step) * blocks


def snappy_lie():
    """One raw block that claims to unpack to four gigabytes."""
    return b"\xff\xff\xff\xff\x0f" + b"\0a" * 100


def snappy_chunk_lie():
    return XERIAL + struct.pack(">i", 2**31 - 1) + b"x" * 100


def zstd_window_lie():
    """A frame header that asks for a window of two gigabytes and more."""
    return b"\x28\xb5\x2f\xfd\x00\xa8" + b"\x03\x00\x00" + b"a" * 50


def zstd_size_lie():
    """A frame whose header promises 2^63 bytes of content."""
    return b"\x28\xb5\x2f\xfd\xe0" + struct.pack("<Q", 2**63) + b"\x09\x00\x00a"


BOMBS = {"gzip": (GZIP, gzip_bomb), "lz4": (LZ4, lz4_bomb), "zstd": (ZSTD, zstd_bomb), "snappy": (SNAPPY, snappy_bomb),
         "snappy that claims 4 GiB": (SNAPPY, snappy_lie), "snappy with a chunk of 2 GiB": (SNAPPY, snappy_chunk_lie),
         "zstd with a window of 2 GiB": (ZSTD, zstd_window_lie), "zstd that claims 2^63 bytes": (ZSTD, zstd_size_lie)}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_soon_and_without_the_memory(broker, topic, ours, bomb):
    codec, make = BOMBS[bomb]
    name = topic(max_message_bytes=20 * MIB)
    records = batch([Record()], codec=codec, payload=make(), base_timestamp=now())
    with Watch(broker, topic(), allowance=128 * MIB + 2 * len(records)), broker.connect(timeout=20) as wire:
        begun = time.monotonic()
        answer = produce(wire, name, records)
        # Kafka reads past the value without keeping it, and stores a bomb that is a well-formed batch.
        assert answer.error != 0 if ours or "claims" in bomb or "chunk" in bomb or "window" in bomb else True
        assert time.monotonic() - begun < (5 if ours else 15)
        assert end_offset(wire, name) == (0 if answer.error else 1)


@pytest.mark.parametrize("codec", [GZIP, SNAPPY, LZ4, ZSTD])
def test_a_well_packed_batch_is_no_bomb(broker, connection, topic, codec):
    name = topic()
    records = batch([Record(bytes(100_000), b"key") for _ in range(50)], codec=codec)
    assert produce(connection, name, records).error == 0
