"""The cases: each measures, and answers its rows of the table."""

import json
import statistics
import subprocess
import time
import zipfile

import install
import limits
import machine
import stored
import systems
import versions
import watching
from report import figure, row


def _ratios(above, below):
    """Of what was measured in the same round."""
    return figure([a / b for a, b in zip(above, below)], "{:.2f}")


def _cpu(bench, case, system):
    return f"{system} {figure(bench.of(case, system, 'cpu_worker'), '{:.3f}')} + {figure(bench.of(case, system, 'cpu_postgres'), '{:.3f}')}"


def _each(bench, case, names, name, form="{:,.0f}"):
    return "; ".join(f"{system} {figure(bench.of(case, system, name), form)}" for system in names)


def _best(bench, case, names, name, best=max):
    return best(names, key=lambda system: statistics.median(bench.of(case, system, name)))


def _peers(bench):
    """The peers with empty tables; made once a run."""
    peers = [systems.river(bench), systems.graphile(bench)]
    if "peers" not in bench.made:
        for peer in peers:
            peer.setup()
        bench.made.add("peers")
    return peers


def _drains(bench, case, rounds, jobs):
    """Measures in turns; what is named by a system's own name is that system as it is."""
    for _ in range(bench.runs):
        for name, system in rounds.items():
            bench.record(case, name, systems.drain(system, jobs))


def drain(bench):
    """A backlog of due jobs."""
    ringback = systems.Ringback(bench, "ringback").warm(bench.size.warm)
    peers = _peers(bench)
    names = [peer.name for peer in peers]
    _drains(bench, "drain", {system.name: system for system in [ringback, *peers]}, bench.size.jobs)
    ringback.stop()
    ours, our_cpu = (bench.of("drain", "Ringback", name) for name in ("rate", "cpu"))
    fastest, frugal = _best(bench, "drain", names, "rate"), _best(bench, "drain", names, "cpu", min)
    return [
        row(f"drain of {bench.size.jobs:,} due jobs, executions a second", figure(ours), _each(bench, "drain", names, "rate"),
            _ratios(ours, bench.of("drain", fastest, "rate")), "≥ 3"),
        row("… CPU of server + PostgreSQL", figure(our_cpu, "{:.3f}"), _each(bench, "drain", names, "cpu", "{:.3f}"),
            _ratios(our_cpu, bench.of("drain", frugal, "cpu")), "≤ 0.4",
            "; ".join(_cpu(bench, "drain", name) for name in ["Ringback", *names])
            + f"; target {figure(bench.of('drain', 'Ringback', 'cpu_target'), '{:.3f}')}"),
    ]


def future(bench):
    """The same with many jobs of the future stored."""
    case, full = "future", f"with {bench.size.future:,} future jobs"
    empty, node = (each.warm(bench.size.warm) for each in (systems.Ringback(bench, "ringback"), stored.future(bench)))
    river = _peers(bench)[0]
    _drains(bench, case, {"Ringback": empty, f"Ringback {full}": node, "River": river, f"River {full}": river.with_future(bench.size.future)},
            bench.size.jobs)
    empty.stop()
    node.stop()
    with_, without = (bench.of(case, name, "rate") for name in (f"Ringback {full}", "Ringback"))
    return [row(f"the same {full} stored, ratio to without", f"{figure(with_)}, without {figure(without)}",
                f"River {figure(bench.of(case, f'River {full}', 'rate'))}, without {figure(bench.of(case, 'River', 'rate'))}"
                f" ({_ratios(bench.of(case, f'River {full}', 'rate'), bench.of(case, 'River', 'rate'))})",
                _ratios(with_, without), "≥ 0.95", _cpu(bench, case, f"Ringback {full}"))]


