"""The cases: each measures, and answers its rows of the table."""

import statistics

import systems
from report import figure, row


def _ratios(above, below):
    """Of what was measured in the same round."""
    return [a / b for a, b in zip(above, below)]


def _cpu(bench, case, system):
    return f"{figure(bench.of(case, system, 'cpu_worker'), '{:.3f}')} + {figure(bench.of(case, system, 'cpu_postgres'), '{:.3f}')}"


def _best(bench, case, names, figure_name, best=max):
    return best((name for name in names if bench.of(case, name, figure_name)),
                key=lambda name: statistics.median(bench.of(case, name, figure_name)))


def drain(bench):
    ringback = systems.Ringback(bench, "ringback").warm(bench.size.warm)
    peers = [systems.river(bench).setup(), systems.graphile(bench).setup()]
    for _ in range(bench.runs):
        for system in [ringback, *peers]:
            bench.record("drain", system.name, systems.drain(system, bench.size.jobs))
    ringback.stop()
    names = [peer.name for peer in peers]
    best = _best(bench, "drain", names, "rate")
    ours = bench.of("drain", "Ringback", "rate")
    frugal = _best(bench, "drain", names, "cpu", min)
    return [
        row(f"drain of {bench.size.jobs:,} due jobs, executions a second", figure(ours),
            "; ".join(f"{name} {figure(bench.of('drain', name, 'rate'))}" for name in names),
            figure(_ratios(ours, bench.of("drain", best, "rate")), "{:.2f}"), "≥ 2"),
        row("… CPU of server + PostgreSQL", figure(bench.of("drain", "Ringback", "cpu"), "{:.3f}"),
            "; ".join(f"{name} {figure(bench.of('drain', name, 'cpu'), '{:.3f}')}" for name in names),
            figure(_ratios(bench.of("drain", "Ringback", "cpu"), bench.of("drain", frugal, "cpu")), "{:.2f}"), "≤ 0.5",
            "; ".join(f"{name} {_cpu(bench, 'drain', name)}" for name in ["Ringback", *names])
            + f"; target {figure(bench.of('drain', 'Ringback', 'cpu_target'), '{:.3f}')}"),
    ]


ALL = {"drain": drain}
