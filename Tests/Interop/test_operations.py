"""What operators see: metrics as Prometheus reads them, health, and `broker doctor`."""
import concurrent.futures
import contextlib
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse

from broker import Broker, free_port, until
from clients import LIBRARIES, Confluent, Message, named
from conftest import create_topic

TRAFFIC = "kafka_server_brokertopicmetrics_"


class Door:
    """The HTTP listener of a broker."""

    def __init__(self, host, port):
        self.host, self.port = host, port

    @classmethod
    def of(cls, broker):
        return cls(broker.ready["http"]["host"], broker.ready["http"]["port"])

    def get(self, path, accept=None):
        request = urllib.request.Request(f"http://{self.host}:{self.port}{path}")
        if accept:
            request.add_header("Accept", accept)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode(), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), error.headers

    def status(self, path):
        return self.get(path)[0]

    def health(self, path):
        status, body, _ = self.get(path)
        return status, json.loads(body)

    def samples(self):
        """Every sample, by name and labels."""
        status, text, headers = self.get("/metrics")
        assert status == 200 and "version=0.0.4" in headers["Content-Type"]
        return {(s.name, frozenset(s.labels.items())): s.value for family in parse(text) for s in family.samples}

    def value(self, name, **labels):
        return self.samples().get((name, frozenset(labels.items())))


@pytest.fixture
def own(start_broker):
    broker = start_broker()
    return broker, Door.of(broker)


def test_the_page_is_what_prometheus_reads_in_both_formats(own):
    broker, door = own
    Confluent().produce(broker, create_topic(broker), [Message(b"k", b"v")])
    status, text, headers = door.get("/metrics", accept="application/openmetrics-text;version=1.0.0")
    assert status == 200 and headers["Content-Type"].startswith("application/openmetrics-text")
    modern = {s.name for family in parse_openmetrics(text) for s in family.samples}
    classic = {name for name, _ in door.samples()}
    assert modern == classic and len(classic) > 40
    for family in parse(door.get("/metrics")[1]):
        assert family.documentation and family.type in ("counter", "gauge", "histogram"), family


@pytest.mark.parametrize("client", LIBRARIES, ids=named)
def test_what_a_client_produces_and_consumes_is_counted(own, client):
    broker, door = own
    name = create_topic(broker, partitions=2)
    before = door.value(TRAFFIC + "messagesin_total") or 0
    client.produce(broker, name, [Message(b"%d" % i, b"x" * 100) for i in range(250)])
    assert door.value(TRAFFIC + "messagesin_total", topic=name) == 250
    assert door.value(TRAFFIC + "messagesin_total") == before + 250
    assert door.value(TRAFFIC + "bytesin_total", topic=name) > 250 * 100
    assert not door.value(TRAFFIC + "bytesout_total", topic=name)
    assert len(client.consume(broker, name, 250)) == 250
    samples = door.samples()
    sent = samples[TRAFFIC + "bytesout_total", frozenset({("topic", name)})]
    assert sent >= samples[TRAFFIC + "bytesin_total", frozenset({("topic", name)})]
    ends = [v for (n, labels), v in samples.items() if n == "kafka_log_log_logendoffset" and ("topic", name) in labels]
    assert sum(ends) == 250
    sizes = [v for (n, labels), v in samples.items() if n == "kafka_log_log_size" and ("topic", name) in labels]
    on_disk = sum(f.stat().st_size for f in broker.data.glob(f"{name}-*/*.log"))
    assert sum(sizes) == on_disk == samples[TRAFFIC + "bytesin_total", frozenset({("topic", name)})]
    produces = sum(v for (n, labels), v in samples.items()
                   if n == "kafka_network_requestmetrics_requests_total" and ("request", "Produce") in labels)
    assert produces == samples["kafka_network_requestmetrics_totaltimems_count", frozenset({("request", "Produce")})] > 0


