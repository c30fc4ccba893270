"""Kills while topics come and go: whatever was answered is so after the restart."""
import random
import threading

import pytest

from broker import until
from messages import CREATE_PARTITIONS, CREATE_TOPICS, DELETE_TOPICS, INIT_PRODUCER_ID, METADATA
from talk import produce
from test_metadata import SET, alter, config
from wire import Closed

SEED, KILLS = 20260202, 8


class Change(threading.Thread):
    """Creates, grows, alters and deletes topics of its own and remembers what was answered."""

    def __init__(self, broker, number):
        super().__init__(daemon=True)
        self.broker, self.chance = broker, random.Random(SEED + number)
        self.number, self.made, self.ending = number, 0, threading.Event()
        # Of each topic: its partitions and retention, or None when it is deleted. Without an answer both are possible.
        self.known, self.unsure, self.identities = {}, {}, []

    def run(self):
        while not self.ending.is_set():
            try:
                with self.broker.connect(timeout=5) as wire:
                    while not self.ending.is_set():
                        self.step(wire)
            except (OSError, Closed):
                self.ending.wait(0.01)

    def step(self, wire):
        certain = [name for name in self.known if name not in self.unsure and self.known[name]]
        kind = self.chance.choice(["create", "create", "grow", "alter", "delete", "identity"])
        if kind == "create" or not certain:
            self.made += 1
            self.attempt(f"own-{self.number}-{self.made}", (1, None), lambda name: wire.call(
                CREATE_TOPICS, 5, topics=[{"name": name, "partitions": 1, "replication": 1}]).topics[0].error)
            return
        if kind == "identity":
            answer = wire.call(INIT_PRODUCER_ID, 4)
            assert answer.error == 0
            self.identities.append(answer.producer_id)
            return
        name = self.chance.choice(certain)
        partitions, retention = self.known[name]
        if kind == "grow":
            self.attempt(name, (partitions + 1, retention), lambda name: wire.call(
                CREATE_PARTITIONS, 2, topics=[{"name": name, "count": partitions + 1}]).results[0].error)
        elif kind == "alter":
            value = str(self.chance.randrange(1, 10**9))
            self.attempt(name, (partitions, value), lambda name: alter(wire, name, ("retention.ms", SET, value)))
        else:
            self.attempt(name, None, lambda name: wire.call(DELETE_TOPICS, 5, names=[name]).topics[0].error)

    def attempt(self, name, wanted, act):
        self.unsure[name] = (self.known.get(name), wanted)
        error = act(name)
        assert error == 0, f"{name}: error {error}"
        self.known[name] = wanted
        del self.unsure[name]

    def check(self, wire, listed):
        for name in {*self.known, *self.unsure}:
            row = listed.get(name)
            found = None
            if row:
                retention = config(wire, name, "retention.ms")
                found = (len(row.partitions), retention.value if retention.source == 1 else None)
            allowed = self.unsure.get(name, (self.known.get(name),))
            assert found in allowed, f"{name} is {found}, should be {' or '.join(map(str, allowed))}"
            if row:
                assert produce(wire, name, partition=len(row.partitions) - 1).error == 0
            self.known[name] = found
        self.unsure.clear()


@pytest.mark.heavy
def test_whatever_was_answered_about_topics_holds_after_a_kill(start_broker, request):
    from conftest import REPORT
    broker, chance, changes = start_broker(), random.Random(SEED), 0
    workers = []
    for turn in range(KILLS):
        known = workers
        workers = []
        for number in range(3):
            worker = Change(broker, turn * 10 + number)
            if known:
                worker.known, worker.identities = known[number].known, known[number].identities
            worker.start()
            workers.append(worker)
        until(lambda: all(w.made > 3 for w in workers), 15, what="topics made")
        threading.Event().wait(chance.uniform(0.05, 0.4))
        broker.kill()
        for worker in workers:
            worker.ending.set()
        for worker in workers:
            worker.join(15)
        changes += sum(len(w.known) for w in workers)
        broker.start()
        with broker.connect() as wire:
            listed = {row.name: row for row in wire.call(METADATA, 12, topics=None).topics}
            for worker in workers:
                worker.check(wire, listed)
            expected = {name for w in workers for name, state in w.known.items() if state}
            assert set(listed) == expected, "nothing else is there"
    identities = [identity for w in workers for identity in w.identities]
    assert len(identities) == len(set(identities)), "a producer id was given twice"
    directories = {path.name for path in broker.data.rglob("own-*") if path.is_dir()}
    until(lambda: not [d for d in (p.name for p in broker.data.rglob("own-*") if p.is_dir())
                       if d.rsplit("-", 1)[0] not in expected and not d.endswith(("-delete", "-stray"))], 10,
          what="no directory of a deleted topic")
    request.config.stash[REPORT].append(
        f"{KILLS} kills among {len({n for w in workers for n in w.known})} topics and {len(identities)} producer ids, "
        f"{len(expected)} topics left in {len(directories)} directories")
