"""What the benchmark starts on this machine, and the CPU time that it takes."""

import contextlib
import os
import signal
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count()


class Processes:
    """Everything that was started, so that all of it can be stopped."""

    def __init__(self, folder):
        self.folder = folder
        self.running = []

    def start(self, name, command, env=None, **options):
        """In a session of its own, where Ctrl-C does not reach it, and ended with us should we be killed."""
        log = open(self.folder / f"{name}.log", "ab")
        options.setdefault("stdout", log)
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "--", *map(str, command)],
            env=env, stderr=log, start_new_session=True, **options)
        self.running.append(process)
        return process

    def run(self, name, command, env=None, limit=600):
        """Runs a command to its end; answers what it printed and the CPU seconds it took."""
        before = children_cpu()
        process = self.start(name, command, env, stdout=subprocess.PIPE, text=True)
        try:
            output, _ = process.communicate(timeout=limit)
        finally:
            self.stop(process)
        if process.returncode:
            log = (self.folder / f"{name}.log").read_text(errors="replace")
            raise RuntimeError(f"{name} failed with {process.returncode}:\n{output[-1000:]}{log[-3000:]}")
        return output, children_cpu() - before

    def stop(self, *processes, limit=30):
        for process in processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in processes:
            try:
                process.wait(limit)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process in self.running:
                self.running.remove(process)

    def stop_all(self):
        self.stop(*reversed(self.running))


def children_cpu():
    used = os.times()
    return used.children_user + used.children_system


def _stat(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()


def cpu(pid, children=False):
    """CPU seconds of a process; with those of its children, the living and those that have ended."""
    total = 0
    with contextlib.suppress(OSError):
        fields = _stat(pid)
        total = sum(map(int, fields[11:15 if children else 13])) / TICKS
    if children:
        for other in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                if int(_stat(other)[1]) == pid:
                    total += cpu(other)
    return total


def reset_peak_memory(pid):
    with open(f"/proc/{pid}/clear_refs", "w") as file:
        file.write("5")


def peak_memory_mb(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) // 1024


def busy():
    """CPU seconds of the whole machine."""
    with open("/proc/stat") as file:
        fields = list(map(int, file.readline().split()[1:9]))
    return (sum(fields) - fields[3] - fields[4]) / TICKS


def await_quiet(deadline, share=0.12, seconds=2):
    """Waits until the machine has been quiet for some seconds, but not for ever. Answers whether it is."""
    quiet = 0
    while quiet < seconds:
        if time.time() + 1 > deadline:
            return False
        before, at = busy(), time.time()
        time.sleep(1)
        quiet = quiet + 1 if (busy() - before) / (time.time() - at) / CORES < share else 0
    return True


def wait_for(what, condition, limit, pause=0.05):
    """Waits until the condition holds; answers what it answered."""
    end = time.time() + limit
    while True:
        answer = condition()
        if answer:
            return answer
        if time.time() > end:
            raise RuntimeError(f"waited {limit} s in vain: {what}")
        time.sleep(pause)
