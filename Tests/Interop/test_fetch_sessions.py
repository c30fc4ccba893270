"""Fetch sessions: after one full request only changes are asked for and answered."""
import pytest

from messages import FETCH
from talk import (FETCH_SESSION_ID_NOT_FOUND, FETCH_SESSION_TOPIC_ID_ERROR, INVALID_FETCH_SESSION_EPOCH, place, produce,
                  topic_id)


class Session:
    def __init__(self, wire, version=12):
        self.wire, self.version, self.id, self.epoch = wire, version, 0, 0

    def ask(self, topics=(), forgotten=(), epoch=None, identity=None, version=None, max_wait=0):
        answer = self.wire.call(
            FETCH, version or self.version, max_wait=max_wait, topics=list(topics), forgotten=list(forgotten),
            session_id=self.id if identity is None else identity, session_epoch=self.epoch if epoch is None else epoch)
        if answer.error == 0 and epoch is None:
            self.id, self.epoch = answer.session_id, self.epoch + 1
        return answer


def named(answer):
    return {(topic.name, row.index) for topic in answer.topics for row in topic.partitions}


@pytest.fixture
def session(connection):
    return Session(connection)


@pytest.fixture
def three(connection, topic):
    """A topic of three partitions with one record each."""
    name = topic(partitions=3)
    for partition in range(3):
        produce(connection, name, partition=partition)
    return name


def everything(name, offset=0):
    return [{"name": name, "partitions": [{"index": i, "offset": offset} for i in range(3)]}]


def test_a_full_request_opens_a_session_and_answers_every_partition(session, three):
    answer = session.ask(everything(three))
    assert answer.session_id > 0
    assert named(answer) == {(three, 0), (three, 1), (three, 2)}


def test_without_changes_nothing_is_answered(session, three):
    session.ask(everything(three, 1))
    answer = session.ask()
    assert (answer.error, answer.session_id, answer.topics) == (0, session.id, [])


def test_only_what_changed_is_answered(session, three, connection):
    session.ask(everything(three, 1))
    session.ask()
    produce(connection, three, partition=1)
    assert named(session.ask(max_wait=1000)) == {(three, 1)}
    session.ask([place(three, 2, partition=1)])
    assert named(session.ask()) == set()


def test_an_unread_record_is_answered_again(session, three):
    session.ask(everything(three, 0))
    assert named(session.ask()) == {(three, 0), (three, 1), (three, 2)}


def test_a_waiting_incremental_fetch_wakes_for_any_of_its_partitions(broker, session, three):
    session.ask(everything(three, 1))
    session.wire.send(FETCH, 12, max_wait=8000, session_id=session.id, session_epoch=session.epoch)
    with broker.connect() as other:
        produce(other, three, partition=2)
    _, answer = session.wire.receive(FETCH, 12)
    assert named(answer) == {(three, 2)}


def test_partitions_are_added_and_forgotten(session, three):
    session.ask([place(three, 0)])
    assert named(session.ask([place(three, 0, partition=1)])) == {(three, 0), (three, 1)}
    assert named(session.ask(forgotten=[{"name": three, "partitions": [0]}])) == {(three, 1)}


def test_a_partition_with_an_error_is_answered_each_time(session, three):
    session.ask(everything(three, 1))
    answer = session.ask([place(three, 99, partition=1)])
    assert named(answer) == {(three, 1)}
    assert named(session.ask()) == {(three, 1)}


def test_a_wrong_epoch_or_id_is_refused(session, three):
    session.ask(everything(three))
    assert session.ask(epoch=7).error == INVALID_FETCH_SESSION_EPOCH
    assert session.ask(epoch=1, identity=session.id ^ 0x5A5A).error == FETCH_SESSION_ID_NOT_FOUND
    assert session.ask().error == 0, "the session goes on"


def test_epoch_minus_one_closes_a_session(session, three):
    session.ask(everything(three))
    answer = session.ask(everything(three), epoch=-1)
    assert (answer.error, answer.session_id) == (0, 0)
    assert len(named(answer)) == 3
    assert session.ask(epoch=session.epoch).error == FETCH_SESSION_ID_NOT_FOUND


def test_epoch_zero_replaces_a_session(session, three):
    first = session.ask(everything(three)).session_id
    answer = session.ask([place(three)], epoch=0)
    assert answer.error == 0 and answer.session_id not in {0, first}
    assert session.ask(epoch=1).error == FETCH_SESSION_ID_NOT_FOUND
    session.id, session.epoch = answer.session_id, 1
    assert named(session.ask()) == {(three, 0)}


def test_a_request_outside_sessions_gets_none(session, three):
    answer = session.ask(everything(three), epoch=-1, identity=0)
    assert (answer.error, answer.session_id) == (0, 0)


def test_a_session_outlives_its_connection(broker, session, three):
    session.ask(everything(three, 1))
    with broker.connect() as other:
        session.wire = other
        answer = session.ask()
        assert (answer.error, answer.topics) == (0, [])


def test_ids_and_names_do_not_mix_in_a_session(session, three):
    session.ask(everything(three))
    answer = session.ask([place(topic_id(session.wire, three), version=13)], version=13)
    assert answer.error == FETCH_SESSION_TOPIC_ID_ERROR


def test_a_session_by_id_answers_by_id(connection, three):
    session, identity = Session(connection, 17), topic_id(connection, three)
    answer = session.ask([place(identity, 1, 17), place(identity, 1, 17, partition=1)])
    assert {topic.topic_id for topic in answer.topics} == {identity}
    produce(connection, three, partition=1)
    (found,) = session.ask().topics
    assert (found.topic_id, [row.index for row in found.partitions]) == (identity, [1])


def test_a_partition_of_a_deleted_topic_becomes_an_error(connection, session, three):
    from broker import until
    from messages import DELETE_TOPICS
    session.ask(everything(three, 1))
    assert connection.call(DELETE_TOPICS, 5, names=[three]).topics[0].error == 0

    def gone():
        rows = [row for found in session.ask().topics for row in found.partitions]
        return len(rows) == 3 and all(row.error == 3 for row in rows)

    until(gone, what="an error for each partition")


def test_more_sessions_than_the_cache_holds_do_no_harm(connection, three):
    found = [Session(connection).ask([place(three)]) for _ in range(1500)]
    assert all(answer.error == 0 for answer in found)
    assert len({answer.session_id for answer in found} - {0}) >= 900
