"""What lies in `__consumer_offsets`: Kafka's records, read over the wire and decoded."""
from dataclasses import dataclass

from messages import FETCH
from records import read_batches
from talk import place
from wire import Reader, parse

OFFSET_KEY = parse("group:string topic:string partition:i32")
GROUP_KEY = parse("group:string")
OFFSET_VALUE = parse("offset:i64 leader_epoch:i32|3+ metadata:string committed:i64 expires:i64|1-1")
GROUP_VALUE = parse("""type:string generation:i32 protocol:string? leader:string? since:i64|2+
    members:[id:string instance:string?|3+ client:string host:string rebalance:i32|1+ session:i32 subscription:bytes
        assignment:bytes]""")
FLEXIBLE = 4


def partition_of(group, partitions=50):
    """The partition of a group: Java's `String.hashCode`, over UTF-16, and its absolute value."""
    code, units = 0, group.encode("utf-16-be")
    for at in range(0, len(units), 2):
        code = (31 * code + int.from_bytes(units[at:at + 2])) & 0xFFFFFFFF
    code -= (code & 0x80000000) << 1
    return (0 if code == -2**31 else abs(code)) % partitions


@dataclass
class Entry:
    """A record: its key's and its value's version and fields; a tombstone's value is None."""
    partition: int
    kind: int
    key: dict
    version: int
    value: dict


def versioned(data, shapes):
    reader = Reader(data)
    version = reader.number(">h")
    row = reader.row(shapes(version), version, version >= FLEXIBLE)
    assert reader.at == len(data), f"{len(data) - reader.at} bytes left"
    return version, row


def decode(partition, record):
    reader = Reader(record.key)
    kind = reader.number(">h")
    key = reader.row(GROUP_KEY if kind == 2 else OFFSET_KEY, kind, False)
    assert kind in (0, 1, 2) and reader.at == len(record.key), record.key
    if record.value is None:
        return Entry(partition, kind, key, None, None)
    return Entry(partition, kind, key, *versioned(record.value, lambda _: GROUP_VALUE if kind == 2 else OFFSET_VALUE))


def entries(wire, group, partitions=range(50)):
    """The group's records in the order they were written, wherever they lie."""
    found = []
    for partition in partitions:
        offset = 0
        while True:
            answer = wire.call(FETCH, 11, max_wait=0, topics=[place("__consumer_offsets", offset, partition=partition)])
            row = answer.topics[0].partitions[0]
            assert row.error == 0, row
            batches = read_batches(row.records)
            for batch in batches:
                assert not batch.attributes & 0x20, "no control records in it"
                found += [decode(partition, record) for record in batch.records]
            if not batches:
                break
            offset = batches[-1].base_offset + batches[-1].last_delta + 1
    return [entry for entry in found if entry.key.group == group]
