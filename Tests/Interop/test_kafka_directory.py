"""A directory that Apache Kafka wrote is served as Kafka served it, and is written to from there on.

The directories are in `Tests/Fixtures/KafkaDirectory`: `clean` was stopped in order, `killed` was not. `expected.json` holds
what Kafka answered just before.
"""
import base64
import json
import pathlib
import struct
import tarfile
from types import SimpleNamespace

import confluent_kafka
import confluent_kafka.admin
import kafka
import pytest

import records
from broker import until
from conftest import create_topic
from messages import (API_VERSIONS, CREATE_PARTITIONS, DELETE_RECORDS, DELETE_TOPICS, DESCRIBE_CLUSTER, DESCRIBE_CONFIGS,
                      INCREMENTAL_ALTER_CONFIGS, LIST_OFFSETS, METADATA, OFFSET_FOR_LEADER_EPOCH)
from talk import end_offset, fetch, list_offset, producer_id, produce
from talk import values as fetched_values

FIXTURES = pathlib.Path(__file__).parents[1] / "Fixtures" / "KafkaDirectory"
WAYS = ["clean", "killed"]
TOPIC, BROKER, DYNAMIC_TOPIC_CONFIG = 2, 4, 1
EARLIEST, LATEST, MAX_TIMESTAMP = -2, -1, -3
READ_UNCOMMITTED, READ_COMMITTED = 0, 1
ABORT = 0
# The fixture grows old: nothing in it is to expire, to be cleaned or to time out while a test looks.
OVERRIDES = {
    "auto.create.topics.enable": "false",
    "log.cleaner.enable": "false",
    "offsets.retention.minutes": "52560000",
    "transactional.id.expiration.ms": "2147483647",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "2147483647",
}


# --- what is expected

@pytest.fixture(scope="session")
def told():
    """What Kafka told, by the way it was stopped."""
    with open(FIXTURES / "expected.json") as file:
        return json.load(file)


def unpack(way, into):
    with tarfile.open(FIXTURES / f"kafka-{way}.tar.gz") as archive:
        archive.extractall(into)
    return into / f"kafka-{way}"


@pytest.fixture(scope="module", params=WAYS)
def opened(request, told, start_module_broker, tmp_path_factory):
    """A broker on a directory that the tests only read from, and what is expected of it."""
    directory = unpack(request.param, tmp_path_factory.mktemp(request.param))
    return SimpleNamespace(broker=start_module_broker(OVERRIDES, directory), **described(told[request.param]))


def described(told):
    return {"told": told, "topics": told["topics"], "partitions": [
        (name, SimpleNamespace(**partition, topic=name)) for name, topic in told["topics"].items()
        for partition in topic["partitions"]]}


@pytest.fixture(scope="module")
def wire(opened):
    with opened.broker.connect() as connection:
        yield connection


def binary(text):
    return None if text is None else base64.b64decode(text)


def uuid_bytes(text):
    return base64.urlsafe_b64decode(text + "==")


def every_record(name, partition):
    """The records of a partition as (offset, timestamp, timestamp type, key, value, headers)."""
    if name == "bulk":
        return [(i, 1750000000000 + i, "CreateTime", b"%06d" % i, b"%06d " % i * 120, []) for i in range(2600)]
    return [(row["offset"], row["timestamp"], row["timestampType"], binary(row["key"]), binary(row["value"]),
             [(title, binary(content)) for title, content in row.get("headers", [])]) for row in partition.records]


def committed(partition, rows):
    """Those of the rows, each beginning with its offset, that a read-committed consumer gets."""
    return [row for row in rows if any(first <= row[0] <= last for first, last in partition.readCommittedOffsets)]


# --- what is there

def raw_batches(data):
    """The headers of fetched batches in the columns of `batchFields`, and where each ends."""
    found, at = [], 0
    while at + 61 <= len(data):
        base, length, leader, _, crc, attributes, last, first, top, pid, epoch, sequence, number = \
            records.HEADER.unpack_from(data, at)
        if at + 12 + length > len(data):
            break
        found.append([base, base + last, leader, crc, attributes, first, top, pid, epoch, sequence, number, 12 + length])
        at += 12 + length
    return found


