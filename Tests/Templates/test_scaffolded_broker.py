"""A broker that `broker new` wrote, with plug-ins that `broker new` wrote: its storage, codec, rules and policies serve
clients together, and what was acknowledged is there after the process is killed."""
import json
import os
import sqlite3
import subprocess

import pytest

from broker import Broker, until
from command_line import CommandLine

RULES = """
allow User:* * topic:orders*
allow User:* describe,idempotentWrite cluster
deny  User:* write topic:orders.secret
"""


@pytest.fixture(scope="module")
def executable():
    return os.environ["SCAFFOLDED"]


@pytest.fixture
def broker(executable, tmp_path):
    rules = tmp_path / "rules.txt"
    rules.write_text(RULES)
    broker = Broker(executable, overrides={
        "storage": "tiny-store", "authorizer": "team-rules", "authorizer.team-rules.path": str(rules)}).start()
    yield broker
    broker.discard()


def kcat(broker, *arguments, input=b""):
    return subprocess.run(["kcat", "-b", broker.address, *arguments], input=input, capture_output=True, timeout=30)


def values(broker, topic):
    done = kcat(broker, "-C", "-t", topic, "-e", "-J")
    assert done.returncode == 0, done.stderr
    return [row["payload"] for row in map(json.loads, done.stdout.splitlines())]


def test_records_live_in_one_file_and_outlive_a_kill(executable, broker):
    cli = CommandLine(executable, broker)
    cli.ask("topics", "create", "orders", "-c", "compression.type=gzip", "-c", "compression.gzip.strategy=huffman")
    lines = [f"order {i} " + "a" * 500 for i in range(2_000)]
    assert kcat(broker, "-P", "-t", "orders", "-z", "zstd", input="\n".join(lines).encode()).returncode == 0
    assert values(broker, "orders") == lines
    assert not list(broker.data.glob("orders-*")), "no directory of its own"
    broker.kill()
    broker.start()
    assert values(broker, "orders") == lines
    assert kcat(broker, "-P", "-t", "orders", input=b"one more").returncode == 0
    assert broker.stop()[0] == 0
    with sqlite3.connect(broker.data / "broker.sqlite") as database:
        paths = {row[0] for row in database.execute("SELECT path FROM files WHERE size > 0")}
    assert any(path.startswith("orders-0/") and path.endswith(".log") for path in paths)
    broker.start()
    assert values(broker, "orders") == lines + ["one more"]


def test_only_what_the_rules_say_is_allowed_and_they_may_change(executable, broker):
    cli = CommandLine(executable, broker)
    cli.ask("topics", "create", "orders.secret")
    assert cli.error("topics", "create", "payments")["code"] == "not_permitted"
    assert cli.error("produce", "orders.secret", input=b"psst\n")["code"] == "not_permitted"
    with open(broker.overrides["authorizer.team-rules.path"], "w") as file:
        file.write(RULES.replace("deny", "#"))
    until(lambda: cli.run("produce", "orders.secret", "-b", broker.address, input=b"psst\n").returncode == 0, 15, 0.2,
          "the new rules")
    assert values(broker, "orders.secret") == ["psst"]


def test_records_are_checked_and_stamped(executable, broker):
    cli = CommandLine(executable, broker)
    cli.ask("topics", "create", "orders.checked", "-c", "interceptor=checked-in", "-c",
            "interceptor.checked-in.headers=source")
    sent = kcat(broker, "-P", "-t", "orders.checked", "-H", "source=till", "-H", "origin=User:admin", input=b"two pizzas")
    assert sent.returncode == 0, sent.stderr
    refused = cli.error("produce", "orders.checked", input=b"one pizza\n")
    assert "it has no header 'source'" in refused["message"], refused
    done = kcat(broker, "-C", "-t", "orders.checked", "-e", "-J")
    (row,) = map(json.loads, done.stdout.splitlines())
    assert row["payload"] == "two pizzas" and row["headers"][:3] == ["source", "till", "origin"]
    assert row["headers"][3].startswith("User:ANONYMOUS ") and len(row["headers"]) == 4


def test_a_log_directory_is_served_by_one_broker(executable, broker):
    second = subprocess.run([executable, "start", "--data", str(broker.data), "--port", "0", "--override",
                             "storage=tiny-store"], capture_output=True, timeout=20)
    assert second.returncode > 0 and b"Another process" in second.stderr
