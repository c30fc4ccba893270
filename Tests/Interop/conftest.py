"""What every test needs: a running broker, topics of its own, and the broker's log when something fails.

`BROKER` names the executable under test. With `BROKER_ADDRESS=host:port` a broker that runs already is used instead
(for one, Apache Kafka as an oracle); tests that start, stop or look into a broker are skipped then.
"""
import contextlib
import itertools
import os
import pathlib
import uuid

import pytest

from broker import Broker, External, until
from command_line import CommandLine
from groups import Member, fresh, serving
from messages import CREATE_TOPICS, LIST_OFFSETS, METADATA

# What the shared broker is told beyond its defaults, so that the tests are quick and deterministic.
SHARED = {"num.partitions": "1", "socket.listen.backlog.size": "1000", "group.initial.rebalance.delay.ms": "0",
          "group.min.session.timeout.ms": "100"}
running = []
# Figures that tests want to have told at the end of a run.
REPORT = pytest.StashKey()


def pytest_configure(config):
    config.stash[REPORT] = []


def pytest_report_header():
    return f"broker under test: {os.environ.get('BROKER_ADDRESS') or os.environ.get('BROKER')}"


@pytest.fixture(scope="session")
def executable():
    path = os.environ.get("BROKER")
    if os.environ.get("BROKER_ADDRESS"):
        pytest.skip("needs a broker of its own, and an external one is under test")
    if not path or not os.access(path, os.X_OK):
        pytest.exit("set BROKER to the built executable, or BROKER_ADDRESS to a running broker", returncode=2)
    return str(pathlib.Path(path).resolve())


@pytest.fixture(scope="session")
def shared(request):
    address = os.environ.get("BROKER_ADDRESS")
    broker = External(address) if address else Broker(request.getfixturevalue("executable"), overrides=SHARED).start()
    running.append(broker)
    yield broker
    running.remove(broker)
    broker.discard()


@pytest.fixture
def broker(shared):
    """A broker shared by many tests. A test that brings it down fails, and the next one gets it started again."""
    if not shared.alive():
        shared.start()
    yield shared
    assert shared.alive(), f"the broker died with exit code {shared.process.poll()}:\n{shared.log()}"


@contextlib.contextmanager
def starting(executable):
    """Gives a function that starts brokers, and ends them all."""
    mine = []

    def start(overrides=None, directory=None):
        broker = Broker(executable, directory, overrides)
        mine.append(broker)
        running.append(broker)
        return broker.start()

    try:
        yield start
    finally:
        for broker in mine:
            running.remove(broker)
            broker.discard()


@pytest.fixture
def start_broker(executable):
    """Starts brokers of the test's own: `start_broker({config})`."""
    with starting(executable) as start:
        yield start


@pytest.fixture(scope="module")
def start_module_broker(executable):
    """Starts brokers that the tests of a module share."""
    with starting(executable) as start:
        yield start


@pytest.fixture
def cli(executable, broker):
    """The commands of the executable, against the shared broker."""
    return CommandLine(executable, broker)


@pytest.fixture
def connection(broker):
    with broker.connect() as opened:
        yield opened


names = itertools.count(1)


def create_topic(broker, name=None, partitions=1, **configs):
    """Creates a topic, waits until it has leaders, and gives its name. Dots in config names are written as `_`."""
    name = name or f"t{next(names)}-{uuid.uuid4().hex[:6]}"
    with broker.connect() as wire:
        wanted = [{"name": key.replace("_", "."), "value": str(value)} for key, value in configs.items()]
        answer = wire.call(CREATE_TOPICS, 5, topics=[
            {"name": name, "partitions": partitions, "replication": 1, "configs": wanted}])
        assert answer.topics[0].error == 0, answer.topics[0]

        def led():
            row = wire.call(METADATA, 9, topics=[{"name": name}]).topics[0]
            return row.error == 0 and len(row.partitions) == partitions and all(
                p.error == 0 and p.leader >= 0 for p in row.partitions)

        until(led, what=f"a leader for every partition of {name}")

        def taken_over():
            rows = wire.call(LIST_OFFSETS, 7, topics=[
                {"name": name, "partitions": [{"index": i, "timestamp": -1} for i in range(partitions)]}])
            return all(p.error == 0 for p in rows.topics[0].partitions)

        if broker.external:  # Kafka names a leader a moment before the leader knows.
            until(taken_over, what=f"leaders of {name} that answer")
    return name


@pytest.fixture
def topic(broker):
    """Makes topics on the shared broker: `topic(partitions=3, cleanup_policy="compact")`."""
    return lambda name=None, partitions=1, **configs: create_topic(broker, name, partitions, **configs)


@pytest.fixture
def group(broker):
    """The id of a group that nobody is in, with a coordinator that serves it."""
    return serving(broker, fresh())


@pytest.fixture
def member(broker, group):
    """Makes members of the group: `member(topics=["a"], instance="one")`."""
    with contextlib.ExitStack() as opened:
        yield lambda **options: opened.enter_context(Member(broker, group, **options))


@pytest.fixture
def ours(broker):
    """True for the broker of this project, false for an external one, where the two differ on purpose."""
    return not broker.external


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if call.when == "call":
        report.user_properties += [("figures", line) for line in item.config.stash[REPORT]]
        item.config.stash[REPORT].clear()
    if report.failed:
        for broker in running:
            report.sections.append((f"log of the broker at {broker.address}", broker.log()))


def pytest_terminal_summary(terminalreporter):
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, line in getattr(report, "user_properties", []):
                if name == "figures" and report.when == "call":
                    terminalreporter.write_line(f"figures: {line}")
