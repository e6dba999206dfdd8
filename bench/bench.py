#!/usr/bin/env python3
"""Measures Ringback beside its peers and the raw limits, in one run on one PostgreSQL. See docs/benchmarks.md."""

import argparse
import copy
import datetime
import json
import pathlib
import shutil
import signal
import sys
import tempfile
import types

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.dont_write_bytecode = True
import cases
import install
import machine
import report
import systems


class Bench:
    """What the cases share: sizes, PostgreSQL, the target, and the figures so far."""

    def __init__(self, folder, results, runs, size, missing):
        self.folder, self.results, self.runs, self.size, self.missing = folder, results, runs, size, missing
        self.processes = machine.Processes(folder)
        self.figures = {}
        self.made = set()  # databases that several cases use

    def start(self):
        self.postgres = systems.Postgres(self.processes, self.folder / "data")
        self.target = systems.Target(self.processes)
        return self

    def stop(self):
        """PostgreSQL last, so that nodes can give back what they hold, and only then are its files removed."""
        postgres = getattr(self, "postgres", None)
        self.processes.stop(*(each for each in self.processes.running if not postgres or each is not postgres.process))
        if postgres:
            postgres.stop()
        self.processes.stop_all()

    def on(self, postgres):
        """The same on another PostgreSQL."""
        other = copy.copy(self)
        other.postgres, other.made = postgres, set()
        return other

    def record(self, case, system, figures):
        """Keeps one measurement, and says it."""
        self.figures.setdefault((case, system), []).append(figures)
        rounded = {name: float(f"{value:.4g}") if isinstance(value, float) else value for name, value in figures.items()}
        print(f"  {datetime.datetime.now():%H:%M:%S} {case}, {system}: {rounded}", flush=True)
        with open(self.results, "a") as file:
            file.write(json.dumps({"at": datetime.datetime.now().isoformat(timespec="seconds"), "case": case, "system": system} | figures) + "\n")

    def of(self, case, system, name):
        """A figure of all runs of a case."""
        return [figures[name] for figures in self.figures.get((case, system), []) if figures.get(name) is not None]


FULL = types.SimpleNamespace(
    jobs=60_000, warm=120_000, future=1_000_000, history=10_000_000, second=50_000, late_seconds=20, idle_seconds=30, seconds=8,
    batch=100_000, hung=100_000, behind=10_000_000, watchers=10_000, watched_rate=500)
QUICK = types.SimpleNamespace(
    jobs=15_000, warm=20_000, future=100_000, history=1_000_000, second=10_000, late_seconds=5, idle_seconds=10, seconds=3,
    batch=20_000, hung=10_000, behind=1_000_000, watchers=1_000, watched_rate=100)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="some of the cases: " + ", ".join(f"{name} ({case.__doc__[0].lower()}{case.__doc__[1:-1]})" for name, case in cases.ALL.items()))
    parser.add_argument("--runs", type=int, default=3, help="how often each is measured (3)")
    parser.add_argument("--quick", action="store_true", help="small sizes, to try the benchmark itself")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md, as a whole run in full size does by itself")
    given = parser.parse_args()
    given.cases = given.only.split(",") if given.only else list(cases.ALL)
    unknown = set(given.cases) - set(cases.ALL)
    if unknown:
        parser.error(f"no such case: {', '.join(unknown)}")
    return given


def main():
    given = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    target = install.ROOT / "target"
    target.mkdir(exist_ok=True)
    print("building …", flush=True)
    missing = install.install()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench.", dir=target))
    bench = Bench(folder, target / "bench-results.jsonl", given.runs, QUICK if given.quick else FULL, missing)
    try:
        bench.start()
        about = report.about(bench, given)
        print(about, flush=True)
        rows = []
        for name in given.cases:
            print(f"{name} …", flush=True)
            rows += cases.ALL[name](bench)
        text = report.table(about, rows)
        print("\n" + text)
        if given.write or not (given.only or given.quick):
            report.write(text)
    except BaseException:
        for log in folder.glob("*.log"):
            shutil.copy(log, target / f"bench-{log.name}")
        raise
    finally:
        # A second Ctrl-C must not leave anything behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        bench.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
