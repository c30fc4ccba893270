"""When a classic group rebalances, who leads it, what it agrees on, and who is dropped from it."""
import time

import pytest

from broker import until
from conftest import create_topic
from groups import (GROUP_MAX_SIZE_REACHED, ILLEGAL_GENERATION, MEMBER_ID_REQUIRED, REBALANCE_IN_PROGRESS,
                    UNKNOWN_MEMBER_ID, Member, describe, fresh, gather, serving, settle, state, subscription)


def rebalancing(*members):
    """Whether all of them are told to join again; keeps their sessions alive meanwhile."""
    return all([member.heartbeat() == REBALANCE_IN_PROGRESS for member in members])


def beating(condition, *members):
    """A condition for `until` that sends heartbeats for others while it is not met."""
    def check():
        for member in members:
            member.heartbeat()
        return condition()

    return check


def test_a_newcomer_starts_a_generation_that_the_leader_keeps_leading(member):
    (first,) = settle(member())
    second = member().begin_join()
    until(lambda: rebalancing(first), what="the rebalance")
    first.join()
    second.joined()
    assert (first.generation, second.generation, second.leader) == (2, 2, first.id)
    assert first.heartbeat() == 0
    assert first.heartbeat(generation=1) == ILLEGAL_GENERATION


def test_the_group_finds_a_new_leader_when_the_old_one_leaves(member):
    first, second, third = settle(member(), member(), member())
    assert first.leave() == 0
    assert rebalancing(second, third)
    second.begin_join()
    third.join()
    second.joined()
    assert second.leader == third.leader and second.leader in {second.id, third.id}
    leader = second if second.leads else third
    assert {row.id for row in leader.answer.members} == {second.id, third.id}


def test_a_follower_that_joins_again_unchanged_keeps_its_generation(member):
    first, second = settle(member(), member())
    before = second.generation
    answer = second.join()
    assert (answer.generation, answer.leader, answer.members) == (before, first.id, [])
    assert first.heartbeat() == 0
    assert second.sync() == second.id.encode()


def test_a_leader_that_joins_again_rebalances_the_group(member):
    first, second = settle(member(), member())
    first.begin_join()
    until(lambda: rebalancing(second), what="the rebalance")
    second.join()
    assert first.joined().generation == second.generation == 3


def test_a_follower_that_subscribes_to_something_else_rebalances_the_group(member):
    first, second = settle(member(), member())
    second.protocols = [("range", subscription("another"))]
    second.begin_join()
    until(lambda: rebalancing(first), what="the rebalance")
    first.join()
    second.joined()
    assert {row.id: row.metadata for row in first.answer.members}[second.id] == subscription("another")


def test_joining_again_before_the_sync_gives_the_same_answer(member):
    first, second = member(), member()
    gather(first, second)
    before = first.answer
    again = first.join()
    assert again.generation == before.generation
    assert {row.id for row in again.members} == {first.id, second.id}
    assert second.join().generation == before.generation


def test_a_client_that_lost_its_connection_while_waiting_asks_again(broker, connection, group, member):
    (first,) = settle(member())
    second = member().begin_join()
    until(lambda: len(describe(connection, group).members) == 2, what="the second member")
    second.wire.close()
    second.wire = broker.connect()
    second.ask_join()
    first.join()
    assert second.joined().generation == first.generation
    assert len(first.answer.members) == 2


def test_a_lost_connection_alone_does_not_remove_a_member(broker, connection, group, member):
    first, second = settle(member(), member())
    second.wire.close()
    assert first.heartbeat() == 0
    assert len(describe(connection, group).members) == 2
    second.wire = broker.connect()
    assert second.heartbeat() == 0


@pytest.mark.parametrize(("offers", "chosen"), [
    (["ab", "ba", "ba"], "b"), (["ab", "ab", "ba"], "a"), (["ab", "ba", "a"], "a"), (["acb", "cb", "bc", "cba"], "c"),
    (["cab", "cab", "ab"], "a"),
])
def test_the_protocol_most_members_prefer_among_those_all_know_is_chosen(member, offers, chosen):
    members = [member(protocols=[(name, f"{index} {name}".encode()) for name in offer])
               for index, offer in enumerate(offers)]
    first = members[0]
    gather(*members)
    assert {one.protocol for one in members} == {chosen}
    # The leader sees what each said for the protocol chosen.
    assert {row.id: row.metadata for row in first.answer.members} == {
        one.id: f"{index} {chosen}".encode() for index, one in enumerate(members)}


# --- silence

def test_a_member_that_falls_silent_is_dropped_and_the_rest_rebalance(member):
    first, second = settle(member(), member(session=400))
    begun = time.monotonic()
    until(lambda: rebalancing(first), 5, what="the rebalance without the silent one")
    assert time.monotonic() - begun > 0.25
    first.join()
    assert [row.id for row in first.answer.members] == [first.id]
    assert second.heartbeat() == UNKNOWN_MEMBER_ID


def test_a_group_whose_only_member_falls_silent_is_empty(connection, group, member):
    (one,) = settle(member(session=150))
    until(lambda: state(connection, group) == "Empty", 5, what="an empty group")
    assert describe(connection, group).type == "consumer"
    assert one.heartbeat() == UNKNOWN_MEMBER_ID
    one.id = ""
    assert one.join().generation > 2, "the generations go on"


@pytest.mark.parametrize("sign", ["heartbeat", "commit"])
def test_a_member_that_gives_a_sign_of_life_stays(connection, group, member, topic, sign):
    name = topic()
    (one,) = settle(member(session=600, topics=[name]))
    end = time.monotonic() + 1.5

    def alive():
        assert (one.heartbeat() if sign == "heartbeat" else one.commit(name, 1)) == 0
        return time.monotonic() > end

    until(alive, 5, 0.05, "the end of two sessions")
    assert state(connection, group) == "Stable"


