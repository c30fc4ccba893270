"""Measures a broker against the floor. `run.sh --help` tells the options."""

import argparse
import json
import os
import platform
import resource
import sys
import time

import consumer_groups
import lifecycle
import report
from kafka import KafkaError
from loads import figures, groups, loads, run_in_turn
from servers import Laboratory, ServerFailure


def arguments():
    names = [load.name for load in loads()] + ["start", "partitions", "groups"]
    parser = argparse.ArgumentParser(prog="run.sh", description=__doc__)
    parser.add_argument("--output", choices=["table", "json"], default="table")
    parser.add_argument("--quick", action="store_true", help="smaller loads and fewer rounds: within 45 s")
    parser.add_argument("--rounds", type=int, help="of floor and broker in turn (5; quick: 3)")
    parser.add_argument("--only", help="of " + ",".join(names))
    parser.add_argument("--partitions", type=int, default=10_000)
    parser.add_argument("--groups", type=int, default=10_000, help="of one member each, for --only groups")
    parser.add_argument("--members", type=int, default=500, help="of the one large group, for --only groups")
    parser.add_argument("--override", action="append", default=[], help="key=value, handed to the broker")
    parser.add_argument("--control", action="store_true",
                        help="measure the floor against itself: how far the ratios stray from 1 is the noise")
    parser.add_argument("--against", metavar="BROKER", help="measure against another broker, not against the floor")
    parser.add_argument("--strict", action="store_true", help="end with status 1 when an aim is not met")
    options = parser.parse_args()
    options.only = options.only.split(",") if options.only else [name for name in names if name != "groups"]
    if options.control or options.against:
        options.only = [name for name in options.only if name not in ("start", "partitions", "groups")]
    for name in set(options.only) - set(names):
        parser.error(f"no measurement is called {name}")
    options.rounds = options.rounds or (3 if options.quick else 5)
    return options


def machine():
    processor = platform.machine()
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                processor = line.partition(":")[2].strip()
                break
    return {"processor": processor, "processors": os.cpu_count(), "kernel": platform.release(), "load": os.getloadavg()[0]}


def tell(message):
    print(message, file=sys.stderr, flush=True)


class Run:
    """Gathers figures; what fails is told and left out, the rest goes on."""

    def __init__(self):
        self.result = {"machine": machine(), "rounds": 0, "figures": [], "failures": []}

    def attempt(self, name, steps):
        """Takes the figures that `steps` yields; answers whether it came to its end."""
        begun = time.monotonic()
        try:
            for figure in steps:
                self.result["figures"].append(figure)
        except (ServerFailure, KafkaError, OSError) as error:
            self.result["failures"].append(f"{name}: {error}")
            tell(f"{name} failed: {error}")
            return False
        tell(f"{name}: {time.monotonic() - begun:.1f} s")
        return True

    def loads(self, laboratory, chosen, rounds, scale, deadline):
        """Rounds outermost, so that an early end cuts all loads alike."""
        remaining = groups(chosen)
        for number in range(rounds):
            begun = time.monotonic()
            for group in list(remaining):
                name = f"round {number + 1}: " + ", ".join(load.name for load in group)
                if not self.attempt(name, run_in_turn(laboratory, group, scale)):
                    remaining.remove(group)
            self.result["rounds"] = number + 1
            now = time.monotonic()
            if now + (now - begun) > deadline:
                break
        self.result["figures"] += [figure for load in chosen for figure in figures(load)]


def warnings(result, options):
    lines = []
    for figure in result["figures"]:
        if figure["measure"].startswith("client CPU"):
            server = next(other["broker"] for other in result["figures"]
                          if other["load"] == figure["load"] and other["measure"].startswith("CPU"))
            if figure["broker"] > server:
                lines.append(f"{figure['load']}: the load generator used more CPU than the broker; trust its CPU figures only.")
    if result["machine"]["load"] > 0.5:
        lines.append("The machine was not idle: trust ratios and CPU figures more than rates.")
    if result["rounds"] and result["rounds"] < options.rounds:
        lines.append(f"Only {result['rounds']} of {options.rounds} rounds fitted in the time.")
    return lines


def main():
    options = arguments()
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    broker = os.environ.get("BROKER") or os.path.join(here, "../.build/release/broker")
    if not options.control and not os.access(broker, os.X_OK):
        sys.exit(f"No executable {broker}: build it (swift build -c release --product broker) or set BROKER.")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    begun = time.monotonic()
    budget = 45 if options.quick else 240  # seconds; the loads may use what the rest leaves
    if options.against and not os.access(options.against, os.X_OK):
        sys.exit(f"No executable {options.against} to measure against.")
    laboratory = Laboratory(
        broker, os.path.join(here, ".build/c"), os.path.join(here, f".build/data-{os.getpid()}"), options.override,
        options.control, options.against)
    run = Run()
    result = run.result
    try:
        if "start" in options.only:
            run.attempt("start", lifecycle.starts(laboratory, 5 if options.quick else 20))
        if "partitions" in options.only:
            run.attempt("partitions", lifecycle.many_partitions(laboratory, options.partitions, 3))
        if "groups" in options.only:
            run.attempt("many groups", consumer_groups.many_groups(laboratory, options.groups))
            run.attempt("large group", consumer_groups.large_group(laboratory, options.members))
        chosen = [load for load in loads() if load.name in options.only]
        if chosen:
            run.loads(laboratory, chosen, options.rounds, 0.25 if options.quick else 1, begun + budget)
    finally:
        laboratory.discard(laboratory.data)
    result["seconds"] = time.monotonic() - begun
    result["against"] = options.against
    result["warnings"] = warnings(result, options)
    print(json.dumps(result, indent=1, ensure_ascii=False) if options.output == "json" else report.table(result))
    if result["failures"] or (options.strict and not all(figure.get("met", True) for figure in result["figures"])):
        sys.exit(1)


main()
