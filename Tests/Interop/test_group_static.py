"""Static members (KIP-345): restarted without a rebalance, fenced, and removed by their instance id."""
import time

import pytest

from broker import until
from groups import (FENCED_INSTANCE_ID, REBALANCE_IN_PROGRESS, UNKNOWN_MEMBER_ID, describe, gather, settle, state,
                    subscription)
from messages import LEAVE_GROUP


@pytest.fixture
def restarted(member):
    """What a process sends that was started again as the same instance."""
    def restart(old, **options):
        return member(**{"instance": old.instance, "version": old.version, "protocols": old.protocols, **options})

    return restart


@pytest.mark.parametrize("version", range(5, 10))
def test_a_static_member_joins_in_one_step(connection, group, member, version):
    one = member(version=version, instance="one")
    one.ask_join()
    answer = one.joined()
    assert one.id.startswith("one-"), "the id begins with the instance's"
    assert [row.instance for row in answer.members] == ["one"]
    one.sync()
    (row,) = describe(connection, group).members
    assert (row.id, row.instance) == (one.id, "one")


@pytest.mark.parametrize("version", range(5, 10))
def test_a_static_follower_that_restarts_disturbs_nobody(connection, group, member, restarted, version):
    first, old = settle(member(instance="one", version=version), member(instance="two", version=version))
    new = restarted(old)
    answer = new.join()
    assert new.id != old.id
    assert (answer.generation, answer.leader, answer.members, answer.protocol) == (old.generation, first.id, [], "range")
    assert new.sync() == old.id.encode(), "what was assigned stays assigned"
    assert first.heartbeat() == 0 and state(connection, group) == "Stable"
    assert {row.instance: row.id for row in describe(connection, group).members} == {"one": first.id, "two": new.id}


@pytest.mark.parametrize("version", range(5, 10))
def test_a_static_leader_that_restarts_need_not_assign_again(connection, group, member, restarted, version):
    old, follower = settle(member(instance="one", version=version), member(instance="two", version=version))
    new = restarted(old)
    answer = new.join()
    assert answer.generation == old.generation
    if version == 9:
        assert answer.skip and answer.leader == new.id, "it leads, and is told to leave things as they are"
        assert {row.instance for row in answer.members} == {"one", "two"}
    else:
        assert answer.leader == old.id and answer.members == [], "it is not to assign, and so must not think it leads"
    assert new.sync() == old.id.encode()
    assert follower.heartbeat() == 0 and state(connection, group) == "Stable"


def test_what_it_subscribes_to_may_change_when_the_protocol_does_not(connection, group, member, restarted):
    first, old = settle(member(instance="one"), member(instance="two"))
    new = restarted(old, protocols=[("range", subscription("another"))])
    assert new.join().generation == old.generation
    assert first.heartbeat() == 0
    assert {row.id: row.metadata for row in describe(connection, group).members}[new.id] == subscription("another")


def test_a_restart_that_changes_the_protocol_rebalances(member, restarted):
    both = [("range", b"r"), ("sticky", b"s")]
    first, old = settle(member(instance="one", protocols=both), member(instance="two", protocols=both))
    new = restarted(old, protocols=[("sticky", b"s")])
    new.begin_join()
    until(lambda: first.heartbeat() == REBALANCE_IN_PROGRESS, what="the rebalance")
    first.join()
    assert new.joined().protocol == "sticky" == first.protocol


def test_the_process_that_was_replaced_is_fenced(member, restarted, topic):
    name = topic()
    first, old = settle(member(instance="one", topics=[name]), member(instance="two", topics=[name]))
    new = restarted(old)
    new.join()
    assert old.heartbeat() == FENCED_INSTANCE_ID
    old.sync(error=FENCED_INSTANCE_ID)
    assert old.commit(name, 1) == FENCED_INSTANCE_ID
    old.join(FENCED_INSTANCE_ID)
    assert old.leave() == FENCED_INSTANCE_ID
    assert old.heartbeat(instance=None) == UNKNOWN_MEMBER_ID
    assert new.heartbeat() == 0 and new.commit(name, 1) == 0


