"""Groups on disk: Kafka's own records in `__consumer_offsets`, and everything there again after a stop or a kill."""
import time

import pytest

from broker import until
from conftest import create_topic
from groups import (GROUP_ID_NOT_FOUND, REBALANCE_IN_PROGRESS, Member, all_committed, commit, committed, delete,
                    delete_offset, describe, fresh, gather, listed, serving, settle, state, subscription)
from messages import DESCRIBE_CONFIGS, FIND_COORDINATOR, METADATA, OFFSET_FETCH
from offsets_topic import entries, partition_of
from talk import INVALID_TOPIC_EXCEPTION, produce

TOPIC = "__consumer_offsets"
# Names whose hashes are odd: Int.min, negative, of surrogate pairs, empty.
IDS = ["polygenelubricants", "zzzzzzzzzz", "gruppe-ä", "집단", "😀-group", "a", "with space/and:colon", "x" * 249]


def test_the_offsets_topic_is_internal_compacted_and_of_50_partitions(connection, group):
    (row,) = connection.call(METADATA, 9, topics=[{"name": TOPIC}]).topics
    assert (row.error, row.internal, len(row.partitions)) == (0, True, 50)
    answer = connection.call(DESCRIBE_CONFIGS, 4, resources=[{"type": 2, "name": TOPIC}]).results[0]
    configs = {config.name: config.value for config in answer.configs}
    assert configs["cleanup.policy"] == "compact" and configs["segment.bytes"] == "104857600"
    assert configs["compression.type"] == "producer"


def test_clients_do_not_write_to_it(connection, group):
    assert produce(connection, TOPIC).error == INVALID_TOPIC_EXCEPTION


def test_the_number_of_its_partitions_is_configured(start_broker):
    broker = start_broker({"offsets.topic.num.partitions": "3"})
    group = serving(broker, fresh())
    with broker.connect() as wire:
        assert len(wire.call(METADATA, 9, topics=[{"name": TOPIC}]).topics[0].partitions) == 3
        assert commit(wire, group, create_topic(broker), 7) == 0
        (entry,) = entries(wire, group, range(3))
        assert entry.partition == partition_of(group, 3)


@pytest.mark.parametrize("group", IDS)
def test_a_group_lies_where_java_hashes_it(broker, connection, topic, group):
    name = topic()
    serving(broker, group)
    assert commit(connection, group, name, 1) == 0
    assert {entry.partition for entry in entries(connection, group)} == {partition_of(group)}


def test_a_commit_is_a_record_of_kafkas(connection, group, topic):
    name, before = topic(partitions=2), int(time.time() * 1000)
    assert commit(connection, group, name, 42, partition=1, metadata="mine", leader_epoch=6) == 0
    (entry,) = entries(connection, group)
    assert (entry.kind, entry.key) == (1, {"group": group, "topic": name, "partition": 1})
    assert entry.version >= 3, "since 3 there is an epoch"
    assert (entry.value.offset, entry.value.leader_epoch, entry.value.metadata) == (42, 6, "mine")
    assert before - 1000 <= entry.value.committed <= int(time.time() * 1000) + 1000
    assert delete_offset(connection, group, name, 1) == (0, 0)
    assert [e.value for e in entries(connection, group) if e.key == entry.key][-1] is None, "deleted by a tombstone"


def test_a_generation_is_a_record_of_kafkas(connection, group, member):
    before = int(time.time() * 1000)
    first, second = settle(member(topics=["a"], instance="one", session=11_000), member(topics=["b"], rebalance=12_000))
    entry = entries(connection, group)[-1]
    assert (entry.kind, entry.key, entry.version >= 3) == (2, {"group": group}, True)
    value = entry.value
    assert (value.type, value.generation, value.protocol, value.leader) == (
        "consumer", first.generation, "range", first.id)
    assert before - 1000 <= value.since <= int(time.time() * 1000) + 1000
    found = {m.id: m for m in value.members}
    assert found[first.id].instance == "one" and found[second.id].instance is None
    assert (found[first.id].session, found[second.id].rebalance) == (11_000, 12_000)
    assert {m.client for m in value.members} == {"wire"} and found[first.id].host.startswith("/")
    assert (found[first.id].subscription, found[first.id].assignment) == (subscription("a"), first.id.encode())
    first.leave()
    second.leave()
    last = entries(connection, group)[-1].value
    assert (last.members, last.leader, last.protocol) == ([], None, None), "empty"
    assert last.generation > value.generation
    assert delete(connection, group) == 0
    assert entries(connection, group)[-1].value is None, "deleted by a tombstone"


def test_a_restarted_static_member_is_recorded_at_once(connection, group, member):
    (old,) = settle(member(instance="one"))
    new = member(instance="one")
    new.join()
    value = entries(connection, group)[-1].value
    assert [m.id for m in value.members] == [new.id] and value.generation == old.generation


# --- after a stop, after a kill

QUICK = {"group.initial.rebalance.delay.ms": "0", "group.min.session.timeout.ms": "100"}


def again(broker, end):
    getattr(broker, end)()
    broker.start()


@pytest.fixture(params=["stop", "kill"])
def end(request):
    return request.param


