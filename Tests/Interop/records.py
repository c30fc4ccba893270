"""Record batches, made and read byte by byte, honest or with any lie a test asks for."""
import gzip
import struct
import time
import zlib
from dataclasses import dataclass, field

import cramjam
import lz4.frame
from aiokafka.record.util import calc_crc32c as crc32c

from wire import Reader, unsigned_varint

GZIP, SNAPPY, LZ4, ZSTD = 1, 2, 3, 4
CODECS = {"none": 0, "gzip": GZIP, "snappy": SNAPPY, "lz4": LZ4, "zstd": ZSTD}
LOG_APPEND_TIME, TRANSACTIONAL, CONTROL = 0x08, 0x10, 0x20
HEADER = struct.Struct(">qiibIhiqqqhii")
XERIAL = b"\x82SNAPPY\x00" + struct.pack(">ii", 1, 1)


def varint(value):
    return unsigned_varint((value << 1 ^ value >> 63) & 0xFFFFFFFFFFFFFFFF)


@dataclass
class Record:
    value: bytes = b"value"
    key: bytes = None
    headers: list = field(default_factory=list)
    timestamp: int = None

    def encode(self, index, base_timestamp, timestamp):
        def data(content):
            return varint(-1) if content is None else varint(len(content)) + content

        body = b"\0" + varint(timestamp - base_timestamp) + varint(index) + data(self.key) + data(self.value)
        body += varint(len(self.headers))
        for name, content in self.headers:
            body += data(name) + data(content)
        return varint(len(body)) + body


def compress(codec, data):
    if codec == GZIP:
        return gzip.compress(data)
    if codec == SNAPPY:
        block = bytes(cramjam.snappy.compress_raw(data))
        return XERIAL + struct.pack(">i", len(block)) + block
    if codec == LZ4:
        return lz4.frame.compress(data, block_linked=False)  # linked blocks are not Kafka's
    if codec == ZSTD:
        return bytes(cramjam.zstd.compress(data))
    return data


def decompress(codec, data):
    if codec == GZIP:
        return gzip.decompress(data)
    if codec == SNAPPY:
        if not data.startswith(XERIAL[:8]):
            return bytes(cramjam.snappy.decompress_raw(data))
        reader, out = Reader(data), b""
        reader.take(16)
        while reader.at < len(data):
            out += bytes(cramjam.snappy.decompress_raw(reader.take(reader.number(">i"))))
        return out
    if codec == LZ4:
        return lz4.frame.decompress(data)
    if codec == ZSTD:
        return bytes(cramjam.zstd.decompress(data))
    return data


def now():
    return int(time.time() * 1000)


def batch(records=None, *, codec=0, attributes=0, producer_id=-1, epoch=-1, sequence=-1, base_offset=0, magic=2,
          count=None, last_delta=None, crc=None, payload=None, size=None, base_timestamp=None, max_timestamp=None):
    """One batch. What is not given is worked out honestly; `payload` replaces the (compressed) records."""
    records = [Record()] if records is None else records
    stamps = [now() if record.timestamp is None else record.timestamp for record in records]
    first = stamps[0] if base_timestamp is None else base_timestamp
    if payload is None:
        payload = b"".join(r.encode(i, first, stamps[i]) for i, r in enumerate(records))
        payload = compress(codec, payload)
    tail = struct.pack(
        ">hiqqqhii", codec | attributes, len(records) - 1 if last_delta is None else last_delta, first,
        max(stamps) if max_timestamp is None else max_timestamp, producer_id, epoch, sequence,
        len(records) if count is None else count) + payload
    checksum = crc32c(tail) if crc is None else crc
    return struct.pack(">qiibI", base_offset, len(tail) + 9 if size is None else size, -1, magic, checksum) + tail


def legacy_message(magic, value=b"old"):
    """A message of format 0 or 1, as clients wrote them until 2017."""
    body = struct.pack(">bb", magic, 0) + (struct.pack(">q", now()) if magic else b"")
    body += struct.pack(">i", -1) + struct.pack(">i", len(value)) + value
    message = struct.pack(">I", zlib.crc32(body)) + body
    return struct.pack(">qi", 0, len(message)) + message


@dataclass
class Batch:
    base_offset: int
    leader_epoch: int
    codec: int
    attributes: int
    last_delta: int
    base_timestamp: int
    max_timestamp: int
    producer_id: int
    epoch: int
    sequence: int
    records: list
    offsets: list
    size: int


def read_batches(data):
    """The whole batches in fetched bytes; their checksums are checked. A cut one at the end is left out."""
    found, at = [], 0
    while at + 61 <= len(data or b""):
        base, length, leader, magic, crc, attributes, last, first, top, pid, epoch, sequence, number = \
            HEADER.unpack_from(data, at)
        end = at + 12 + length
        if end > len(data):
            break
        assert magic == 2, f"magic {magic}"
        assert crc32c(data[at + 21:end]) == crc, f"wrong checksum in the batch at offset {base}"
        content = Reader(decompress(attributes & 7, data[at + 61:end]))
        records, offsets = [], []
        for _ in range(number):
            content.varint()
            content.take(1)
            delta, offset = content.varint(), content.varint()

            def data_field():
                length = content.varint()
                return None if length < 0 else content.take(length)

            key, value = data_field(), data_field()
            headers = [(data_field(), data_field()) for _ in range(content.varint())]
            records.append(Record(value, key, headers, top if attributes & LOG_APPEND_TIME else first + delta))
            offsets.append(base + offset)
        found.append(Batch(base, leader, attributes & 7, attributes, last, first, top, pid, epoch, sequence, records,
                           offsets, end - at))
        at = end
    return found
