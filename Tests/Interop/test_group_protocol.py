"""Joining, synchronising, staying in and leaving a classic group, in every version of the protocol."""
import pytest

from broker import until
from groups import (ILLEGAL_GENERATION, INCONSISTENT_GROUP_PROTOCOL, INVALID_GROUP_ID, INVALID_SESSION_TIMEOUT,
                    MEMBER_ID_REQUIRED, REBALANCE_IN_PROGRESS, UNKNOWN_MEMBER_ID, describe, fresh, gather, settle, state,
                    subscription)
from messages import FIND_COORDINATOR, HEARTBEAT, JOIN_GROUP, LEAVE_GROUP, METADATA, SYNC_GROUP
from talk import INVALID_REQUEST


# --- finding the coordinator

def coordinators(wire, version, *keys, type=0):
    """Rows of what is found, whatever the version."""
    if version >= 4:
        return wire.call(FIND_COORDINATOR, version, keys=list(keys), type=type).coordinators
    return [wire.call(FIND_COORDINATOR, version, key=key, **({"type": type} if version else {})) for key in keys]


@pytest.mark.parametrize("version", range(7))
def test_the_coordinator_is_a_broker_of_the_metadata(connection, group, version):
    (row,) = coordinators(connection, version, group)
    brokers = {(b.id, b.host, b.port) for b in connection.call(METADATA, 9, topics=[]).brokers}
    assert row.error == 0 and (row.node, row.host, row.port) in brokers


def test_the_first_question_for_a_coordinator_makes_the_offsets_topic(start_broker):
    broker = start_broker()
    with broker.connect() as wire:
        assert wire.call(METADATA, 9, topics=None).topics == [], "no topic before anybody needs it"
        until(lambda: coordinators(wire, 4, "first")[0].error == 0, what="a coordinator")
        (row,) = wire.call(METADATA, 9, topics=None).topics
        assert (row.name, row.internal, len(row.partitions)) == ("__consumer_offsets", True, 50)


@pytest.mark.parametrize("version", [4, 5, 6])
def test_coordinators_of_many_groups_are_found_at_once(connection, group, version):
    keys = [group, "", *(fresh() for _ in range(100))]
    rows = coordinators(connection, version, *keys)
    assert [row.key for row in rows] == keys
    assert {row.error for row in rows} == {0}


@pytest.mark.parametrize("version", range(1, 7))
def test_a_coordinator_of_an_unknown_kind_is_an_invalid_request(connection, version):
    for kind in (3, 127, -1) + ((2,) if version < 6 else ()):
        (row,) = coordinators(connection, version, "x", type=kind)
        assert row.error == INVALID_REQUEST and row.node == -1


# --- joining

@pytest.mark.parametrize("version", range(10))
def test_a_single_member_joins_syncs_stays_and_leaves(connection, group, member, version):
    one = member(version=version, topics=["a", "b"])
    answer = one.join()
    assert (answer.generation, answer.protocol, answer.leader) == (1, "range", answer.member)
    assert answer.get("type", "consumer") == "consumer" and not answer.get("skip")
    assert [(row.id, row.metadata) for row in answer.members] == [(one.id, subscription("a", "b"))]
    assert one.id.startswith("wire-"), "the id begins with the client's"
    assert one.sync({one.id: b"mine"}) == b"mine"
    assert state(connection, group) == "Stable"
    assert one.heartbeat() == 0
    assert one.leave() == 0
    assert state(connection, group) == "Empty"


@pytest.mark.parametrize("version", range(4))
def test_old_versions_join_in_one_step(member, version):
    one = member(version=version)
    one.ask_join()
    assert one.joined().generation == 1


@pytest.mark.parametrize("version", range(4, 10))
def test_from_version_4_a_member_is_given_its_id_first(connection, group, member, version):
    one = member(version=version)
    one.ask_join()
    answer = one.joined(MEMBER_ID_REQUIRED)
    assert answer.member.startswith("wire-") and answer.generation == -1 and answer.members == []
    assert describe(connection, group).members == [], "it is not in yet"
    one.id = answer.member
    one.ask_join()
    assert one.joined().member == answer.member


def test_no_two_members_get_the_same_id(member):
    given = set()
    for _ in range(20):
        one = member()
        one.ask_join()
        given.add(one.joined(MEMBER_ID_REQUIRED).member)
    assert len(given) == 20


@pytest.mark.parametrize("version", range(10))
def test_only_the_leader_is_told_who_is_in(member, version):
    first, second = member(version=version, topics=["x"]), member(version=9 - version, topics=["y"])
    gather(first, second)
    assert {row.id: row.metadata for row in first.answer.members} == {
        first.id: subscription("x"), second.id: subscription("y")}
    assert second.answer.members == []
    assert second.answer.leader == first.id and second.answer.protocol == "range"


