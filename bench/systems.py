"""The systems that are measured, each on a database of its own in the same PostgreSQL."""

import contextlib
import json
import os
import subprocess
import time
import urllib.request

import install
import machine

KEY = "rb_sk_of_the_bench_0123456789"
PLAIN = {k: v for k, v in os.environ.items() if not k.startswith(("RINGBACK_", "PG"))}


class Postgres:
    """The PostgreSQL that Ringback embeds, with its durable settings."""

    def __init__(self, processes, folder):
        self._connect(processes, folder)
        self.pid = int((folder / "pg18" / "postmaster.pid").read_text().split()[0])

    def _connect(self, processes, *arguments):
        self.process = processes.start(
            "postgres", [install.java() / "java", "-Xmx128m", "-cp", f"{install.JAR}:{install.TOOLS / 'classes'}", "Postgres", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        answer = self.process.stdout.readline().strip().split("\t")
        if len(answer) != 3:
            raise RuntimeError(f"PostgreSQL did not start, see {processes.folder}/postgres.log")
        self.port, self.user, self.password = answer

    def sql(self, database, text):
        """The first row, its values separated by bars."""
        self.process.stdin.write(f"{database}\t{' '.join(text.split())}\n")
        state, answer = self.process.stdout.readline().rstrip("\n").split("\t", 1)
        if state != "ok":
            raise RuntimeError(f"{answer}\n{text}")
        return answer

    def url(self, database):
        return f"postgresql://{self.user}:{self.password}@127.0.0.1:{self.port}/{database}"

    def create(self, database, template="template0"):
        self.drop(database)
        self.sql("postgres", f"create database {database} template {template} strategy file_copy")

    def drop(self, database):
        self.sql("postgres", f"drop database if exists {database} with (force)")

    def await_no_autovacuum(self):
        """It goes on for a while behind what filled large tables, too gently to disturb the quiet, and would count as work of the next case."""
        running = "select exists (select from pg_stat_activity where backend_type = 'autovacuum worker')"
        machine.wait_for("autovacuum ends", lambda: self.sql("postgres", running) == "f", 600, 1)

    def cpu(self):
        return machine.cpu(self.pid, children=True)

    def stop(self):
        """By the end of its input: killed, it would leave the server to its guardian, and to end later."""
        self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(90)


class Target:
    def __init__(self, processes):
        self.process = processes.start("target", [install.BIN / "target"], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return answer.read().decode()

    def count(self):
        return int(self.get("/count"))

    def stats(self):
        return json.loads(self.get("/stats"))

    def cpu(self):
        return machine.cpu(self.process.pid)


class Ringback:
    """One or more nodes as they are shipped, warmed up: the JIT compiles what is hot first."""

    name, key = "Ringback", KEY

    def __init__(self, bench, database, nodes=1, env=None):
        self.bench, self.database, self.env = bench, database, env or {}
        self.create_rate = 2_500
        if not bench.postgres.sql("postgres", f"select 1 from pg_database where datname = '{database}'"):
            bench.postgres.create(database)
        self.nodes, self.addresses = [], []
        for number in range(1, nodes + 1):
            self._start(f"{database}-{number}")

    def settings(self):
        return PLAIN | {
            "RINGBACK_DATABASE_URL": self.bench.postgres.url(self.database),
            "RINGBACK_API_KEY": KEY,
            "RINGBACK_GRPC_PORT": "0",
            "RINGBACK_OPS_PORT": "0",
            "RINGBACK_ENVOY": "false",
            "RINGBACK_CALLBACK_ALLOW": "127.0.0.0/8",
        } | self.env

    def _start(self, node):
        folder = self.bench.folder / node
        log = self.bench.folder / f"{node}.log"
        log.unlink(missing_ok=True)
        process = self.bench.processes.start(
            node, [install.java() / "java", "-jar", install.JAR],
            self.settings() | {"RINGBACK_DATA_DIR": str(folder), "RINGBACK_NODE_ID": node})
        self.nodes.append(process)

        def ready():
            if process.poll() is not None:
                raise RuntimeError(f"{node} did not start:\n{log.read_text()[-3000:]}")
            return "API key" in log.read_text()

        machine.wait_for(f"{node} is ready", ready, 90)
        line = next(line for line in log.read_text().splitlines() if "gRPC, without Envoy" in line)
        self.address = line.split()[-1]
        self.addresses.append(self.address)

    def warm(self, jobs):
        """As much of the same work as makes a node fast; more of it where nodes share it."""
        for _ in range(2):
            drain(self, jobs * len(self.nodes) // 2, warm=True)
        return self

    def create_key(self, project):
        output, _ = self.bench.processes.run(
            "create-key", [install.java() / "java", "-jar", install.JAR, "create-key", "--project", project], self.settings())
        return output.strip().splitlines()[-1]

    def load(self, command, **options):
        output, seconds = self.bench.processes.run("load", self.load_command(command, **options))
        return json.loads(output) | {"cpu": seconds}

    def load_command(self, command, program="Load", **options):
        options = {"address": self.address, "key": KEY, "url": self.bench.target.url + "/"} | options
        return [install.java() / "java", "-Xmx1g", "-cp", f"{install.JAR}:{install.TOOLS / 'classes'}", program, command,
                *(f"{name}={value}" for name, value in options.items())]

    def lead(self, jobs):
        """How long before they are due it is safe to begin creating jobs."""
        return 1.3 * jobs / self.create_rate + 6

    def prepare(self, jobs, every=0):
        """Creates jobs through the API; answers when the first is due, or all of them."""
        due = time.time() + self.lead(jobs)
        created = self.load("create", count=jobs, due=int(due * 1e6), every=every)
        self.create_rate = min(20_000, jobs / created["seconds"])
        if time.time() > due - 1.5:
            raise RuntimeError(f"{jobs} jobs took {created['seconds']} s to create, longer than planned")
        return due

    def clone(self, table, source, columns, count):
        """Fills a table with rows like one that the API made, but for some columns; g is a row's number."""
        names = self.sql("select string_agg(attname, ',' order by attnum) from pg_attribute"
                         f" where attrelid = '{table}'::regclass and attnum > 0 and not attisdropped").split(",")
        self.sql(f"insert into {table} ({', '.join(names)}) select {', '.join(columns.get(name, 'source.' + name) for name in names)}"
                 f" from (select * from {source} limit 1) source, generate_series({count.start}::bigint, {count.stop - 1}) g")

    def settle(self):
        self.sql("vacuum (analyze) queue")
        self.bench.postgres.sql("postgres", "checkpoint")

    def sql(self, text):
        return self.bench.postgres.sql(self.database, text)

    def begin(self):
        pass

    def recorded(self, jobs, since):
        """Whether no execution that is due is left; cheap at any size of the tables."""
        return self.sql("select not exists (select from queue where owner is null and due_at <= now())"
                        " and not exists (select from queue where owner is not null)") == "t"

    def check(self, jobs, since):
        """Every job has one attempt."""
        return self.sql(f"select count(*), count(distinct execution_id) from attempts where status = 'succeeded'"
                        f" and started_at >= to_timestamp({since - 1})") == f"{jobs}|{jobs}"

    def cpu(self):
        return sum(machine.cpu(node.pid) for node in self.nodes)

    def live_kb(self):
        """What is left on the first node's heap after two collections: the first may leave what it finds a last use for."""
        command = [install.java() / "jcmd", str(self.nodes[0].pid), "GC.class_histogram"]
        return [int(subprocess.check_output(command, text=True).split()[-1]) for _ in range(2)][-1] / 1024

    def stop(self):
        self.bench.processes.stop(*self.nodes)
        self.nodes = []


class Peer:
    """A system that takes jobs from tables of its own, and writes one row for each attempt after the call."""

    WARM = 5_000  # jobs before the clock begins
    ATTEMPTS = """create table attempts (id bigserial primary key, job_id text not null, started_at timestamptz not null,
      finished_at timestamptz, status_code int, duration_ms float8, response_body text)"""

    def __init__(self, bench, name, command, env, polling, clone):
        self.bench, self.name, self.command, self.env, self.polling, self.clone = bench, name, command, env, polling, clone
        self.database = name.replace("-", "_").lower()
        self.template = f"{self.database}_template"
        self.worker = None

    def setup(self):
        """The empty tables, as a template."""
        self.bench.postgres.create(self.template)
        self.run(self.template, "setup")
        self.bench.postgres.sql(self.template, self.ATTEMPTS)
        self.bench.postgres.sql(self.template, "create index on attempts (job_id)")
        return self

    def with_future(self, jobs):
        """The same system, with jobs stored that are due in days."""
        stored = Peer(self.bench, self.name, self.command, self.env, self.polling, self.clone)
        stored.template = f"{self.database}_future"
        self.bench.postgres.create(stored.template, self.template)
        self.run(stored.template, "batch", 1, 1)
        self.bench.postgres.sql(stored.template, self.clone.format(n=jobs))
        self.bench.postgres.sql(stored.template, "vacuum analyze")
        return stored

    def settings(self, database, more=()):
        return PLAIN | self.env | {"PG_URL": self.bench.postgres.url(database).replace("postgresql:", "postgres:"),
                                   "TARGET": self.bench.target.url + "/"} | dict(more)

    def run(self, database, *command):
        output, _ = self.bench.processes.run(self.name, [*self.command, *command], self.settings(database))
        return output

    def prepare_spread(self, warm, start, jobs, rate):
        """Some due jobs to warm up with, and some that fall due one by one."""
        self.fresh()
        self.run(self.database, "preload", warm)
        self.run(self.database, "sched", int(start * 1e6), jobs, rate)
        self.settle()

    def fresh(self):
        self.bench.postgres.create(self.database, self.template)

    def prepare(self, jobs):
        self.fresh()
        self.run(self.database, "preload", jobs + self.WARM)

    def settle(self):
        self.bench.postgres.sql(self.database, "vacuum analyze")
        self.bench.postgres.sql("postgres", "checkpoint")

    def begin(self, more=()):
        self.worker = self.bench.processes.start(f"{self.name}-worker", [*self.command, "work"], self.settings(self.database, more))

    def recorded(self, jobs, since):
        return int(self.bench.postgres.sql(self.database, "select count(*) from attempts")) >= jobs + self.WARM

    def check(self, jobs, since):
        return self.bench.postgres.sql(self.database, "select count(*), count(distinct job_id) from attempts") == f"{jobs + self.WARM}|{jobs + self.WARM}"

    def cpu(self):
        return machine.cpu(self.worker.pid)

    def stop(self):
        if self.worker:
            self.bench.processes.stop(self.worker, limit=5)
            self.worker = None


def river(bench):
    return Peer(
        bench, "River", [install.BIN / "river"], {"WORKERS": "200", "COOLDOWN_MS": "2", "POLL_MS": "20", "POOL": "40"}, {"POLL_MS": "10"},
        """insert into river_job (state, attempt, max_attempts, created_at, scheduled_at, priority, args, kind, metadata, queue, tags)
        select state, attempt, max_attempts, created_at, now() + interval '1 day' + g * interval '2 s', priority, args, kind, metadata, queue, tags
        from (select * from river_job limit 1) job, generate_series(1, {n}) g""")


def graphile(bench):
    folder = install.TOOLS / "graphile"
    node = next(folder.glob("node_modules/node-*/bin/node"))
    return Peer(
        bench, "graphile-worker", [node, folder / "graphile.mjs"], {"WORKERS": "24", "LOCAL_QUEUE": "500", "POOL": "25"}, {"POLL_MS": "50"},
        """insert into graphile_worker._private_jobs (task_id, payload, priority, run_at, max_attempts)
        select task_id, payload, priority, now() + interval '1 day' + g * interval '2 s', max_attempts
        from (select * from graphile_worker._private_jobs limit 1) job, generate_series(1, {n}) g""")


def drain(system, jobs, warm=False, meanwhile=None, distinct=False):
    """Drains a backlog of due jobs: the rate from the first call until every attempt is recorded, and the CPU that took."""
    bench = system.bench
    watch = meanwhile() if meanwhile else None  # before the clock runs: it warms up
    if not warm:
        bench.postgres.await_no_autovacuum()
    due = system.prepare(jobs)
    ahead = 0 if due else Peer.WARM
    bench.target.get(f"/reset?warm={ahead}&distinct={int(distinct)}")
    if warm:
        machine.wait_for("the jobs are run", lambda: bench.target.count() >= jobs and system.recorded(jobs, 0), due - time.time() + 120)
        return None
    system.settle()
    quiet = machine.await_quiet((due or time.time() + 60) - 1)
    if due:
        time.sleep(max(0, due - time.time() - 0.2))
    used = None
    try:
        if due:
            used, counted = _used(system), 0
        system.begin()
        if watch:
            watch.begin()
        since, last, progress = time.time(), 0, time.time()
        while last < jobs + ahead:
            count = bench.target.count()
            if used is None and count >= ahead:
                used, counted = _used(system), count - ahead
            if count > last:
                last, progress = count, time.time()
            if time.time() - progress > 60:
                raise RuntimeError(f"{system.name} stopped at {last} of {jobs + ahead} calls")
            time.sleep(0.05)
        machine.wait_for("all attempts are recorded", lambda: system.recorded(jobs, since), 60, 0.02)
        end, used_then = time.time(), _used(system)
        extra = watch.end() if watch else {}
        stats = bench.target.stats()
        if not system.check(jobs, due or since):
            raise RuntimeError(f"{system.name} did not record one attempt for each of {jobs} jobs")
    finally:
        if not due:
            system.stop()
    seconds = end - stats["first_ns"] / 1e9
    took = [now - then for now, then in zip(used_then, used)]
    worker, postgres, target, machine_wide = (1_000 * each / (jobs - counted) for each in took)
    others = machine_wide - worker - postgres - target
    return {"rate": jobs / seconds, "cpu": worker + postgres, "cpu_worker": worker, "cpu_postgres": postgres, "cpu_target": target,
            "others_share": round(others * (jobs - counted) / 1_000 / seconds / machine.CORES, 3), "quiet": quiet,
            "hits": stats["count"], "distinct": stats["distinct"], **extra}


def _used(system):
    return system.cpu(), system.bench.postgres.cpu(), system.bench.target.cpu(), machine.busy()
