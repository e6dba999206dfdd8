"""Builds what the benchmark needs beside Ringback, into an ignored folder."""

import os
import pathlib
import shutil
import subprocess
import tarfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools" / "bench"
BIN = TOOLS / "bin"
JAR = ROOT / "target" / "ringback.jar"
GHZ = "v0.93.0"
# From the system's package manager: the program and its package.
SYSTEM = {"wrk": "wrk", "pgbench": "postgresql"}


def java():
    home = subprocess.check_output([ROOT / "scripts" / "find-jdk"], text=True).strip()
    return pathlib.Path(home) / "bin"


def install():
    """Answers the programs of SYSTEM that are not to be had; their rows are left out."""
    BIN.mkdir(parents=True, exist_ok=True)
    for name, folder in (("target", "target"), ("river", "peers/river")):
        _run(["go", "build", "-o", BIN / name, "."], ROOT / "bench" / folder)
    pinned = BIN / f"ghz-{GHZ}"
    if not pinned.exists():
        _run(["go", "install", f"github.com/bojand/ghz/cmd/ghz@{GHZ}"], ROOT, GOBIN=BIN)
        (BIN / "ghz").rename(pinned)
    _graphile()
    _classes()
    return [name for name, package in SYSTEM.items() if not _system(name, package)]


def _graphile():
    source, to = ROOT / "bench" / "peers" / "graphile", TOOLS / "graphile"
    to.mkdir(exist_ok=True)
    shutil.copy(source / "graphile.mjs", to)
    lock = to / "package-lock.json"
    wanted = (source / "package-lock.json").read_bytes()
    if not lock.exists() or lock.read_bytes() != wanted or not (to / "node_modules" / ".package-lock.json").exists():
        shutil.copy(source / "package.json", to)
        lock.write_bytes(wanted)
        _run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], to)


def postgres(version):
    """The programs of an older PostgreSQL, which the tests use as well."""
    to = TOOLS / f"postgres{version}"
    archive = next((ROOT / "server" / "target" / "postgres" / str(version)).glob("*.txz"), None)
    if not archive:
        _run([ROOT / "scripts" / "mvn", "-q", "-pl", "server", "dependency:unpack@postgres"], ROOT)
        return postgres(version)
    shutil.rmtree(to, ignore_errors=True)
    with tarfile.open(archive) as files:
        files.extractall(to, filter="tar")
    return to / "bin"


def _classes():
    to = TOOLS / "classes"
    shutil.rmtree(to, ignore_errors=True)
    sources = sorted((ROOT / "bench").glob("*.java"))
    _run([java() / "javac", "-nowarn", "-cp", JAR, "-d", to, *sources], ROOT)


def _system(name, package):
    if not shutil.which(name) and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "-qq", package], stdout=subprocess.DEVNULL)
    if not shutil.which(name):
        print(f"{name} is missing (package {package}): its rows are left out")
    return shutil.which(name)


def _run(command, folder, **env):
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=os.environ | {k: str(v) for k, v in env.items()},
        capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