def whole_log(wire, name, partition, start, isolation=READ_UNCOMMITTED):
    """Every batch from an offset on as Fetch gives them: ([(headers, decoded)], aborted transactions, last answer)."""
    batches, aborted, offset = [], set(), start
    while True:
        row = fetch(wire, name, offset, 11, partition, {"max_bytes": 1 << 24}, isolation=isolation, min_bytes=0,
                    max_bytes=1 << 24)
        assert row.error == 0, (name, partition, offset, row.error)
        for entry in row.aborted or []:
            aborted.add((entry.producer_id, entry.first_offset))
        found = list(zip(raw_batches(row.records or b""), records.read_batches(row.records)))
        if not found:
            return batches, aborted, row
        batches += found
        offset = found[-1][0][1] + 1


def headers_of(wire, name, partition, start):
    return [header for header, _ in whole_log(wire, name, partition, start)[0]]


def committed_offsets(batches, aborted):
    """The offsets that are left when a reader leaves out control batches and what belongs to aborted transactions."""
    ongoing, kept, waiting = set(), [], sorted(aborted, key=lambda entry: entry[1])
    for (_, last, *_), batch in batches:
        while waiting and waiting[0][1] <= last:
            ongoing.add(waiting.pop(0)[0])
        if batch.attributes & records.CONTROL:
            if struct.unpack_from(">h", batch.records[0].key, 2)[0] == ABORT:
                ongoing.discard(batch.producer_id)
        elif not (batch.attributes & records.TRANSACTIONAL and batch.producer_id in ongoing):
            kept += batch.offsets
    return kept


def topic_configs(wire, names):
    answer = wire.call(DESCRIBE_CONFIGS, 4, resources=[{"type": TOPIC, "name": name} for name in names])
    assert all(row.error == 0 for row in answer.results), answer
    return {row.name: {c.name: c.value for c in row.configs if c.source == DYNAMIC_TOPIC_CONFIG} for row in answer.results}


# --- reading

def test_the_cluster_and_the_node_are_the_ones_of_the_directory(opened, wire):
    told, ready = opened.told, opened.broker.ready
    assert (ready["clusterId"], ready["nodeId"]) == (told["clusterId"], told["nodeId"])
    cluster = wire.call(DESCRIBE_CLUSTER, 1)
    assert (cluster.cluster_id, [row.id for row in cluster.brokers]) == (told["clusterId"], [told["nodeId"]])
    metadata = wire.call(METADATA, 12, topics=[])
    assert (metadata.cluster_id, [row.id for row in metadata.brokers]) == (told["clusterId"], [told["nodeId"]])


def test_finalized_features_are_kept_as_far_as_they_are_supported(opened, wire):
    answer = wire.call(API_VERSIONS, 4, software_name="wire", software_version="1")
    supported = {row.name for row in answer.supported}
    assert {"metadata.version", "kraft.version"} <= supported
    assert {row.name: row.last for row in answer.finalized} == {
        name: level for name, level in opened.told["finalizedFeatures"].items() if name in supported}


def test_topics_keep_their_ids_and_partitions_and_deleted_ones_are_gone(opened, wire):
    rows = wire.call(METADATA, 12, topics=None).topics
    assert {row.name for row in rows} == set(opened.topics)
    for row in rows:
        topic = opened.topics[row.name]
        assert (row.error, row.topic_id, row.internal) == (0, uuid_bytes(topic["topicId"]), topic["internal"]), row.name
        assert sorted(p.index for p in row.partitions) == list(range(len(topic["partitions"])))
        for p in row.partitions:
            assert (p.error, p.leader, p.replicas, p.isr, p.offline) == (0, 1, [1], [1], []), (row.name, p)


def test_topics_keep_their_configs(opened, wire):
    assert topic_configs(wire, opened.topics) == {name: topic["configs"] for name, topic in opened.topics.items()}


def test_brokers_keep_the_configs_that_were_set_while_they_ran(opened, wire):
    def dynamic(name, source):
        row = wire.call(DESCRIBE_CONFIGS, 4, resources=[{"type": BROKER, "name": name}]).results[0]
        return {c.name: c.value for c in row.configs if c.source == source}

    assert dynamic("1", 2) == {"background.threads": "11"}
    assert dynamic("", 3) == {"message.max.bytes": "1500000", "min.insync.replicas": "1"}


