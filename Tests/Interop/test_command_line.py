"""The commands of the executable, as a person or a script calls them."""
import json
import subprocess

import pytest

from broker import Broker, partition_directory
from command_line import COMMANDS, CommandLine
from clients import CODECS, LIBRARIES, Confluent, Message, named
from conftest import create_topic

@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: " ".join(words) or "broker")
def test_every_command_explains_itself(executable, command):
    done = CommandLine(executable).run(*command, "--help")
    assert done.returncode == 0 and not done.stderr
    text = done.stdout.decode()
    assert "USAGE: broker" in text and len(text.splitlines()) > 5
    assert "EXAMPLES" in text or command == []
    assert "--output" in text or command in ([], ["start"]) or "SUBCOMMANDS:" in text


@pytest.mark.parametrize("arguments", [["no-such-command"], ["start", "--no-such-flag"], ["topics", "create"],
                                       ["consume"], ["start", "--port", "ninety"], ["start", "--override", "novalue"]])
def test_wrong_use_is_told_on_standard_error_with_a_failing_exit_code(executable, arguments):
    done = CommandLine(executable).run(*arguments)
    assert done.returncode > 0 and done.stderr and not done.stdout


def test_topics_are_created_listed_described_altered_and_deleted(cli):
    name = "cli-life"
    (created,) = cli.rows("topics", "create", name, "--partitions", 3, "--config", "retention.ms=60000")
    assert (created["name"], created["partitions"], created["replicationFactor"]) == (name, 3, 1)
    assert {row["name"]: row["partitions"] for row in cli.rows("topics", "list")}[name] == 3
    cli.ask("produce", name, "--partition", 1, input=b"a\nb\n")
    (described,) = cli.rows("topics", "describe", name)
    assert described["id"] == created["id"]
    assert [(p["partition"], p["start"], p["end"]) for p in described["partitions"]] == [(0, 0, 0), (1, 0, 2), (2, 0, 0)]
    assert {"key": "retention.ms", "value": "60000"}.items() <= described["configs"][0].items()
    cli.rows("topics", "alter", name, "--partitions", 5, "--config", "max.message.bytes=5000", "--reset", "retention.ms")
    (described,) = cli.rows("topics", "describe", name)
    assert len(described["partitions"]) == 5
    assert [(c["key"], c["value"]) for c in described["configs"]] == [("max.message.bytes", "5000")]
    assert cli.rows("topics", "delete", name)[0]["deleted"] is True
    assert name not in [row["name"] for row in cli.rows("topics", "list")]


def test_a_dry_run_changes_nothing(cli):
    cli.ask("topics", "create", "cli-dry", "--dry-run")
    assert "cli-dry" not in [row["name"] for row in cli.rows("topics", "list")]


def test_what_is_wrong_with_a_topic_is_said_in_words(cli, topic):
    name = topic()
    assert name in cli.fails("topics", "create", name)
    assert "retention.ms" in cli.fails("topics", "create", "cli-typo", "--config", "retension.ms=1")
    cli.fails("topics", "describe", "cli-never-was")
    cli.fails("topics", "delete", "cli-never-was")
    cli.fails("topics", "create", "no/slashes")
    cli.fails("topics", "create", "cli-wide", "--replication-factor", 3)
    cli.ask("topics", "create", name, "--if-not-exists")
    cli.ask("topics", "delete", "cli-never-was", "--if-exists")


def test_nobody_listening_is_said_in_words_and_in_time(executable):
    done = CommandLine(executable).run("topics", "list", "-b", "127.0.0.1:1", "--timeout", "2")
    assert done.returncode > 0 and b"127.0.0.1:1" in done.stderr


@pytest.mark.parametrize("codec", CODECS)
def test_lines_go_in_and_come_out(cli, topic, codec):
    name, lines = topic(), b"".join(b"line %d\n" % i for i in range(2000))
    cli.ask("produce", name, "--compression", codec, input=lines)
    assert cli.ask("consume", name, "--exit") == lines
    for client in LIBRARIES:
        assert [m.value for m in client.consume(cli.broker, name, 2000)] == lines.splitlines()


