"""Quotas in a few words: set, asked for, and used up."""
import contextlib
import time

from broker import until
from messages import ALTER_CLIENT_QUOTAS, DESCRIBE_CLIENT_QUOTAS

EVERYONE = None
THROTTLING_QUOTA_EXCEEDED, CLUSTER_UNSUPPORTED = 89, 35
EXACT, DEFAULT, ANY = 0, 1, 2


def entity(**parts):
    """`entity(user="a", client_id=EVERYONE)`."""
    return [{"type": kind.replace("_", "-"), "name": name} for kind, name in parts.items()]


def alter(wire, who, version=1, validate_only=False, **quotas):
    """Sets quotas of one entity, or removes those that are None; gives the error."""
    operations = [{"key": key, "value": value or 0, "remove": value is None} for key, value in quotas.items()]
    answer = wire.call(ALTER_CLIENT_QUOTAS, version, validate_only=validate_only,
                       entries=[{"entity": who, "ops": operations}])
    assert answer.entries[0].entity == who
    return answer.entries[0].error


def describe(wire, *components, version=1, strict=False):
    """The quotas that match (type, match type, name)s, as {((type, name), …): {key: value}}."""
    answer = wire.call(DESCRIBE_CLIENT_QUOTAS, version, strict=strict, components=[
        {"type": kind, "match_type": match, "match": name} for kind, match, name in components])
    assert answer.error == 0, answer
    return {tuple(sorted((part.type, part.name) for part in row.entity)):
            {value.key: value.value for value in row["values"]} for row in answer.entries}


@contextlib.contextmanager
def limited(broker, who, **quotas):
    """Quotas for the length of a block."""
    with broker.connect() as wire:
        assert alter(wire, who, **quotas) == 0
        # Kafka's brokers hear of it a moment later than it is answered.
        wanted = {(part["type"], part["name"]) for part in who}
        until(lambda: any(set(found) == wanted for found in describe(wire)), what="the quota")
        try:
            yield wire
        finally:
            assert alter(wire, who, **dict.fromkeys(quotas)) == 0


class Rate:
    """Bytes over time, from the first piece on: that one came before there was anything to measure."""

    def __init__(self):
        self.first = self.last = None
        self.bytes = 0

    def count(self, size):
        self.last = time.monotonic()
        if self.first is None:
            self.first = self.last
        else:
            self.bytes += size

    def per_second(self):
        return self.bytes / (self.last - self.first)