def test_every_batch_is_served_as_it_lies_on_disk(opened, wire):
    for name, expected in opened.partitions:
        found, _, row = whole_log(wire, name, expected.partition, expected.logStartOffset)
        assert [header for header, _ in found] == expected.batches, (name, expected.partition)
        assert (row.log_start_offset, row.high_watermark, row.last_stable_offset) == (
            expected.logStartOffset, expected.highWatermark, expected.lastStableOffset), (name, expected.partition)


def test_a_committed_read_ends_at_the_last_stable_offset_and_names_what_was_aborted(opened, wire):
    for name, expected in opened.partitions:
        found, aborted, _ = whole_log(wire, name, expected.partition, expected.logStartOffset, READ_COMMITTED)
        assert all(last < expected.lastStableOffset for (_, last, *_), _ in found), (name, expected.partition)
        offsets = [o for o in committed_offsets(found, aborted) if o >= expected.logStartOffset]
        assert offsets == [o for first, last in expected.readCommittedOffsets for o in range(first, last + 1)
                           if o in set(offsets)], (name, expected.partition)
        assert len(offsets) == len(committed(expected, every_record(name, expected))), (name, expected.partition)


@pytest.mark.parametrize("isolation", ["read_uncommitted", "read_committed"])
def test_confluent_kafka_reads_every_record(opened, isolation):
    expected = expected_records(opened, isolation)
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": opened.broker.address, "group.id": "unused", "enable.auto.commit": False,
        "isolation.level": isolation, "enable.partition.eof": True, "fetch.wait.max.ms": 20, "check.crcs": True})
    seen, ended = {place: [] for place in expected}, set()
    kinds = {confluent_kafka.TIMESTAMP_CREATE_TIME: "CreateTime", confluent_kafka.TIMESTAMP_LOG_APPEND_TIME: "LogAppendTime"}
    try:
        consumer.assign([confluent_kafka.TopicPartition(name, expectation.partition, expectation.logStartOffset)
                         for name, expectation in opened.partitions])

        def at_every_end():
            for m in consumer.consume(1000, 0.1):
                place = m.topic(), m.partition()
                if m.error():
                    assert m.error().code() == confluent_kafka.KafkaError._PARTITION_EOF, m.error()
                    ended.add(place)
                else:
                    kind, stamp = m.timestamp()
                    seen[place].append((m.offset(), stamp, kinds[kind], m.key(), m.value(), m.headers() or []))
            return len(ended) == len(expected)

        until(at_every_end, 20, 0, "the end of every partition")
    finally:
        consumer.close()
    assert_same_records(seen, expected)


@pytest.mark.parametrize("isolation", ["read_uncommitted", "read_committed"])
def test_kafka_python_reads_every_record(opened, isolation):
    expected = expected_records(opened, isolation)
    consumer = kafka.KafkaConsumer(bootstrap_servers=opened.broker.address, group_id=None, enable_auto_commit=False,
                                   isolation_level=isolation, fetch_max_wait_ms=20, check_crcs=True)
    seen = {place: [] for place in expected}
    try:
        consumer.assign([kafka.TopicPartition(*place) for place in expected])
        for name, expectation in opened.partitions:
            consumer.seek(kafka.TopicPartition(name, expectation.partition), expectation.logStartOffset)

        def all_there():
            for place, rows in consumer.poll(50, max_records=5000).items():
                seen[place] += [(m.offset, m.timestamp, ["CreateTime", "LogAppendTime"][m.timestamp_type], m.key, m.value,
                                 list(m.headers)) for m in rows]
            return all(len(seen[place]) >= len(rows) for place, rows in expected.items())

        until(all_there, 20, 0, "every record")
    finally:
        consumer.close()
    assert_same_records(seen, expected)


def expected_records(opened, isolation):
    rows = {(name, p.partition): (p, every_record(name, p)) for name, p in opened.partitions}
    return {place: committed(p, found) if isolation == "read_committed" else found for place, (p, found) in rows.items()}


def assert_same_records(seen, expected):
    for place, rows in expected.items():
        assert seen[place] == rows, place


