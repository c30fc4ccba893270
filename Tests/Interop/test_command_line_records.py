"""Records through `produce` and `consume`: kcat's habits, and JSON lines that come out as they went in."""
import json
import random
import subprocess
import time

import pytest

from clients import Confluent, Message

TEXTS = ["", "plain", "wört", "\"\\\n\0\x7f", "\u2028\ufeff", "😀", "e\u0301"]


def kcat(cli, *arguments, input=b""):
    done = subprocess.run(["kcat", "-q", "-b", cli.broker.address, *map(str, arguments)], input=input,
                          capture_output=True, timeout=20)
    assert done.returncode == 0, done.stderr
    return done.stdout


def anything(chance):
    return chance.choice([None, b"", chance.randbytes(chance.randint(1, 60)), chance.choice(TEXTS).encode(),
                          bytes([0xff, 0, 0xc3])])


@pytest.mark.parametrize("seed", range(3))
def test_random_records_pass_through_json_unchanged(cli, topic, seed):
    chance = random.Random(seed)
    sent = [Message(anything(chance), anything(chance),
                    [(chance.choice(TEXTS).replace("\0", "") or "h", anything(chance)) for _ in range(chance.randint(0, 3))],
                    chance.randrange(1_600_000_000_000, 1_700_000_000_000)) for _ in range(200)]
    source, target = topic(), topic()
    Confluent().produce(cli.broker, source, sent, chance.choice(["none", "zstd"]))
    lines = cli.ask("consume", source, "--exit", "--output", "json")
    cli.ask("produce", target, "--input", "json", input=lines)
    first, second = (Confluent().consume(cli.broker, name, 200) for name in (source, target))
    assert [(m.content(), m.timestamp) for m in first] == [(m.content(), m.timestamp) for m in second]
    again = cli.ask("consume", target, "--exit", "--output", "json")
    assert again.replace(target.encode(), source.encode()) == lines


def test_new_timestamps_and_kept_partitions_are_chosen(cli, topic):
    name = topic(partitions=3)
    line = b'{"value":"v","partition":2,"timestamp":5}\n'
    cli.ask("produce", name, "--input", "json", "--keep-partitions", input=line)
    cli.ask("produce", name, "--input", "json", "--keep-partitions", "--new-timestamps", input=line)
    rows = cli.rows("consume", name, "--exit")
    assert [row["partition"] for row in rows] == [2, 2]
    assert rows[0]["timestamp"] == 5 and rows[1]["timestamp"] > 1_700_000_000_000


def test_what_kcat_writes_as_json_is_read(cli, topic):
    source, target = topic(), topic()
    Confluent().produce(cli.broker, source, [
        Message(b"k", b"v", [("a", b"1"), ("a", b"2")], 1_700_000_000_123), Message(None, None, [], 1_700_000_000_124)])
    cli.ask("produce", target, "--input", "json", input=kcat(cli, "-C", "-t", source, "-e", "-J"))
    first, second = (Confluent().consume(cli.broker, name, 2) for name in (source, target))
    assert [(m.content(), m.timestamp) for m in first] == [(m.content(), m.timestamp) for m in second]


@pytest.mark.parametrize("format", ["%t [%p] %o %T|", "%k=%s;", "%K:%S,", "%h\\n", "%R", "%%\\t\\r\\n\\x41%s"])
def test_formats_are_those_of_kcat(cli, topic, format):
    name = topic()
    Confluent().produce(cli.broker, name, [
        Message(b"k", b"v", [("a", b"1"), ("b", b"2")], 1_700_000_000_123), Message(None, None, [], 1_700_000_000_124),
        Message(b"", b"\xff\0", [("n", b"")], 1_700_000_000_125)])
    assert cli.ask("consume", name, "-e", "-f", format) == kcat(cli, "-C", "-t", name, "-e", "-f", format)


@pytest.mark.parametrize("options", [["-o", "-3"], ["-o", "4"], ["-o", "beginning"], ["-o", "end"], ["-c", "2"],
                                     ["-o", "s@1700000000004"], ["-o", "s@1700000000002", "-o", "e@1700000000005"],
                                     ["-K", "="], ["-D", "<>"], ["-Z", "-K", "|"]], ids=" ".join)
def test_options_are_those_of_kcat(cli, topic, options):
    name = topic()
    Confluent().produce(cli.broker, name, [
        Message(b"k%d" % i if i % 2 else None, b"%d" % i if i % 3 else None, timestamp=1_700_000_000_000 + i)
        for i in range(8)])
    assert cli.ask("consume", name, "-e", *options) == kcat(cli, "-C", "-t", name, "-e", *options)


