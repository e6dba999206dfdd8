"""The table, and its place in docs/benchmarks.md."""

import datetime
import statistics
import subprocess

import install
import machine

PAGE = install.ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- written by make bench -->", "<!-- end of what make bench writes -->"
HEAD = "| case | Ringback | best peer | ratio | target | CPU-s per 1,000 |\n| --- | --- | --- | --- | --- | --- |"


def figure(values, form="{:,.0f}"):
    """The median, with the lowest and the highest behind it."""
    if not values:
        return "–"
    text = form.format(statistics.median(values))
    return text if len(values) == 1 else f"{text} ({form.format(min(values))}–{form.format(max(values))})"


def row(case, ringback, peer="", ratio="", target="", cpu=""):
    return f"| {case} | {ringback} | {peer} | {ratio} | {target} | {cpu} |"


def about(bench, given):
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=install.ROOT, capture_output=True, text=True).stdout.strip()
    changed = subprocess.run(["git", "status", "--porcelain", "-uno"], cwd=install.ROOT, capture_output=True, text=True).stdout.strip()
    version = bench.postgres.sql("postgres", "show server_version").split()[0]
    java = subprocess.run([install.java() / "java", "-version"], capture_output=True, text=True).stderr.split('"')[1]
    options = " ".join(filter(None, [f"--only {given.only}" if given.only else "", f"--runs {given.runs}" if given.runs != 3 else "",
                                     "--quick" if given.quick else ""]))
    return (f"Measured at `{commit or 'unknown'}`{' with changes' if changed else ''} on {datetime.date.today()}: {machine.CORES} cores, PostgreSQL {version},"
            f" JDK {java}, River 0.51.2, graphile-worker 0.18.0. Medians of {given.runs} {'run' if given.runs == 1 else 'runs'}, lowest–highest in brackets."
            f" Again: `{'scripts/bench ' + options if options else 'make bench'}`.")


def table(about, rows):
    return "\n".join([about, "", HEAD, *rows])


def write(text):
    page = PAGE.read_text()
    before, rest = page.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
    print(f"written to {PAGE.relative_to(install.ROOT)}")