def test_offsets_are_found_by_time_and_at_both_ends(opened, wire):
    def found(p, timestamp, isolation=READ_UNCOMMITTED):
        row = wire.call(LIST_OFFSETS, 7, isolation=isolation, topics=[
            {"name": p.topic, "partitions": [{"index": p.partition, "timestamp": timestamp}]}]).topics[0].partitions[0]
        assert row.error == 0, (p.topic, p.partition, row)
        return row

    for name, p in opened.partitions:
        told, place = p.listOffsets, (name, p.partition)
        assert found(p, EARLIEST).offset == told["earliest"]["offset"], place
        assert found(p, LATEST).offset == told["latest"]["offset"], place
        assert found(p, LATEST, READ_COMMITTED).offset == told["latestReadCommitted"]["offset"], place
        newest = found(p, MAX_TIMESTAMP)
        assert (newest.offset, newest.timestamp) == (told["maxTimestamp"]["offset"], told["maxTimestamp"]["timestamp"]), place
        for asked in told["timestamps"]:
            row = found(p, asked["asked"])
            epoch = -1 if asked["leaderEpoch"] is None else asked["leaderEpoch"]
            assert (row.offset, row.timestamp, row.leader_epoch) == (asked["offset"], asked["timestamp"], epoch), (place, asked)


def test_leader_epochs_end_where_they_ended(opened, wire):
    """Epochs that wrote nothing are left out: Kafka forgets them when it starts again."""
    for name, p in opened.partitions:
        written = {batch[2] for batch in p.batches}
        asked = [row for row in p.offsetForLeaderEpoch if row["requestedEpoch"] <= max(written, default=-1)]
        answer = wire.call(OFFSET_FOR_LEADER_EPOCH, 4, topics=[{"name": name, "partitions": [
            {"index": p.partition, "epoch": row["requestedEpoch"]} for row in asked]}])
        assert [(row.error, row.epoch, row.end_offset) for row in answer.topics[0].partitions] == [
            (0, row["leaderEpoch"], row["endOffset"]) for row in asked], (name, p.partition)


def test_the_leader_epoch_moves_on_and_ends_at_the_end_of_the_log(opened, wire):
    epochs = {(row.name, p.index): p.leader_epoch for row in wire.call(METADATA, 12, topics=None).topics
              for p in row.partitions}
    for name, p in opened.partitions:
        epoch = epochs[name, p.partition]
        assert epoch > max((batch[2] for batch in p.batches), default=-1), (name, p.partition)
        row = wire.call(OFFSET_FOR_LEADER_EPOCH, 4, topics=[{"name": name, "partitions": [
            {"index": p.partition, "current_epoch": epoch, "epoch": epoch}]}]).topics[0].partitions[0]
        assert (row.error, row.epoch, row.end_offset) == (0, epoch, p.highWatermark), (name, p.partition)


# --- writing

@pytest.mark.parametrize("way", WAYS)
def test_it_is_written_to_restarted_killed_and_still_serves_old_and_new(way, told, start_broker, tmp_path):
    before = SimpleNamespace(**described(told[way]))
    broker = start_broker(OVERRIDES, unpack(way, tmp_path))
    ends = {(name, p.partition): p.highWatermark for name, p in before.partitions}
    starts = {(name, p.partition): p.logStartOffset for name, p in before.partitions}
    ours = {}

    def write(round):
        with broker.connect() as wire:
            for name in ("plain", "transactions", "compacted", "append-time", "custom-configs", "bulk", "delete-records",
                         "empty", "recompressed-zstd", "recreated"):
                for codec in (0, records.GZIP, records.SNAPPY, records.LZ4, records.ZSTD):
                    row = produce(wire, name, records.batch([records.Record(f"{round} {codec}".encode(), b"key")], codec=codec))
                    assert (row.error, row.base_offset) == (0, ends[name, 0]), (name, row)
                    ours.setdefault((name, 0), []).append((ends[name, 0], f"{round} {codec}".encode()))
                    ends[name, 0] += 1

    def check(broker):
        with broker.connect() as wire:
            for name, p in before.partitions:
                place, start = (name, p.partition), starts[name, p.partition]
                found, _, row = whole_log(wire, name, p.partition, start)
                old = [batch for batch in p.batches if batch[1] >= start]
                assert [header for header, _ in found][:len(old)] == old, place
                assert (row.log_start_offset, row.high_watermark) == (start, ends[place]), place
                new = [(o, r.value) for _, b in found[len(old):] for o, r in zip(b.offsets, b.records)]
                assert new == ours.get(place, []), place
                if p.lastStableOffset < p.highWatermark:
                    assert row.last_stable_offset == p.lastStableOffset, "an open transaction stays open"

    write("first")
    check(broker)
    with broker.connect() as wire:
        starts["plain", 1] = starts["bulk", 0] = 30
        answer = wire.call(DELETE_RECORDS, 2, topics=[{"name": name, "partitions": [{"index": index, "offset": 30}]}
                                                      for name, index in (("plain", 1), ("bulk", 0))])
        assert all((p.error, p.low_watermark) == (0, 30) for topic in answer.topics for p in topic.partitions), answer
    broker.restart()
    check(broker)
    write("after a restart")
    broker.kill()
    broker.start()
    write("after a kill")
    check(broker)
    broker.restart()
    check(broker)


