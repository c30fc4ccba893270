"""Consumer groups of confluent-kafka (librdkafka)."""
import json

import confluent_kafka
import pytest
from confluent_kafka import ConsumerGroupState, ConsumerGroupTopicPartitions, KafkaError, TopicPartition
from confluent_kafka.admin import AdminClient

from broker import until
from clients import Confluent
from conftest import create_topic
from crew import SESSION, ConfluentWorker, Ledger, ProcessWorker, balanced, crew, drained, fill
from groups import fresh

COOPERATIVE = {"partition.assignment.strategy": "cooperative-sticky"}


@pytest.fixture
def admin(broker):
    return AdminClient({"bootstrap.servers": broker.address})


def result(futures):
    (future,) = futures.values() if isinstance(futures, dict) else (futures,)
    return future.result(10)


@pytest.mark.parametrize("config", [{}, {"partition.assignment.strategy": "roundrobin"}, COOPERATIVE],
                         ids=["range", "roundrobin", "cooperative-sticky"])
def test_two_members_share_partitions_and_hand_them_over(broker, connection, topic, config):
    name, group, ledger = topic(partitions=4), fresh(), Ledger()
    fill(connection, name, 4, 40)
    with ConfluentWorker(broker, group, name, ledger, "first", **config) as first:
        balanced([first], 4)
        with ConfluentWorker(broker, group, name, ledger, "second", **config) as second:
            balanced([first, second], 4)
            assert len(first.assigned) == len(second.assigned) == 2
            fill(connection, name, 4, 40)
            drained(ledger, 320)
        balanced([first], 4)
        fill(connection, name, 4, 20)
        drained(ledger, 400)
    ledger.check({partition: 100 for partition in range(4)})


def test_ten_members_come_and_go_while_records_flow(broker, connection, topic):
    name, group, ledger, written = topic(partitions=12), fresh(), Ledger(), 0
    workers = [ConfluentWorker(broker, group, name, ledger, f"worker {i}") for i in range(10)]
    with crew(*workers[:5]):
        balanced(workers[:5], 12)
        fill(connection, name, 12, 20)
        with crew(*workers[5:]):
            balanced(workers, 12)
            fill(connection, name, 12, 20)
        balanced(workers[:5], 12)
        fill(connection, name, 12, 20)
        drained(ledger, 12 * 60)
    ledger.check({partition: 60 for partition in range(12)})


def test_a_process_that_is_killed_is_replaced_where_it_stopped_committing(broker, connection, topic):
    name, group, ledger = topic(partitions=2), fresh(), Ledger()
    fill(connection, name, 2, 40)
    doomed = ProcessWorker(broker, group, name, ledger, "doomed", **{"session.timeout.ms": 1000})
    with ConfluentWorker(broker, group, name, ledger, "heir") as heir:
        balanced([heir], 2)
        doomed.start()
        balanced([heir, doomed], 2)
        fill(connection, name, 2, 40)
        until(lambda: any("doomed" in readers for readers in list(ledger.seen.values())), what="a record for the doomed")
        doomed.kill()
        balanced([heir], 2)
        fill(connection, name, 2, 20)
        drained(ledger, 200)
    ledger.check({0: 100, 1: 100}, once=False)
    # What it read and did not commit is read again: one record at most, as it commits each.
    assert sum(len(readers) > 1 for readers in ledger.seen.values()) <= 1


def test_a_static_member_restarts_without_a_rebalance(broker, connection, topic):
    name, group, ledger = topic(partitions=4), fresh(), Ledger()
    fill(connection, name, 4, 20)
    with ConfluentWorker(broker, group, name, ledger, "stays", **{"group.instance.id": "one"}) as stays:
        with ConfluentWorker(broker, group, name, ledger, "goes", **{"group.instance.id": "two"}) as goes:
            balanced([stays, goes], 4)
            drained(ledger, 80)
            held, before = set(goes.assigned), (stays.given, stays.taken)
        with ConfluentWorker(broker, group, name, ledger, "returns", **{"group.instance.id": "two"}) as returns:
            fill(connection, name, 4, 20)
            until(lambda: returns.assigned == held, 20, what="the same partitions again")
            drained(ledger, 160)
            assert (stays.given, stays.taken) == before, "the other noticed nothing"
    ledger.check({partition: 40 for partition in range(4)})


