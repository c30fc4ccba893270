"""Groups for those who mean harm: what they send is refused or borne, and nobody else notices."""
import contextlib
import threading
import time

import pytest

from broker import until
from bystander import MIB, Watch, answered_or_closed
from conftest import create_topic
from groups import (FENCED_INSTANCE_ID, ILLEGAL_GENERATION, INVALID_SESSION_TIMEOUT, OFFSET_METADATA_TOO_LARGE,
                    UNKNOWN_MEMBER_ID, Member, all_committed, commit, committed, delete, describe, fresh, listed, serving,
                    settle, state)
from messages import (DELETE_GROUPS, DESCRIBE_GROUPS, FIND_COORDINATOR, HEARTBEAT, JOIN_GROUP, LEAVE_GROUP, METADATA,
                      OFFSET_COMMIT, OFFSET_DELETE, OFFSET_FETCH, SYNC_GROUP)
from talk import UNKNOWN_TOPIC_OR_PARTITION
from wire import Closed, framed, request_bytes

EXTREMES = [-1, -2**31, 2**31 - 1]


class Neighbour(threading.Thread):
    """A member of another group that sends heartbeats and commits all the while."""

    def __init__(self, broker, topic):
        super().__init__(daemon=True)
        self.broker, self.topic, self.group = broker, topic, serving(broker, fresh())
        self.ending, self.latencies, self.errors = threading.Event(), [], []

    def run(self):
        try:
            with Member(self.broker, self.group, topics=[self.topic]) as member:
                settle(member)
                while not self.ending.is_set():
                    begun = time.monotonic()
                    found = member.heartbeat(), member.commit(self.topic, len(self.latencies))
                    self.latencies.append(time.monotonic() - begun)
                    if found != (0, 0):
                        self.errors.append(f"heartbeat and commit gave {found}")
                        return
                    self.ending.wait(0.01)
        except (Closed, OSError, AssertionError) as error:
            self.errors.append(repr(error))

    def __enter__(self):
        self.start()
        until(lambda: self.latencies or self.errors, what="the neighbour's first commit")
        return self

    def __exit__(self, *_):
        served = len(self.latencies)
        until(lambda: len(self.latencies) > served + 1 or self.errors, what="service to the neighbour afterwards")
        self.ending.set()
        self.join(15)
        assert not self.errors, self.errors
        assert max(self.latencies) < 5, f"the neighbour waited {max(self.latencies):.1f} s"


@pytest.fixture(scope="module")
def target(start_module_broker):
    broker = start_module_broker({"group.min.session.timeout.ms": "100", "group.initial.rebalance.delay.ms": "0"})
    broker.topic, broker.other = create_topic(broker, partitions=2), create_topic(broker)
    serving(broker, "first")
    return broker


@contextlib.contextmanager
def watching(target, allowance=64 * MIB):
    with Watch(target, create_topic(target), allowance), Neighbour(target, target.other):
        yield


@pytest.fixture
def watched(target):
    with watching(target):
        yield target


@pytest.fixture
def wire(watched):
    with watched.connect(timeout=20) as opened:
        yield opened


def memory_returns(target, before, slack=48 * MIB, seconds=60):
    until(lambda: target.rss() <= before + slack, seconds, 0.2, f"memory within {slack // MIB} MiB of what it was")


# --- members of others, other times

def test_a_member_is_safe_from_those_who_guess(watched, wire):
    group, another = serving(watched, fresh()), serving(watched, fresh())
    with Member(watched, group, topics=[watched.topic]) as one, Member(watched, another, instance="it") as two:
        settle(one), settle(two)
        for thief in (one.id, two.id, "", "wire-", one.id + "\0", "\x1b[31m", "x" * 30_000):
            if thief == two.id:
                continue
            assert commit(wire, another, watched.topic, 1, member=thief, generation=1) == UNKNOWN_MEMBER_ID
            assert wire.call(HEARTBEAT, 4, group=another, generation=1, member=thief).error == UNKNOWN_MEMBER_ID
            assert wire.call(SYNC_GROUP, 3, group=another, generation=1, member=thief).error == UNKNOWN_MEMBER_ID
            answer = wire.call(LEAVE_GROUP, 4, group=another, members=[{"id": thief}])
            assert answer.members[0].error == UNKNOWN_MEMBER_ID
        assert wire.call(HEARTBEAT, 4, group=another, generation=1, member=one.id,
                         instance="it").error == FENCED_INSTANCE_ID
        assert one.heartbeat() == two.heartbeat() == 0
        assert all_committed(wire, another) == {}