@pytest.mark.parametrize("way", WAYS)
def test_topics_and_configs_are_changed_on_top_of_kafkas_metadata(way, told, start_broker, tmp_path):
    broker = start_broker(OVERRIDES, unpack(way, tmp_path))
    create_topic(broker, "made-here", partitions=2, retention_ms=12345)
    create_topic(broker, "deleted")  # a topic of this name was deleted by Kafka
    with broker.connect() as wire:
        assert wire.call(DELETE_TOPICS, 5, names=["grown", "codecs-java"]).topics[0].error == 0
        assert wire.call(CREATE_PARTITIONS, 2, topics=[{"name": "empty", "count": 5, "assignments": None}]).results[0].error == 0
        assert wire.call(INCREMENTAL_ALTER_CONFIGS, 1, resources=[{"type": TOPIC, "name": "custom-configs", "configs": [
            {"name": "retention.ms", "operation": 1, "value": None},
            {"name": "cleanup.policy", "operation": 3, "value": "compact"},
            {"name": "flush.messages", "operation": 0, "value": "7"}]}]).responses[0].error == 0
        produce(wire, "made-here", partition=1)
        assert produce(wire, "deleted").base_offset == 0
        ids = {row.name: row.topic_id for row in wire.call(METADATA, 12, topics=None).topics}
    configs = {name: dict(topic["configs"]) for name, topic in told[way]["topics"].items()}
    del configs["grown"], configs["codecs-java"], configs["custom-configs"]["retention.ms"]
    configs["custom-configs"] |= {"cleanup.policy": "delete", "flush.messages": "7"}
    configs |= {"made-here": {"retention.ms": "12345"}, "deleted": {}}
    for end in (broker.stop, broker.kill):
        end()
        broker.start()
        with broker.connect() as wire:
            topics = {row.name: row for row in wire.call(METADATA, 12, topics=None).topics}
            assert {name: row.topic_id for name, row in topics.items()} == ids
            assert len(topics["empty"].partitions) == 5 and len(topics["made-here"].partitions) == 2
            assert topic_configs(wire, topics) == configs
            assert end_offset(wire, "made-here", 1) == end_offset(wire, "deleted") == 1
            assert list_offset(wire, "shapes", EARLIEST).offset == 0


@pytest.mark.parametrize("way, first", [("clean", 1000), ("killed", 2000)])
def test_producer_ids_go_on_behind_the_blocks_that_kafka_took(way, first, start_broker, tmp_path):
    broker = start_broker(OVERRIDES, unpack(way, tmp_path))
    with broker.connect() as wire:
        assert producer_id(wire) == (first, 0)
    broker.kill()
    broker.start()
    with broker.connect() as wire:
        assert producer_id(wire) == (first + 1000, 0), "a block is never given out twice"


