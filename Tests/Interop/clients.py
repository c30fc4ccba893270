"""The four client families behind one shape, so that each can read what each other wrote."""
import asyncio
import subprocess
import tempfile
from dataclasses import dataclass, field

import aiokafka
import confluent_kafka
import kafka

from broker import until

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


@dataclass
class Message:
    key: bytes = None
    value: bytes = None
    headers: list = field(default_factory=list)
    timestamp: int = None

    def content(self):
        return self.key, self.value, [(name, content) for name, content in self.headers]


@dataclass
class Seen(Message):
    offset: int = -1
    partition: int = 0
    timestamp_type: int = 0


class Confluent:
    name = "confluent-kafka"

    def producer(self, broker, **config):
        return confluent_kafka.Producer({"bootstrap.servers": broker.address, "linger.ms": 5, **config})

    def consumer(self, broker, **config):
        return confluent_kafka.Consumer({
            "bootstrap.servers": broker.address, "group.id": "unused", "enable.auto.commit": False,
            "auto.offset.reset": "earliest", "fetch.wait.max.ms": 100, **config})

    def produce(self, broker, topic, messages, codec="none", partition=0, **config):
        offsets, failures = {}, []
        producer = self.producer(broker, **{"compression.type": codec, **config})
        for index, m in enumerate(messages):
            def done(error, message, index=index):
                failures.append(error) if error else offsets.__setitem__(index, message.offset())

            extra = {"timestamp": m.timestamp} if m.timestamp is not None else {}
            producer.produce(topic, m.value, m.key, partition, on_delivery=done, headers=m.headers, **extra)
        assert producer.flush(30) == 0, "not everything was sent"
        assert not failures, failures
        return [offsets[i] for i in range(len(messages))]

    def consume(self, broker, topic, count, partition=0, offset=0, **config):
        consumer = self.consumer(broker, **config)
        seen = []
        try:
            consumer.assign([confluent_kafka.TopicPartition(topic, partition, offset)])

            def more():
                for m in consumer.consume(count - len(seen), 0.1):
                    if m.error() is None:
                        kind, stamp = m.timestamp()
                        seen.append(Seen(m.key(), m.value(), m.headers() or [], stamp, m.offset(), m.partition(),
                                         kind - 1))
                return len(seen) >= count

            until(more, 20, 0, f"{count} records for {self.name}")
        finally:
            consumer.close()
        return seen


class KafkaPython:
    name = "kafka-python"

    def producer(self, broker, **config):
        return kafka.KafkaProducer(bootstrap_servers=broker.address, **config)

    def consumer(self, broker, **config):
        return kafka.KafkaConsumer(bootstrap_servers=broker.address, group_id=None, enable_auto_commit=False,
                                   **{"fetch_max_wait_ms": 100, "auto_offset_reset": "earliest", **config})

    def produce(self, broker, topic, messages, codec="none", partition=0, **config):
        producer = self.producer(broker, **{"compression_type": None if codec == "none" else codec, **config})
        try:
            sent = [producer.send(topic, m.value, m.key, m.headers, partition, m.timestamp) for m in messages]
            producer.flush(30)
            return [future.get(10).offset for future in sent]
        finally:
            producer.close()

    def consume(self, broker, topic, count, partition=0, offset=0, **config):
        consumer = self.consumer(broker, **config)
        place, seen = kafka.TopicPartition(topic, partition), []
        try:
            consumer.assign([place])
            consumer.seek(place, offset)

            def more():
                for m in consumer.poll(100).get(place, []):
                    seen.append(Seen(m.key, m.value, list(m.headers), m.timestamp, m.offset, m.partition,
                                     m.timestamp_type))
                return len(seen) >= count

            until(more, 20, 0, f"{count} records for {self.name}")
        finally:
            consumer.close()
        return seen


class AioKafka:
    name = "aiokafka"

    def produce(self, broker, topic, messages, codec="none", partition=0, **config):
        async def run():
            producer = aiokafka.AIOKafkaProducer(
                bootstrap_servers=broker.address, compression_type=None if codec == "none" else codec, **config)
            await producer.start()
            try:
                sent = [await producer.send(topic, m.value, m.key, partition, m.timestamp, m.headers)
                        for m in messages]
                return [(await future).offset for future in sent]
            finally:
                await producer.stop()

        return asyncio.run(run())

    def consume(self, broker, topic, count, partition=0, offset=0, **config):
        async def run():
            place, seen = aiokafka.TopicPartition(topic, partition), []
            consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=broker.address, group_id=None,
                                                 enable_auto_commit=False, **{"fetch_max_wait_ms": 100, **config})
            await consumer.start()
            try:
                consumer.assign([place])
                consumer.seek(place, offset)
                while len(seen) < count:
                    m = await asyncio.wait_for(consumer.getone(), 20)
                    seen.append(Seen(m.key, m.value, list(m.headers), m.timestamp, m.offset, m.partition,
                                     m.timestamp_type))
            finally:
                await consumer.stop()
            return seen

        return asyncio.run(run())


class Kcat:
    """kcat (librdkafka of the distribution). Keys come from its command line, so they hold no NUL byte."""

    name = "kcat"

    def run(self, broker, *arguments, input=None, timeout=20):
        return subprocess.run(["kcat", "-b", broker.address, *arguments], input=input, capture_output=True,
                              timeout=timeout)

    def produce(self, broker, topic, messages, codec="none", partition=0, **config):
        for m in messages:
            command = ["-P", "-t", topic, "-p", str(partition), "-X", f"compression.codec={codec}"]
            command += ["-Z"] if m.value is None else []
            for name, content in m.headers:
                command += ["-H", name.encode() + b"=" + content]
            for key, value in config.items():
                command += ["-X", f"{key}={value}"]
            if m.value:
                with tempfile.NamedTemporaryFile() as file:
                    file.write(m.value)
                    file.flush()
                    done = self.run(broker, *command, *([] if m.key is None else ["-k", m.key]), file.name)
            else:
                # An empty file is passed over; an empty line behind a key is not.
                done = self.run(broker, *command, "-K", ":", input=m.key + b":\n")
            assert done.returncode == 0, done.stderr

    def consume(self, broker, topic, count, partition=0, offset=0):
        done = self.run(broker, "-C", "-q", "-t", topic, "-p", str(partition), "-o", str(offset), "-c", str(count),
                        "-X", "fetch.wait.max.ms=100", "-f", r"%o %T %K %S\n%h\n%k%s\n")
        assert done.returncode == 0, done.stderr
        data, at, seen = done.stdout, 0, []
        while at < len(data):
            line = data.index(b"\n", at)
            offset, stamp, key, size = (int(number) for number in data[at:line].split())
            at = data.index(b"\n", line + 1)
            headers = [tuple(pair.split(b"=", 1)) for pair in data[line + 1:at].split(b",") if pair]
            key_end = at + 1 + max(key, 0)
            end = key_end + max(size, 0)
            seen.append(Seen(data[at + 1:key_end] if key > 0 else None, None if size < 0 else data[key_end:end],
                             [(name.decode(), content) for name, content in headers], stamp, offset, partition))
            at = end + 1
        return seen


ALL = [Confluent(), KafkaPython(), AioKafka(), Kcat()]
LIBRARIES = ALL[:3]


def named(client):
    return client.name
