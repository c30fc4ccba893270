"""`broker dev`: a broker for development and for tests in any language."""
import contextlib
import json
import signal
import subprocess
import sys
import time

import pytest

from broker import until
from clients import Kcat
from conftest import REPORT

TOPICS = [{"name": "orders", "partitions": 3, "configs": {"retention.ms": 60000}},
          {"name": "users", "records": [{"key": "1", "value": "Ada"}, {"key": "2", "value": {"base64": "AP8="}}]},
          {"name": "clicks", "records": "clicks.jsonl"}]


class Dev:
    """A running `broker dev`, with what kcat needs to know of it."""

    def __init__(self, process, ready, seconds):
        self.process, self.ready, self.seconds = process, ready, seconds
        self.address = ready["bootstrapServers"]


@pytest.fixture
def dev(executable):
    with contextlib.ExitStack() as stack:
        def start(*arguments):
            begun = time.monotonic()
            process = subprocess.Popen([executable, "dev", *map(str, arguments)], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            stack.callback(process.wait)
            stack.callback(process.kill)
            line = process.stdout.readline()
            assert line, process.stderr.read().decode()
            return Dev(process, json.loads(line), time.monotonic() - begun)

        yield start


@pytest.fixture
def topics_file(tmp_path):
    (tmp_path / "clicks.jsonl").write_text("".join(json.dumps({"value": f"click {i}"}) + "\n" for i in range(1000)))
    path = tmp_path / "topics.json"
    path.write_text(json.dumps(TOPICS))
    return path


def kcat(dev, *arguments, input=None):
    done = Kcat().run(dev, *arguments, input=input)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_it_is_ready_soon_on_a_port_of_its_own(dev, request):
    several = [dev() for _ in range(3)]
    assert len({one.address for one in several}) == 3
    request.config.stash[REPORT].append(
        f"broker dev: {min(one.seconds for one in several) * 1000:.0f} ms from exec to ready")
    for one in several:
        assert one.ready["event"] == "ready" and one.ready["topics"] == []
        assert json.loads(kcat(one, "-L", "-J"))["brokers"]


def test_kcat_writes_to_a_topic_that_nobody_created_and_reads_it(dev):
    one = dev()
    kcat(one, "-P", "-t", "greetings", input=b"hello\nworld\n")
    assert kcat(one, "-C", "-q", "-e", "-t", "greetings", "-o", "beginning") == b"hello\nworld\n"


def test_topics_and_records_are_there_when_it_is_ready(dev, topics_file):
    one = dev("--topics", topics_file)
    assert one.ready["topics"] == ["orders", "users", "clicks"]
    listing = {t["topic"]: len(t["partitions"]) for t in json.loads(kcat(one, "-L", "-J"))["topics"]}
    assert listing == {"orders": 3, "users": 1, "clicks": 1}
    assert kcat(one, "-C", "-q", "-e", "-t", "users", "-o", "beginning", "-K", ":") == b"1:Ada\n2:\x00\xff\n"
    assert len(kcat(one, "-C", "-q", "-e", "-t", "clicks", "-o", "beginning").splitlines()) == 1000


def test_the_ready_file_says_what_standard_output_says_and_goes_with_the_broker(dev, tmp_path):
    path = tmp_path / "ready.json"
    one = dev("--ready-file", path)
    assert json.loads(path.read_text()) == one.ready
    assert [p.name for p in tmp_path.iterdir()] == ["ready.json"]
    one.process.send_signal(signal.SIGINT)
    assert one.process.wait(10) == 0
    assert not path.exists()


def test_it_ends_with_the_process_that_started_it(executable, tmp_path):
    path = tmp_path / "ready.json"
    script = f"import subprocess; subprocess.Popen([{executable!r}, 'dev', '--ready-file', {str(path)!r}]); input()"
    parent = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    until(path.exists, what="the ready file")
    parent.kill()
    parent.wait()
    until(lambda: not path.exists(), what="the end of the broker")


def test_the_port_can_be_fixed(dev):
    one = dev()
    port = one.address.rsplit(":", 1)[1]
    one.process.send_signal(signal.SIGTERM)
    assert one.process.wait(10) == 0
    assert dev("--port", port).address.endswith(f":{port}")


@pytest.mark.parametrize("arguments, code, words", [
    (["--nodes", "3"], 64, "clusters"), (["--port", "99999"], 64, "65535"), (["--topics", "/no/such/file"], 74, "Cannot read"),
    (["--override", "novalue"], 64, "key=value")])
def test_what_cannot_be_done_is_said(executable, arguments, code, words):
    done = subprocess.run([executable, "dev", *arguments], capture_output=True, timeout=20)
    assert done.returncode == code and words in done.stderr.decode() and not done.stdout
    done = subprocess.run([executable, "dev", *arguments, "--output", "json"], capture_output=True, timeout=20)
    assert words in json.loads(done.stderr)["error"]["message"]


def test_a_topic_the_broker_refuses_ends_it(executable, tmp_path):
    path = tmp_path / "topics.json"
    path.write_text('[{"name": "no/slashes"}]')
    done = subprocess.run([executable, "dev", "--topics", str(path)], capture_output=True, timeout=20)
    assert done.returncode > 0 and "no/slashes" in done.stderr.decode() and not done.stdout
