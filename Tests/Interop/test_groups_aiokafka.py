"""Consumer groups of aiokafka."""
import asyncio

import aiokafka
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor

from broker import until
from conftest import create_topic
from crew import AioKafkaWorker, Ledger, balanced, crew, drained, fill
from groups import fresh


@pytest.mark.parametrize("assignor", [None, RoundRobinPartitionAssignor, StickyPartitionAssignor],
                         ids=["range", "roundrobin", "sticky"])
def test_two_members_share_partitions_and_hand_them_over(broker, connection, topic, assignor):
    name, group, ledger = topic(partitions=4), fresh(), Ledger()
    config = {"partition_assignment_strategy": (assignor,)} if assignor else {}
    fill(connection, name, 4, 40)
    with AioKafkaWorker(broker, group, name, ledger, "first", **config) as first:
        balanced([first], 4)
        with AioKafkaWorker(broker, group, name, ledger, "second", **config) as second:
            balanced([first, second], 4)
            fill(connection, name, 4, 40)
            drained(ledger, 320)
        balanced([first], 4)
    ledger.check({partition: 80 for partition in range(4)})


def test_ten_members_share_twenty_partitions(broker, connection, topic):
    name, group, ledger = topic(partitions=20), fresh(), Ledger()
    fill(connection, name, 20, 20)
    with crew(*(AioKafkaWorker(broker, group, name, ledger, f"worker {i}") for i in range(10))) as workers:
        balanced(workers, 20)
        drained(ledger, 400)
    ledger.check({partition: 20 for partition in range(20)})


def test_a_static_member_restarts_without_a_rebalance(broker, connection, topic):
    name, group, ledger = topic(partitions=2), fresh(), Ledger()
    fill(connection, name, 2, 20)
    with AioKafkaWorker(broker, group, name, ledger, "stays", group_instance_id="one") as stays:
        with AioKafkaWorker(broker, group, name, ledger, "goes", group_instance_id="two") as goes:
            balanced([stays, goes], 2)
            drained(ledger, 40)
            held, given = set(goes.assigned), stays.given
        with AioKafkaWorker(broker, group, name, ledger, "returns", group_instance_id="two") as returns:
            fill(connection, name, 2, 20)
            until(lambda: returns.assigned == held, 20, what="the same partitions again")
            drained(ledger, 80)
            assert stays.given == given, "the other noticed nothing"
    ledger.check({0: 40, 1: 40})


def test_a_group_goes_on_after_the_broker_was_down(start_broker):
    broker = start_broker({"group.initial.rebalance.delay.ms": "0"})
    name, group, ledger = create_topic(broker, partitions=2), fresh(), Ledger()
    with broker.connect() as wire:
        fill(wire, name, 2, 40)
    with AioKafkaWorker(broker, group, name, ledger) as worker:
        drained(ledger, 80)
        until(lambda: sum(ledger.committed.values()) == 80, what="the commit")
        broker.restart()
        with broker.connect() as wire:
            fill(wire, name, 2, 40)
        drained(ledger, 160)
        until(lambda: sum(ledger.committed.values()) == 160, what="the commit")
    ledger.check({0: 80, 1: 80})


def test_automatic_commits_are_where_the_next_member_begins(broker, connection, topic):
    name, group = topic(), fresh()
    fill(connection, name, 1, 20)

    async def read(count):
        consumer = aiokafka.AIOKafkaConsumer(name, bootstrap_servers=broker.address, group_id=group,
                                             auto_offset_reset="earliest", auto_commit_interval_ms=100)
        await consumer.start()
        try:
            return [(await asyncio.wait_for(consumer.getone(), 10)).offset for _ in range(count)]
        finally:
            await consumer.stop()

    assert asyncio.run(read(15)) == [*range(15)]
    assert asyncio.run(read(5)) == [*range(15, 20)]


def test_groups_are_listed_described_and_their_offsets_told(broker, connection, topic):
    name, group, ledger = topic(partitions=2), fresh(), Ledger()
    fill(connection, name, 2, 20)

    async def ask():
        admin = AIOKafkaAdminClient(bootstrap_servers=broker.address)
        await admin.start()
        try:
            listed = {row[0] for row in await admin.list_consumer_groups()}
            (described,) = await admin.describe_consumer_groups([group])
            return listed, described.to_object()["groups"][0], await admin.list_consumer_group_offsets(group)
        finally:
            await admin.close()

    with AioKafkaWorker(broker, group, name, ledger, client_id="teller") as worker:
        balanced([worker], 2)
        drained(ledger, 40)
        until(lambda: sum(ledger.committed.values()) == 40, what="the commit")
        listed, described, offsets = asyncio.run(ask())
    assert group in listed
    assert (described["state"], described["protocol"]) == ("Stable", "range")
    assert [member["client_id"] for member in described["members"]] == ["teller"]
    assert {place.partition: row.offset for place, row in offsets.items()} == {0: 20, 1: 20}