@pytest.mark.parametrize("generation", [*EXTREMES, 0, 2])
def test_a_generation_that_is_not_is_illegal(watched, wire, generation):
    with Member(watched, serving(watched, fresh()), topics=[watched.topic]) as one:
        settle(one)
        for error in (one.heartbeat(generation=generation), one.commit(watched.topic, 1, generation=generation)):
            assert error == ILLEGAL_GENERATION
        one.sync({one.id: b"stolen"}, error=ILLEGAL_GENERATION, generation=generation)
        assert one.sync() == one.id.encode()


# --- what joins say

@pytest.mark.parametrize("content", [b"", b"\0", b"\0\1\xff\xff\xff\xff", b"\x7f\xff", bytes(1000), b"\0\0\0\0\0\1\x7f\xffx",
                                     b"\xff" * 64, b"\0\0\x7f\xff\xff\xff"])
def test_a_subscription_that_is_none_is_carried_unread(watched, wire, content):
    group = serving(watched, fresh())
    with Member(watched, group, protocols=[("range", content)]) as one:
        settle(one)
        assert one.answer.members[0].metadata == content
        assert describe(wire, group).members[0].metadata == content
        assert one.commit(watched.topic, 4) == 0
        wire.call(OFFSET_DELETE, 0, group=group, topics=[{"name": watched.topic, "partitions": [{"index": 0}]}])
        one.leave()
    assert delete(wire, group) == 0


def test_a_subscription_that_is_null_is_an_error(watched):
    group = serving(watched, fresh())
    for version in (0, 5, 6, 9):
        with watched.connect() as wire:
            wire.send(JOIN_GROUP, version, group=group, type="consumer", protocols=[{"name": "range", "metadata": None}])
            answered_or_closed(wire, 5)
            with watched.connect() as second:
                assert state(second, group) in {"Dead", "Empty"} or describe(second, group).members == []


def test_a_protocol_said_twice_is_answered(watched):
    group = serving(watched, fresh())
    for version in (0, 4, 9):
        with watched.connect() as wire:
            wire.send(JOIN_GROUP, version, group=group, type="consumer", rebalance=1000, session=500, protocols=[
                {"name": "range", "metadata": b"1"}, {"name": "range", "metadata": b"2"}])
            answered_or_closed(wire, 5)


def test_ten_thousand_protocols_are_answered(watched):
    with watched.connect() as wire:
        wire.send(JOIN_GROUP, 3, group=serving(watched, fresh()), type="consumer", rebalance=1000, session=500,
                  protocols=[{"name": f"p{i}", "metadata": b""} for i in range(10_000)])
        answered_or_closed(wire, 5)


@pytest.mark.parametrize("rebalance", [*EXTREMES, 0])
def test_a_rebalance_timeout_of_years_or_none_is_borne(watched, rebalance):
    with Member(watched, serving(watched, fresh()), rebalance=rebalance, session=500) as one:
        one.begin_join()
        with contextlib.suppress(AssertionError):
            one.joined()
    with Member(watched, serving(watched, fresh()), session=2**31 - 1) as one:
        one.ask_join()
        one.joined(INVALID_SESSION_TIMEOUT)


def test_who_waits_for_years_waits_no_longer_than_the_others_live(watched):
    group = serving(watched, fresh())
    with Member(watched, group, rebalance=2**31 - 1, session=500) as silent, \
            Member(watched, group, rebalance=2**31 - 1) as patient:
        settle(silent)
        patient.begin_join()
        assert patient.joined().leader == patient.id, "the silent one's session ended"


