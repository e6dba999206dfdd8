"""Live streams: what their watchers are told and when, what they cost."""

import json
import subprocess
import time

import machine

MESSAGES = 3  # of a job that was created before and succeeds: attempt_started, attempt_finished, job_completed


class Watch:
    """A process that watches, from when its streams have begun until it is asked what it was told."""

    def __init__(self, system, command, messages=0, ends=0, **options):
        """To be told so many messages and see so many streams end; with none it is idle."""
        self.bench, self.messages, self.ends = system.bench, messages, ends
        self.process = self.bench.processes.start(
            "watch", system.load_command(command, "Watch", **options), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        began = self.process.stdout.readline()
        if not began:
            raise RuntimeError(f"no stream:\n{(self.bench.folder / 'watch.log').read_text(errors='replace')[-3000:]}")
        self.began = json.loads(began)

    def cpu(self):
        return machine.cpu(self.process.pid)

    def begin(self):
        """It has."""

    def end(self):
        output, _ = self.process.communicate(f"{self.messages} {self.ends}\n", timeout=600)
        self.bench.processes.stop(self.process)
        told = json.loads(output)
        if told["failed"]:
            print(f"  {told['failed']} streams failed, the last with: {told['failure']}")
        return told | {"expected": self.messages, "missing": self.messages - told["messages"], "opened_s": self.began["seconds"]}


def warm(node, jobs):
    """A node that is warm with somebody watching, too."""
    watches = [Watch(node, "project", address=address) for address in node.addresses]
    node.warm(jobs)
    for watch in watches:
        watch.end()
    return node


def each(node, count, rate):
    """A watcher for each job, while so many of them run a second."""
    bench = node.bench
    due = time.time() + node.lead(count) + 15 + count / 150  # the streams open meanwhile
    watch = Watch(node, "jobs", MESSAGES * count, count, count=count, due=int(due * 1e6), every=1_000_000 // rate)
    if time.time() > due - 5:
        raise RuntimeError(f"{count} streams took {watch.began['seconds']} s to open, longer than planned")
    node.settle()
    machine.await_quiet(due - 1)
    time.sleep(max(0, due - 0.4 - time.time()))
    bench.target.get("/reset")
    before = node.cpu(), bench.postgres.cpu(), watch.cpu()
    machine.wait_for("all calls", lambda: bench.target.count() >= count, count / rate + 60, 0.1)
    worker, postgres, client = (1_000 * (now - then) / count for now, then in zip((node.cpu(), bench.postgres.cpu(), watch.cpu()), before))
    told = watch.end()
    return told | {"in_a_second": 100 * told["in_a_second"] / told["expected"], "cpu_worker": worker, "cpu_postgres": postgres, "cpu_watch": client}


def idle(node, count, seconds=10):
    """Watchers of jobs that are not due, and what one of them takes of the heap and all of them of the CPU."""
    bench = node.bench
    without = node.live_kb()
    watch = Watch(node, "jobs", count=count, due=int((time.time() + 86_400) * 1e6))
    kb = (node.live_kb() - without) / count
    before, began = (node.cpu(), bench.postgres.cpu()), time.time()
    time.sleep(seconds)
    worker, postgres = (100 * (now - then) / (time.time() - began) for now, then in zip((node.cpu(), bench.postgres.cpu()), before))
    return watch, {"kb": kb, "without_kb": without, "percent_worker": worker, "percent_postgres": postgres, "opened_s": watch.began["seconds"]}


def project(node, jobs):
    """Makes a watcher of all jobs of a drain, from their creation on."""
    return lambda: Watch(node, "project", (1 + MESSAGES) * jobs)


def across(nodes, jobs, rate):
    """What a watcher of the project on each of several nodes is told while so many jobs run a second."""
    bench = nodes.bench
    watches = [Watch(nodes, "project", (1 + MESSAGES) * jobs, address=address, node=f"{nodes.database}-{number}")
               for number, address in enumerate(nodes.addresses, 1)]
    bench.target.get("/reset")
    due = nodes.prepare(jobs, every=1_000_000 // rate)
    nodes.settle()
    machine.await_quiet(due - 0.5)
    machine.wait_for("all calls", lambda: bench.target.count() >= jobs, due - time.time() + jobs / rate + 60, 0.1)
    return [watch.end() for watch in watches]
