"""What operators ask beside topics: log directories, leaders, the quorum, features, producers, security."""
import os
import uuid

import kafka
import kafka.errors
import pytest
from confluent_kafka import ElectionType, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import (AclBinding, AclBindingFilter, AclOperation, AclPermissionType, AdminClient,
                                   ConfigResource, ResourcePatternType, ResourceType)
from kafka.admin import ConfigResource as PythonResource
from kafka.admin import ConfigResourceType, KafkaAdminClient

from messages import (ALTER_CONFIGS, DESCRIBE_ACLS, DESCRIBE_CONFIGS, DESCRIBE_LOG_DIRS, DESCRIBE_PRODUCERS, DESCRIBE_QUORUM,
                      INCREMENTAL_ALTER_CONFIGS, UPDATE_FEATURES)
from records import batch
from talk import INVALID_CONFIG, INVALID_REQUEST, produce, producer_id

TOPIC, BROKER, CLIENT_METRICS, GROUP = 2, 4, 16, 32
SECURITY_DISABLED, INVALID_UPDATE_VERSION = 54, 95


@pytest.fixture
def admin(broker):
    return AdminClient({"bootstrap.servers": broker.address})


@pytest.fixture
def python(broker):
    client = KafkaAdminClient(bootstrap_servers=broker.address)
    yield client
    client.close()


def node(admin):
    return next(iter(admin.list_topics(timeout=10).brokers))


def refusal(future):
    with pytest.raises(KafkaException) as caught:
        future.result(10)
    return caught.value.args[0].code()


# --- log directories

def test_log_directories_tell_sizes_that_grow_and_the_room_there_is(broker, connection, topic):
    name = topic(partitions=2)

    def sizes(version):
        (place,) = connection.call(DESCRIBE_LOG_DIRS, version, topics=[{"name": name, "partitions": [0, 1]}]).results
        assert place.error == 0 and place.topics[0].name == name
        assert all(row.lag == 0 and not row.future for row in place.topics[0].partitions)
        if version >= 4:
            assert place.total > place.usable > 0
        if version >= 4 and not broker.external:
            stat = os.statvfs(place.path)
            assert place.total == stat.f_blocks * stat.f_frsize
        return {row.index: row.size for row in place.topics[0].partitions}

    assert sizes(1) == {0: 0, 1: 0}
    records = batch()
    produce(connection, name, records)
    assert sizes(4) == {0: len(records), 1: 0}
    produce(connection, name, records)
    assert sizes(5) == {0: 2 * len(records), 1: 0}


def test_log_directories_through_a_client(python, topic):
    name = topic()
    described = python.describe_log_dirs([name])
    assert name in str(described)


# --- leaders and replicas

def test_the_preferred_leader_leads_already(admin, topic):
    name = topic()
    results = admin.elect_leaders(ElectionType.PREFERRED, [TopicPartition(name, 0)]).result(10)
    (error,) = results.values()
    assert error is not None and error.code() == KafkaError.ELECTION_NOT_NEEDED


def test_replicas_stay_where_they_are(admin, python, topic):
    name, place = topic(), None
    place = kafka.TopicPartition(name, 0)
    assert python.alter_partition_reassignments({place: [node(admin)]}) == {place: None}
    refused = python.alter_partition_reassignments({place: [node(admin), 987]})
    assert refused == {place: kafka.errors.InvalidReplicationAssignmentError}
    cancelled = python.alter_partition_reassignments({place: None})
    assert cancelled == {place: kafka.errors.NoReassignmentInProgressError}
    assert python.list_partition_reassignments() == {}


# --- the quorum and its features

