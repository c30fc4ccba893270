"""What the broker says it speaks, and that it speaks all of it."""
import pytest

import messages
from broker import until
from conftest import create_topic
from messages import API_VERSIONS, DESCRIBE_CLUSTER, METADATA, PRODUCE
from records import batch
from talk import INVALID_REQUEST, UNSUPPORTED_VERSION, topic_id
from wire import Api, Connection, framed, request_bytes

# The ranges of a Kafka 4.3 broker for every API this broker may know. Produce is advertised from 0 although it is
# served from 3 (KAFKA-18659): librdkafka turns compression off otherwise.
KAFKA_4_3 = {
    0: (0, 13), 1: (4, 18), 2: (1, 11), 3: (0, 13), 8: (2, 10), 9: (1, 10), 10: (0, 6), 11: (0, 9), 12: (0, 4),
    13: (0, 5), 14: (0, 5), 15: (0, 6), 16: (0, 5), 17: (0, 1), 18: (0, 4), 19: (2, 7), 20: (1, 6), 21: (0, 2),
    22: (0, 5), 23: (2, 4), 24: (0, 5), 25: (0, 4), 26: (0, 5), 27: (1, 2), 28: (0, 5), 29: (1, 3), 30: (1, 3),
    31: (1, 3), 32: (1, 4), 33: (0, 2), 34: (1, 2), 35: (1, 5), 36: (0, 2), 37: (0, 3), 38: (1, 3), 39: (1, 2),
    40: (1, 2), 41: (1, 3), 42: (0, 2), 43: (0, 2), 44: (0, 1), 45: (0, 1), 46: (0, 0), 47: (0, 0), 48: (0, 1),
    49: (0, 1), 50: (0, 0), 51: (0, 0), 55: (0, 2), 57: (0, 2), 60: (0, 2), 61: (0, 0), 64: (0, 0), 65: (0, 0),
    66: (0, 2), 68: (0, 1), 69: (0, 1), 71: (0, 0), 72: (0, 0), 74: (0, 1), 75: (0, 0), 76: (1, 1), 77: (1, 1),
    78: (1, 2), 79: (1, 2), 80: (0, 1), 81: (0, 0), 83: (0, 0), 84: (0, 0), 85: (0, 1), 86: (0, 0), 87: (0, 1),
    88: (0, 0), 89: (0, 0), 90: (0, 1), 91: (0, 0), 92: (0, 0),
}
REQUIRED = {
    0, 1, 2, 3, 18, 19, 20, 21, 22, 23, 29, 30, 31, 32, 33, 34, 35, 37, 43, 44, 45, 46, 48, 49, 50, 55, 57, 60, 61, 64,
    74, 75}
# Their versions are gone through in test_group_*.py.
GROUPS = {8, 9, 10, 11, 12, 13, 14, 15, 16, 42, 47}
APIS = {api.key: api for api in vars(messages).values() if isinstance(api, Api)}
RANGES = [(APIS[key], version) for key in sorted(REQUIRED) for version in range(KAFKA_4_3[key][0], KAFKA_4_3[key][1] + 1)
          if (key, version) not in {(0, 0), (0, 1), (0, 2)}]


def ask(connection, version=3, name="wire", software="1.0"):
    extra = {"software_name": name, "software_version": software} if version >= 3 else {}
    return connection.call(API_VERSIONS, version, **extra)


def advertised(connection):
    return {row.key: (row.first, row.last) for row in ask(connection).apis}


def test_every_advertised_range_is_kafkas(connection):
    found = advertised(connection)
    assert REQUIRED | GROUPS <= set(found), f"missing: {(REQUIRED | GROUPS) - set(found)}"
    assert found == {key: KAFKA_4_3.get(key, "not for clients") for key in found}


@pytest.mark.parametrize("version", range(5))
def test_every_version_of_api_versions_says_the_same(connection, version):
    answer = ask(connection, version)
    assert answer.error == 0
    assert {row.key: (row.first, row.last) for row in answer.apis} == advertised(connection)


@pytest.mark.parametrize("version", [5, 99, 32767])
def test_an_unknown_version_of_api_versions_is_answered_in_version_zero(connection, version):
    connection.write(framed(request_bytes(API_VERSIONS, version, 7, {"software_name": "n", "software_version": "1"})))
    correlation, answer = connection.receive(API_VERSIONS, 0)
    assert (correlation, answer.error) == (7, UNSUPPORTED_VERSION)
    assert KAFKA_4_3[18] in [(row.first, row.last) for row in answer.apis if row.key == 18]
    assert ask(connection, 4).error == 0, "the connection goes on"


@pytest.mark.parametrize("name", ["", "-dash", "sp ace", "x" * 1000 + "!", "semi;colon"])
def test_a_malformed_software_name_is_an_invalid_request(connection, name):
    assert ask(connection, 3, name=name).error == INVALID_REQUEST


def test_features_are_finalized_within_what_is_supported(connection):
    answer = ask(connection, 4)
    supported = {row.name: (row.first, row.last) for row in answer.get("supported", [])}
    for row in answer.get("finalized", []):
        assert supported[row.name][0] <= row.last <= supported[row.name][1]
    assert "metadata.version" in supported
    assert answer.epoch >= 0