@pytest.mark.parametrize("version", range(10))
def test_an_unknown_member_cannot_join(group, member, version):
    stranger = member(version=version, id="stranger")
    answer = stranger.join(UNKNOWN_MEMBER_ID)
    assert answer.generation == -1 and answer.member == "stranger"
    assert answer.protocol is None if version >= 7 else answer.protocol == ""
    settle(member(version=version))
    stranger.join(UNKNOWN_MEMBER_ID)


@pytest.mark.parametrize("version", [0, 4, 9])
@pytest.mark.parametrize("session", [99, 1_800_001, 0, -1, -2**31, 2**31 - 1])
def test_a_session_timeout_outside_the_limits_is_refused(member, version, session):
    one = member(version=version, session=session)
    one.ask_join()
    one.joined(INVALID_SESSION_TIMEOUT)


@pytest.mark.parametrize("version", range(10))
def test_a_member_without_protocols_or_type_is_inconsistent(member, version):
    for options in ({"type": ""}, {"protocols": [("none", b"")], "type": ""}):
        one = member(version=version, **options)
        one.ask_join()
        one.joined(INCONSISTENT_GROUP_PROTOCOL)
    one = member(version=version)
    one.ask_join(protocols=[])
    one.joined(INCONSISTENT_GROUP_PROTOCOL)


@pytest.mark.parametrize("version", range(10))
def test_a_member_that_has_nothing_in_common_with_the_group_is_inconsistent(connection, group, member, version):
    (first,) = settle(member())
    for options in ({"type": "connect"}, {"protocols": [("sticky", b"")]}):
        one = member(version=version, **options)
        one.ask_join()
        one.joined(INCONSISTENT_GROUP_PROTOCOL)
    assert first.heartbeat() == 0 and state(connection, group) == "Stable", "the group is not disturbed"


def test_a_reason_to_join_is_accepted(member):
    one = member(version=8)
    one.begin_join(reason="the first\nreason")
    one.joined()


# --- an empty group id

@pytest.mark.parametrize("version", range(10))
def test_nobody_joins_the_empty_group(broker, member, version):
    one = member(version=version)
    one.ask_join(group="")
    one.joined(INVALID_GROUP_ID)


@pytest.mark.parametrize("version", range(6))
def test_the_empty_group_is_invalid_to_those_that_are_in(connection, group, version):
    kind = {"type": "consumer", "protocol": "range"} if version >= 5 else {}
    assert connection.call(SYNC_GROUP, version, group="", generation=1, member="m", **kind).error == INVALID_GROUP_ID
    if version <= 4:
        assert connection.call(HEARTBEAT, version, group="", generation=1, member="m").error == INVALID_GROUP_ID
    assert connection.call(LEAVE_GROUP, version, group="", **leaving(version, "m")).error == INVALID_GROUP_ID


# --- synchronising

@pytest.mark.parametrize("version", range(6))
def test_followers_get_what_the_leader_decides_whoever_asks_first(member, version):
    early, late = member(), member()
    leader = member()
    gather(leader, early, late)
    kind = {"type": "consumer", "protocol": "range"} if version >= 5 else {}

    def ask(who, **fields):
        who.wire.send(SYNC_GROUP, version, group=who.group, generation=who.generation, member=who.id, **kind, **fields)

    ask(early)
    ask(leader, assignments=[{"member": early.id, "assignment": b"early"}, {"member": late.id, "assignment": b"late"},
                             {"member": "a stranger", "assignment": b"lost"}])
    answers = [who.wire.receive(SYNC_GROUP, version)[1] for who in (leader, early)]
    ask(late)
    answers.append(late.wire.receive(SYNC_GROUP, version)[1])
    assert [a.error for a in answers] == [0, 0, 0]
    assert [a.assignment for a in answers] == [b"", b"early", b"late"], "who is left out gets nothing"
    if version >= 5:
        assert {(a.type, a.protocol) for a in answers} == {("consumer", "range")}


def test_a_member_that_asks_again_gets_the_same_assignment(member):
    first, second = settle(member(), member())
    assert first.sync() == first.id.encode() and second.sync() == second.id.encode()
    assert first.sync({second.id: b"other"}) == first.id.encode(), "it is too late to decide otherwise"
    assert second.sync() == second.id.encode()


def test_an_assignment_is_kept_byte_for_byte(member):
    content = bytes(range(256)) * 400
    one = member()
    one.join()
    assert one.sync({one.id: content}) == content
    assert one.sync() == content


