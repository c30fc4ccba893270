"""A broker with plug-ins of its own serves clients that know nothing of them."""
import json
import subprocess
import threading
import time

import confluent_kafka
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

from broker import until
from messages import DESCRIBE_CONFIGS

MIB = 1 << 20
REGIONS = ["-c", "partitioner=region", "-c", "partitioner.region.regions=eu,us"]


def kcat(broker, *arguments, input=b""):
    return subprocess.run(["kcat", "-b", broker.address, *map(str, arguments)], input=input, capture_output=True,
                          timeout=30)


def consumed(broker, topic):
    """{key: partition} of all that kcat finds."""
    done = kcat(broker, "-C", "-t", topic, "-e", "-J")
    assert done.returncode == 0, done.stderr
    return {row["key"]: row["partition"] for row in map(json.loads, done.stdout.splitlines())}


def test_its_plug_ins_are_in_the_command_line(cli):
    rows = [json.loads(line) for line in cli.run("plugins", "list", "--output", "json").stdout.splitlines()]
    assert {("partitioner", "region"), ("cleanup-policy", "keep-records")} <= {(r["kind"], r["name"]) for r in rows}
    checked = cli.run("plugins", "check", "region", "-c", "partitioner.region.regions=eu,us", "--claim", "keys-stay",
                      timeout=60)
    assert checked.returncode == 0 and checked.stdout.startswith(b"ok"), checked
    refused = cli.run("plugins", "check", "region", "-c", "partitioner.region.regoins=eu")
    assert refused.returncode == 64 and b"partitioner.region.regions" in refused.stderr, refused


def test_records_go_where_its_partitioner_says(cli, broker):
    cli.ask("topics", "create", "routed", "-p", 9, *REGIONS)
    keys = [f"{region}/{i}" for region in ("eu", "us", "jp") for i in range(30)]
    cli.ask("produce", "routed", "-K:", input="".join(f"{key}:order\n" for key in keys).encode())
    found = consumed(broker, "routed")
    assert set(found) == set(keys)
    for region, run in {"eu": {0, 1, 2}, "us": {3, 4, 5}, "jp": {6, 7, 8}}.items():
        assert {partition for key, partition in found.items() if key.startswith(region)} == run
    (route,) = cli.rows("explain", "route", "--topic", "routed", "--key", keys[0])
    assert route["partitions"] == [found[keys[0]]] and "eu/" in route["reason"]


def test_clients_that_choose_otherwise_are_refused(cli, broker):
    cli.ask("topics", "create", "verified", "-p", 9, *REGIONS, "-c", "partitioner.verify=reject")
    (route,) = cli.rows("explain", "route", "--topic", "verified", "--key", "us/7")
    (right,) = route["partitions"]
    assert kcat(broker, "-P", "-t", "verified", "-K:", "-p", right, input=b"us/7:right\n").returncode == 0
    wrong = kcat(broker, "-P", "-t", "verified", "-K:", "-p", 0, "-X", "message.timeout.ms=3000", input=b"us/7:wrong\n")
    assert wrong.returncode != 0 or b"failed" in wrong.stderr.lower(), wrong
    assert consumed(broker, "verified") == {"us/7": right}


def test_its_options_are_configs_as_kafkas_are(cli, broker):
    cli.ask("topics", "create", "described", "-p", 9, *REGIONS)
    resource = ConfigResource(ConfigResource.Type.TOPIC, "described")
    admin = AdminClient({"bootstrap.servers": broker.address})
    entries = admin.describe_configs([resource])[resource].result(10)
    assert entries["partitioner"].value == "region"
    assert entries["partitioner.region.regions"].value == "eu,us"
    assert not entries["partitioner.region.regions"].is_default and not entries["partitioner.region.regions"].is_read_only
    # That client drops the type and the documentation, which newer versions of the request carry.
    with broker.connect() as wire:
        answer = wire.call(DESCRIBE_CONFIGS, 4, resources=[{"type": 2, "name": "described"}], documentation=True)
        rows = {row.name: row for row in answer.results[0].configs}
    assert rows["partitioner.region.regions"].type == 7 and "commas" in rows["partitioner.region.regions"].documentation
    wrong = ConfigResource(ConfigResource.Type.TOPIC, "described", incremental_configs=[
        ConfigEntry("partitioner.region.regions", "eu,eu", incremental_operation=AlterConfigOpType.SET)])
    try:
        admin.incremental_alter_configs([wrong])[wrong].result(10)
        raise AssertionError("a region that is named twice is accepted")
    except confluent_kafka.KafkaException as error:
        assert "eu" in error.args[0].str() and "twice" in error.args[0].str(), error


def test_its_cleanup_policy_is_swapped_while_records_arrive(cli, broker):
    """Under load: delete, which keeps everything; keep-records with two numbers; delete again. Nothing is refused."""
    cli.ask("topics", "create", "loaded", "-c", f"segment.bytes={MIB}")
    admin = AdminClient({"bootstrap.servers": broker.address})
    failures, stopped = [], threading.Event()

    def produce():
        producer = confluent_kafka.Producer({"bootstrap.servers": broker.address, "linger.ms": 5})
        while not stopped.is_set():
            producer.produce("loaded", bytes(10_000), on_delivery=lambda error, _: error and failures.append(error))
            producer.poll(0.0005)
        failures.extend(["not delivered"] * producer.flush(20))

    def alter(**configs):
        resource = ConfigResource(ConfigResource.Type.TOPIC, "loaded", incremental_configs=[
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET) for name, value in configs.items()])
        admin.incremental_alter_configs([resource])[resource].result(10)

    reader = confluent_kafka.Consumer({"bootstrap.servers": broker.address, "group.id": "watching"})

    def bounds():
        return reader.get_watermark_offsets(confluent_kafka.TopicPartition("loaded", 0), timeout=10)

    def settled(count):
        """The log has at least `count` records, and not many segments more."""
        low, high = bounds()
        assert high - low >= count or low == 0, (low, high)
        return low > 0 and high - low < count + 1_500

    load = threading.Thread(target=produce)
    load.start()
    try:
        until(lambda: bounds()[1] > 3_000, 30, 0.05, "some load")
        assert bounds()[0] == 0
        alter(**{"cleanup.policy": "keep-records", "cleanup.policy.keep-records.count": "1000"})
        until(lambda: settled(1_000), 30, 0.05, "a thousand records and a little more")
        alter(**{"cleanup.policy.keep-records.count": "200"})
        until(lambda: settled(200), 30, 0.05, "two hundred records and a little more")
        alter(**{"cleanup.policy": "delete"})
        time.sleep(1)  # Plans that were made before may still be carried out.
        low, high = bounds()
        until(lambda: bounds()[1] > high + 3_000, 30, 0.05, "more load")
        assert bounds()[0] == low, "everything stays again"
    finally:
        stopped.set()
        load.join()
        reader.close()
    assert not failures, failures[:3]
