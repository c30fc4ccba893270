"""`broker explain route` shows where a key belongs, without a trace."""
import pytest

from command_line import CommandLine


@pytest.fixture
def cli(executable, broker):
    return CommandLine(executable, broker)


@pytest.fixture
def vip(topic):
    """A topic with important keys."""
    return topic(partitions=4, partitioner="vip", partitioner_vip_keys="acme")


def shares(cli, topic, path):
    return {row["partition"]: row["keys"] for row in cli.rows("explain", "route", "--topic", topic, "--from-file", path)}


def test_a_key_s_partition_has_a_reason(cli, vip):
    (row,) = cli.rows("explain", "route", "--topic", vip, "--key", "acme")
    assert row["partitions"] == [0] and row["partitioner"] == "vip" and "important" in row["reason"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_keys_of_a_file_are_its_lines_whatever_ends_them(cli, vip, tmp_path, end):
    keys = tmp_path / "keys.txt"
    keys.write_bytes(end.join(["acme", "acme", "other"]).encode())
    counts = shares(cli, vip, keys)
    assert counts[0] == 2 and sum(counts.values()) == 3


def test_keys_need_not_be_text_and_a_file_that_cannot_be_read_says_why(cli, vip, tmp_path):
    keys = tmp_path / "keys.bin"
    keys.write_bytes(b"\xff\x00\n\xc3")
    assert sum(shares(cli, vip, keys).values()) == 2
    for path, why in ((tmp_path / "none", "No such file"), (tmp_path, "Is a directory")):
        error = cli.error("explain", "route", "--topic", vip, "--from-file", path)
        assert error["code"] == "input_output" and why in error["message"]


@pytest.mark.parametrize("setting, words", [
    ("partitioner.vip.kesy=a", "partitioner.vip.keys"), ("partitioner.vip.foo=0", "partitioner.vip"),
    ("partitioner.vip.partitions=0", "from 1 to"), ("partitioner.key-hash.hash=crc32", "'key-hash'"),
    ("retention.ms=1", "Unknown config")])
def test_an_option_that_is_none_of_the_partitioner_s_is_refused(cli, vip, setting, words):
    error = cli.error("explain", "route", "--topic", vip, "--key", "acme", "-c", setting)
    assert error["code"] == "usage" and words in error["message"], error


# What looks at a topic, and at groups' offsets of it.
LOOKING = [
    ["explain", "route", "--key", "k", "--topic"], ["topics", "describe"], ["configs", "describe", "--topic"],
    ["consume", "-e"], ["log-dirs"], ["consume", "-e", "--group", "looking"],
    ["groups", "reset-offsets", "looking", "--to-earliest", "--topic"],
    ["configs", "set", "retention.ms=7d", "--topic"], ["topics", "alter", "--partitions", "3"], ["topics", "delete"]]


@pytest.mark.parametrize("command", LOOKING, ids=" ".join)
def test_a_misspelt_topic_is_not_there_and_not_created(cli, topic, command):
    right = topic()
    wrong = right[:-1]
    error = cli.error(*command, wrong)
    assert error["code"] == "not_found" and error["kafkaError"] == "UNKNOWN_TOPIC_OR_PARTITION", error
    assert wrong in error["message"] and right in (error["advice"] or ""), error
    assert wrong not in {row["name"] for row in cli.rows("topics", "list")}