@pytest.mark.parametrize("group", ["a\0b", "\x1b[31mred\nline", "%s%n", "../../etc/x", "x" * 32_000, "\u202egroup"],
                         ids=["NUL", "escape", "format", "path", "32,000 letters", "direction"])
def test_an_odd_group_id_is_only_a_name(watched, wire, group):
    serving(watched, group)
    error = commit(wire, group, watched.topic, 3)
    if len(group) < 1000:
        assert error == 0 and committed(wire, group, watched.topic) == 3 and group in listed(wire)
        assert delete(wire, group) == 0
    assert "\x1b" not in watched.log(1000)


def huge(name):
    """Requests of every API with a group id that no record can hold."""
    one = [{"name": "t", "partitions": [{"index": 0, "offset": 1}]}]
    return [
        (FIND_COORDINATOR, 4, {"keys": [name]}), (FIND_COORDINATOR, 3, {"key": name}),
        (JOIN_GROUP, 9, {"group": name, "type": "consumer", "protocols": [{"name": "range", "metadata": b""}]}),
        (JOIN_GROUP, 9, {"group": name, "type": "consumer", "instance": "one",
                         "protocols": [{"name": "range", "metadata": b""}]}),
        (SYNC_GROUP, 5, {"group": name, "type": "consumer", "protocol": "range"}), (HEARTBEAT, 4, {"group": name}),
        (LEAVE_GROUP, 5, {"group": name, "members": [{"id": "m"}]}), (OFFSET_COMMIT, 9, {"group": name, "topics": one}),
        (OFFSET_FETCH, 8, {"groups": [{"group": name, "topics": None}]}), (DESCRIBE_GROUPS, 6, {"groups": [name]}),
        (DELETE_GROUPS, 2, {"groups": [name]}),
    ]


@pytest.mark.parametrize("size", [32_767, 32_768, 65_536, 1_000_000])
def test_a_group_id_that_no_record_can_hold_is_refused(watched, size):
    for api, version, ask in huge("g" * size):
        with watched.connect() as wire:
            wire.send(api, version, **ask)
            answered_or_closed(wire, 5)
    with watched.connect() as wire:
        found = {group for group in listed(wire) if len(group) == size}
        assert not found or size == 32_767, "what cannot be kept is not taken on"


@pytest.mark.parametrize("field", ["instance", "member", "type", "protocol"])
def test_names_too_long_to_be_kept_are_refused_or_kept(watched, field):
    group, long = serving(watched, fresh()), "n" * 70_000
    options = {"instance": {"instance": long}, "member": {"id": long}, "type": {"type": long},
               "protocol": {"protocols": [(long, b"")]}}[field]
    with Member(watched, group, session=500, **options) as one:
        with contextlib.suppress(AssertionError, Closed):
            one.join()
            one.sync()
    with watched.connect() as wire:
        until(lambda: describe(wire, group).members == [], 10, what="nobody left in it")
    # Whatever came of it, the group is good for others.
    with Member(watched, group) as one:
        settle(one)


# --- sizes

def test_a_member_with_a_megabyte_to_say(watched, wire):
    group = serving(watched, fresh())
    with Member(watched, group, protocols=[("range", bytes(MIB))], session=2000) as one:
        one.begin_join()
        with contextlib.suppress(AssertionError, Closed):
            one.joined()
            # The group's record may be larger than what the topic takes; then this is an error, and no more.
            one.sync({one.id: b"x"})
            one.leave()
    until(lambda: state(wire, group) in {"Empty", "Dead"}, 10, what="its end")
    with Member(watched, group) as one:
        settle(one)


def joins(target, count, group, content, **options):
    """Members of one group or of groups of their own, all parked or joined; those refused are left out."""
    members = []
    for index in range(count):
        one = Member(target, group or f"{fresh()}-{index}", protocols=[("range", content)], timeout=30, **options)
        try:
            one.begin_join()
            members.append(one)
        except (AssertionError, Closed):
            one.wire.close()
    return members


