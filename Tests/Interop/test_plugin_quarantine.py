"""A plug-in that has ended the process again and again is off, and everybody is told."""
import time

from confluent_kafka import KafkaException

from clients import Confluent, Message
from conftest import create_topic
from test_operations import Door


def misplaced(broker, topic):
    """Puts a record where the VIP router would not; says whether the broker took it."""
    try:
        Confluent().produce(broker, topic, [Message(b"nobody", b"v")], partition=0)
        return True
    except (KafkaException, AssertionError):
        return False


def test_a_plugin_that_crashed_three_times_is_off_until_the_file_is_gone(start_broker):
    broker = start_broker()
    topic = create_topic(broker, partitions=4, partitioner="vip", partitioner_vip_keys="acme",
                         partitioner_verify="reject")
    assert not misplaced(broker, topic)
    broker.stop()
    crashes = broker.data / "plugin-crashes"
    now = int(time.time())

    crashes.write_text("".join(f"{now - age} partitioner vip\n" for age in (5_000, 120, 60)))
    broker.start()
    assert not misplaced(broker, topic), "one of the three was more than an hour ago"
    broker.stop()

    crashes.write_text("".join(f"{now - age} partitioner vip\n" for age in (180, 120, 60)))
    broker.start()
    assert misplaced(broker, topic), "nothing is held against a partitioner that is off"
    status, health = Door.of(broker).health("/readyz")
    assert status == 200 and health["status"] == "degraded"
    assert "'vip' is off since it ended the process repeatedly" in health["checks"][0]["detail"]
    labels = frozenset({"kind": "partitioner", "name": "vip"}.items())
    assert Door.of(broker).samples()["broker_plugin_fallbacks_total", labels] == 1
    assert "has ended the process again and again and is off" in broker.log(200)
    broker.stop()

    crashes.unlink()
    broker.start()
    assert not misplaced(broker, topic)
    assert Door.of(broker).health("/readyz")[1]["status"] == "ok"
