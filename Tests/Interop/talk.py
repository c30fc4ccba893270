"""Short ways to say the usual things over a `wire.Connection`; each gives the one partition's answer."""
from broker import until
from messages import FETCH, INIT_PRODUCER_ID, LIST_OFFSETS, METADATA, OFFSET_FOR_LEADER_EPOCH, PRODUCE
from records import batch, read_batches

NONE, OFFSET_OUT_OF_RANGE, CORRUPT_MESSAGE, UNKNOWN_TOPIC_OR_PARTITION = 0, 1, 2, 3
MESSAGE_TOO_LARGE, INVALID_TOPIC_EXCEPTION, RECORD_LIST_TOO_LARGE, INVALID_REQUIRED_ACKS = 10, 17, 18, 21
INVALID_TIMESTAMP, UNSUPPORTED_VERSION, TOPIC_ALREADY_EXISTS, INVALID_PARTITIONS = 32, 35, 36, 37
INVALID_REPLICATION_FACTOR, INVALID_REPLICA_ASSIGNMENT, INVALID_CONFIG, INVALID_REQUEST = 38, 39, 40, 42
OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH, TRANSACTIONAL_ID_AUTHORIZATION_FAILED = 45, 47, 53
FETCH_SESSION_ID_NOT_FOUND, INVALID_FETCH_SESSION_EPOCH = 70, 71
FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH, UNSUPPORTED_COMPRESSION_TYPE, INVALID_RECORD = 74, 75, 76, 87
UNKNOWN_TOPIC_ID, FETCH_SESSION_TOPIC_ID_ERROR = 100, 106


def produce(wire, topic, records=None, version=9, partition=0, **request):
    records = batch() if records is None else records
    name = {"topic_id": topic} if version >= 13 else {"name": topic}
    answer = wire.call(PRODUCE, version, **request,
                       topics=[{**name, "partitions": [{"index": partition, "records": records}]}])
    return answer.topics[0].partitions[0]


def place(topic, offset=0, version=11, partition=0, **fields):
    """One partition of a fetch request."""
    name = {"topic_id": topic} if version >= 13 else {"name": topic}
    return {**name, "partitions": [{"index": partition, "offset": offset, **fields}]}


def fetch(wire, topic, offset=0, version=11, partition=0, fields=None, **request):
    answer = wire.call(FETCH, version, topics=[place(topic, offset, version, partition, **fields or {})], **request)
    assert answer.error == 0, answer
    return answer.topics[0].partitions[0]


def values(row):
    """The values in a fetched partition's whole batches."""
    return [record.value for found in read_batches(row.records) for record in found.records]


def list_offset(wire, topic, timestamp, version=7, partition=0, leader_epoch=-1):
    answer = wire.call(LIST_OFFSETS, version, topics=[{"name": topic, "partitions": [
        {"index": partition, "timestamp": timestamp, "leader_epoch": leader_epoch}]}])
    return answer.topics[0].partitions[0]


def end_offset(wire, topic, partition=0):
    return list_offset(wire, topic, -1, partition=partition).offset


def epoch_end(wire, topic, epoch, current=-1, version=4):
    answer = wire.call(OFFSET_FOR_LEADER_EPOCH, version, topics=[{"name": topic, "partitions": [
        {"index": 0, "current_epoch": current, "epoch": epoch}]}])
    return answer.topics[0].partitions[0]


def describe(wire, topic):
    return wire.call(METADATA, 12, topics=[{"name": topic}]).topics[0]


def topic_id(wire, topic):
    return describe(wire, topic).topic_id


def leader_epoch(wire, topic):
    return describe(wire, topic).partitions[0].leader_epoch


def producer_id(wire):
    # Kafka fetches a block of ids first and asks to come back meanwhile.
    answer = until(lambda: (found := wire.call(INIT_PRODUCER_ID, 4)).error != 14 and found, what="producer ids")
    assert answer.error == 0, answer
    return answer.producer_id, answer.producer_epoch