def test_the_quorum_has_a_leader_that_is_up_to_date(connection, python):
    for version in (0, 1, 2):
        answer = connection.call(DESCRIBE_QUORUM, version, topics=[
            {"name": "__cluster_metadata", "partitions": [{"index": 0}]}])
        (row,) = answer.topics[0].partitions
        assert answer.error == row.error == 0
        assert row.leader in [voter.id for voter in row.voters]
        leader = next(voter for voter in row.voters if voter.id == row.leader)
        assert leader.end_offset >= row.high_watermark > 0
    assert any(listener.port for one in answer.nodes for listener in one.listeners)
    assert python.describe_metadata_quorum()


def test_features_are_kept_within_what_is_supported(connection, python):
    described = python.describe_features()["metadata.version"]
    (first, last), (_, now) = described["supported"], described["finalized"]

    def update(level, kind=1, validate=True, version=2):
        options = {"validate_only": validate} if version else {}
        row = {"feature": "metadata.version", "level": level, **({"type": kind} if version else {})}
        return connection.call(UPDATE_FEATURES, version, updates=[row], **options).error

    assert update(now) == 0
    assert update(last + 1) == update(first - 1, 3) == update(now - 1) == INVALID_UPDATE_VERSION
    assert update(0, 9) == INVALID_UPDATE_VERSION
    assert python.describe_features()["metadata.version"]["finalized"][1] == now


# --- producers

def test_a_producer_is_described_with_its_last_sequence(connection, python, topic):
    name = topic()
    identity, epoch = producer_id(connection)
    assert produce(connection, name, batch(
        producer_id=identity, epoch=epoch, sequence=0)).error == 0
    answer = connection.call(DESCRIBE_PRODUCERS, 0, topics=[{"name": name, "partitions": [0]}])
    (row,) = answer.topics[0].partitions[0].producers
    assert (row.id, row.epoch, row.txn_start) == (identity, epoch, -1)
    assert row.timestamp > 0 and row.sequence >= 0
    assert str(identity) in str(python.describe_producers([kafka.TopicPartition(name, 0)]))


# --- security

def test_without_an_authorizer_there_are_no_acls(connection, admin):
    assert connection.call(DESCRIBE_ACLS, 3).error == SECURITY_DISABLED
    everything = AclBindingFilter(
        ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY)
    binding = AclBinding(
        ResourceType.TOPIC, "t", ResourcePatternType.LITERAL, "User:a", "*", AclOperation.READ, AclPermissionType.ALLOW)
    (created,) = admin.create_acls([binding]).values()
    assert refusal(created) == KafkaError.SECURITY_DISABLED
    (deleted,) = admin.delete_acls([everything]).values()
    assert refusal(deleted) == KafkaError.SECURITY_DISABLED


def test_nobody_has_scram_credentials(admin):
    assert admin.describe_user_scram_credentials().result(10) == {}
    asked = admin.describe_user_scram_credentials([f"nobody-{uuid.uuid4().hex[:6]}"])
    assert refusal(next(iter(asked.values()))) == KafkaError.RESOURCE_NOT_FOUND


# --- configs of every kind

def alter(wire, kind, name, key, value):
    answer = wire.call(INCREMENTAL_ALTER_CONFIGS, 1, resources=[{"type": kind, "name": name, "configs": [
        {"name": key, "operation": 0 if value is not None else 1, "value": value}]}])
    return answer.responses[0].error


def value(wire, kind, name, key):
    answer = wire.call(DESCRIBE_CONFIGS, 4, resources=[{"type": kind, "name": name, "keys": [key]}], synonyms=True)
    assert answer.results[0].error == 0, answer
    (row,) = answer.results[0].configs
    return row


def test_every_config_of_a_broker_is_described(admin, ours):
    resource = ConfigResource(ResourceType.BROKER, str(node(admin)))
    (described,) = admin.describe_configs([resource]).values()
    entries = described.result(10)
    assert len(entries) > 300
    for key, expected in {"num.io.threads": "8", "group.consumer.assignors": "uniform,range", "log.retention.ms": None,
                          "log.retention.hours": "168", "remote.log.storage.system.enable": "false"}.items():
        if ours:
            assert entries[key].value == expected, key
    assert entries["ssl.key.password"].is_sensitive and entries["ssl.key.password"].value is None
    assert entries["node.id"].is_read_only and not entries["log.retention.ms"].is_read_only


