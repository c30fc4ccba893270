"""Starting, resting and starting again: empty, on an existing directory, and with many partitions.

Each measurement yields its figures as it gets them, so that what was measured before a failure is not lost."""

import time
from statistics import median

from kafka import Client

KIB, MIB = 1 << 10, 1 << 20


def figure(group, measure, value, unit, aim=None, detail=None):
    """`aim` is the largest value that is still good."""
    result = {"load": group, "measure": measure, "broker": value, "unit": unit}
    if aim is not None:
        result["aim"] = f"≤ {aim:g} {unit}"
        result["met"] = value is not None and value <= aim
    if detail:
        result["detail"] = detail
    return result


def spread(values):
    return f"median of {len(values)} starts, {min(values):.1f} to {max(values):.1f}"


def starts(laboratory, count):
    """Time from exec to the ready line, on an empty directory and on one that was left cleanly."""
    directory = laboratory.directory()
    laboratory.start_broker(directory).kill()  # brings the executable into memory
    laboratory.discard(directory)

    empty, own = [], []
    for _ in range(count):
        directory = laboratory.directory()
        server = laboratory.start_broker(directory)
        empty.append(server.seconds_to_ready * 1000)
        own.append(server.ready.get("millisecondsSinceExec"))
        server.kill()
        laboratory.discard(directory)
    counted = "" if None in own else f"; {median(own):.1f} by its own count"
    yield figure("start", "exec to ready, empty directory", median(empty), "ms", 50, spread(empty) + counted)

    directory = laboratory.directory()
    laboratory.start_broker(directory).stop()
    again, stops = [], []
    for _ in range(count):
        server = laboratory.start_broker(directory)
        again.append(server.seconds_to_ready * 1000)
        stops.append(server.stop())
    laboratory.discard(directory)

    yield figure("start", "exec to ready, existing directory", median(again), "ms", 50, spread(again))
    if None not in stops:
        yield figure("start", "clean stop", median(stops) * 1000, "ms")


def measure_idle_cpu(server, seconds):
    begun, cpu = time.monotonic(), server.cpu_seconds()
    time.sleep(seconds)
    return (server.cpu_seconds() - cpu) / (time.monotonic() - begun) * 100


def fill(laboratory, server, topics):
    """One small record into every partition; returns the seconds it took."""
    return sum(
        laboratory.blast(server, "produce", name, requests=partitions, partitions=partitions, depth=5)["seconds"]
        for name, partitions in topics.items()
    )


def serve_again(laboratory, directory, topics, records):
    """Starts and waits until every partition is served: (server, ms to ready, ms to serving, partitions with loss)."""
    begun = time.monotonic()
    server = laboratory.start_broker(directory, timeout=120)
    ready = server.seconds_to_ready
    with Client(server.port) as client:
        ends = client.wait_until_served(topics)
    serving = time.monotonic() - begun
    return server, ready * 1000, serving * 1000, sum(offset != records for offset in ends)


def many_partitions(laboratory, count, idle_seconds):
    """Idle memory, then `count` partitions: their cost when made, at rest, first written, and at a restart."""
    group = f"{count:,} partitions"
    topics = {f"many-{index}": count // 10 for index in range(10)}
    directory = laboratory.directory()
    server = laboratory.start_broker(directory)
    try:
        time.sleep(1)
        idle = server.memory()
        yield figure("memory", "resident, idle", idle["VmRSS"] / MIB, "MiB", 30,
                     f"{idle['RssAnon'] / MIB:.1f} of it not backed by a file")

        begun = time.monotonic()
        with Client(server.port) as client:
            for name, partitions in topics.items():
                client.create_topics({name: partitions})
            seconds = time.monotonic() - begun
            client.wait_until_served(topics)
            until_served = time.monotonic() - begun
        yield figure(group, "create, per partition", seconds / count * 1e6, "µs", 20,
                     f"{seconds:.2f} s in all, {until_served:.2f} s until every partition told its end offset")

        time.sleep(1)
        created = server.memory()
        yield figure(group, "resident, created", created["VmRSS"] / MIB, "MiB")
        yield figure(group, "resident per partition, created", (created["VmRSS"] - idle["VmRSS"]) / count / KIB,
                     "KiB", 1)
        yield figure(group, "idle CPU", measure_idle_cpu(server, idle_seconds), "% of a core", 0.5,
                     f"over {idle_seconds:g} s")

        seconds = fill(laboratory, server, topics)
        written = server.memory()
        yield figure(group, "first append, per partition", seconds / count * 1e6, "µs")
        yield figure(group, "resident, one record in each", written["VmRSS"] / MIB, "MiB",
                     detail=f"{server.descriptors():,} descriptors open")

        stop = server.stop(timeout=120)
        yield figure(group, "clean stop", stop and stop * 1000, "ms")
        server, ready, serving, lost = serve_again(laboratory, directory, topics, 1)
        yield figure(group, "start after a clean stop", serving, "ms", 500, served(ready, lost))

        fill(laboratory, server, topics)
        server.kill()
        server, ready, serving, lost = serve_again(laboratory, directory, topics, 2)
        yield figure(group, "start after SIGKILL", serving, "ms", 2000, served(ready, lost))
    finally:
        if server.process.poll() is None:
            server.kill()
        laboratory.discard(directory)


def served(ready, lost):
    detail = f"until every partition told its end offset; ready line after {ready:.0f} ms"
    return detail + (f"; {lost:,} PARTITIONS LOST RECORDS" if lost else "")