def test_a_twin_that_waits_is_fenced_by_the_next(connection, group, member, restarted):
    (first,) = settle(member())
    old = member(instance="two").begin_join()
    until(lambda: len(describe(connection, group).members) == 2, what="the first twin")
    before = {row.id for row in describe(connection, group).members}
    new = restarted(old).begin_join()
    until(lambda: {row.id for row in describe(connection, group).members} != before, what="the second twin")
    old.joined(FENCED_INSTANCE_ID)
    first.join()
    assert new.joined().generation == first.generation
    assert len(first.answer.members) == 2


def test_a_restart_between_join_and_sync_rebalances(connection, group, member, restarted):
    first, old = member(instance="one"), member(instance="two")
    gather(first, old)
    new = restarted(old).begin_join()
    until(lambda: first.heartbeat() == REBALANCE_IN_PROGRESS, what="the rebalance")
    first.join()
    assert new.joined().generation == old.generation + 1
    assert {row.id for row in first.answer.members} == {first.id, new.id}


def test_an_instance_that_nobody_knows_is_an_unknown_member(member):
    (one,) = settle(member(instance="one"))
    assert one.heartbeat(instance="two") == UNKNOWN_MEMBER_ID
    one.sync(error=UNKNOWN_MEMBER_ID, instance="two")
    assert one.heartbeat() == 0


def remove(wire, group, instance, id="", version=4):
    answer = wire.call(LEAVE_GROUP, version, group=group, members=[{"id": id, "instance": instance}])
    assert answer.error == 0
    return answer.members[0].error


@pytest.mark.parametrize("version", [3, 4, 5])
def test_an_administrator_removes_by_instance_id(connection, group, member, version):
    first, second = settle(member(instance="one"), member(instance="two"))
    assert remove(connection, group, "nobody", version=version) == UNKNOWN_MEMBER_ID
    assert remove(connection, group, "two", id="stranger", version=version) == FENCED_INSTANCE_ID
    assert first.heartbeat() == 0
    assert remove(connection, group, "two", version=version) == 0
    assert first.heartbeat() == REBALANCE_IN_PROGRESS
    assert second.heartbeat() == UNKNOWN_MEMBER_ID
    assert [row.instance for row in first.join().members] == ["one"]


def test_a_static_member_can_leave_by_itself(connection, group, member):
    (one,) = settle(member(instance="one"))
    assert one.leave() == 0
    assert state(connection, group) == "Empty"


def test_a_static_member_that_stays_away_for_its_session_is_dropped(member):
    first, second = settle(member(instance="one"), member(instance="two", session=400))
    begun = time.monotonic()
    until(lambda: first.heartbeat() == REBALANCE_IN_PROGRESS, 5, what="the rebalance")
    assert time.monotonic() - begun > 0.25
    assert [row.instance for row in first.join().members] == ["one"]
    assert second.heartbeat() == UNKNOWN_MEMBER_ID


def test_a_rebalance_does_not_drop_a_static_member_that_is_away(connection, group, member, restarted):
    first, away = settle(member(rebalance=700), member(instance="two", rebalance=700))
    begun = time.monotonic()
    first.join()
    assert time.monotonic() - begun > 0.6, "it is waited for"
    assert {row.instance for row in first.answer.members} == {None, "two"}
    assert first.sync({away.id: b"kept for it"}) == b""
    back = restarted(away)
    assert back.join().generation == first.generation
    assert back.sync() == b"kept for it"


def test_static_and_dynamic_members_live_in_one_group(member, restarted):
    first, static, old = settle(member(), member(instance="static"), member(version=2))
    assert {row.instance for row in first.answer.members} == {None, "static"}
    assert len(first.answer.members) == 3
    assert restarted(static).join().generation == first.generation
    assert first.heartbeat() == 0 and old.heartbeat() == 0
