"""Topic policies, as stock clients and the command line meet them."""
import kafka
import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic,
                                   ResourceType)

from broker import until
from command_line import CommandLine

POLICY_VIOLATION = 44
RULES = {"topic.policies": "limits,naming", "topic.policies.limits.partitions.max": "3",
         "topic.policies.limits.retention.max": "14d", "topic.policies.naming.prefixes": "shop."}


@pytest.fixture(scope="module")
def strict(start_module_broker):
    return start_module_broker(RULES)


def refusal(future):
    with pytest.raises(KafkaException) as caught:
        future.result(10)
    return caught.value.args[0].code(), caught.value.args[0].str()


def test_confluent_is_told_the_policy_s_sentence(strict):
    admin = AdminClient({"bootstrap.servers": strict.address})
    wanted = [NewTopic("shop.a", 2, 1), NewTopic("shop.b", 4, 1), NewTopic("c", 1, 1)]
    futures = admin.create_topics(wanted)
    assert futures["shop.a"].result(10) is None
    assert refusal(futures["shop.b"]) == (
        POLICY_VIOLATION, "A topic may have at most 3 partitions; 4 were asked for. (topic policy 'limits')")
    assert refusal(futures["c"]) == (
        POLICY_VIOLATION, "A topic's name must begin with 'shop.'; 'c' does not. (topic policy 'naming')")
    assert refusal(admin.create_partitions([NewPartitions("shop.a", 5)])["shop.a"])[0] == POLICY_VIOLATION
    resource = ConfigResource(ResourceType.TOPIC, "shop.a", incremental_configs=[
        ConfigEntry("retention.ms", "-1", incremental_operation=AlterConfigOpType.SET)])
    code, text = refusal(admin.incremental_alter_configs([resource])[resource])
    assert code == POLICY_VIOLATION and "retention.ms to 1209600000 or less" in text
    topics = admin.list_topics(timeout=10).topics
    assert "c" not in topics and "shop.b" not in topics and len(topics["shop.a"].partitions) == 2


def test_a_topic_that_is_only_used_is_judged_too(strict):
    producer = kafka.KafkaProducer(bootstrap_servers=strict.address, max_block_ms=2000)
    with pytest.raises(kafka.errors.KafkaTimeoutError):
        producer.send("stray", b"x").get(5)
    producer.send("shop.auto", b"x").get(10)
    producer.close()
    until(lambda: "a topic that a client uses is not created" in strict.log(), what="the line in the log")
    assert "must begin with 'shop.'" in strict.log()


def test_the_command_line_says_why(executable, strict):
    cli = CommandLine(executable, strict)
    said = cli.fails("topics", "create", "shop.wide", "--partitions", "9")
    assert "A topic may have at most 3 partitions; 9 were asked for. (topic policy 'limits')" in said
    error = cli.error("topics", "create", "other", "--dry-run")
    assert error["kafkaError"] == "POLICY_VIOLATION" and "must begin with 'shop.'" in error["message"]
    cli.ask("topics", "create", "shop.narrow")
    assert "retention.ms to 1209600000 or less" in cli.fails("configs", "set", "--topic", "shop.narrow", "retention.ms=-1")


def test_what_rules_is_described(strict):
    admin = AdminClient({"bootstrap.servers": strict.address})
    resource = ConfigResource(ResourceType.BROKER, str(strict.ready["nodeId"]))
    configs = admin.describe_configs([resource])[resource].result(10)
    assert configs["topic.policies"].value == "limits,naming"
    assert configs["topic.policies.limits.partitions.max"].value == "3"
    assert configs["replica.placer"].value == "striped" and configs["replica.placer"].is_default
    assert configs["quota.policy"].value == "entities" and configs["principal.builder"].value == "anonymous"
