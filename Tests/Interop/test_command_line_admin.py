"""Commands that show and change configurations and the cluster, and what shells complete."""
import json
import re
import shlex
import shutil
import subprocess
import time

import pytest

from broker import free_port
from command_line import COMMANDS, CommandLine


def configs(cli, *arguments):
    return {row["key"]: row for row in cli.rows("configs", "describe", *arguments)}


def test_a_topics_configs_are_set_shown_and_unset(cli, topic):
    name = topic()
    everything = configs(cli, "--topic", name)
    assert len(everything) > 25 and everything["retention.ms"]["default"] == "604800000"
    changed = cli.rows("configs", "set", "--topic", name, "retention.ms=1h30m", "max.message.bytes=2MiB")
    assert changed == [{"resource": {"type": "topic", "name": name}, "set": ["max.message.bytes", "retention.ms"],
                        "changed": True}]
    row = configs(cli, "--topic", name, "retention.ms")["retention.ms"]
    assert (row["value"], row["from"], row["overridden"], row["default"]) == ("5400000", "topic", True, "604800000")
    assert configs(cli, "--topic", name, "--overrides")["max.message.bytes"]["value"] == str(2 << 20)
    cli.rows("configs", "unset", "--topic", name, "retention.ms")
    assert set(configs(cli, "--topic", name, "--overrides")) == {"max.message.bytes"}


def test_lists_are_added_to_and_taken_from(cli, topic):
    name = topic()
    cli.ask("configs", "set", "--topic", name, "cleanup.policy+=compact")
    assert configs(cli, "--topic", name, "cleanup.policy")["cleanup.policy"]["value"] == "delete,compact"
    cli.ask("configs", "set", "--topic", name, "cleanup.policy-=delete")
    assert configs(cli, "--topic", name, "cleanup.policy")["cleanup.policy"]["value"] == "compact"


def test_a_dry_run_of_configs_changes_nothing_and_finds_mistakes(cli, topic):
    name = topic()
    (row,) = cli.rows("configs", "set", "--topic", name, "retention.ms=1", "--dry-run")
    assert row["changed"] is False and configs(cli, "--topic", name, "--overrides") == {}
    cli.fails("configs", "set", "--topic", name, "retention.ms=1x", "--dry-run")


def test_all_of_several_values_are_set_or_none(cli, topic):
    name = topic()
    cli.fails("configs", "set", "--topic", name, "retention.ms=5", "segment.bytes=many")
    assert configs(cli, "--topic", name, "--overrides") == {}


def test_verbose_teaches_what_a_config_is(cli, topic):
    name = topic()
    (row,) = cli.rows("configs", "describe", "--topic", name, "retention.ms", "--verbose")
    assert row["documentation"] and row["type"] == "long" and row["default"] == "604800000"
    assert row["levels"] == [{"key": "log.retention.hours", "value": "168", "from": "default"}]
    (other,) = cli.rows("configs", "describe", "--topic", name, "max.message.bytes", "--verbose")
    assert {"key": "message.max.bytes", "value": "1048588", "from": "default"} in other["levels"]
    text = cli.ask("configs", "describe", "--topic", name, "retention.ms", "--verbose").decode()
    assert row["documentation"] in text and "7d" in text and "64-bit integer" in text


def test_the_default_of_all_brokers_holds_for_brokers_and_topics(start_broker, executable):
    cli = CommandLine(executable, start_broker())
    cli.ask("configs", "set", "--all-brokers", "log.retention.ms=12h")
    try:
        (row,) = cli.rows("configs", "describe", "--all-brokers")
        assert (row["key"], row["value"]) == ("log.retention.ms", "43200000")
        (broker,) = json.loads(cli.ask("cluster", "describe", "--output", "json"))["brokers"]
        row = configs(cli, "--broker", broker["id"], "log.retention.ms")["log.retention.ms"]
        assert (row["value"], row["from"]) == ("43200000", "dynamic default broker")
        cli.ask("topics", "create", "inherits")
        assert configs(cli, "--topic", "inherits", "retention.ms")["retention.ms"]["value"] == "43200000"
    finally:
        cli.ask("configs", "unset", "--all-brokers", "log.retention.ms")
    assert cli.rows("configs", "describe", "--all-brokers") == []


def test_the_cluster_is_described(cli):
    described = json.loads(cli.ask("cluster", "describe", "--output", "json"))
    (broker,) = described["brokers"]
    assert described["controller"] == broker["id"] and broker["fenced"] is False
    assert f"{broker['host']}:{broker['port']}" == cli.broker.address
    assert {f["name"] for f in described["features"]} >= {"metadata.version"}
    assert described["clusterId"] in cli.ask("cluster", "describe").decode()
    verbose = json.loads(cli.ask("cluster", "describe", "--verbose", "--output", "json"))
    produce = [api for api in verbose["brokers"][0]["apis"] if api["key"] == 0]
    assert produce[0]["name"] == "Produce" and produce[0]["max"] >= 9


def test_the_quorum_is_described(cli):
    described = json.loads(cli.ask("cluster", "describe", "--verbose", "--output", "json"))
    quorum = described["quorum"]
    assert quorum["leader"] == described["controller"] and quorum["highWatermark"] > 0
    assert [voter["id"] for voter in quorum["voters"]] == [quorum["leader"]]


def test_log_directories_are_described(cli, topic):
    name = topic(partitions=3)
    cli.ask("produce", name, "--partition", 1, input=b"x" * 5000 + b"\n")
    (directory,) = cli.rows("log-dirs", name)
    (row,) = directory["topics"]
    assert row["name"] == name and len(row["partitions"]) == 3 and row["bytes"] >= 5000
    assert row["bytes"] == sum(p["bytes"] for p in row["partitions"])
    assert name in cli.ask("log-dirs", name, "--partitions").decode()