@pytest.mark.parametrize("client", LIBRARIES, ids=named)
def test_every_clients_records_are_read_as_json(cli, topic, client):
    name = topic()
    client.produce(cli.broker, name, [
        Message(b"k", "wört".encode(), [("h", b"1")], 1_700_000_000_123), Message(b"\xff", None)], "snappy")
    first, second = cli.rows("consume", name, "--exit")
    assert (first["key"], first["value"], first["timestamp"], first["offset"]) == ("k", "wört", 1_700_000_000_123, 0)
    assert first["headers"] == [{"key": "h", "value": "1"}]
    assert second["value"] is None and second["key"] == {"base64": "/w=="}


def test_json_copies_a_topic_record_by_record(cli, topic):
    source, target = topic(), topic()
    sent = [Message(b"\xff\0", bytes(range(256)), [("a", b"\xfe"), ("a", b"")], 1_700_000_000_000 + i) for i in range(20)]
    Confluent().produce(cli.broker, source, sent + [Message(b"gone", None), Message(None, b"")], "gzip")
    text = cli.ask("consume", source, "--exit", "--output", "json")
    cli.ask("produce", target, "--input", "json", input=text)
    original, copy = (Confluent().consume(cli.broker, name, 22) for name in (source, target))
    assert [(m.content(), m.timestamp) for m in original] == [(m.content(), m.timestamp) for m in copy]


def test_keys_headers_and_tombstones_are_written(cli, topic):
    name = topic()
    cli.ask("produce", name, "-K", ":", "-H", "h=1", "-Z", input=b"alice:1\nalice:\n")
    seen = Confluent().consume(cli.broker, name, 2)
    assert [(m.key, m.value, m.headers) for m in seen] == [(b"alice", b"1", [("h", b"1")]), (b"alice", None, [("h", b"1")])]


@pytest.mark.parametrize(("place", "expected"), [("beginning", range(10)), ("4", range(4, 10)), ("-3", range(7, 10)),
                                                 ("end", range(0)), ("@1700000000005", range(5, 10))])
def test_reading_begins_where_it_is_told(cli, topic, place, expected):
    name = topic()
    Confluent().produce(cli.broker, name, [Message(None, b"%d" % i, timestamp=1_700_000_000_000 + i) for i in range(10)])
    assert cli.ask("consume", name, "--exit", "--from", place).split() == [b"%d" % i for i in expected]


def test_keys_go_to_the_partitions_that_other_clients_choose(cli, topic):
    ours, theirs = topic(partitions=7), topic(partitions=7)
    keys = [b"key-%d" % i for i in range(50)]
    cli.ask("produce", ours, "-K", ":", input=b"".join(key + b":v\n" for key in keys))
    producer = Confluent().producer(cli.broker, partitioner="murmur2_random")
    for key in keys:
        producer.produce(theirs, b"v", key)
    producer.flush(10)
    placed = [{row["key"]: row["partition"] for row in cli.rows("consume", name, "--exit")} for name in (ours, theirs)]
    assert placed[0] == placed[1] and len(placed[0]) == 50


def test_reading_a_topic_that_is_not_there_fails(cli):
    cli.fails("consume", "cli-never-was", "--exit", "--timeout", 2)


def test_a_reader_that_is_cut_off_ends_in_silence(executable, cli, topic):
    name = topic()
    cli.ask("produce", name, input=b"x" * 99 + b"\n" + b"y\n" * 30_000)
    piped = subprocess.run(f"{executable} consume {name} --exit -b {cli.broker.address} | head -n 1", shell=True,
                           capture_output=True, timeout=20)
    assert piped.stdout == b"x" * 99 + b"\n" and not piped.stderr


@pytest.fixture
def stopped(start_broker, executable):
    """A broker with ten records in two batches, stopped; gives its partition's directory."""
    broker = start_broker()
    name = create_topic(broker)
    Confluent().produce(broker, name, [Message(b"key %d" % i, b"value %d" % i) for i in range(5)], "zstd",
                        **{"linger.ms": 100})
    Confluent().produce(broker, name, [Message(None, b"plain %d" % i) for i in range(5)], **{"linger.ms": 100})
    directory = partition_directory(broker, name)
    broker.stop()
    return directory


def test_a_segment_is_printed_batch_by_batch_and_record_by_record(executable, stopped):
    (segment,) = stopped.glob("*.log")
    done = CommandLine(executable).run("dump-log", segment, "--records", "--output", "json")
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode()
    assert all(json.loads(line) for line in text.splitlines())
    assert all(f"value {i}" in text and f"plain {i}" in text and f"key {i}" in text for i in range(5))
    plain = CommandLine(executable).run("dump-log", segment)
    assert plain.returncode == 0 and b"value 0" not in plain.stdout and b"zstd" in plain.stdout.lower()


