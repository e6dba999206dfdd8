"""PostgreSQL of older versions, and systems whose tables nobody tends: as a user has them."""

import contextlib
import os
import signal
import socket
import time

import install
import machine
import stored
import systems


class OldPostgres(systems.Postgres):
    """One of an older version, with the settings of the embedded one."""

    SETTINGS = ("fsync", "synchronous_commit", "full_page_writes", "max_connections", "shared_buffers", "max_wal_size")

    def __init__(self, bench, version):
        folder, like = bench.folder / f"data{version}", bench.postgres
        programs, password = install.postgres(version), bench.folder / "password"
        password.write_text("bench")
        # It does not run as root; in a user namespace of its own it does not see that.
        as_user = ["unshare", "-U"] if os.geteuid() == 0 else []
        bench.processes.run("initdb", [
            *as_user, programs / "initdb", f"--pgdata={folder}", f"--username={like.user}", f"--pwfile={password}",
            "--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8", "--locale=C"])
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        settings = {name: like.sql("postgres", f"show {name}") for name in self.SETTINGS}
        settings |= {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        self.server = bench.processes.start(f"postgres{version}", [
            *as_user, programs / "postgres", "-D", folder, *(f"--{name}={value}" for name, value in settings.items())])
        self.pid = self.server.pid
        self._connect(bench.processes, port, like.user, "bench")
        machine.wait_for(f"PostgreSQL {version} is ready", self._is_ready, 60)

    def _is_ready(self):
        with contextlib.suppress(RuntimeError):
            return self.sql("postgres", "select true") == "t"
        return False

    def stop(self):
        super().stop()
        self.server.send_signal(signal.SIGINT)
        self.server.wait(90)


class Ringback(systems.Ringback):
    """A warm node on a new database. Nothing tends its tables but autovacuum."""

    STORED = 20_000  # jobs of the future a second, or more

    def __init__(self, bench, future):
        super().__init__(bench, "ringback_untended")
        self.future = 0
        self.warm(bench.size.warm)
        self.future = future

    def lead(self, jobs):
        return super().lead(jobs) + self.future / self.STORED

    def prepare(self, jobs, every=0):
        """Jobs of the future come behind those that are due."""
        due = super().prepare(jobs, every)
        if self.future:
            stored.add_future(self, self.future)
            if time.time() > due - 1.5:
                raise RuntimeError(f"{self.future} jobs of the future took longer to store than planned")
        return due

    def settle(self):
        pass


class River(systems.Peer):
    """The same for River."""

    def __init__(self, bench, future):
        river = systems.river(bench)
        super().__init__(bench, river.name, river.command, river.env, river.polling, river.clone)
        self.future = future

    def prepare(self, jobs):
        super().prepare(jobs)
        if self.future:
            self.bench.postgres.sql(self.database, self.clone.format(n=self.future))

    def settle(self):
        pass