def test_offsets_and_empty_groups_are_there_again(start_broker, end):
    broker = start_broker(QUICK)
    topic = create_topic(broker, partitions=3)
    kept, deleted, thinned = (serving(broker, fresh()) for _ in range(3))
    with broker.connect() as wire:
        for group in (kept, deleted, thinned):
            for partition in range(3):
                for offset in (1, 2, 10 + partition):
                    assert commit(wire, group, topic, offset, partition=partition, metadata="m") == 0
        assert delete(wire, deleted) == 0 and delete_offset(wire, thinned, topic, 1) == (0, 0)
    again(broker, end)
    with broker.connect() as wire:
        serving(broker, kept), serving(broker, deleted), serving(broker, thinned)
        assert all_committed(wire, kept) == {(topic, i): 10 + i for i in range(3)}
        assert all_committed(wire, thinned) == {(topic, 0): 10, (topic, 2): 12}
        assert all_committed(wire, deleted) == {} and delete(wire, deleted) == GROUP_ID_NOT_FOUND
        assert {kept, thinned} <= set(listed(wire)) and deleted not in listed(wire)


def test_members_go_on_in_their_generation(start_broker, end):
    broker = start_broker(QUICK)
    group, topic = serving(broker, fresh()), create_topic(broker)
    with Member(broker, group, topics=[topic]) as first, Member(broker, group, topics=[topic], instance="two") as second:
        settle(first, second)
        assert first.commit(topic, 3) == 0
    again(broker, end)
    serving(broker, group)
    with broker.connect() as wire:
        row = describe(wire, group)
        assert (row.state, row.protocol, {m.id for m in row.members}) == ("Stable", "range", {first.id, second.id})
        first.wire = second.wire = wire
        assert first.heartbeat() == 0 and second.heartbeat() == 0
        assert first.sync() == first.id.encode() and second.sync() == second.id.encode()
        assert first.commit(topic, 4) == 0 and committed(wire, group, topic) == 4
        with Member(broker, group, instance="two", topics=[topic]) as restarted:
            assert restarted.join().generation == second.generation, "it is still the same static member"
            assert restarted.sync() == second.id.encode()


def test_members_that_do_not_come_back_are_dropped(start_broker, end):
    broker = start_broker(QUICK)
    group = serving(broker, fresh())
    with Member(broker, group, session=400) as one, Member(broker, group) as two:
        settle(two, one)
    again(broker, end)
    serving(broker, group)
    with broker.connect() as wire:
        two.wire = wire
        until(lambda: two.heartbeat() == REBALANCE_IN_PROGRESS, 5, what="the rebalance")
        assert [m.id for m in two.join().members] == [two.id]
        assert two.generation == 3


def test_a_rebalance_cut_short_by_a_kill_begins_again(start_broker):
    broker = start_broker(QUICK)
    group = serving(broker, fresh())
    with Member(broker, group) as first, Member(broker, group) as second:
        settle(first)
        gather(first, second)
        unfinished = first.generation
    broker.kill()
    broker.start()
    serving(broker, group)
    with Member(broker, group) as first, Member(broker, group) as second, broker.connect() as wire:
        assert state(wire, group) == "Stable", "as it was before"
        first.begin_join(), second.begin_join()
        # The old first member is still in until its session ends, unless it leaves.
        for row in describe(wire, group).members:
            if row.id not in {first.id, second.id}:
                with Member(broker, group, id=row.id) as old:
                    assert old.leave() == 0
        first.joined(), second.joined()
        leader, follower = (first, second) if first.leads else (second, first)
        assert leader.generation >= unfinished
        assert leader.sync({follower.id: b"yours"}) == b"" and follower.sync() == b"yours"


def test_every_acknowledged_commit_survives_a_kill_in_the_midst_of_many(start_broker):
    broker = start_broker(QUICK)
    topic, groups = create_topic(broker), [fresh() for _ in range(20)]
    serving(broker, groups[0])
    acknowledged = {}
    with broker.connect() as wire:
        for offset in range(25):
            for group in groups:
                assert commit(wire, group, topic, offset) == 0
                acknowledged[group] = offset
    broker.kill()
    broker.start()
    with broker.connect() as wire:
        for group in groups:
            serving(broker, group)
            assert committed(wire, group, topic) == acknowledged[group]


def test_the_coordinator_says_when_it_is_not_ready_rather_than_that_nothing_is_there(start_broker):
    broker = start_broker(QUICK)
    topic, group = create_topic(broker), serving(broker, fresh())
    with broker.connect() as wire:
        for partition_offset in range(300):
            assert commit(wire, group, topic, partition_offset) == 0
    for _ in range(3):
        broker.restart()
        with broker.connect() as wire:
            until(lambda: wire.call(FIND_COORDINATOR, 0, key=group).error == 0, what="a coordinator")
            def fetched():
                (row,) = wire.call(OFFSET_FETCH, 8, groups=[
                    {"group": group, "topics": [{"name": topic, "partitions": [0]}]}]).groups
                if row.error:
                    assert row.error in {14, 15, 16}, row
                    return None
                return row.topics[0].partitions[0].offset

            assert until(lambda: (found := fetched()) is not None and [found], what="an answer") == [299]