@pytest.mark.parametrize("version", range(6))
def test_a_sync_that_does_not_fit_is_refused(connection, member, version):
    (one,) = settle(member())
    kind = {"type": "consumer", "protocol": "range"} if version >= 5 else {}

    def error(**fields):
        return connection.call(SYNC_GROUP, version, **{
            "group": one.group, "generation": one.generation, "member": one.id, **kind, **fields}).error

    assert error() == 0
    assert error(generation=one.generation + 1) == ILLEGAL_GENERATION
    assert error(generation=one.generation - 1) == ILLEGAL_GENERATION
    assert error(member="stranger") == UNKNOWN_MEMBER_ID
    assert error(member="") == UNKNOWN_MEMBER_ID
    assert error(group=fresh()) == UNKNOWN_MEMBER_ID
    if version >= 5:
        assert error(type="connect") == INCONSISTENT_GROUP_PROTOCOL
        assert error(protocol="sticky") == INCONSISTENT_GROUP_PROTOCOL
        assert error(type=None, protocol=None) == INCONSISTENT_GROUP_PROTOCOL


def test_a_sync_during_a_rebalance_is_told_so(member):
    (one,) = settle(member())
    two = member().begin_join()
    until(lambda: one.heartbeat() == REBALANCE_IN_PROGRESS, what="the rebalance")
    one.sync(error=REBALANCE_IN_PROGRESS)
    one.join()
    two.joined()


def test_those_who_wait_for_the_leader_are_told_when_it_goes(member):
    first, second = member(), member()
    gather(first, second)
    second.begin_sync()
    assert first.leave() == 0
    second.synced(REBALANCE_IN_PROGRESS)
    assert second.join().leader == second.id


# --- staying

@pytest.mark.parametrize("version", range(5))
def test_a_heartbeat_tells_where_the_member_stands(connection, member, version):
    (one,) = settle(member())

    def beat(**fields):
        return connection.call(HEARTBEAT, version, **{
            "group": one.group, "generation": one.generation, "member": one.id, **fields}).error

    assert beat() == 0
    assert beat(generation=one.generation + 1) == ILLEGAL_GENERATION
    assert beat(generation=-1) == ILLEGAL_GENERATION
    assert beat(member="stranger") == UNKNOWN_MEMBER_ID
    assert beat(member="") == UNKNOWN_MEMBER_ID
    assert beat(group=fresh()) == UNKNOWN_MEMBER_ID
    two = member().begin_join()
    until(lambda: beat() == REBALANCE_IN_PROGRESS, what="the rebalance")
    one.join()
    two.joined()
    assert beat(generation=one.generation - 1) == ILLEGAL_GENERATION
    assert beat() == 0, "a heartbeat between join and sync is good"
    one.leave()
    two.leave()
    assert beat() == UNKNOWN_MEMBER_ID, "the group is empty"


# --- leaving

def leaving(version, *ids):
    return {"member": ids[0]} if version <= 2 else {"members": [{"id": one} for one in ids]}


@pytest.mark.parametrize("version", range(6))
def test_a_member_leaves_once(connection, group, member, version):
    (one,) = settle(member())

    def leave(group):
        answer = connection.call(LEAVE_GROUP, version, group=group, **leaving(version, one.id))
        if version <= 2:
            return answer.error
        assert answer.error == 0 and [row.id for row in answer.members] == [one.id], answer
        return answer.members[0].error

    assert leave(group) == 0
    assert one.heartbeat() == UNKNOWN_MEMBER_ID
    assert leave(group) == UNKNOWN_MEMBER_ID
    assert leave(fresh()) == UNKNOWN_MEMBER_ID


def test_several_members_leave_in_one_request(connection, group, member):
    first, second, third = settle(member(), member(), member())
    answer = connection.call(LEAVE_GROUP, 5, group=group, members=[
        {"id": first.id, "reason": "tired"}, {"id": "stranger"}, {"id": third.id}])
    assert [(row.id, row.error) for row in answer.members] == [
        (first.id, 0), ("stranger", UNKNOWN_MEMBER_ID), (third.id, 0)]
    assert second.heartbeat() == REBALANCE_IN_PROGRESS
    assert second.join().leader == second.id


def test_who_leaves_before_joining_gives_its_id_back(connection, group, member):
    one = member()
    one.ask_join()
    one.id = one.joined(MEMBER_ID_REQUIRED).member
    assert one.leave() == 0
    one.ask_join()
    one.joined(UNKNOWN_MEMBER_ID)


def test_a_member_that_leaves_while_it_waits_is_answered(connection, group, member):
    (first,) = settle(member())
    second = member().begin_join()
    until(lambda: len(describe(connection, group).members) == 2, what="the second member")
    answer = connection.call(LEAVE_GROUP, 3, group=group, members=[{"id": second.id}])
    assert answer.members[0].error == 0
    second.joined(UNKNOWN_MEMBER_ID)
    first.join()
    assert [row.id for row in first.answer.members] == [first.id]