def test_a_group_is_counted_by_its_state(own):
    broker, door = own
    name = create_topic(broker)
    Confluent().produce(broker, name, [Message(None, b"v")])
    from confluent_kafka import Consumer
    consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "counted", "auto.offset.reset": "earliest"})
    consumer.subscribe([name])
    until(lambda: consumer.poll(0.2), what="a record")
    consumer.commit(asynchronous=False)
    groups = "kafka_coordinator_group_groupmetadatamanager_"
    assert door.value(groups + "numgroups") == door.value(groups + "numgroupsstable") == 1
    assert door.value(groups + "numoffsets") == 1
    assert door.value("kafka_server_group_coordinator_metrics_group_completed_rebalance_total") >= 1
    consumer.close()
    until(lambda: door.value(groups + "numgroupsempty") == 1, what="an empty group")


def test_errors_and_deletions_show(own):
    broker, door = own
    name = create_topic(broker)
    Confluent().produce(broker, name, [Message(None, b"v")])
    subprocess.run([broker.executable, "topics", "describe", "absent", "-b", broker.address], capture_output=True)
    errors = {labels for (n, labels), v in door.samples().items() if n == "kafka_network_requestmetrics_errors_total"}
    assert any(("error", "UNKNOWN_TOPIC_OR_PARTITION") in labels for labels in errors)
    subprocess.run([broker.executable, "topics", "delete", name, "-b", broker.address], check=True, capture_output=True)
    assert name not in door.get("/metrics")[1]
    assert door.value(TRAFFIC + "messagesin_total") == 1


def test_the_process_is_described_as_the_system_sees_it(own):
    broker, door = own
    samples = door.samples()
    resident = samples["process_resident_memory_bytes", frozenset()]
    assert abs(resident - broker.rss()) < 8 << 20
    assert 0 < samples["process_cpu_seconds_total", frozenset()] < 60
    assert abs(samples["process_open_fds", frozenset()] - broker.descriptors()) <= 4
    assert abs(samples["process_start_time_seconds", frozenset()] - time.time()) < 60
    assert samples["kafka_server_kafkaserver_brokerstate", frozenset()] == 3


def test_brokers_on_one_machine_do_not_fail_for_the_port(start_broker, executable):
    doors = [Door.of(start_broker()) for _ in range(2)]
    assert len({door.port for door in doors}) == 2
    taken = subprocess.run([executable, "start", "--ephemeral", "--port", "0", "--http", f"127.0.0.1:{doors[0].port}"],
                           capture_output=True, timeout=20)
    assert taken.returncode == 1 and b"http.listener" in taken.stderr
    off = start_broker({"http.listener": "off"})
    assert off.ready["http"] is None


def test_a_busy_broker_is_alive_and_ready(own):
    broker, door = own
    name = create_topic(broker, partitions=4)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        busy = [pool.submit(Confluent().produce, broker, name, [Message(None, os.urandom(500)) for _ in range(4000)],
                            partition=partition) for partition in range(4)]
        answers = 0
        while not all(work.done() for work in busy):
            assert door.status("/livez") == 200 and door.status("/readyz") == 200
            answers += 1
        assert answers > 0 and all(len(work.result()) == 4000 for work in busy)
    assert door.value(TRAFFIC + "messagesin_total") == 16_000