def test_the_version_tells_what_is_compiled_in(executable):
    cli = CommandLine(executable)
    told = json.loads(cli.run("version", "--output", "json").stdout)
    assert told["version"] and told["swift"]
    assert set(told["plugins"]["codec"]) == {"gzip", "snappy", "lz4", "zstd"}
    assert cli.run("--version").stdout.decode().strip() == told["version"]
    assert told["version"] in cli.run("version").stdout.decode()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed_and_parse(executable, shell, tmp_path):
    cli = CommandLine(executable)
    script = cli.run("completion", shell).stdout
    assert len(script.splitlines()) > 100
    assert json.loads(cli.run("completion", shell, "--output", "json").stdout)["script"].encode() in script
    for command in COMMANDS:
        assert not command or command[-1].encode() in script
    if shutil.which(shell):
        file = tmp_path / shell
        file.write_bytes(script)
        assert subprocess.run([shell, "-n", file], capture_output=True).stderr == b""


def complete(executable, line, tmp_path, **environment):
    """What bash offers for the last word of a line."""
    script, directory = tmp_path / "completion.bash", tmp_path / "bin"
    script.write_bytes(CommandLine(executable).run("completion", "bash").stdout)
    if not directory.exists():
        directory.mkdir()
        (directory / "broker").symlink_to(executable)
    words = [word for part in line.split(" ") for word in (re.split("([:=])", part) if part else [part]) if word or not part]
    code = f"""
        source {script}
        COMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1}
        COMP_LINE={shlex.quote(line)}; COMP_POINT=${{#COMP_LINE}}
        _broker broker {shlex.quote(words[-1])} {shlex.quote(words[-2])}
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", code], capture_output=True, timeout=20, text=True,
                          env={"PATH": f"{directory}:/usr/bin:/bin", **environment})
    return done.stdout.split()


def test_a_shell_completes_topics_of_the_live_cluster_and_keys(cli, topic, executable, tmp_path):
    topic("cli-complete-me")
    address = cli.broker.address
    assert "cli-complete-me" in complete(executable, f"broker topics describe -b {address} cli-comp", tmp_path)
    assert "cli-complete-me" in complete(executable, "broker consume cli-comp", tmp_path, BROKER_BOOTSTRAP=address)
    assert "cli-complete-me" in complete(executable, f"broker configs describe -b {address} --topic cli-comp", tmp_path)
    assert "retention.ms=" in complete(executable, "broker configs set --topic t retention.", tmp_path)
    assert "LogAppendTime" in complete(executable, "broker configs set --topic t message.timestamp.type=Log", tmp_path)
    assert "partitioner.vip.keys=" in complete(executable, "broker configs set --topic t partit", tmp_path)
    assert "vip" in complete(executable, "broker topics create t -c partitioner=", tmp_path)
    assert "crc32" in complete(executable, "broker topics create t -c partitioner.vip.hash=c", tmp_path)
    assert "partitioner.vip.keys=" in complete(executable, "broker explain route --topic t -c partitioner.vip", tmp_path)
    assert "round-robin" in complete(executable, "broker explain route --partitioner r", tmp_path)
    assert "topics" in complete(executable, "broker top", tmp_path)


def test_completion_without_a_broker_is_silent_and_quick(executable):
    words = ["topics", "describe", "--", "positional@0", "4", "0", "broker", "topics", "describe", "-b",
             f"127.0.0.1:{free_port()}", ""]
    begin = time.monotonic()
    done = CommandLine(executable).run("---completion", *words)
    assert done.returncode == 0 and not done.stdout.strip() and not done.stderr
    assert time.monotonic() - begin < 2
    assert CommandLine(executable).run("---completion", "nonsense", "--").stderr == b""


GOLDEN = """\
Topic 'cli-golden', id ID, 2 partitions
  PARTITION  LEADER  REPLICAS  IN SYNC  START  END  RECORDS
  0          NODE    NODE      NODE     0      1    1
  1          NODE    NODE      NODE     0      0    0
Configuration set on the topic
  KEY           VALUE      FROM
  retention.ms  604800000  topic
Topic 'cli-golden'
  KEY           VALUE           FROM   DEFAULT
  retention.ms  604800000 (7d)  topic  604800000 (7d)
Topic 'cli-golden': retention.ms could be unset.
Altered 'cli-golden'.
Deleted 'cli-golden'.
"""


def test_what_people_see_is_stable(cli, topic):
    said = cli.ask("topics", "create", "cli-golden", "--partitions", 2, "--config", "retention.ms=7d").decode()
    assert said == "Created 'cli-golden' with 2 partitions, replication factor 1.\n"
    cli.ask("produce", "cli-golden", "--partition", 0, input=b"x\n")
    node = json.loads(cli.ask("cluster", "describe", "--output", "json"))["controller"]
    (described,) = cli.rows("topics", "describe", "cli-golden")
    said = b"".join(cli.ask(*arguments) for arguments in (
        ["topics", "describe", "cli-golden"], ["configs", "describe", "--topic", "cli-golden", "--overrides"],
        ["configs", "unset", "--topic", "cli-golden", "retention.ms", "--dry-run"],
        ["topics", "alter", "cli-golden", "--reset", "retention.ms"], ["topics", "delete", "cli-golden"])).decode()
    expected = GOLDEN.replace("ID", described["id"]).replace("NODE", f"{node:<4}").replace(" \n", "\n")
    assert [line.rstrip() for line in said.splitlines()] == [line.rstrip() for line in expected.splitlines()]