def history(bench):
    """The same with many finished attempts stored."""
    case, full = "history", f"with {bench.size.history:,} finished attempts"
    empty, node = (each.warm(bench.size.warm) for each in (systems.Ringback(bench, "ringback"), stored.history(bench)))
    _drains(bench, case, {"Ringback": empty, f"Ringback {full}": node}, bench.size.jobs)
    empty.stop()
    node.stop()
    bench.postgres.drop(node.database)
    with_, without = (bench.of(case, name, "rate") for name in (f"Ringback {full}", "Ringback"))
    return [row(f"the same {full} stored, ratio to without", f"{figure(with_)}, without {figure(without)}", "–",
                _ratios(with_, without), "≥ 0.95", _cpu(bench, case, f"Ringback {full}"))]


def postgres(bench, old=15, new=18):
    """The drain on the oldest and the newest PostgreSQL, and as a user has it: without any vacuum, analyze or checkpoint beforehand."""
    behind = f"untended, {bench.size.behind:,} future jobs created after them"
    server = versions.OldPostgres(bench, old)
    ons = {old: bench.on(server), new: bench}
    for round_ in range(bench.runs):
        for version, on in ons.items():
            river = _peers(on)[0]
            _in_turn(on, version, "tended", systems.Ringback(on, "ringback").warm(on.size.warm), river)
            _in_turn(on, version, "untended", versions.Ringback(on, 0), versions.River(on, 0))
            if not round_:  # it takes long to store them
                _in_turn(on, version, behind, versions.Ringback(on, on.size.behind), versions.River(on, on.size.behind))
    server.stop()
    rows = []
    for kind in ("tended", "untended", behind):
        rates = {}
        for version in ons:
            case = f"{kind}, on {version}"
            rates[version] = bench.of(case, "Ringback", "rate")
            rows.append(row(f"drain of {bench.size.jobs:,} due jobs on PostgreSQL {version}, {kind}, executions a second", figure(rates[version]),
                            _each(bench, case, ["River"], "rate"), _ratios(rates[version], bench.of(case, "River", "rate")), "≥ 2",
                            "; ".join(_cpu(bench, case, name) for name in ("Ringback", "River"))))
        rows.append(row(f"… on {old}, ratio to {new}", "", "", _ratios(rates[old], rates[new]), "≥ 0.8"))
    return rows


def _in_turn(bench, version, kind, ringback, river):
    """Drains Ringback, then River, on one PostgreSQL, and leaves nothing there."""
    for system in (ringback, river):
        bench.record(f"{kind}, on {version}", system.name, systems.drain(system, bench.size.jobs))
        system.stop()
        bench.postgres.drop(system.database)