def test_a_second_process_of_a_static_member_fences_the_first(broker, topic):
    name, group, failures = topic(), fresh(), []
    config = {"group.id": group, "group.instance.id": "one", "session.timeout.ms": SESSION, "heartbeat.interval.ms": 100,
              "log_level": 0}
    first, second = (Confluent().consumer(broker, **config) for _ in range(2))
    try:
        first.subscribe([name])
        until(lambda: first.poll(0.05) is None and first.assignment(), 20, 0, what="the first's assignment")
        second.subscribe([name])

        def both():
            failures.extend(message.error() for message in first.consume(1, 0.05) if message.error())
            second.poll(0.05)
            return failures and second.assignment()

        until(both, 20, 0, what="the first to be fenced and the second to have its place")
        assert failures[0].code() == KafkaError._FATAL and "fenced" in failures[0].str()
    finally:
        first.close()
        second.close()


def test_a_cooperative_member_keeps_what_it_need_not_give(broker, connection, topic):
    name, group, ledger = topic(partitions=6), fresh(), Ledger()
    with ConfluentWorker(broker, group, name, ledger, "first", **COOPERATIVE) as first:
        balanced([first], 6)
        before = set(first.assigned)
        with ConfluentWorker(broker, group, name, ledger, "second", **COOPERATIVE) as second:
            fill(connection, name, 6, 20)
            balanced([first, second], 6)
            assert first.assigned < before and len(first.assigned) == 3, "it kept half, and was never given any other"
            drained(ledger, 120)
        balanced([first], 6)
    ledger.check({partition: 20 for partition in range(6)})


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_group_goes_on_after_the_broker_was_down(start_broker, end):
    broker = start_broker({"group.initial.rebalance.delay.ms": "0"})
    name, group, ledger = create_topic(broker, partitions=2), fresh(), Ledger()
    with broker.connect() as wire:
        fill(wire, name, 2, 100)
    with crew(*(ConfluentWorker(broker, group, name, ledger, f"worker {i}") for i in range(2))) as workers:
        balanced(workers, 2)
        until(lambda: ledger.count() >= 20, what="some records")
        given = [worker.given for worker in workers]
        getattr(broker, end)()
        broker.start()
        with broker.connect() as wire:
            fill(wire, name, 2, 100)
        drained(ledger, 400)
        assert [worker.given for worker in workers] == given, "they need not rebalance"
    assert {p: o for p, o in ledger.committed.items()} == {0: 200, 1: 200}
    ledger.check({0: 200, 1: 200}, once=False)


def test_what_was_committed_automatically_is_not_read_again(broker, connection, topic):
    name, group = topic(), fresh()
    fill(connection, name, 1, 20)
    for expected in ([*range(20)], [*range(20, 40)]):
        consumer, seen = Confluent().consumer(broker, **{"group.id": group, "enable.auto.commit": True}), []
        consumer.subscribe([name])

        def more():
            seen.extend(m.offset() for m in consumer.consume(100, 0.05) if not m.error())
            return len(seen) >= 20

        until(more, 20, 0, "20 records")
        consumer.close()
        assert seen == expected
        fill(connection, name, 1, 20)


def test_two_groups_read_everything_each(broker, connection, topic):
    name, ledgers = topic(partitions=2), [Ledger(), Ledger()]
    fill(connection, name, 2, 20)
    with crew(*(ConfluentWorker(broker, fresh(), name, ledger) for ledger in ledgers)):
        for ledger in ledgers:
            drained(ledger, 40)
    for ledger in ledgers:
        ledger.check({0: 20, 1: 20})


