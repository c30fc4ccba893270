"""kcat as people use it at the prompt."""
import json
import uuid

import pytest

from clients import CODECS, Kcat


@pytest.fixture
def kcat(broker):
    def run(*arguments, input=None):
        done = Kcat().run(broker, *arguments, input=input)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    return run


def test_it_lists_brokers_topics_and_partitions(broker, kcat, topic):
    name = topic(partitions=3)
    listing = json.loads(kcat("-L", "-J"))
    assert [b["name"].split(":")[1] for b in listing["brokers"]] == [str(broker.port)]
    (found,) = [t for t in listing["topics"] if t["topic"] == name]
    assert [p["partition"] for p in found["partitions"]] == [0, 1, 2]
    assert all(p["leader"] == listing["brokers"][0]["id"] for p in found["partitions"])
    (one,) = json.loads(kcat("-L", "-J", "-t", name))["topics"]
    assert one["topic"] == name


@pytest.mark.parametrize("codec", CODECS)
def test_it_writes_lines_and_reads_them(kcat, topic, codec):
    name = topic()
    lines = b"".join(b"key %d:value %d\n" % (i, i) for i in range(200))
    kcat("-P", "-t", name, "-K", ":", "-X", f"compression.codec={codec}", input=lines)
    assert kcat("-C", "-q", "-e", "-t", name, "-o", "beginning", "-K", ":") == lines


def test_it_writes_headers_and_tombstones(kcat, topic):
    name = topic()
    kcat("-P", "-t", name, "-K", ":", "-Z", "-H", "a=b", "-H", "c=d", input=b"gone:\n")
    assert kcat("-C", "-q", "-e", "-t", name, "-f", "%k %S %h") == b"gone -1 a=b,c=d"


def test_it_asks_for_offsets_by_time(kcat, topic):
    name = topic()
    kcat("-P", "-t", name, input=b"a\nb\nc\n")
    for stamp, offset in ((-2, 0), (-1, 3), (1, 0)):
        assert kcat("-Q", "-t", f"{name}:0:{stamp}").split()[-1] == b"%d" % offset


def test_it_makes_a_topic_by_writing(kcat):
    name = f"kcat-{uuid.uuid4().hex[:6]}"
    kcat("-P", "-t", name, input=b"hello\n")
    assert kcat("-C", "-q", "-e", "-t", name, "-o", "beginning") == b"hello\n"


def test_it_writes_idempotently_with_all_acknowledgements(kcat, topic):
    name = topic()
    lines = b"".join(b"%d\n" % i for i in range(5000))
    kcat("-P", "-t", name, "-X", "enable.idempotence=true", "-X", "acks=all", input=lines)
    assert kcat("-C", "-q", "-e", "-t", name, "-o", "beginning") == lines