def test_every_file_of_a_data_directory_can_be_printed(executable, stopped):
    for file in sorted(stopped.parent.rglob("*")):
        if file.is_file() and not file.name.startswith(".") and file.name != "server.properties":
            done = CommandLine(executable).run("dump-log", file)
            assert done.returncode == 0, (file, done.stdout, done.stderr)


def test_a_damaged_segment_is_a_problem_and_a_failing_exit_code(executable, stopped):
    (segment,) = stopped.glob("*.log")
    content = bytearray(segment.read_bytes())
    content[70] ^= 1
    segment.write_bytes(content)
    done = CommandLine(executable).run("dump-log", segment)
    assert done.returncode == 1 and b"problem" in done.stdout
    assert CommandLine(executable).run("dump-log", stopped / "absent.log").returncode > 0


def test_a_directory_is_formatted_once(executable, tmp_path):
    cli, data = CommandLine(executable), tmp_path / "data"
    first = cli.run("format", "--data", data, "--cluster-id", "MkU3OEVBNTcwNTJENDM2Qg")
    assert first.returncode == 0, first.stderr
    assert b"cluster.id=MkU3OEVBNTcwNTJENDM2Qg" in (data / "meta.properties").read_bytes()
    assert cli.run("format", "--data", data).returncode > 0
    assert cli.run("format", "--data", data, "--ignore-formatted").returncode == 0
    broker = Broker(executable, data)
    try:
        assert broker.start().ready["clusterId"] == "MkU3OEVBNTcwNTJENDM2Qg"
    finally:
        broker.discard()


def test_a_directory_that_was_not_formatted_can_be_refused(executable, tmp_path):
    done = CommandLine(executable).run("start", "--data", tmp_path / "new", "--port", "0", "--no-format")
    assert done.returncode > 0 and done.stderr


@pytest.mark.parametrize("override", ["num.partitions=many", "num.partitions=0", "log.retention.ms=99999999999999999999"])
def test_a_wrong_config_is_refused_at_the_start(executable, tmp_path, override):
    done = CommandLine(executable).run("start", "--data", tmp_path / "data", "--port", "0", "--override", override)
    assert done.returncode > 0
    assert override.split("=")[0].encode() in done.stderr


def test_a_misspelt_config_is_warned_about_with_the_name_that_was_meant(start_broker):
    # Not refused: as with Kafka, a key nobody here knows may be meant for a plug-in.
    broker = start_broker({"log.retension.ms": "5"})
    assert "log.retension.ms" in broker.log() and "log.retention.ms" in broker.log()


def test_a_properties_file_is_read_and_overridden(executable, tmp_path):
    file = tmp_path / "server.properties"
    file.write_text(f"# a comment\nnode.id=7\nlog.dirs={tmp_path}/data\nnum.partitions=4\n"
                    "listeners=PLAINTEXT://127.0.0.1:0\n")
    process = subprocess.Popen([executable, "start", str(file), "--port", "0", "--override", "num.partitions=6"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        ready = json.loads(process.stdout.readline())
        assert ready["nodeId"] == 7 and (tmp_path / "data" / "meta.properties").exists()
        cli = CommandLine(executable)
        address = f"127.0.0.1:{ready['listeners'][0]['port']}"
        assert cli.run("topics", "create", "defaults", "-b", address).returncode == 0
        listed = cli.run("topics", "list", "--output", "json", "-b", address)
        assert json.loads(listed.stdout)["partitions"] == 6
    finally:
        process.terminate()
        assert process.wait(5) == 0
        process.stdout.close(), process.stderr.close()


def test_an_ephemeral_broker_leaves_nothing_behind(executable, tmp_path):
    process = subprocess.Popen([executable, "start", "--ephemeral", "--port", "0"], cwd=tmp_path,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        ready = json.loads(process.stdout.readline())
        cli = CommandLine(executable)
        address = f"127.0.0.1:{ready['listeners'][0]['port']}"
        assert cli.run("produce", "passing", "-b", address, input=b"one\ntwo\n").returncode == 0
        assert cli.run("consume", "passing", "--exit", "-b", address).stdout == b"one\ntwo\n"
    finally:
        process.terminate()
        assert process.wait(5) == 0
        process.stdout.close()
    assert list(tmp_path.iterdir()) == []
