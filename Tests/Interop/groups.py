"""Members of classic groups, spoken to byte by byte, and short ways to ask about groups and their offsets."""
import itertools
import struct
import uuid

from broker import until
from messages import (DELETE_GROUPS, DESCRIBE_GROUPS, FIND_COORDINATOR, HEARTBEAT, JOIN_GROUP, LEAVE_GROUP, LIST_GROUPS,
                      OFFSET_COMMIT, OFFSET_DELETE, OFFSET_FETCH, SYNC_GROUP)
from wire import parse, write

OFFSET_METADATA_TOO_LARGE, COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR = 12, 14, 15, 16
ILLEGAL_GENERATION, INCONSISTENT_GROUP_PROTOCOL, INVALID_GROUP_ID, UNKNOWN_MEMBER_ID = 22, 23, 24, 25
INVALID_SESSION_TIMEOUT, REBALANCE_IN_PROGRESS, NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND = 26, 27, 68, 69
MEMBER_ID_REQUIRED, GROUP_MAX_SIZE_REACHED, FENCED_INSTANCE_ID, GROUP_SUBSCRIBED_TO_TOPIC = 79, 81, 82, 86

SUBSCRIPTION = parse("""topics:*string user_data:bytes? owned:[topic:string partitions:*i32]|1+ generation:i32=-1|2+
    rack:string?|3+""")
ASSIGNMENT = parse("partitions:[topic:string partitions:*i32] user_data:bytes?")
names = itertools.count(1)


def fresh():
    """A group id that nobody has used."""
    return f"g{next(names)}-{uuid.uuid4().hex[:6]}"


def subscription(*topics, version=1, **fields):
    return struct.pack(">h", version) + write(SUBSCRIPTION, {"topics": list(topics), **fields}, version, False)


def assignment(topic, *partitions):
    return struct.pack(">h", 1) + write(ASSIGNMENT, {"partitions": [
        {"topic": topic, "partitions": list(partitions)}]}, 1, False)


def serving(broker, group):
    """Waits until the group's coordinator exists and has loaded, as clients do, and gives the group's id back."""
    with broker.connect() as wire:
        until(lambda: wire.call(FIND_COORDINATOR, 0, key=group).error == 0, 20, what="a coordinator")
        until(lambda: wire.call(HEARTBEAT, 0, group=group, generation=0, member="nobody").error not in (14, 15, 16), 20,
              what="a coordinator that has loaded")
    return group


class Member:
    """One member, on a connection of its own since joins and syncs are answered late.

    `begin_join` and `begin_sync` send, `joined` and `synced` receive; `join` and `sync` do both.
    """

    def __init__(self, broker, group, protocols=None, *, topics=("topic",), instance=None, session=10_000,
                 rebalance=10_000, type="consumer", version=9, id="", timeout=10):
        self.wire, self.group, self.instance = broker.connect(timeout), group, instance
        self.protocols = protocols or [("range", subscription(*topics))]
        self.session, self.rebalance, self.type, self.version = session, rebalance, type, version
        self.id, self.generation, self.leader, self.protocol, self.answer = id, -1, None, None, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.wire.close()

    # The other requests' versions of the same time.
    @property
    def sync_version(self):
        return {**dict.fromkeys(range(5), min(self.version, 2)), 5: 3, 6: 4}.get(self.version, 5)

    @property
    def static(self):
        return {"instance": self.instance} if self.version >= 5 else {}

    def ask_join(self, **fields):
        protocols = [{"name": name, "metadata": metadata} for name, metadata in self.protocols]
        self.wire.send(JOIN_GROUP, self.version, **{
            "group": self.group, "session": self.session, "rebalance": self.rebalance, "member": self.id,
            "type": self.type, "protocols": protocols, **self.static, **fields})

    def begin_join(self, **fields):
        """Asks to join; a dynamic member of version 4 and later first gets its id."""
        if not self.id and not self.instance and self.version >= 4:
            self.ask_join(**fields)
            answer = self.wire.receive(JOIN_GROUP, self.version)[1]
            assert answer.error == MEMBER_ID_REQUIRED, answer
            assert answer.member
            self.id = answer.member
        self.ask_join(**fields)
        return self

    def joined(self, error=0):
        _, self.answer = self.wire.receive(JOIN_GROUP, self.version)
        assert self.answer.error == error, self.answer
        if not error:
            self.id, self.generation, self.leader = self.answer.member, self.answer.generation, self.answer.leader
            self.protocol = self.answer.protocol
        return self.answer

    def join(self, error=0, **fields):
        return self.begin_join(**fields).joined(error)

    @property
    def leads(self):
        return self.leader == self.id

    def begin_sync(self, assignments=None, **fields):
        rows = [{"member": member, "assignment": content} for member, content in (assignments or {}).items()]
        kind = {"type": self.type, "protocol": self.protocol} if self.sync_version >= 5 else {}
        static = {"instance": self.instance} if self.sync_version >= 3 else {}
        self.wire.send(SYNC_GROUP, self.sync_version, **{
            "group": self.group, "generation": self.generation, "member": self.id, "assignments": rows, **kind, **static,
            **fields})
        return self

    def synced(self, error=0):
        _, answer = self.wire.receive(SYNC_GROUP, self.sync_version)
        assert answer.error == error, answer
        return answer.assignment

    def sync(self, assignments=None, error=0, **fields):
        return self.begin_sync(assignments, **fields).synced(error)

    def heartbeat(self, **fields):
        return self.wire.call(HEARTBEAT, 4, **{"group": self.group, "generation": self.generation, "member": self.id,
                                               "instance": self.instance, **fields}).error

    def leave(self):
        answer = self.wire.call(LEAVE_GROUP, 4, group=self.group, members=[{"id": self.id, "instance": self.instance}])
        return answer.error or answer.members[0].error

    def commit(self, topic, offset, **fields):
        return commit(self.wire, self.group, topic, offset, **{
            "generation": self.generation, "member": self.id, "instance": self.instance, **fields})


