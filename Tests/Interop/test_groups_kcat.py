"""`kcat -G`, alone and among others."""
import signal

from broker import until
from clients import Kcat
from crew import AioKafkaWorker, ConfluentWorker, KafkaPythonWorker, KcatWorker, Ledger, balanced, crew, drained, fill
from groups import committed, describe, fresh, state


def test_it_reads_to_the_end_and_begins_there_the_next_time(broker, connection, topic):
    name, group = topic(), fresh()
    for first in (0, 20):
        fill(connection, name, 1, 20)
        done = Kcat().run(broker, "-q", "-e", "-o", "beginning" if first == 0 else "stored", "-f", r"%o\n", "-X",
                          "auto.offset.reset=earliest", "-X", "fetch.wait.max.ms=50", "-G", group, name)
        assert done.returncode == 0, done.stderr
        assert [int(line) for line in done.stdout.split()] == [*range(first, first + 20)]
        assert committed(connection, group, name) == first + 20
    assert state(connection, group) == "Empty", "it left"


def test_two_share_a_topic_and_one_is_killed(broker, connection, topic):
    name, group, ledger = topic(partitions=4), fresh(), Ledger()
    with KcatWorker(broker, group, name, ledger, "stays", **{"session.timeout.ms": 2000}) as stays:
        balanced([stays], 4)
        killed = KcatWorker(broker, group, name, ledger, "killed", **{"session.timeout.ms": 1000}).start()
        balanced([stays, killed], 4)
        fill(connection, name, 4, 20)
        drained(ledger, 80)
        killed.kill()
        balanced([stays], 4)
        fill(connection, name, 4, 20)
        drained(ledger, 160)
    assert state(connection, group) == "Empty"
    assert {committed(connection, group, name, partition) for partition in range(4)} == {40}


def test_one_that_is_interrupted_leaves_at_once(broker, connection, topic):
    name, group = topic(), fresh()
    worker = KcatWorker(broker, group, name, **{"session.timeout.ms": 30_000}).start()
    balanced([worker], 1)
    assert len(describe(connection, group).members) == 1
    worker.process.send_signal(signal.SIGINT)
    worker.process.wait(10)
    until(lambda: state(connection, group) == "Empty", 5, what="an empty group long before the session's end")


def test_every_client_lives_in_one_group(broker, connection, topic):
    name, group, ledger = topic(partitions=8), fresh(), Ledger()
    kinds = [ConfluentWorker, KafkaPythonWorker, AioKafkaWorker, KcatWorker]
    fill(connection, name, 8, 20)
    workers = [kind(broker, group, name, ledger, kind.__name__) for kind in kinds]
    with crew(*workers):
        balanced(workers, 8)
        assert {len(worker.assigned) for worker in workers} == {2}
        assert describe(connection, group).protocol == "range"
        fill(connection, name, 8, 20)
        drained(ledger, 320)
    # kcat commits in the background, so that others may read again what it had not committed.
    ledger.check({partition: 40 for partition in range(8)}, once=False)
    assert all("KcatWorker" in readers for readers in ledger.seen.values() if len(readers) > 1)
