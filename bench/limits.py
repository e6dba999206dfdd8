"""What the machine can do at most: PostgreSQL, HTTP, a bare gRPC call."""

import json
import re
import time

import install
import machine

PLANNER = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c enable_bitmapscan=off -c jit=off"  # as the server's connections


def wrk(bench):
    output, _ = bench.processes.run("wrk", [
        "wrk", "-t1", "-c64", f"-d{bench.size.seconds}s", "-s", install.ROOT / "bench/limits/post.lua", bench.target.url + "/"])
    return {"rate": float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])}


def journey(bench, clients):
    """The whole journey of jobs in statements for 500 of them; executions a second."""
    folder, seconds = install.ROOT / "bench" / "limits", bench.size.seconds
    bench.postgres.create("limits")
    lines = (folder / "schema.sql").read_text().replace(":jobs", str(seconds * 90_000)).splitlines()
    for statement in "\n".join(line for line in lines if not line.startswith("--")).split(";"):
        if statement.strip():
            bench.postgres.sql("limits", statement)
    _quiet()
    bench.processes.run("pgbench", [
        "pgbench", "-h", "127.0.0.1", "-p", bench.postgres.port, "-U", bench.postgres.user, "-n", "-M", "prepared",
        "-c", clients, "-j", min(clients, machine.CORES), "-T", seconds, "-f", folder / "journey.sql", "limits"],
        {"PATH": "/usr/bin:/bin", "PGPASSWORD": bench.postgres.password, "PGOPTIONS": PLANNER})
    done = int(bench.postgres.sql("limits", "select count(*) from executions"))
    bench.postgres.drop("limits")
    return {"rate": done / seconds}


def ghz(bench, system, call, described, payload, connections, seconds=None):
    """Calls with 50 in flight; the rate, and the CPU of server and PostgreSQL for 1,000."""
    _quiet()
    before = system.cpu(), bench.postgres.cpu()
    output, own = bench.processes.run("ghz", [
        install.BIN / f"ghz-{install.GHZ}", "--insecure", *described, "--call", call, "--binary-file", payload, "--metadata",
        json.dumps({"authorization": f"Bearer {system.key}"}), "-c", 50, "--connections", connections,
        "-z", f"{seconds or bench.size.seconds}s", "--duration-stop", "wait", "-O", "json", system.address])
    worker, postgres = (1_000 * (now - then) for now, then in zip((system.cpu(), bench.postgres.cpu()), before))
    answer = json.loads(output)
    count, ok = answer["count"], answer["statusCodeDistribution"].get("OK", 0)
    if ok != count:
        raise RuntimeError(f"{call}: {answer['statusCodeDistribution']}")
    p99 = next((each["latency"] / 1e6 for each in answer["latencyDistribution"] or [] if each["percentage"] == 99), None)
    return {"rate": answer["rps"], "p99_ms": p99, "cpu": (worker + postgres) / count, "cpu_worker": worker / count,
            "cpu_postgres": postgres / count, "cpu_ghz": 1_000 * own / count}


def _quiet():
    machine.await_quiet(time.time() + 60)