def gather(first, *others):
    """Joins all of them into one generation that the first leads."""
    if not first.leads:
        first.join()
    for member in others:
        member.begin_join()
    if others:
        present = len(others) + 1
        until(lambda: len(describe(first.wire, first.group).members) == present, what=f"{present} members")
        first.begin_join()
        for member in (first, *others):
            member.joined()
    assert first.leads and not any(member.leads for member in others)
    assert len({member.generation for member in (first, *others)}) == 1
    return first.answer


def settle(first, *others, assignments=None):
    """Brings them to a stable group that the first leads; each is assigned what `assignments` says, or its own id."""
    gather(first, *others)
    members = (first, *others)
    wanted = assignments or {member.id: member.id.encode() for member in members}
    assert first.sync(wanted) == wanted[first.id]
    for member in others:
        assert member.sync() == wanted[member.id]
    return members


def describe(wire, group, version=5, **fields):
    return wire.call(DESCRIBE_GROUPS, version, groups=[group], **fields).groups[0]


def state(wire, group):
    return describe(wire, group).state


def listed(wire, version=5, **fields):
    """The groups by id."""
    answer = wire.call(LIST_GROUPS, version, **fields)
    assert answer.error == 0, answer
    return {row.group: row for row in answer.groups}


def delete(wire, group, version=2):
    return wire.call(DELETE_GROUPS, version, groups=[group]).results[0].error


def commit(wire, group, topic, offset, version=9, partition=0, metadata="", leader_epoch=-1, **fields):
    """Commits one offset and gives its error."""
    name = {"topic_id": topic} if version >= 10 else {"name": topic}
    answer = wire.call(OFFSET_COMMIT, version, group=group, **fields, topics=[{**name, "partitions": [
        {"index": partition, "offset": offset, "metadata": metadata, "leader_epoch": leader_epoch}]}])
    return answer.topics[0].partitions[0].error


def committed(wire, group, topic, partition=0):
    """One committed offset, -1 where there is none."""
    answer = wire.call(OFFSET_FETCH, 7, group=group, topics=[{"name": topic, "partitions": [partition]}])
    assert (answer.error, answer.topics[0].partitions[0].error) == (0, 0), answer
    return answer.topics[0].partitions[0].offset


def all_committed(wire, group):
    """Every offset of the group as {(topic, partition): offset}."""
    answer = wire.call(OFFSET_FETCH, 8, groups=[{"group": group, "topics": None}]).groups[0]
    assert answer.error == 0, answer
    return {(topic.name, row.index): row.offset for topic in answer.topics for row in topic.partitions}


def delete_offset(wire, group, topic, partition=0):
    """The error for the group, then the one for the partition if it got that far."""
    answer = wire.call(OFFSET_DELETE, 0, group=group, topics=[{"name": topic, "partitions": [{"index": partition}]}])
    return answer.error, (answer.topics[0].partitions[0].error if answer.topics else None)