def test_an_id_that_was_given_but_not_used_is_forgotten(connection, group, member):
    (first,) = settle(member())
    two = member(session=150)
    two.ask_join()
    two.id = two.joined(MEMBER_ID_REQUIRED).member

    end = time.monotonic() + 0.6

    def over():
        assert first.heartbeat() == 0, "ids that are not used disturb nobody"
        return time.monotonic() > end

    until(over, 5, what="more than the session")
    two.ask_join()
    two.joined(UNKNOWN_MEMBER_ID)


def test_a_rebalance_waits_for_those_who_were_just_given_an_id(connection, group, member):
    (first,) = settle(member())
    second = member()
    second.ask_join()
    second.id = second.joined(MEMBER_ID_REQUIRED).member
    first.begin_join()
    until(lambda: state(connection, group) == "PreparingRebalance", what="a rebalance that waits")
    second.ask_join()
    assert second.joined().generation == first.joined().generation
    assert len(first.answer.members) == 2


def test_who_does_not_join_again_within_the_rebalance_timeout_is_dropped(member):
    first, second = settle(member(rebalance=400), member(rebalance=300))
    first.begin_join()
    begun = time.monotonic()
    # The second one lives, but takes no part.
    until(lambda: second.heartbeat() == UNKNOWN_MEMBER_ID, 5, what="the second to be dropped")
    assert time.monotonic() - begun > 0.3
    assert [row.id for row in first.joined().members] == [first.id]


def test_in_version_0_the_session_timeout_is_also_the_rebalance_timeout(member):
    first, second = settle(member(version=0, session=500), member(version=0, session=500))
    first.begin_join()
    until(lambda: second.heartbeat() == UNKNOWN_MEMBER_ID, 5, what="the second to be dropped")
    assert [row.id for row in first.joined().members] == [first.id]


def test_who_does_not_sync_within_the_rebalance_timeout_is_dropped(member):
    first, second = member(rebalance=500), member(rebalance=500)
    gather(first, second)
    first.sync({first.id: b"1", second.id: b"2"})
    until(beating(lambda: second.heartbeat() == UNKNOWN_MEMBER_ID, first), 5, what="the second to be dropped")
    assert rebalancing(first)
    assert [row.id for row in first.join().members] == [first.id]


def test_a_leader_that_never_syncs_is_replaced(member):
    first, second = member(rebalance=400), member(rebalance=400)
    gather(first, second)
    second.begin_sync()
    second.synced(REBALANCE_IN_PROGRESS)
    assert second.join().leader == second.id


def test_members_that_wait_in_a_long_rebalance_are_not_dropped(member):
    first, second = settle(member(session=300), member())
    first.begin_join()
    end = time.monotonic() + 1
    until(lambda: rebalancing(second) and time.monotonic() > end, 5, 0.05, "three sessions of waiting")
    second.join()
    first.joined()
    assert len((first if first.leads else second).answer.members) == 2


# --- brokers configured otherwise

def test_an_empty_group_waits_for_more_members_before_its_first_generation(start_broker):
    broker = start_broker({"group.initial.rebalance.delay.ms": "700"})
    group = serving(broker, fresh())
    with broker.connect() as wire, Member(broker, group) as first, Member(broker, group) as second:
        begun = time.monotonic()
        first.begin_join()
        until(lambda: state(wire, group) == "PreparingRebalance", what="the wait")
        second.begin_join()
        first.joined(), second.joined()
        assert time.monotonic() - begun >= 0.69
        assert first.generation == second.generation == 1, "one generation for both"
        for member in sorted((first, second), key=lambda member: not member.leads):
            member.sync()
        begun = time.monotonic()
        with Member(broker, group) as third:
            third.begin_join()
            until(lambda: rebalancing(first, second))
            first.begin_join(), second.begin_join()
            for member in (first, second, third):
                assert member.joined().generation == 2
        assert time.monotonic() - begun < 0.6, "the wait is for empty groups only"


def test_a_group_that_keeps_growing_is_waited_for_again(start_broker):
    broker = start_broker({"group.initial.rebalance.delay.ms": "600"})
    group = serving(broker, fresh())
    with Member(broker, group) as first, Member(broker, group) as second, Member(broker, group) as third, \
            broker.connect() as wire:
        first.begin_join()
        begun = time.monotonic()
        until(lambda: time.monotonic() > begun + 0.4, what="most of the first wait")
        second.begin_join()
        until(lambda: time.monotonic() > begun + 0.9, what="most of the second wait")
        assert state(wire, group) == "PreparingRebalance"
        third.begin_join()
        for member in (first, second, third):
            assert member.joined().generation == 1


def test_a_full_group_takes_nobody(start_broker):
    broker = start_broker({"group.max.size": "2", "group.initial.rebalance.delay.ms": "0"})
    group = serving(broker, fresh())
    topic = create_topic(broker)
    with Member(broker, group) as first, Member(broker, group) as second:
        settle(first, second)
        for version in (0, 3, 4, 9):
            with Member(broker, group, version=version) as third:
                third.ask_join()
                third.joined(GROUP_MAX_SIZE_REACHED)
        assert first.heartbeat() == 0 and second.heartbeat() == 0
        assert first.commit(topic, 5) == 0
        second.leave()
        with Member(broker, group) as third:
            third.begin_join()
            first.join()
            assert third.joined().generation == first.generation
