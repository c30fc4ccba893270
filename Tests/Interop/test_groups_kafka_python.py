"""Consumer groups of kafka-python."""
import kafka
import pytest
from kafka.admin import KafkaAdminClient, MemberToRemove

from broker import until
from conftest import create_topic
from crew import CooperativeKafkaPythonWorker, KafkaPythonWorker, Ledger, balanced, crew, drained, fill
from groups import fresh


@pytest.fixture
def admin(broker):
    client = KafkaAdminClient(bootstrap_servers=broker.address)
    yield client
    client.close()


@pytest.mark.parametrize("kind", [KafkaPythonWorker, CooperativeKafkaPythonWorker], ids=["range", "cooperative-sticky"])
def test_two_members_share_partitions_and_hand_them_over(broker, connection, topic, kind):
    name, group, ledger = topic(partitions=4), fresh(), Ledger()
    fill(connection, name, 4, 40)
    with kind(broker, group, name, ledger, "first") as first:
        balanced([first], 4)
        with kind(broker, group, name, ledger, "second") as second:
            balanced([first, second], 4)
            fill(connection, name, 4, 40)
            drained(ledger, 320)
        balanced([first], 4)
    ledger.check({partition: 80 for partition in range(4)})


def test_a_static_member_restarts_without_a_rebalance(broker, connection, topic):
    name, group, ledger = topic(partitions=2), fresh(), Ledger()
    fill(connection, name, 2, 20)
    with KafkaPythonWorker(broker, group, name, ledger, "stays", group_instance_id="one") as stays:
        with KafkaPythonWorker(broker, group, name, ledger, "goes", group_instance_id="two") as goes:
            balanced([stays, goes], 2)
            drained(ledger, 40)
            held, given = set(goes.assigned), stays.given
        with KafkaPythonWorker(broker, group, name, ledger, "returns", group_instance_id="two") as returns:
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
    with KafkaPythonWorker(broker, group, name, ledger) as worker:
        balanced([worker], 2)
        drained(ledger, 80)
        until(lambda: sum(ledger.committed.values()) == 80, what="the commit")
        given = worker.given
        broker.restart()
        with broker.connect() as wire:
            fill(wire, name, 2, 40)
        drained(ledger, 160)
        assert worker.given == given, "it need not rebalance"
    ledger.check({0: 80, 1: 80})


def test_groups_are_listed_described_and_deleted(broker, admin, connection, topic):
    name, group, ledger = topic(partitions=2), fresh(), Ledger()
    fill(connection, name, 2, 20)
    with KafkaPythonWorker(broker, group, name, ledger, client_id="teller") as worker:
        drained(ledger, 40)
        until(lambda: sum(ledger.committed.values()) == 40, what="the commit")
        found = admin.describe_groups([group])[group]
        assert (found["group_state"], found["protocol_data"]) == ("Stable", "range")
        (one,) = found["members"]
        assert one["client_id"] == "teller"
        assert admin.delete_groups([group]) == {group: "NonEmptyGroupError"}
    assert group in {row["group_id"] for row in admin.list_groups()}
    assert group in {row["group_id"] for row in admin.list_groups(states_filter=["Empty"])}
    assert group not in {row["group_id"] for row in admin.list_groups(states_filter=["Stable"])}
    first, second = kafka.TopicPartition(name, 0), kafka.TopicPartition(name, 1)

    def offsets():
        return {place: row.offset for place, row in admin.list_group_offsets({group: None})[group].items()}

    assert offsets() == {first: 20, second: 20}
    admin.alter_group_offsets(group, {first: kafka.OffsetAndMetadata(3, "moved", -1)})
    assert offsets() == {first: 3, second: 20}
    admin.delete_group_offsets(group, [second])
    assert offsets() == {first: 3}
    assert admin.delete_groups([group]) == {group: "OK"}
    assert admin.delete_groups([group]) == {group: "GroupIdNotFoundError"}


def test_a_static_member_that_is_gone_is_removed_by_the_administrator(broker, admin, topic):
    name, group = topic(partitions=2), fresh()
    with KafkaPythonWorker(broker, group, name, group_instance_id="stays") as stays:
        with KafkaPythonWorker(broker, group, name, group_instance_id="goes") as goes:
            balanced([stays, goes], 2)
        assert len(stays.assigned) == 1, "its partitions wait for it"
        admin.remove_group_members(group, [MemberToRemove(group_instance_id="goes")])
        balanced([stays], 2)
