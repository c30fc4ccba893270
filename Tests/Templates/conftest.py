"""A custom broker, built from the template outside the repository: `BROKER` names its executable."""
import os

import pytest

from broker import Broker
from command_line import CommandLine

# What makes cleaning happen soon.
SOON = {"log.retention.check.interval.ms": "200", "log.initial.task.delay.ms": "100",
        "file.delete.delay.ms": "100", "log.segment.delete.delay.ms": "100"}


@pytest.fixture(scope="session")
def executable():
    return os.environ["BROKER"]


@pytest.fixture(scope="session")
def broker(executable):
    broker = Broker(executable, overrides=SOON).start()
    yield broker
    assert broker.alive(), broker.log()
    broker.discard()


@pytest.fixture
def cli(executable, broker):
    return CommandLine(executable, broker)
