"""Long polls, byte limits, many partitions, and finding one's place."""
import threading
import time

import confluent_kafka
import kafka
import pytest

from broker import until
from clients import LIBRARIES, Confluent, KafkaPython, Kcat, Message, named
from messages import FETCH

WAIT = {"confluent-kafka": {"fetch.wait.max.ms": 5000}, "kafka-python": {"fetch_max_wait_ms": 5000},
        "aiokafka": {"fetch_max_wait_ms": 5000}}


@pytest.mark.parametrize("client", LIBRARIES, ids=named)
def test_a_waiting_consumer_gets_a_new_record_at_once(broker, topic, client):
    name, producer = topic(), Confluent().producer(broker, **{"linger.ms": 0})
    client.produce(broker, name, [Message(None, b"there already")])
    arrived, sent = [], []

    def consume():
        for seen in range(4):
            client.consume(broker, name, 1, offset=seen + 1, **WAIT[client.name])
            arrived.append(time.monotonic())

    reader = threading.Thread(target=consume, daemon=True)
    reader.start()
    for number in range(4):
        # Long enough for the consumer to connect and be waiting, far shorter than its longest wait.
        pause = threading.Event()
        pause.wait(0.8)
        sent.append(time.monotonic())
        producer.produce(name, b"new")
        producer.flush(10)
        until(lambda: len(arrived) > number, 8, what="arrival")
    delays = [there - here for here, there in zip(sent, arrived)]
    assert sorted(delays)[1] < 0.3, f"delays: {delays}"


def test_a_fetch_waits_for_its_minimum_of_bytes(broker, topic):
    name = topic()
    Confluent().produce(broker, name, [Message(None, b"x" * 100)])
    ask = {"topics": [{"name": name, "partitions": [{"index": 0, "offset": 0}]}]}
    with broker.connect() as wire:
        begun = time.monotonic()
        answer = wire.call(FETCH, 11, min_bytes=100_000, max_wait=700, **ask)
        assert 0.6 < time.monotonic() - begun < 2
        assert answer.topics[0].partitions[0].records, "what is there is given when the time is up"
        begun = time.monotonic()
        wire.send(FETCH, 11, min_bytes=100_000, max_wait=8000, **ask)
        Confluent().produce(broker, name, [Message(None, b"y" * 120_000)])
        _, answer = wire.receive(FETCH, 11)
        assert time.monotonic() - begun < 4, "enough bytes end the wait"
        assert len(answer.topics[0].partitions[0].records) > 100_000


@pytest.mark.parametrize("client", ["confluent-kafka", "kafka-python"])
def test_one_consumer_reads_a_hundred_partitions(broker, topic, client):
    name, each = topic(partitions=100), 30
    producer = Confluent().producer(broker)
    for i in range(each):
        for partition in range(100):
            producer.produce(name, b"%d" % i, partition=partition)
        producer.flush(20)
    seen = {partition: [] for partition in range(100)}
    if client == "confluent-kafka":
        consumer = Confluent().consumer(broker)
        consumer.assign([confluent_kafka.TopicPartition(name, p, 0) for p in seen])

        def take():
            for m in consumer.consume(500, 0.05):
                if not m.error():
                    seen[m.partition()].append(m.value())
    else:
        consumer = KafkaPython().consumer(broker)
        consumer.assign([kafka.TopicPartition(name, p) for p in seen])

        def take():
            for place, messages in consumer.poll(50).items():
                seen[place.partition] += [m.value for m in messages]

    def everything():
        take()
        return sum(map(len, seen.values())) >= 100 * each

    until(everything, 40, 0, "all records")
    assert all(found == [b"%d" % i for i in range(each)] for found in seen.values())
    # The session is established now: news of few partitions among the many still comes.
    for partition in (99, 0, 50):
        producer.produce(name, b"news", partition=partition)
    producer.flush(10)
    until(lambda: take() or all(seen[p][-1] == b"news" for p in (0, 50, 99)), 10, 0, "the news")
    consumer.close()


@pytest.fixture
def twenty(broker, topic):
    name = topic()
    Confluent().produce(broker, name, [Message(None, b"%d" % i) for i in range(20)])
    return name


@pytest.mark.parametrize("client", LIBRARIES, ids=named)
def test_reading_starts_at_any_offset(broker, twenty, client):
    for offset in (0, 1, 7, 19):
        seen = client.consume(broker, twenty, 20 - offset, offset=offset)
        assert [m.offset for m in seen] == list(range(offset, 20))


@pytest.mark.parametrize(("start", "expected"), [("beginning", range(20)), ("5", range(5, 20)), ("-3", range(17, 20))])
def test_kcat_starts_where_it_is_told(broker, twenty, start, expected):
    done = Kcat().run(broker, "-C", "-q", "-e", "-t", twenty, "-p", "0", "-o", start, "-f", "%o ")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [b"%d" % i for i in expected]


def test_kcat_sees_nothing_from_the_end_on(broker, twenty):
    done = Kcat().run(broker, "-C", "-q", "-e", "-t", twenty, "-p", "0", "-o", "end", "-f", "%o ")
    assert (done.returncode, done.stdout) == (0, b""), done.stderr


def test_latest_and_earliest_are_told_apart_when_an_offset_is_out_of_range(broker, twenty):
    assert Confluent().consume(broker, twenty, 1, offset=1000)[0].offset == 0
    consumer = Confluent().consumer(broker, **{"auto.offset.reset": "latest"})
    try:
        consumer.assign([confluent_kafka.TopicPartition(twenty, 0, 1000)])

        def reset():
            consumer.poll(0.05)
            return consumer.position([confluent_kafka.TopicPartition(twenty, 0)])[0].offset in (20, -1001)

        until(reset, 10)
        found = []

        def new_record():
            Confluent().produce(broker, twenty, [Message(None, b"after the end")])
            message = consumer.poll(0.3)
            found.extend([message] if message and not message.error() else [])
            return found

        until(new_record, 10)
        assert found[0].offset() >= 20
    finally:
        consumer.close()