def test_a_pattern_finds_topics_that_come_later(broker, connection, topic):
    prefix = fresh()
    first = topic(f"{prefix}-a")
    consumer = Confluent().consumer(broker, **{"group.id": prefix, "topic.metadata.refresh.interval.ms": 200,
                                               "heartbeat.interval.ms": 100})
    consumer.subscribe([f"^{prefix}-.*"])

    def has(*names):
        consumer.poll(0.05)
        return {place.topic for place in consumer.assignment()} == set(names)

    until(lambda: has(first), 20, 0, "the first topic")
    second = topic(f"{prefix}-b")
    until(lambda: has(first, second), 20, 0, "both topics")
    consumer.close()


def test_statistics_tell_the_lag(broker, connection, topic):
    name, told = topic(), []
    fill(connection, name, 1, 20)
    consumer = Confluent().consumer(broker, **{
        "group.id": fresh(), "statistics.interval.ms": 50, "stats_cb": lambda text: told.append(json.loads(text))})
    consumer.subscribe([name])

    def lag(of):
        consumer.poll(0.02)
        row = told[-1]["topics"].get(name, {}).get("partitions", {}).get("0", {}) if told else {}
        return row.get(of)

    until(lambda: lag("consumer_lag_stored") == 0 and lag("hi_offset") == 20, 20, 0, "everything read")
    consumer.commit(offsets=[TopicPartition(name, 0, 5)], asynchronous=False)
    until(lambda: lag("consumer_lag") == 15, 20, 0, "the lag behind the commit")
    (place,) = consumer.committed([TopicPartition(name, 0)], 10)
    assert consumer.get_watermark_offsets(TopicPartition(name, 0), 10)[1] - place.offset == 15
    consumer.close()


# --- administration

def test_groups_are_listed_and_described(broker, admin, topic):
    name, group = topic(partitions=2), fresh()
    with ConfluentWorker(broker, group, name, **{"client.id": "teller", "group.instance.id": "one"}) as worker:
        balanced([worker], 2)

        def stable():
            return {g.group_id: g for g in result(admin.list_consumer_groups(states={ConsumerGroupState.STABLE})).valid}

        until(lambda: group in stable(), what="a stable group")
        assert not stable()[group].is_simple_consumer_group
        found = result(admin.describe_consumer_groups([group], include_authorized_operations=True))
        assert (found.state, found.partition_assignor) == (ConsumerGroupState.STABLE, "range")
        (one,) = found.members
        assert (one.client_id, one.group_instance_id) == ("teller", "one")
        assert {p.partition for p in one.assignment.topic_partitions} == {0, 1}
        assert found.coordinator.port == broker.port and found.authorized_operations
    assert group in {g.id for g in admin.list_groups(timeout=10)}


def test_offsets_are_listed_altered_and_groups_deleted(broker, admin, connection, topic):
    name, group, ledger = topic(partitions=2), fresh(), Ledger()
    fill(connection, name, 2, 20)
    with ConfluentWorker(broker, group, name, ledger) as worker:
        drained(ledger, 40)
        balanced([worker], 2)
        change = ConsumerGroupTopicPartitions(group, [TopicPartition(name, 0, 7)])
        (refused,) = result(admin.alter_consumer_group_offsets([change])).topic_partitions
        assert refused.error.code() == KafkaError.UNKNOWN_MEMBER_ID, "not while it has members"
        with pytest.raises(confluent_kafka.KafkaException) as caught:
            result(admin.delete_consumer_groups([group]))
        assert caught.value.args[0].code() == KafkaError.NON_EMPTY_GROUP

    def offsets():
        found = result(admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)]))
        return {place.partition: place.offset for place in found.topic_partitions}

    assert offsets() == {0: 20, 1: 20}
    result(admin.alter_consumer_group_offsets([change]))
    assert offsets() == {0: 7, 1: 20}
    result(admin.delete_consumer_groups([group]))
    assert offsets() == {}
    with pytest.raises(confluent_kafka.KafkaException) as caught:
        result(admin.delete_consumer_groups([group]))
    assert caught.value.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND
