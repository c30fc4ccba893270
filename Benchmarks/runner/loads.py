"""The loads: each is run against the floor and against the broker in turn, and judged by the ratio."""

from dataclasses import dataclass, field
from statistics import median

from kafka import Client

TOPIC = "bench"
KIB, MIB = 1 << 10, 1 << 20
RECORD = 1024
RECORD_IN_BATCH = RECORD + 10  # with the varints around it
BATCH_HEADER = 61


def records_within(size):
    """How many 1 KiB records fit in a batch of at most `size` bytes."""
    return (size - BATCH_HEADER) // RECORD_IN_BATCH


@dataclass
class Load:
    name: str
    title: str
    operation: str
    requests: int
    batch: int = 0  # most bytes of a batch of 1 KiB records; 0 is one record of 100 B
    connections: int = 1
    depth: int = 1
    partitions: int = 1
    fetch_bytes: int = 0
    echo: bool = False  # the floor only answers
    aim: tuple = ()     # (measure, comparison, bound)
    runs: dict = field(default_factory=lambda: {"floor": [], "broker": []})

    def options(self, requests):
        options = {"requests": requests, "warmup": max(1, requests // 10)}
        options.update(connections=self.connections, depth=self.depth, partitions=self.partitions)
        if self.batch:
            options.update(records=records_within(self.batch), record_size=RECORD)
        if self.fetch_bytes:
            options.update(fetch_bytes=self.fetch_bytes)
        return options


def loads():
    # What is produced stays within a segment of 1 GiB, so that no roll and its fsync falls into a measurement.
    return [
        Load("produce-64k", "Produce, 64 KiB batches of 1 KiB records, 1 connection × 5", "produce", 14_400,
             batch=64 * KIB, depth=5, aim=("MB/s", ">=", 0.7)),
        Load("produce-1m", "Produce, 1 MiB batches of 1 KiB records, 1 connection × 5", "produce", 900,
             batch=MIB, depth=5, aim=("MB/s", ">=", 0.7)),
        Load("fetch-1m", "Fetch, 1 MiB at a time, 1 connection", "fetch", 2_000,
             batch=64 * KIB, fetch_bytes=MIB, aim=("MB/s", ">=", 0.7)),
        Load("fetch-64k", "Fetch, 64 KiB at a time, 1 connection", "fetch", 16_000,
             batch=64 * KIB, fetch_bytes=64 * KIB, aim=("MB/s", ">=", 0.7)),
        Load("latency", "Produce of 100 B, 1 connection × 1, against a TCP echo of the same sizes", "produce", 20_000,
             echo=True, aim=("p99 µs", "<=", 3)),
        Load("small", "Produce of 100 B, 16 connections × 4, 16 partitions", "produce", 200_000,
             connections=16, depth=4, partitions=16, aim=("requests/s", ">=", 0.7)),
    ]


def run_once(laboratory, side, group, scale):
    """Runs the loads of a group one after the other against one fresh server. Fetches share a filled log."""
    directory = laboratory.directory()
    server = None
    try:
        fetches = [load for load in group if load.operation == "fetch"]
        filling = max(1, int(8_192 * scale))  # batches of 64 KiB
        most = max(int(load.requests * 1.1 * scale) * (load.batch or 512) for load in group)
        if (side == "floor" and not laboratory.against) or laboratory.control:
            server = laboratory.start_floor(directory, max(most if not fetches else 0, filling * 64 * KIB) + MIB,
                                            echo=group[0].echo)
        else:
            server = laboratory.start_broker(directory, executable=laboratory.against if side == "floor" else None)
            topics = {TOPIC: max(load.partitions for load in group)}
            with Client(server.port) as client:
                client.create_topics(topics)
                client.wait_until_served(topics)
        if fetches:
            laboratory.blast(server, "produce", TOPIC, requests=filling, depth=5,
                             records=records_within(64 * KIB), record_size=RECORD)
        for load in group:
            options = load.options(max(20, int(load.requests * scale)))
            if load.operation == "fetch":
                options["log_batches"] = filling
            run = laboratory.blast(server, load.operation, TOPIC, **options)
            run["peakBytes"] = server.memory()["VmHWM"]
            load.runs[side].append(run)
    finally:
        if server:
            server.kill()  # its data is of no more use: nothing to be written out
        laboratory.discard(directory)


def run_in_turn(laboratory, group, scale):
    """One round of a group. Yields nothing yet: the figures are the medians of all rounds."""
    for side in ("floor", "broker"):
        if any(load.operation == "produce" and load.batch for load in group):
            # In a virtual machine, memory that nothing used lately is taken from the host page by page, which costs
            # four times the write itself. So each side first runs once for nothing and then finds its own pages free.
            run_once(laboratory, side, group, scale)
            for load in group:
                load.runs[side].pop()
        run_once(laboratory, side, group, scale)
    yield from ()


def groups(chosen):
    """Loads that may share a server: the fetches."""
    fetches = [load for load in chosen if load.operation == "fetch"]
    return [[load] for load in chosen if load.operation != "fetch"] + ([fetches] if fetches else [])


def measures(load, run):
    gigabytes = run["recordBytes"] / 1e9
    cpu = run["server"]["user"] + run["server"]["system"]
    client = run["client"]["user"] + run["client"]["system"]
    if load.connections == 1 and load.batch == 0:
        values = {f"{name} µs": value for name, value in run["microseconds"].items() if name != "most"}
    else:
        values = {"requests/s" if load.batch == 0 else "MB/s":
                  (run["requests"] if load.batch == 0 else run["recordBytes"] / 1e6) / run["seconds"]}
    if load.batch == 0:
        per, unit = run["requests"] / 1e6, "µs/request"
    else:
        per, unit = gigabytes, "s/GB"
    values[f"CPU {unit}"] = cpu / per
    values[f"  user {unit}"] = run["server"]["user"] / per
    values[f"  system {unit}"] = run["server"]["system"] / per
    values["context switches/request"] = run["server"]["contextSwitches"] / run["requests"]
    values["peak memory, MiB"] = run["peakBytes"] / MIB
    values[f"client CPU {unit}"] = client / per
    return values


def ratio(ours, floor):
    return ours / floor if floor else None


def best_ratio(measure, rounds):
    """The ratio of both sides' best rounds: what else runs on the machine can only make a round worse."""
    best = max if measure in ("MB/s", "requests/s") else min
    return ratio(best(ours[measure] for _, ours in rounds), best(floor[measure] for floor, _ in rounds))


def figures(load):
    """One figure per measure: medians of both sides, and the median of the rounds' ratios."""
    rounds = [(measures(load, floor), measures(load, ours)) for floor, ours in zip(load.runs["floor"], load.runs["broker"])]
    result = []
    for measure in rounds[0][0] if rounds else ():
        ratios = [value for floor, ours in rounds if (value := ratio(ours[measure], floor[measure])) is not None]
        figure = {
            "load": load.name, "title": load.title, "measure": measure.strip(), "label": measure,
            "floor": median(floor[measure] for floor, _ in rounds),
            "broker": median(ours[measure] for _, ours in rounds),
            "ratio": median(ratios) if ratios else None, "ratios": ratios,
            "bestRatio": best_ratio(measure, rounds),
        }
        if load.aim and load.aim[0] == measure and ratios:
            _, comparison, bound = load.aim
            figure["aim"] = f"{'≥' if comparison == '>=' else '≤'} {bound} × floor"
            figure["met"] = figure["ratio"] >= bound if comparison == ">=" else figure["ratio"] <= bound
        result.append(figure)
    return result
