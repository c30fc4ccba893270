"""An innocent client that writes and reads all the while; whatever happens to others must not happen to it."""
import threading
import time

from broker import until
from records import Record, batch
from talk import fetch, produce, values
from wire import Closed

MIB = 1 << 20


class Bystander(threading.Thread):
    def __init__(self, broker, topic):
        super().__init__(daemon=True)
        self.broker, self.topic = broker, topic
        self.ending, self.errors, self.latencies = threading.Event(), [], []
        # When each of them was over.
        self.times = []

    def run(self):
        try:
            with self.broker.connect(timeout=10) as wire:
                expected = 0
                while not self.ending.is_set():
                    begun, value = time.monotonic(), b"%d" % expected
                    written = produce(wire, self.topic, batch([Record(value)]))
                    read = fetch(wire, self.topic, offset=expected)
                    self.times.append(time.monotonic())
                    self.latencies.append(self.times[-1] - begun)
                    if (written.error, written.base_offset, values(read)) != (0, expected, [value]):
                        self.errors.append(f"wrote {written}, read {read}")
                        return
                    expected += 1
        except (Closed, OSError, AssertionError) as error:
            self.errors.append(repr(error))

    def __enter__(self):
        self.start()
        until(lambda: self.latencies or self.errors, what="the bystander's first record")
        return self

    def __exit__(self, *_):
        served = len(self.latencies)
        until(lambda: len(self.latencies) > served + 1 or self.errors, what="service to the bystander afterwards")
        self.ending.set()
        self.join(15)
        assert not self.errors, self.errors

    def slowest(self):
        return max(self.latencies)

    def p99(self, begin, end, windows=5):
        """The 99th percentile of the latencies between two times: the median over equal parts of that time, since the
        machine may be busy with something else in a few of them."""
        found = list(zip(self.times, self.latencies))
        percentiles = []
        for part in range(windows):
            first = begin + (end - begin) * part / windows
            there = sorted(one for at, one in found if first <= at < first + (end - begin) / windows)
            # Nothing at all within a part is as bad as it gets.
            percentiles.append(there[len(there) * 99 // 100] if there else (end - begin) / windows)
        return sorted(percentiles)[windows // 2]


class Watch:
    """Within it the broker's memory stays below baseline plus an allowance, and a bystander is served."""

    def __init__(self, broker, topic, allowance=128 * MIB, patience=5.0):
        self.broker, self.allowance, self.patience = broker, allowance, patience
        self.bystander = Bystander(broker, topic)

    def __enter__(self):
        self.baseline = self.broker.rss()
        self.broker.forget_peak()
        self.bystander.__enter__()
        return self

    def __exit__(self, *failure):
        assert self.broker.alive(), f"the broker died:\n{self.broker.log(40)}"
        self.bystander.__exit__()
        if not failure[0]:
            grown = self.broker.peak_rss() - self.baseline
            assert grown <= self.allowance, f"memory grew by {grown / MIB:.0f} MiB"
            assert self.bystander.slowest() < self.patience, f"the bystander waited {self.bystander.slowest():.1f} s"


def answered_or_closed(wire, seconds=1.0):
    """The answer's bytes, or None when the broker closed instead; neither within the time is a failure."""
    wire.socket.settimeout(seconds)
    try:
        return wire.frame()
    except Closed:
        return None
    except TimeoutError:
        raise AssertionError(f"neither an answer nor a closed connection within {seconds} s") from None
    finally:
        wire.socket.settimeout(wire.timeout)
