"""Groups as an administrator sees them: listed, described, deleted."""
import pytest

from broker import until
from groups import (GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP, all_committed, commit, delete, describe, fresh, gather, listed,
                    settle, state, subscription)
from messages import DELETE_GROUPS, DESCRIBE_GROUPS

READ, DELETE, DESCRIBE = 3, 6, 8
NOT_ASKED = -2**31


# --- describing

@pytest.mark.parametrize("version", range(7))
def test_a_stable_group_is_described_to_the_last_byte(connection, group, member, version):
    first, second = settle(member(topics=["a"], instance="one"), member(topics=["b"]))
    row = describe(connection, group, version)
    assert (row.error, row.group, row.state, row.type, row.protocol) == (0, group, "Stable", "consumer", "range")
    assert {m.id: (m.metadata, m.assignment) for m in row.members} == {
        first.id: (subscription("a"), first.id.encode()), second.id: (subscription("b"), second.id.encode())}
    assert {m.client for m in row.members} == {"wire"}
    assert all(m.host.startswith("/") and m.host.strip("/").count(".") == 3 for m in row.members), "as Java writes it"
    if version >= 4:
        assert {m.id: m.instance for m in row.members} == {first.id: "one", second.id: None}
    if version >= 6:
        assert row.message is None or row.message == ""


@pytest.mark.parametrize("version", range(7))
def test_a_group_that_is_not_there_is_dead(connection, version):
    row = describe(connection, fresh(), version)
    assert (row.state, row.type, row.protocol, row.members) == ("Dead", "", "", [])
    assert row.error == (GROUP_ID_NOT_FOUND if version >= 6 else 0)
    if version >= 6:
        assert row.group in row.message, "the message names the group"


def test_a_group_is_described_in_each_of_its_states(connection, group, member):
    one = member()
    one.join()
    row = describe(connection, group)
    assert (row.state, row.protocol) == ("CompletingRebalance", "")
    assert [(m.id, m.metadata, m.assignment) for m in row.members] == [(one.id, b"", b"")], "nothing is settled yet"
    one.sync()
    assert state(connection, group) == "Stable"
    two = member().begin_join()
    until(lambda: len(describe(connection, group).members) == 2, what="the second member")
    row = describe(connection, group)
    assert (row.state, row.protocol, row.type) == ("PreparingRebalance", "", "consumer")
    one.leave()
    two.joined()
    two.leave()
    row = describe(connection, group)
    assert (row.error, row.state, row.type, row.protocol, row.members) == (0, "Empty", "consumer", "", [])


@pytest.mark.parametrize("version", range(3, 7))
def test_what_one_may_do_with_a_group_is_told_on_request(connection, group, topic, version):
    assert commit(connection, group, topic(), 1) == 0
    assert describe(connection, group, version).operations == NOT_ASKED
    allowed = describe(connection, group, version, operations=True).operations
    assert all(allowed >> bit & 1 for bit in (READ, DELETE, DESCRIBE))


@pytest.mark.parametrize("version", [0, 6])
def test_many_groups_are_described_at_once(connection, topic, version):
    name, known = topic(), [fresh() for _ in range(20)]
    for one in known:
        assert commit(connection, one, name, 1) == 0
    asked = [known[0], "absent", *known[1:]]
    rows = connection.call(DESCRIBE_GROUPS, version, groups=asked).groups
    assert sorted(row.group for row in rows) == sorted(asked)
    assert {row.group for row in rows if row.state == "Empty"} == set(known)


# --- listing

@pytest.mark.parametrize("version", range(6))
def test_groups_are_listed(connection, group, member, topic, version):
    settle(member())
    simple = fresh()
    assert commit(connection, simple, topic(), 1) == 0
    rows = listed(connection, version)
    assert (rows[group].protocol_type, rows[simple].protocol_type) == ("consumer", "")
    if version >= 4:
        assert (rows[group].state, rows[simple].state) == ("Stable", "Empty")
    if version >= 5:
        assert rows[group].type == rows[simple].type == "classic"


def test_asking_about_a_group_does_not_make_it(connection, group):
    state(connection, group)
    all_committed(connection, group)
    assert group not in listed(connection)


@pytest.mark.parametrize("version", [4, 5])
def test_groups_are_listed_by_state(connection, group, member, topic, version):
    settle(member())
    simple = fresh()
    assert commit(connection, simple, topic(), 1) == 0

    def found(*states):
        return {group, simple} & set(listed(connection, version, states=list(states)))

    assert found("Stable") == found("stable") == {group}
    assert found("Empty") == {simple}
    assert found("Empty", "Stable") == found() == {group, simple}
    assert found("Dead") == found("PreparingRebalance") == found("Nonsense") == set()


def test_groups_are_listed_by_type(connection, group, member):
    settle(member())
    assert group in listed(connection, types=["classic"]) and group in listed(connection, types=["Classic"])
    assert group in listed(connection, types=["consumer", "classic"])
    assert group not in listed(connection, types=["consumer"])
    assert group not in listed(connection, types=["share"])


# --- deleting

@pytest.mark.parametrize("version", range(3))
def test_an_empty_group_is_deleted_with_its_offsets(connection, group, member, topic, version):
    name = topic()
    (one,) = settle(member(topics=[name]))
    assert one.commit(name, 1) == 0
    assert delete(connection, group, version) == NON_EMPTY_GROUP
    assert one.heartbeat() == 0 and all_committed(connection, group) == {(name, 0): 1}
    one.leave()
    assert delete(connection, group, version) == 0
    assert group not in listed(connection) and state(connection, group) == "Dead"
    assert all_committed(connection, group) == {}
    assert delete(connection, group, version) == GROUP_ID_NOT_FOUND
    (again,) = settle(member())
    assert again.generation == 1, "a group of the name begins anew"


def test_each_group_of_a_deletion_has_its_own_answer(connection, group, member, topic):
    settle(member())
    simple, absent = fresh(), fresh()
    assert commit(connection, simple, topic(), 1) == 0
    rows = connection.call(DELETE_GROUPS, 2, groups=[group, absent, simple]).results
    assert {row.group: row.error for row in rows} == {group: NON_EMPTY_GROUP, absent: GROUP_ID_NOT_FOUND, simple: 0}


def test_a_group_in_a_rebalance_is_not_deleted(connection, group, member):
    first, second = member(), member()
    gather(first, second)
    assert delete(connection, group) == NON_EMPTY_GROUP
    first.begin_join(), second.begin_join()
    first.joined(), second.joined()
