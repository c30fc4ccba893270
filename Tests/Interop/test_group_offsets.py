"""Committed offsets: by members, by consumers without a group protocol, fetched in every way, deleted."""
import pytest

from broker import until
from conftest import create_topic
from groups import (GROUP_ID_NOT_FOUND, GROUP_SUBSCRIBED_TO_TOPIC, ILLEGAL_GENERATION, INVALID_GROUP_ID, NON_EMPTY_GROUP,
                    OFFSET_METADATA_TOO_LARGE, REBALANCE_IN_PROGRESS, UNKNOWN_MEMBER_ID, all_committed, commit,
                    committed, delete_offset, fresh, listed, serving, settle, state)
from messages import DELETE_TOPICS, OFFSET_COMMIT, OFFSET_FETCH
from talk import UNKNOWN_TOPIC_ID, UNKNOWN_TOPIC_OR_PARTITION, describe, topic_id

COMMITS, FETCHES = range(2, 11), range(1, 11)


def fetch_offsets(wire, version, group, topic, *partitions, whole=False):
    """(error of the group, rows) of one topic, or of all topics, whatever the version."""
    name = {"topic_id": topic_id(wire, topic)} if version >= 10 else {"name": topic}
    if version < 8:
        answer = wire.call(OFFSET_FETCH, version, group=group,
                           topics=None if whole else [{"name": topic, "partitions": list(partitions)}])
    else:
        (answer,) = wire.call(OFFSET_FETCH, version, groups=[
            {"group": group, "topics": None if whole else [{**name, "partitions": list(partitions)}]}]).groups
        assert answer.group == group
    for row in answer.topics:
        assert (row.name if version < 10 else row.topic_id) == list(name.values())[0]
    return answer.get("error", 0), [row for found in answer.topics for row in found.partitions]


@pytest.mark.parametrize("version", COMMITS)
def test_what_any_version_commits_every_version_fetches(connection, group, topic, version):
    name = topic(partitions=2)
    where = topic_id(connection, name) if version >= 10 else name
    extra = {"retention": 1000} if version <= 4 else {}
    assert commit(connection, group, where, 42, version, metadata="mine", leader_epoch=7, **extra) == 0
    epoch = 7 if version >= 6 else -1
    for fetch in FETCHES:
        error, (first, second) = fetch_offsets(connection, fetch, group, name, 0, 1)
        assert (error, first.error, first.offset, first.metadata) == (0, 0, 42, "mine")
        assert first.get("leader_epoch", epoch) == epoch
        assert (second.error, second.offset, second.metadata) == (0, -1, ""), "nothing committed is no error"
        assert second.get("leader_epoch", -1) == -1


@pytest.mark.parametrize("version", FETCHES)
def test_a_group_that_nobody_knows_has_no_offsets(connection, group, topic, version):
    error, (row,) = fetch_offsets(connection, version, fresh(), topic(), 0)
    assert (error, row.error, row.offset, row.metadata) == (0, 0, -1, "")


@pytest.mark.parametrize("version", range(2, 11))
def test_all_offsets_of_a_group_are_fetched_without_naming_topics(connection, group, topic, version):
    name = topic(partitions=5)
    for partition in (1, 3):
        assert commit(connection, group, name, 10 + partition, partition=partition) == 0
    error, rows = fetch_offsets(connection, version, group, name, whole=True)
    assert error == 0 and {row.index: row.offset for row in rows} == {1: 11, 3: 13}
    assert fetch_offsets(connection, version, fresh(), name, whole=True) == (0, [])


@pytest.mark.parametrize("version", [8, 9, 10])
def test_offsets_of_several_groups_are_fetched_at_once(connection, group, topic, version):
    name = topic()
    key = {"topic_id": topic_id(connection, name)} if version >= 10 else {"name": name}
    others = [fresh() for _ in range(3)]
    for index, one in enumerate([group, *others]):
        assert commit(connection, one, name, index) == 0
    absent = fresh()
    answer = connection.call(OFFSET_FETCH, version, groups=[
        {"group": one, "topics": [{**key, "partitions": [0]}]} for one in (*others, absent, group)])
    found = {row.group: (row.error, row.topics[0].partitions[0].offset) for row in answer.groups}
    assert list(found) == [*others, absent, group]
    assert found == {group: (0, 0), others[0]: (0, 1), others[1]: (0, 2), others[2]: (0, 3), absent: (0, -1)}


def test_asking_for_no_groups_is_answered(connection, ours):
    if not ours:
        pytest.skip("Kafka never answers")
    assert connection.call(OFFSET_FETCH, 8, groups=[]).groups == []


def test_a_member_may_say_who_it_is_when_it_fetches(connection, member, topic):
    name = topic()
    (one,) = settle(member(topics=[name]))
    assert one.commit(name, 3) == 0
    (row,) = connection.call(OFFSET_FETCH, 9, groups=[{
        "group": one.group, "member": one.id, "epoch": one.generation, "topics": [{"name": name, "partitions": [0]}]}],
        stable=True).groups
    assert (row.error, row.topics[0].partitions[0].offset) == (0, 3)