def body(api, version, topic, identity):
    """A small honest request of the API."""
    named = {"topic_id": identity} if version >= 13 else {"name": topic}
    one = {"name": topic, "partitions": [{"index": 0}]}
    return {
        0: {"topics": [{**named, "partitions": [{"index": 0, "records": batch()}]}]},
        1: {"topics": [{**named, "partitions": [{"index": 0, "offset": 0}]}]},
        2: {"topics": [{"name": topic, "partitions": [{"index": 0, "timestamp": -1}]}]},
        3: {"topics": [{"name": topic}]},
        18: {"software_name": "wire", "software_version": "1"} if version >= 3 else {},
        19: {"topics": [{"name": topic, "partitions": 1, "replication": 1}]},
        20: {"topics": [{"name": "no-such-topic"}]} if version >= 6 else {"names": ["no-such-topic"]},
        21: {"topics": [{"name": topic, "partitions": [{"index": 0, "offset": 0}]}]},
        22: {},
        23: {"topics": [{**one, "partitions": [{"index": 0, "epoch": 0}]}]},
        29: {},
        30: {"creations": [{"type": 2, "name": topic, "principal": "User:a", "host": "*", "operation": 3,
                            "permission": 3}]},
        31: {"filters": [{}]},
        32: {"resources": [{"type": 2, "name": topic}]},
        33: {"resources": [{"type": 2, "name": topic}], "validate_only": True},
        34: {"dirs": [{"path": "/elsewhere", "topics": [{"name": topic, "partitions": [0]}]}]},
        35: {"topics": [{"name": topic, "partitions": [0]}]},
        37: {"topics": [{"name": topic, "count": 1}]},
        43: {"topics": [{"name": topic, "partitions": [0]}]},
        44: {"resources": [{"type": 2, "name": topic}]},
        45: {"topics": [{"name": topic, "partitions": [{"index": 0, "replicas": None}]}]},
        46: {"topics": None},
        48: {"components": [{"type": "user", "match_type": 2}]},
        49: {"validate_only": True, "entries": [{"entity": [{"type": "user", "name": "nobody"}], "ops": [
            {"key": "producer_byte_rate", "value": 1e9}]}]},
        50: {"users": None},
        55: {"topics": [{"name": "__cluster_metadata", "partitions": [{"index": 0}]}]},
        57: {"updates": []},
        60: {},
        61: {"topics": [{"name": topic, "partitions": [0]}]},
        64: {"broker": 99999},
        74: {},
        75: {"topics": [{"name": topic}]},
    }[api.key]


@pytest.fixture(scope="module")
def standing(shared):
    name = create_topic(shared)
    with shared.connect() as wire:
        until(lambda: wire.call(messages.INIT_PRODUCER_ID, 4).error == 0, what="producer ids to give")
        return name, topic_id(wire, name)


@pytest.mark.parametrize(("api", "version"), RANGES, ids=lambda value: getattr(value, "name", value))
def test_every_version_is_answered_in_its_own_form(connection, standing, api, version):
    answer = connection.call(api, version, **body(api, version, *standing))
    expected = {19: 36, 20: 3, 29: 54, 30: 54, 31: 54, 34: 57, 37: 37, 43: 84, 45: 85, 64: 102}.get(api.key, 0)
    errors = list(found_errors(answer))
    assert set(errors) <= {expected, 0} and (expected in errors or not errors)


def found_errors(row):
    """Every `error` field anywhere in an answer."""
    for key, value in row.items():
        if key == "error":
            yield value
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                yield from found_errors(inner)


@pytest.mark.parametrize(("api", "version"), [
    (PRODUCE, 14), (METADATA, 14), (DESCRIBE_CLUSTER, 3), (Api("None", 4, 99, "", ""), 0), (Api("None", 500, 99, "", ""), 0),
    (Api("None", -1, 99, "", ""), 0), (Api("Fetch", 1, 99, "", ""), 3), (PRODUCE, -1)],
    ids=lambda value: getattr(value, "name", value))
def test_what_is_not_advertised_closes_the_connection(broker, api, version):
    with broker.connect() as wire:
        wire.write(framed(request_bytes(api, version, 1, {})))
        assert wire.closed_within(1)


def test_produce_versions_below_three_are_advertised_and_refused(broker, connection):
    assert advertised(connection)[0][0] == 0
    with broker.connect() as wire:
        wire.write(framed(request_bytes(PRODUCE, 2, 1, {})))
        assert wire.closed_within(1)


def test_a_client_without_a_name_is_served(broker):
    with Connection(broker.host, broker.port) as wire:
        wire.write(framed(request_bytes(METADATA, 9, 5, {"topics": []}, client_id=None)))
        assert wire.receive(METADATA, 9)[0] == 5


def test_the_address_in_the_ready_line_is_the_one_that_clients_are_given(broker, connection, ours):
    if not ours:
        pytest.skip("needs the ready line")
    told = connection.call(METADATA, 12, topics=[]).brokers[0]
    assert (told.host, told.port) == (broker.host, broker.port)
    assert told.id == broker.ready["nodeId"]