def test_a_hundred_members_with_a_megabyte_each(target):
    before = target.rss()
    for group in (serving(target, fresh()), None):
        with watching(target, allowance=420 * MIB):
            members = joins(target, 100, group, bytes(MIB), session=1500, rebalance=3000)
            assert len(members) >= 32, "so much is borne"
            for one in members[:5]:
                with contextlib.suppress(AssertionError, Closed, TimeoutError):
                    one.joined()
            for one in members:
                one.wire.close()
        with target.connect() as wire:
            until(lambda: describe(wire, members[0].group).members == [], 30, what="nobody left in the group")
    memory_returns(target, before)


def test_five_thousand_ids_that_nobody_uses(target):
    group, before = serving(target, fresh()), target.rss()
    with watching(target, allowance=64 * MIB), target.connect(timeout=30) as wire:
        for index in range(5000):
            wire.send(JOIN_GROUP, 9, group=group if index % 2 else f"{group}-{index}", session=1000, type="consumer",
                      protocols=[{"name": "range", "metadata": b"x" * 100}])
            if index % 100 == 99:
                for _ in range(100):
                    wire.receive(JOIN_GROUP, 9)
        assert state(wire, group) in {"Empty", "Dead"}
        with Member(target, group) as one:
            until(lambda: not one.begin_join().joined().error, what="a place in the group")
            settle(one)
            one.leave()
    memory_returns(target, before)


def test_three_hundred_that_wait_and_hang_up(target):
    group, before, files = serving(target, fresh()), target.rss(), target.descriptors()
    with watching(target), Member(target, group, session=1500) as leader:
        settle(leader)
        members = joins(target, 300, group, bytes(1000), session=1500, rebalance=60_000)
        for one in members:
            one.wire.close()
        until(lambda: target.descriptors() <= files + 10, 10, what="their connections gone")
    with target.connect() as wire:
        until(lambda: describe(wire, group).members == [], 60, what="nobody left in the group")
    memory_returns(target, before)


# --- commits

ABSURD = [-1, -2, -2**63, 2**63 - 1, 0]


def test_a_hundred_thousand_absurd_commits(target):
    group, before = serving(target, fresh()), target.rss()
    with watching(target, allowance=128 * MIB), target.connect(timeout=30) as wire:
        rows = [{"index": i % 2, "offset": ABSURD[i % 5], "leader_epoch": EXTREMES[i % 3], "metadata": "m"}
                for i in range(5000)]
        for _ in range(20):
            answer = wire.call(OFFSET_COMMIT, 9, group=group, topics=[{"name": target.topic, "partitions": rows}])
            assert len(answer.topics[0].partitions) == 5000
        assert set(all_committed(wire, group)) <= {(target.topic, 0), (target.topic, 1)}
        assert commit(wire, group, target.topic, 5) == 0 and committed(wire, group, target.topic) == 5
    memory_returns(target, before)


def test_a_commit_to_a_hundred_thousand_partitions_that_are_not(target):
    group = serving(target, fresh())
    with watching(target, allowance=128 * MIB), target.connect(timeout=30) as wire:
        answer = wire.call(OFFSET_COMMIT, 9, group=group, topics=[
            {"name": target.topic, "partitions": [{"index": i * 1000 + 2, "offset": i} for i in range(100_000)]}])
        assert {row.error for row in answer.topics[0].partitions} == {UNKNOWN_TOPIC_OR_PARTITION}
        answer = wire.call(OFFSET_FETCH, 7, group=group, topics=[
            {"name": target.topic, "partitions": list(range(100_000))}])
        assert {row.offset for row in answer.topics[0].partitions} == {-1}


def test_metadata_of_a_megabyte_is_too_large(watched, wire):
    group = serving(watched, fresh())
    for size in (4097, 32_000):
        assert commit(wire, group, watched.topic, 1, metadata="m" * size) == OFFSET_METADATA_TOO_LARGE
    # Longer than any string of the protocol: Kafka closes the connection.
    with watched.connect() as other, contextlib.suppress(Closed):
        assert commit(other, group, watched.topic, 1, metadata="m" * MIB) != 0
    assert all_committed(wire, group) == {}