# --- topics that are not there

@pytest.mark.parametrize("version", COMMITS)
def test_offsets_of_a_topic_or_partition_that_is_not_there_are_refused(connection, group, topic, version):
    name = topic()
    known, unknown = (topic_id(connection, name), bytes(range(16))) if version >= 10 else (name, "absent")
    expected = UNKNOWN_TOPIC_ID if version >= 10 else UNKNOWN_TOPIC_OR_PARTITION
    assert commit(connection, group, unknown, 1, version) == expected
    assert commit(connection, group, known, 1, version, partition=1) == UNKNOWN_TOPIC_OR_PARTITION
    assert commit(connection, group, known, 1, version, partition=-1) == UNKNOWN_TOPIC_OR_PARTITION
    assert all_committed(connection, group) == {}


def test_what_is_good_in_a_commit_is_kept_beside_what_is_not(connection, group, topic):
    name = topic(partitions=3)
    long = "x" * 4097
    answer = connection.call(OFFSET_COMMIT, 9, group=group, topics=[
        {"name": "absent", "partitions": [{"index": 0, "offset": 1}]},
        {"name": name, "partitions": [{"index": 0, "offset": 5}, {"index": 1, "offset": 6, "metadata": long},
                                      {"index": 2, "offset": 7, "metadata": long[1:]}, {"index": 9, "offset": 1}]}])
    found = {(row.name, p.index): p.error for row in answer.topics for p in row.partitions}
    assert found == {("absent", 0): UNKNOWN_TOPIC_OR_PARTITION, (name, 0): 0, (name, 1): OFFSET_METADATA_TOO_LARGE,
                     (name, 2): 0, (name, 9): UNKNOWN_TOPIC_OR_PARTITION}
    assert all_committed(connection, group) == {(name, 0): 5, (name, 2): 7}


def test_an_unknown_topic_id_is_fetched_as_an_error(connection, group):
    (found,) = connection.call(OFFSET_FETCH, 10, groups=[
        {"group": group, "topics": [{"topic_id": bytes(range(16)), "partitions": [0]}]}]).groups
    (row,) = found.topics
    assert row.topic_id == bytes(range(16))
    assert (row.partitions[0].error, row.partitions[0].offset) == (UNKNOWN_TOPIC_ID, -1)


def test_offsets_go_with_their_topic(broker, connection, group, topic):
    name, kept = topic(partitions=2), topic()
    for where, partition in ((name, 0), (name, 1), (kept, 0)):
        assert commit(connection, group, where, 9, partition=partition) == 0
    assert connection.call(DELETE_TOPICS, 5, names=[name]).topics[0].error == 0
    until(lambda: describe(connection, name).error == UNKNOWN_TOPIC_OR_PARTITION, what="no topic")
    until(lambda: set(all_committed(connection, group)) == {(kept, 0)}, what="only the other topic's offset")
    create_topic(broker, name, partitions=2)
    assert committed(connection, group, name) == -1, "a new topic of the name begins anew"


# --- values

def test_offsets_move_both_ways(connection, group, topic):
    name = topic()
    for offset in (5, 3, 0, 2**63 - 1, 1):
        assert commit(connection, group, name, offset) == 0
        assert committed(connection, group, name) == offset


@pytest.mark.parametrize("metadata", ["", "x" * 4096, "snö ☃ 😀", None])
def test_metadata_comes_back_as_it_was(connection, group, topic, metadata):
    name = topic()
    assert commit(connection, group, name, 1, metadata=metadata) == 0
    _, (row,) = fetch_offsets(connection, 5, group, name, 0)
    assert row.metadata == (metadata or ""), "none is empty"


def test_the_length_of_metadata_is_configured(start_broker):
    broker = start_broker({"offset.metadata.max.bytes": "10"})
    name, group = create_topic(broker), serving(broker, fresh())
    with broker.connect() as wire:
        assert commit(wire, group, name, 1, metadata="x" * 10) == 0
        assert commit(wire, group, name, 2, metadata="x" * 11) == OFFSET_METADATA_TOO_LARGE
        assert committed(wire, group, name) == 1


def test_a_thousand_partitions_are_committed_and_fetched_at_once(connection, group, topic):
    name = topic(partitions=1000)
    answer = connection.call(OFFSET_COMMIT, 9, group=group, topics=[
        {"name": name, "partitions": [{"index": i, "offset": i * 2, "metadata": ""} for i in range(1000)]}])
    assert {row.error for row in answer.topics[0].partitions} == {0}
    assert all_committed(connection, group) == {(name, i): i * 2 for i in range(1000)}


# --- who may commit