def test_a_recovery_is_told_while_it_lasts(executable, tmp_path):
    port = free_port()
    broker = Broker(executable, tmp_path / "data", {"http.listener": f"127.0.0.1:{port}", "background.threads": "1"})
    door = Door("127.0.0.1", port)
    try:
        broker.start()
        name = create_topic(broker, partitions=8)
        batch = [Message(b"%d" % i, os.urandom(900)) for i in range(3000)]
        for partition in range(8):
            Confluent().produce(broker, name, batch, partition=partition)
        broker.kill()
        begun = subprocess.Popen([executable, "start", "--data", str(broker.data), "--port", str(broker.port),
                                  "--http", f"127.0.0.1:{port}"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        broker.process = begun
        seen = []

        def started():
            try:
                status, body = door.health("/startupz")
            except (urllib.error.URLError, ConnectionError):
                return False
            seen.append((status, body))
            return status == 200

        until(started, every=0.001, what="the start")
        waiting = [body for status, body in seen if status == 503]
        assert waiting, "the start was asked about while it lasted"
        recovering = [body for body in waiting if body["partitionsToRecover"]]
        assert all(0 <= body["partitionsRecovered"] <= body["partitionsToRecover"] == 8 for body in recovering), recovering
        assert recovering and "Recovering" in recovering[0]["checks"][0]["detail"]
        assert seen[-1][1]["partitionsRecovered"] == 8
        assert seen[-1][1]["bytesRecovered"] == sum(f.stat().st_size for f in broker.data.glob(f"{name}-*/*.log"))
        assert door.status("/readyz") == 200
    finally:
        broker.discard()


def test_hostile_clients_of_the_door_harm_nobody(own):
    broker, door = own
    idle = [socket.create_connection((door.host, door.port)) for _ in range(100)]
    for payload in [b"\0" * 100_000, b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 10_000, b"POST /metrics HTTP/1.1\r\n\r\n",
                    b"GET " + b"/" * 100_000 + b" HTTP/1.1\r\n\r\n"]:
        try:
            with socket.create_connection((door.host, door.port), timeout=5) as hostile:
                hostile.sendall(payload)
                assert b" 200 " not in hostile.recv(4096)
        except OSError:
            pass
    for connection in idle:
        connection.close()

    def answers():
        # While the hundred are still counted, there may be no room for one more.
        with contextlib.suppress(ConnectionError):
            return door.status("/livez") == 200

    until(answers, what="an answer")
    Confluent().produce(broker, create_topic(broker), [Message(None, b"v")])


# broker doctor


def doctor(executable, *arguments):
    done = subprocess.run([executable, "doctor", "--output", "json", *map(str, arguments)], capture_output=True, timeout=30)
    assert done.stdout, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == (1 if any(row["verdict"] == "fail" for row in rows) else 0), rows
    assert all(row["advice"] for row in rows if row["verdict"] != "ok")
    return {row["check"]: row for row in rows}


def test_the_doctor_finds_a_running_broker_well(executable, tmp_path):
    port, http = free_port(), free_port()
    broker = Broker(executable, tmp_path / "data", {"http.listener": f"127.0.0.1:{http}"})
    broker.port = port
    try:
        broker.start()
        found = doctor(executable, "--data", broker.data, "--port", port, "--override", f"http.listener=127.0.0.1:{http}")
        for check in ("listener", "advertised", "health", "directory"):
            assert found[check]["verdict"] == "ok", found[check]
        assert str(broker.process.pid) in found["directory"]["summary"]
        assert broker.ready["clusterId"] in found["listener"]["summary"]
        text = subprocess.run([executable, "doctor", "--data", broker.data, "--port", str(port)], capture_output=True)
        assert b"checks:" in text.stdout
        broker.kill()
        found = doctor(executable, "--data", broker.data, "--port", port)
        assert found["directory"]["verdict"] == "warn" and found["listener"]["verdict"] == "ok"
    finally:
        broker.discard()


def test_the_doctor_finds_what_is_wrong(executable, tmp_path):
    file = tmp_path / "server.properties"
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "meta.properties").write_text("version=1\nnode.id=9\ncluster.id=c\n")
    with socket.socket() as foreign:
        foreign.bind(("127.0.0.1", 0))
        foreign.listen()
        file.write_text(f"log.dirs={tmp_path}/data\nlog.retension.ms=5\nnum.partitions=none\n"
                        f"listeners=PLAINTEXT://127.0.0.1:{foreign.getsockname()[1]}\n"
                        "advertised.listeners=PLAINTEXT://0.0.0.0:9092\n")
        found = doctor(executable, file, "--timeout", 1)
    assert found["config.unknown"]["verdict"] == "warn" and "log.retention.ms" in found["config.unknown"]["summary"]
    assert found["config.value"]["verdict"] == "fail" and "num.partitions" in found["config.value"]["summary"]
    assert found["directory"]["verdict"] == "fail" and "node 9" in found["directory"]["summary"]
    assert found["listener"]["verdict"] == "fail"
    assert found["advertised"]["verdict"] == "fail"


def test_the_doctor_says_that_a_wanted_broker_is_not_there(executable, tmp_path):
    found = doctor(executable, "--data", tmp_path / "new", "-b", f"127.0.0.1:{free_port()}", "--timeout", 1)
    assert found["listener"]["verdict"] == "fail" and found["directory"]["verdict"] == "ok"
