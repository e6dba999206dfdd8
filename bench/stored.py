"""Databases of Ringback that hold much: jobs of the future, or a long history. Each is made once a run."""

import datetime

import systems

UTC = datetime.timezone.utc
BUCKET = "(g % 1024)::smallint"


def _id(at):
    """A UUID of version 7 with the bucket in its last 10 bits, as the server makes them."""
    return (f"(lpad(to_hex({int(at.timestamp() * 1000)} + g / 4096), 12, '0') || '7' || lpad(to_hex(g & 4095), 3, '0')"
            " || '8' || lpad(to_hex(g * 1024 + g % 1024), 15, '0'))::uuid")


def future(bench):
    """A node on a database with jobs that are due from tomorrow on."""
    node = systems.Ringback(bench, "ringback_future")
    if "future" not in bench.made:
        tomorrow = datetime.datetime.now(UTC) + datetime.timedelta(days=1)
        node.load("create", count=1, due=int(tomorrow.timestamp() * 1e6))
        add_future(node, bench.size.future)
        node.sql("vacuum (analyze)")
        bench.made.add("future")
    return node


def add_future(node, count):
    """Adds jobs that are due from tomorrow on, like one that waits."""
    now = datetime.datetime.now(UTC)
    due = f"timestamptz '{now + datetime.timedelta(days=1)}' + g * interval '2 s'"
    rows = range(1, count + 1)
    node.clone("jobs", "jobs", {"bucket": BUCKET, "id": _id(now), "scheduled_at": due}, rows)
    node.clone("queue", "queue", {
        "bucket": BUCKET, "job_id": _id(now), "execution_id": _id(now), "due_at": due, "scheduled_at": due}, rows)


def history(bench, days=10):
    """A node on a database with jobs that ran on past days, each with its execution and its attempt."""
    node = systems.Ringback(bench, "ringback_history")
    if "history" not in bench.made:
        node.warm(1_000)
        today = datetime.datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        a_day = bench.size.history // days
        for back in range(1, days + 1):
            begin = today - datetime.timedelta(days=back)
            _partition(node, "attempts", begin)
            rows = range((back - 1) * a_day + 1, back * a_day + 1)
            at = f"timestamptz '{begin}' + (g % {a_day}) * interval '86399 s' / {a_day}"
            job = _id(begin)
            node.clone("jobs", "jobs", {
                "bucket": BUCKET, "id": job, "scheduled_at": at, "created_at": at, "updated_at": at}, rows)
            node.clone("ended_jobs", "ended_jobs", {
                "bucket": BUCKET, "job_id": job, "execution_id": job, "scheduled_at": at, "finished_at": at}, rows)
            node.clone("attempts", "attempts where status = 'succeeded'", {
                "bucket": BUCKET, "job_id": job, "execution_id": job, "due_at": at, "started_at": at, "finished_at": at}, rows)
        node.sql("vacuum (analyze)")
        bench.made.add("history")
    return node


def old_day(bench, node, days=32):
    """A day's attempts that retention is about to drop; the name of their partition."""
    day = datetime.datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - datetime.timedelta(days=days)
    _partition(node, "attempts", day)
    at = f"timestamptz '{day}' + (g % 86400) * interval '1 s'"
    node.clone("attempts", "attempts where status = 'succeeded'", {
        "bucket": BUCKET, "job_id": _id(day), "execution_id": _id(day), "due_at": at, "started_at": at, "finished_at": at},
        range(1, bench.size.history // 5 + 1))
    return f"attempts_p{day:%Y%m%d}"


def _partition(node, table, day):
    partition = f"{table}_p{day:%Y%m%d}"
    node.sql(f"create table if not exists {partition} (like {table} including all)")
    node.sql(f"alter table {table} attach partition {partition} for values from ('{day}') to ('{day + datetime.timedelta(days=1)}')")