def test_a_consumer_without_a_group_protocol_only_commits(connection, group, topic):
    name = topic()
    assert group not in listed(connection)
    assert commit(connection, group, name, 1) == 0
    row = listed(connection)[group]
    assert (row.protocol_type, row.state, row.type) == ("", "Empty", "classic")


def test_the_empty_group_id_commits_and_fetches_as_it_always_could(connection, topic):
    name = topic()
    assert commit(connection, "", name, 3, version=2) == 0
    assert committed(connection, "", name) == 3


@pytest.mark.parametrize(("version", "error"), [(2, ILLEGAL_GENERATION), (8, ILLEGAL_GENERATION), (9, GROUP_ID_NOT_FOUND)])
def test_a_member_of_a_group_that_is_gone_cannot_commit(connection, topic, version, error):
    assert commit(connection, fresh(), topic(), 1, version, generation=3, member="m") == error


def test_members_commit_only_with_the_groups_generation(connection, group, member, topic):
    name = topic()
    first, second = settle(member(topics=[name]), member(topics=[name]))
    assert first.commit(name, 1) == 0 and second.commit(name, 2) == 0
    assert first.commit(name, 3, generation=first.generation - 1) == ILLEGAL_GENERATION
    assert first.commit(name, 3, generation=first.generation + 1) == ILLEGAL_GENERATION
    assert first.commit(name, 3, member="stranger") == UNKNOWN_MEMBER_ID
    assert first.commit(name, 3, member="") == UNKNOWN_MEMBER_ID
    assert first.commit(name, 3, generation=-1) == ILLEGAL_GENERATION
    assert commit(connection, group, name, 3) == UNKNOWN_MEMBER_ID, "while there are members, only they commit"
    assert committed(connection, group, name) == 2


def test_members_commit_until_the_next_generation_begins_and_again_after_the_sync(connection, group, member, topic):
    name = topic()
    (first,) = settle(member(topics=[name]))
    second = member(topics=[name]).begin_join()
    until(lambda: first.heartbeat() == REBALANCE_IN_PROGRESS, what="the rebalance")
    assert first.commit(name, 1) == 0, "what was read before the rebalance is committed during it"
    old = first.generation
    first.join()
    second.joined()
    assert first.commit(name, 2, generation=old) == ILLEGAL_GENERATION
    assert first.commit(name, 2) == REBALANCE_IN_PROGRESS
    assert committed(connection, group, name) == 1
    first.sync()
    assert first.commit(name, 3) == 0 and committed(connection, group, name) == 3


def test_anybody_commits_to_an_empty_group(connection, group, member, topic):
    name = topic()
    (one,) = settle(member(topics=[name]))
    one.leave()
    assert one.commit(name, 1) == UNKNOWN_MEMBER_ID
    assert commit(connection, group, name, 2) == 0
    assert committed(connection, group, name) == 2


# --- deleting offsets

def test_an_offset_is_deleted(connection, group, topic):
    name = topic(partitions=2)
    for partition in (0, 1):
        assert commit(connection, group, name, 1, partition=partition) == 0
    assert delete_offset(connection, group, name) == (0, 0)
    assert all_committed(connection, group) == {(name, 1): 1}
    assert delete_offset(connection, group, name) == (0, 0), "deleting nothing is no error"


def test_offsets_that_cannot_be_deleted(connection, group, member, topic):
    name, other = topic(), topic()
    assert delete_offset(connection, fresh(), name)[0] == GROUP_ID_NOT_FOUND
    assert delete_offset(connection, "", name)[0] == INVALID_GROUP_ID
    (one,) = settle(member(topics=[name]))
    assert one.commit(name, 1) == 0 and one.commit(other, 1) == 0
    assert delete_offset(connection, group, name) == (0, GROUP_SUBSCRIBED_TO_TOPIC)
    assert delete_offset(connection, group, "absent") == (0, UNKNOWN_TOPIC_OR_PARTITION)
    assert delete_offset(connection, group, other) == (0, 0)
    assert all_committed(connection, group) == {(name, 0): 1}
    one.leave()
    assert delete_offset(connection, group, name) == (0, 0)


def test_offsets_of_members_that_are_no_consumers_stay_while_they_are_in(connection, group, member, topic):
    name = topic()
    (one,) = settle(member(type="connect"))
    assert one.commit(name, 1) == 0
    assert delete_offset(connection, group, name)[0] == NON_EMPTY_GROUP
    one.leave()
    assert delete_offset(connection, group, name) == (0, 0)


def test_an_offset_survives_the_end_of_its_group_of_members(connection, group, member, topic):
    name = topic()
    (one,) = settle(member(topics=[name]))
    assert one.commit(name, 11) == 0
    one.leave()
    assert state(connection, group) == "Empty"
    assert committed(connection, group, name) == 11
    (again,) = settle(member(topics=[name]))
    assert again.generation > one.generation and committed(connection, group, name) == 11