def late(bench, rate=200):
    """How late calls come when jobs fall due one by one."""
    ringback = systems.Ringback(bench, "ringback").warm(bench.size.warm)
    peers = _peers(bench)
    names = [peer.name for peer in peers]
    jobs = rate * bench.size.late_seconds
    for _ in range(bench.runs):
        due = ringback.prepare(jobs, every=1_000_000 // rate)
        ringback.settle()
        bench.record("late", "Ringback", _lateness(ringback, due, jobs, rate))
        for peer in peers:
            start = time.time() + 20
            peer.prepare_spread(2_000, start, jobs, rate)
            bench.target.get("/reset")
            peer.begin(peer.polling)
            try:
                machine.wait_for(f"{peer.name} is warm", lambda: bench.target.count() >= 2_000, start - 1 - time.time())
                bench.record("late", peer.name, _lateness(peer, start, jobs, rate))
            finally:
                peer.stop()
    ringback.stop()

    def shown(name):
        return " / ".join(figure(bench.of("late", name, each), "{:,.1f}") for each in ("p50_ms", "p99_ms", "max_ms")) + (
            f", early {max(bench.of('late', name, 'early'))}")

    best = _best(bench, "late", names, "p99_ms", min)
    return [row(f"lateness at {rate} due jobs a second, ms: p50 / p99 / max", shown("Ringback"),
                "; ".join(f"{name} {shown(name)}" for name in names),
                "p99 " + _ratios(bench.of("late", "Ringback", "p99_ms"), bench.of("late", best, "p99_ms")), "p50 ≤ 5, p99 ≤ 20, never early",
                "; ".join(f"{name} {figure(bench.of('late', name, 'cpu'), '{:.3f}')}" for name in ["Ringback", *names]))]


def _lateness(system, start, jobs, rate):
    bench = system.bench
    quiet = machine.await_quiet(start - 0.5)
    time.sleep(max(0, start - 0.4 - time.time()))
    bench.target.get("/reset")
    before = system.cpu() + bench.postgres.cpu()
    machine.wait_for("all calls", lambda: bench.target.count() >= jobs, jobs / rate + 60, 0.1)
    used = system.cpu() + bench.postgres.cpu() - before
    stats = bench.target.stats()
    return {name: stats[name] for name in ("p50_ms", "p99_ms", "max_ms", "early", "max_early_ms", "count")} | {
        "cpu": 1_000 * used / jobs, "quiet": quiet}


def idle(bench):
    """What a node costs that has nothing to do."""
    node = stored.future(bench).warm(1_000)
    bench.postgres.await_no_autovacuum()
    time.sleep(30)  # the JIT still compiles what was hot
    for _ in range(bench.runs):
        machine.await_quiet(time.time() + 60, seconds=5)
        before, began = (node.cpu(), bench.postgres.cpu()), time.time()
        time.sleep(bench.size.idle_seconds)
        server, postgres = (100 * (now - then) / (time.time() - began) for now, then in zip((node.cpu(), bench.postgres.cpu()), before))
        bench.record("idle", "Ringback", {"percent": server + postgres, "server": server, "postgres": postgres})
    node.stop()
    shown = figure(bench.of("idle", "Ringback", "percent"), "{:.2f}")
    return [row(f"idle with {bench.size.future:,} future jobs, % of a core", shown, "–", "", "< 1",
                " + ".join(figure(bench.of("idle", "Ringback", each), "{:.2f}") for each in ("server", "postgres")) + " %")]


def create(bench):
    """CreateJob one by one, each durable before its answer, beside peers' inserts and a call that does nothing."""
    node = systems.Ringback(bench, "ringback_create")
    payload, nothing = bench.folder / "create.bin", bench.folder / "health.bin"
    bench.processes.run("load", node.load_command("payload", out=payload))
    nothing.write_bytes(b"\x0a\x00")
    with zipfile.ZipFile(install.JAR) as jar:
        jar.extract("ringback.binpb", bench.folder)
    calls = {
        "CreateJob": ("ringback.v1.JobService.CreateJob", ["--protoset", bench.folder / "ringback.binpb"], payload),
        "health": ("grpc.health.v1.Health.Check", ["--proto", install.ROOT / "bench/limits/health.proto"], nothing),
    }
    for call in calls.values():
        limits.ghz(bench, node, *call, connections=1, seconds=3 * bench.size.seconds)  # warms up
    peers = _peers(bench)
    for _ in range(bench.runs):
        for peer in peers:
            peer.fresh()
            machine.await_quiet(time.time() + 60)
            bench.record("create", peer.name, json.loads(peer.run(peer.database, "single", bench.size.seconds, 50)))
    names = [peer.name for peer in peers]
    fastest = bench.of("create", _best(bench, "create", names, "rate"), "rate")
    rows = []
    for connections in (1, 8):
        case = f"create, {connections} connection{'s' if connections > 1 else ''}"
        for _ in range(bench.runs):
            for name, call in calls.items():
                bench.record(case, name, limits.ghz(bench, node, *call, connections=connections))
        ours, bare = (bench.of(case, name, "rate") for name in calls)
        how = f"50 in flight, {connections} connection{'s' if connections > 1 else ''}"
        rows.append(row(f"CreateJob, {how}, a second", figure(ours), _each(bench, "create", names, "rate"), _ratios(ours, fastest), "≥ 2"))
        rows.append(row(f"… beside a call that does nothing, {how}", figure(ours), f"bare call {figure(bare)}", _ratios(ours, bare), "≥ 0.6",
                        "; ".join(_cpu(bench, case, name) for name in calls)))
    node.stop()
    bench.postgres.drop(node.database)
    return rows


def batch(bench):
    """Many jobs in one call."""
    node = systems.Ringback(bench, "ringback_create")
    peers = _peers(bench)
    for _ in range(bench.runs):
        machine.await_quiet(time.time() + 60)
        before = node.cpu(), bench.postgres.cpu()
        answer = node.load("batch", count=bench.size.batch, in_flight=4)
        if answer["rate"] is None:
            print("  skipped: the server has no BatchCreateJobs")
            break
        worker, postgres = (1_000 * (now - then) / answer["created"] for now, then in zip((node.cpu(), bench.postgres.cpu()), before))
        bench.record("batch", "Ringback", answer | {"cpu_worker": worker, "cpu_postgres": postgres})
        for peer in peers:
            peer.fresh()
            machine.await_quiet(time.time() + 60)
            bench.record("batch", peer.name, json.loads(peer.run(peer.database, "batch", bench.size.batch, 1_000)))
    node.stop()
    bench.postgres.drop(node.database)
    if not bench.of("batch", "Ringback", "rate"):
        return []
    names = [peer.name for peer in peers]
    ours, best = bench.of("batch", "Ringback", "rate"), _best(bench, "batch", names, "rate")
    return [row("batch create, 1,000 jobs a call, jobs a second", figure(ours), _each(bench, "batch", names, "rate"),
                _ratios(ours, bench.of("batch", best, "rate")), "≥ 30,000", _cpu(bench, "batch", "Ringback"))]


class _Gentle:
    """Calls to the API at an easy pace while something else goes on, and the memory of the node meanwhile."""

    def __init__(self, node):
        self.node = node
        self.process = node.bench.processes.start(
            "gentle", node.load_command("gentle", rate=50), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()  # it is warm

    def begin(self):
        machine.reset_peak_memory(self.node.nodes[0].pid)
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self):
        memory = machine.peak_memory_mb(self.node.nodes[0].pid)
        output, _ = self.process.communicate(timeout=60)
        self.node.bench.processes.stop(self.process)
        api = json.loads(output)
        return {"api_p50_ms": api["p50_ms"], "api_p99_ms": api["p99_ms"], "api_calls": api["calls"], "api_failed": api["failed"], "memory_mb": memory}


def second(bench):
    """Very many jobs due at once, with calls to the API meanwhile."""
    node = systems.Ringback(bench, "ringback").warm(bench.size.warm)
    jobs, case = bench.size.second, "second"
    for _ in range(bench.runs):
        bench.record(case, "backlog", systems.drain(node, jobs))
        bench.record(case, "Ringback", systems.drain(node, jobs, meanwhile=lambda: _Gentle(node)))
    node.stop()
    ours, backlog = (bench.of(case, name, "rate") for name in ("Ringback", "backlog"))
    return [
        row(f"{jobs:,} jobs due in one second and 50 API calls a second, executions a second", figure(ours),
            f"without API calls {figure(backlog)}", _ratios(ours, backlog), "backlog's rate", _cpu(bench, case, "Ringback")),
        row("… API p50 / p99, ms", " / ".join(figure(bench.of(case, "Ringback", f"api_{each}_ms"), "{:,.1f}") for each in ("p50", "p99"))
            + f", failed {sum(bench.of(case, 'Ringback', 'api_failed'))}", "–", "", "p99 < 500"),
        row("… peak memory of the server, MB", figure(bench.of(case, "Ringback", "memory_mb")), "–", "", "bounded"),
    ]


def nodes(bench):
    """Two nodes on one database."""
    one = systems.Ringback(bench, "ringback").warm(bench.size.warm)
    two = systems.Ringback(bench, "ringback_two", nodes=2).warm(bench.size.warm)
    for _ in range(bench.runs):
        for name, system in (("one node", one), ("two nodes", two)):
            figures = systems.drain(system, bench.size.jobs, distinct=True)
            bench.record("nodes", name, figures | {"twice": figures["hits"] - figures["distinct"]})
    one.stop()
    two.stop()
    bench.postgres.drop(two.database)
    two_rate, one_rate = (bench.of("nodes", name, "rate") for name in ("two nodes", "one node"))
    return [row("two nodes on one database, executions a second", figure(two_rate), f"one node {figure(one_rate)}", _ratios(two_rate, one_rate),
                f"≥ 1, none run twice: {sum(bench.of('nodes', 'two nodes', 'twice'))}", _cpu(bench, "nodes", "two nodes"))]


def fair(bench, rate=50, limit=30):
    """One project's jobs to a target that never answers, and another's to a fast one."""
    jobs = rate * bench.size.late_seconds
    for _ in range(bench.runs):
        node = systems.Ringback(bench, "ringback_fair", env={"RINGBACK_DRAIN_GRACE": "1s"}).warm(bench.size.warm)
        other = node.create_key("b")
        due = time.time() + node.lead(bench.size.hung) + 8
        node.load("create", count=bench.size.hung, due=int(due * 1e6), url=bench.target.url + "/hang")
        start = due + 2
        node.load("create", count=jobs, due=int(start * 1e6), every=1_000_000 // rate, key=other)
        if time.time() > due:
            raise RuntimeError("the jobs took longer to create than planned")
        node.settle()
        time.sleep(max(0, due - 0.3 - time.time()))
        bench.target.get("/reset")
        end = start + bench.size.late_seconds + limit
        while time.time() < end and bench.target.count() < jobs:
            time.sleep(0.1)
        stats = bench.target.stats()
        bench.record("fair", "Ringback", {name: stats[name] for name in ("p50_ms", "p99_ms", "max_ms", "early", "hung")} | {
            "jobs": jobs, "missing": jobs - stats["count"]})
        node.stop()
        bench.postgres.drop(node.database)
    missing = max(bench.of("fair", "Ringback", "missing"))
    shown = " / ".join(figure(bench.of("fair", "Ringback", each), "{:,.1f}") for each in ("p50_ms", "p99_ms", "max_ms"))
    return [row(f"lateness of {rate} jobs a second beside another project's {bench.size.hung:,} that hang, ms: p50 / p99 / max",
                shown + (f"; {missing} of {jobs} had not come {limit} s after the last was due" if missing else ""), "–", "", "p99 < 1,000")]


class _Drop:
    """Drops a partition as the server does, at the beginning of a drain."""

    def __init__(self, node):
        self.node, self.partition = node, stored.old_day(node.bench, node)

    def begin(self):
        began = time.time()
        self.node.sql(f"alter table attempts detach partition {self.partition} concurrently")
        self.node.sql(f"drop table {self.partition}")
        self.took = time.time() - began

    def end(self):
        return {"drop_ms": 1_000 * self.took}


def retention(bench):
    """A drain while a day of old attempts is dropped."""
    node, case = systems.Ringback(bench, "ringback_retention").warm(bench.size.warm), "retention"
    for _ in range(bench.runs):
        bench.record(case, "before", systems.drain(node, bench.size.jobs))
        bench.record(case, "meanwhile", systems.drain(node, bench.size.jobs, meanwhile=lambda: _Drop(node)))
        bench.record(case, "after", systems.drain(node, bench.size.jobs))
    node.stop()
    bench.postgres.drop(node.database)
    before, meanwhile, after = (bench.of(case, name, "rate") for name in ("before", "meanwhile", "after"))
    return [row(f"drain while a day of {bench.size.history // 5:,} old attempts is dropped, executions a second", figure(meanwhile),
                f"before {figure(before)}, after {figure(after)}; the drop took {figure(bench.of(case, 'meanwhile', 'drop_ms'))} ms",
                _ratios(meanwhile, before), "≥ 0.95")]


def watch(bench, rate=200, spread=2_000):
    """Live streams: when watchers are told, what they cost."""
    size, case, idle, one = bench.size, "watch", f"with {bench.size.watchers:,} idle watchers", "with a watcher of the project"
    node = watching.warm(systems.Ringback(bench, "ringback"), size.warm)
    for _ in range(bench.runs):
        bench.record(case, "each", watching.each(node, size.watchers, size.watched_rate))
        bench.record(case, "without", systems.drain(node, size.jobs))
        watchers, figures = watching.idle(node, size.watchers)
        bench.record(case, "idle", figures)
        figures = systems.drain(node, size.jobs)
        bench.record(case, idle, figures | {"failed": watchers.end()["failed"]})
        bench.record(case, one, systems.drain(node, size.jobs, meanwhile=watching.project(node, size.jobs)))
    node.stop()
    two = watching.warm(systems.Ringback(bench, "ringback_watch", nodes=2), size.warm)
    for _ in range(bench.runs):
        for told in watching.across(two, spread, rate):
            bench.record(case, "across", told)
    two.stop()
    bench.postgres.drop(two.database)

    def shown(system, *names, form="{:,.1f}"):
        return " / ".join(figure(bench.of(case, system, name), form) for name in names)

    def wrong(system):
        return ", ".join(f"{name} {max(bench.of(case, system, name))}" for name in ("missing", "twice", "failed"))

    def drained(system):
        rates = [bench.of(case, each, "rate") for each in (system, "without")]
        return f"{figure(rates[0])}, without {figure(rates[1])}", "–", _ratios(*rates)

    resumed = sum(bench.of(case, one, "resumed"))
    return [
        row(f"{size.watchers:,} watchers of a job each, {size.watched_rate} executions a second: told within 1 s, %",
            f"{shown('each', 'in_a_second', form='{:.2f}')}; {wrong('each')}", "–", "", "≥ 99.9, none missing or twice", _cpu(bench, case, "each")),
        row("… from commit to watcher, ms: p50 / p99 / max", shown("each", "p50_ms", "p99_ms", "max_ms")),
        row("… memory of an idle watcher, KB", shown("idle", "kb"), "–", "", "",
            f"{shown('idle', 'percent_worker')} + {shown('idle', 'percent_postgres')} % of a core for all"),
        row(f"drain {idle} (failed: {max(bench.of(case, idle, 'failed'))}), ratio to without", *drained(idle), "", _cpu(bench, case, idle)),
        row(f"drain {one}, ratio to without", *drained(one), "", _cpu(bench, case, one)),
        row("… told of all jobs: missing, twice, resumed", f"{wrong(one)}, resumed {resumed}", "–", "", "none missing or twice"),
        row(f"from commit to watcher at {rate} executions a second on two nodes, ms: p50 / p99, of the same node",
            shown("across", "same_p50_ms", "same_p99_ms"), "–", "", "p50 ≤ 10"),
        row("… of the other node", f"{shown('across', 'other_p50_ms', 'other_p99_ms')}; {wrong('across')}", "–", "", "p50 ≤ 50"),
    ]


def raw(bench):
    """The raw limits."""
    rows = []
    for _ in range(bench.runs):
        if "wrk" not in bench.missing:
            machine.await_quiet(time.time() + 60)
            bench.record("raw", "HTTP", limits.wrk(bench))
        if "pgbench" not in bench.missing:
            for clients in (1, 2, 4):
                bench.record("raw", f"PostgreSQL {clients}", limits.journey(bench, clients))
    if "wrk" not in bench.missing:
        rows.append(row("raw limit: HTTP target under wrk, 64 connections, a second", figure(bench.of("raw", "HTTP", "rate"))))
    if "pgbench" not in bench.missing:
        rows.append(row("raw limit: PostgreSQL, the journey of a job in batches of 500, 1 / 2 / 4 connections, jobs a second",
                        " / ".join(figure(bench.of("raw", f"PostgreSQL {clients}", "rate")) for clients in (1, 2, 4))))
    return rows


ALL = {case.__name__: case for case in (drain, postgres, future, history, late, idle, create, batch, second, nodes, watch, fair, retention, raw)}