@pytest.mark.parametrize(("options", "input"), [
    (["-K", ":"], b"a:1\nb:2\nc\n"), (["-K", "=>", "-Z"], b"a=>\n=>b\n"), (["-k", "fixed"], b"x\ny"),
    (["-D", "||"], b"one||two|||three"), (["-H", "a=1", "-H", "b=x=y"], b"v\n"), (["-p", "1"], b"v\n"),
    (["-c", "2"], b"a\nb\nc\n"), (["-z", "gzip"], b"zipped\n" * 10)], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_records_are_written_as_kcat_writes_them(cli, topic, options, input):
    ours, theirs = topic(partitions=2), topic(partitions=2)
    cli.ask("produce", ours, *([] if "-p" in options else ["-p", "0"]), *options, input=input)
    kcat(cli, "-P", "-t", theirs, *([] if "-p" in options else ["-p", "0"]), *options, input=input)
    rows = [[{k: row[k] for k in ("partition", "offset", "key", "value", "headers")}
             for row in cli.rows("consume", name, "--exit")] for name in (ours, theirs)]
    assert rows[0] == rows[1] and rows[0]


def test_a_window_of_time_is_read(cli, topic):
    name = topic(partitions=2)
    lines = [json.dumps({"value": str(i), "partition": partition, "timestamp": 1_700_000_000_000 + 60_000 * i})
             for i in range(10) for partition in (0, 1)]
    cli.ask("produce", name, "--input", "json", "--keep-partitions", input="\n".join(lines).encode())
    rows = cli.rows("consume", name, "--from", "@2023-11-14T22:15:20Z", "--until", "2023-11-14T22:18:20Z")
    assert sorted(row["value"] for row in rows) == ["2", "2", "3", "3", "4", "4"], "it ends by itself once it has the window"


def test_a_reader_ends_when_its_time_has_come(cli, topic):
    name = topic()
    cli.ask("produce", name, input=b"now\n")
    begin = time.monotonic()
    assert cli.ask("consume", name, "--until", "now") == b"now\n", "nothing younger than that needs to come"
    assert cli.ask("consume", name, "--until", "+1s") == b"now\n"
    assert 0.9 < time.monotonic() - begin < 8
    cli.ask("produce", name, "--timestamp", "+50s", input=b"future\n")
    assert cli.ask("consume", name, "--until", "+20s") == b"now\n", "a younger record ends it, too"


def test_times_relative_to_now_are_understood(cli, topic):
    name = topic()
    Confluent().produce(cli.broker, name, [Message(None, b"old", timestamp=1_700_000_000_000)])
    cli.ask("produce", name, input=b"new\n")
    assert cli.ask("consume", name, "-e", "--from", "@-1h") == b"new\n"
    day = time.gmtime().tm_yday
    cli.ask("produce", name, input=b"newer\n")
    today = cli.ask("consume", name, "-e", "--from", "@today")
    assert today.endswith(b"newer\n") and b"old" not in today or day != time.gmtime().tm_yday
    assert cli.ask("consume", name, "-e", "--until", "-1h") == b"old\n"
    cli.ask("produce", name, "--timestamp", "@-2h", input=b"older\n")
    assert cli.ask("consume", name, "-e", "-f", "%s %D\\n").decode().splitlines()[0].startswith("old 2023-11-14T22:13:20")


def test_every_answer_that_is_json_parses(cli, topic):
    name = topic()
    cli.ask("produce", name, input=b"v\n")
    for arguments in (["topics", "list"], ["topics", "describe", name], ["topics", "alter", name, "--partitions", 2],
                      ["consume", name, "-e"], ["produce", name], ["configs", "describe", "--topic", name],
                      ["cluster", "describe"]):
        assert [json.loads(line) for line in cli.ask(*arguments, "--output", "json", input=b"w\n").splitlines()]


def test_records_are_delivered_though_nobody_reads_the_answer(cli, topic):
    name = topic()
    process = subprocess.Popen([cli.executable, "produce", name, "--output", "json", "-b", cli.broker.address],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    process.stdin.write(b"".join(b"%d\n" % i for i in range(20_000)))
    process.stdin.close()
    assert process.wait(timeout=30) == 0, process.stderr.read()
    assert len(cli.ask("consume", name, "--exit").splitlines()) == 20_000


def test_records_are_as_large_as_the_topic_allows(cli, topic):
    name = topic(max_message_bytes=20 << 20)
    large = b"x" * (12 << 20)
    cli.ask("produce", name, input=large + b"\nsmall\n")
    assert cli.ask("consume", name, "--exit") == large + b"\nsmall\n"
    assert "max.message.bytes" in cli.fails("produce", topic(), input=large)


def test_a_key_may_end_at_a_byte_that_is_no_text(cli, topic):
    name = topic()
    cli.ask("produce", name, "-K", "\\xff", input=b"k\xffv\n")
    (row,) = cli.rows("consume", name, "--exit")
    assert (row["key"], row["value"]) == ("k", "v")