def test_a_brokers_default_reaches_topics_and_goes_again(connection, admin, topic):
    name, own = topic(), str(node(admin))
    assert value(connection, TOPIC, name, "segment.ms").value == "604800000"
    assert alter(connection, BROKER, own, "log.roll.ms", "7200000") == 0
    try:
        row = value(connection, TOPIC, name, "segment.ms")
        assert (row.value, row.source) == ("7200000", 2)
        assert [(s.name, s.source) for s in row.synonyms][0] == ("log.roll.ms", 2)
        assert alter(connection, BROKER, "", "log.roll.ms", "8000000") == 0
        assert value(connection, BROKER, own, "log.roll.ms").value == "7200000", "one broker's wins over all brokers'"
    finally:
        assert alter(connection, BROKER, own, "log.roll.ms", None) == 0
        assert alter(connection, BROKER, "", "log.roll.ms", None) == 0
    assert value(connection, TOPIC, name, "segment.ms").source == 5


@pytest.mark.parametrize(("key", "wanted"), [("node.id", "9"), ("log.dirs", "/x"), ("log.retention.hours", "1")])
def test_what_is_fixed_while_the_broker_runs_is_refused(connection, admin, key, wanted):
    assert alter(connection, BROKER, str(node(admin)), key, wanted) == INVALID_REQUEST


def test_groups_have_configs_within_the_brokers_limits(connection, python):
    name = f"group-{uuid.uuid4().hex[:6]}"
    assert value(connection, GROUP, name, "consumer.session.timeout.ms").source == 5
    assert alter(connection, GROUP, name, "consumer.session.timeout.ms", "50000") == 0
    row = value(connection, GROUP, name, "consumer.session.timeout.ms")
    assert (row.value, row.source) == ("50000", 8)
    assert alter(connection, GROUP, name, "consumer.session.timeout.ms", "1") == INVALID_CONFIG
    assert alter(connection, GROUP, name, "no.such", "1") == INVALID_CONFIG
    assert name in str(python.list_config_resources(["GROUP"]))
    assert alter(connection, GROUP, name, "consumer.session.timeout.ms", None) == 0
    assert name not in str(python.list_config_resources(["GROUP"]))


def test_replacing_configs_takes_back_what_is_not_named(connection, topic):
    name = topic(retention_ms=1000, segment_ms=2000)

    def replace(configs, validate=False):
        return connection.call(ALTER_CONFIGS, 2, validate_only=validate, resources=[
            {"type": TOPIC, "name": name, "configs": [{"name": k, "value": v} for k, v in configs.items()]}
        ]).responses[0].error

    assert replace({"flush.ms": "5"}, validate=True) == 0
    assert value(connection, TOPIC, name, "retention.ms").value == "1000"
    assert replace({"flush.ms": "soon"}) != 0
    assert replace({"flush.ms": "5", "segment.ms": "2000"}) == 0
    assert [value(connection, TOPIC, name, key).source for key in ("flush.ms", "segment.ms", "retention.ms")] == [1, 1, 5]


def test_clients_see_where_a_value_comes_from(python, topic):
    name = topic(retention_ms=77)
    resource = PythonResource(ConfigResourceType.TOPIC, name, configs=None)
    (found,) = python.describe_configs([resource], config_filter="modified").values()
    assert set(found[name]) == {"retention.ms"}


def test_a_key_without_effect_is_named_at_the_start(start_broker, ours):
    if not ours:
        pytest.skip("this is how this broker differs")
    log = start_broker({"num.io.threads": "3", "num.replica.fetchers": "1"}).log()
    assert "num.io.threads" in log and "num.replica.fetchers" not in log