def test_a_producer_of_ours_and_one_of_kafkas_share_a_partition(start_broker, tmp_path):
    """Sequences are followed across a restart and a kill, also beside the producers in Kafka's snapshot."""
    broker = start_broker(OVERRIDES, unpack("clean", tmp_path))
    with broker.connect() as wire:
        identity, epoch = producer_id(wire)
        end = end_offset(wire, "transactions")

    def send(sequence):
        with broker.connect() as wire:
            return produce(wire, "transactions", records.batch(
                [records.Record(b"%d" % sequence, timestamp=1750000600000)], producer_id=identity, epoch=epoch,
                sequence=sequence))

    assert send(0).base_offset == end
    for sequence, again in ((1, broker.stop), (2, broker.kill)):
        assert send(sequence).base_offset == end + sequence
        again()
        broker.start()
        assert (send(sequence).error, send(sequence).base_offset) == (0, end + sequence), "sent again, not written again"
        assert send(sequence + 5).error == 45
    with broker.connect() as wire:
        assert fetched_values(fetch(wire, "transactions", end)) == [b"0", b"1", b"2"]


REPLAYED = ["plain", "bulk", "codecs-java", "codecs-librdkafka", "idempotent", "grown", "recreated", "custom-configs", "shapes"]


def test_the_same_batches_make_the_same_segments_and_indexes(told, start_broker, tmp_path):
    """Kafka was restarted once while it wrote these; what came later has a leader epoch above 0."""
    expected = SimpleNamespace(**described(told["clean"]))
    partitions = [(name, p) for name, p in expected.partitions if name in REPLAYED]
    source = start_broker(OVERRIDES, unpack("clean", tmp_path))
    copy = start_broker({"log.index.interval.bytes": "200", "log.index.size.max.bytes": "65536"}, tmp_path / "copy")
    for name in REPLAYED:
        topic = expected.topics[name]
        create_topic(copy, name, len(topic["partitions"]), **topic["configs"])
    with source.connect() as wire:
        batches = [(name, p.partition, header, data) for name, p in partitions
                   for header, data in raw_log(wire, name, p.partition, p.highWatermark)]
    for came_after_the_restart in (False, True):
        with copy.connect() as wire:
            for name, partition, header, data in batches:
                if (header[2] > 0) == came_after_the_restart:
                    row = produce(wire, name, bytes(8) + data[8:], partition=partition)
                    assert (row.error, row.base_offset) == (0, header[0]), (name, partition, row)
        assert copy.stop()[0] == 0
        if not came_after_the_restart:
            copy.start()
    for name, p in partitions:
        folder = f"{name}-{p.partition}"
        assert segment_files(copy.data / folder) == segment_files(source.data / folder)
        for file in (copy.data / folder).glob("*index"):
            base = int(file.stem)
            form = ">ii" if file.suffix == ".index" else ">qi"
            entries = [[offset + base, position] if file.suffix == ".index" else [offset, position + base]
                       for offset, position in struct.iter_unpack(form, file.read_bytes())]
            assert entries == told["clean"]["files"][f"{folder}/{file.name}"], file


def raw_log(wire, name, partition, end):
    """The bytes of every batch from the start of the log on, each with its header."""
    offset = 0
    while offset < end:
        data, at = fetch(wire, name, offset, 11, partition, {"max_bytes": 1 << 24}, max_bytes=1 << 24).records, 0
        for header in raw_batches(data):
            yield header, data[at:at + header[11]]
            at += header[11]
            offset = header[1] + 1


def segment_files(folder):
    return sorted(file.name for file in folder.iterdir() if file.suffix in (".log", ".index", ".timeindex"))


# --- groups

def test_every_group_has_the_offsets_that_kafka_told(opened):
    """Also those that were committed in a transaction, and those of groups of the newer kind."""
    admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": opened.broker.address})
    assert opened.told["groups"]
    for group, expected in opened.told["groups"].items():
        asked = admin.list_consumer_group_offsets([confluent_kafka.ConsumerGroupTopicPartitions(group)])
        answered = asked[group].result().topic_partitions
        assert {(p.topic, p.partition, p.offset, p.metadata or None) for p in answered} == {
            (p["topic"], p["partition"], p["offset"], p["metadata"]) for p in expected["offsets"]}, group


def test_nothing_in_the_groups_log_is_unreadable(opened):
    assert "passed over" not in opened.broker.log(lines=1000)