def test_a_commit_larger_than_a_batch_of_the_topic_is_answered(target):
    """Each row is good, and all of them together are more than a batch of `__consumer_offsets` holds."""
    group = serving(target, fresh())
    with watching(target, allowance=128 * MIB), target.connect(timeout=30) as wire:
        answer = wire.call(OFFSET_COMMIT, 9, group=group, topics=[{"name": target.topic, "partitions": [
            {"index": i % 2, "offset": i, "metadata": "m" * 4000} for i in range(1000)]}])
        assert len({row.error for row in answer.topics[0].partitions}) == 1
        assert commit(wire, group, target.topic, 7) == 0 and committed(wire, group, target.topic) == 7


# --- lists

def test_long_lists_are_answered(target):
    names = [f"absent-{i}" for i in range(20_000)]
    group = serving(target, fresh())
    with watching(target, allowance=192 * MIB), target.connect(timeout=30) as wire:
        assert len(wire.call(FIND_COORDINATOR, 4, keys=names).coordinators) == 20_000
        assert len(wire.call(DESCRIBE_GROUPS, 5, groups=names).groups) == 20_000
        assert len(wire.call(DELETE_GROUPS, 2, groups=names).results) == 20_000
        assert len(wire.call(OFFSET_FETCH, 8, groups=[
            {"group": name, "topics": None} for name in names]).groups) == 20_000
        answer = wire.call(LEAVE_GROUP, 4, group=group, members=[{"id": name} for name in names])
        assert {row.error for row in answer.members} == {UNKNOWN_MEMBER_ID}
        assert not set(names) & set(listed(wire)), "asking makes no group"


def test_assignments_for_a_hundred_thousand_strangers_are_forgotten(target):
    group, before = serving(target, fresh()), target.rss()
    with watching(target, allowance=128 * MIB), Member(target, group, timeout=30) as one:
        one.join()
        wanted = {f"stranger-{i}": b"x" * 50 for i in range(100_000)}
        assert one.sync({**wanted, one.id: b"mine"}) == b"mine"
        with target.connect() as wire:
            assert [m.assignment for m in describe(wire, group).members] == [b"mine"]
    memory_returns(target, before)


@pytest.mark.parametrize(("api", "version"), [
    (OFFSET_COMMIT, 9), (OFFSET_FETCH, 8), (FIND_COORDINATOR, 4), (JOIN_GROUP, 9), (HEARTBEAT, 4), (LEAVE_GROUP, 5),
    (SYNC_GROUP, 5), (DESCRIBE_GROUPS, 5), (DELETE_GROUPS, 2), (OFFSET_COMMIT, 2), (JOIN_GROUP, 0), (SYNC_GROUP, 0)],
    ids=lambda value: getattr(value, "name", value))
def test_a_request_cut_anywhere_is_answered_or_ends_the_connection(watched, api, version):
    one = [{"name": "t", "partitions": [0] if api is OFFSET_FETCH else [{"index": 0, "offset": 1}]}]
    ask = {"group": "g", "topics": one, "groups": [{"group": "g", "topics": one}], "keys": ["g"], "member": "m",
           "protocols": [{"name": "range", "metadata": b"x"}], "type": "consumer", "members": [{"id": "m"}],
           "assignments": [{"member": "m", "assignment": b"x"}]}
    if api in (DESCRIBE_GROUPS, DELETE_GROUPS):
        ask["groups"] = ["g"]
    names = {field.name for field in api.request if field.type != "i8"}
    whole = request_bytes(api, version, 1, {name: value for name, value in ask.items() if name in names})
    for end in range(8, len(whole)):
        with watched.connect() as wire:
            wire.write(framed(whole[:end]))
            answered_or_closed(wire, 5)
    with watched.connect() as wire:
        assert wire.call(METADATA, 9, topics=[]).brokers
