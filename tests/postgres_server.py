"""A PostgreSQL server of a test's own, from Debian's binaries, that can be restarted at any moment."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from night_tools import ENDS

FAST = "-c fsync=off -c shared_buffers=16MB"


@dataclass(frozen=True)
class PostgresServer:
    """Where it listens; its files lie in ``folder``."""

    folder: Path
    port: int
    connections: int = 20

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg2://shopwatch@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 {FAST} "
        options += f"-c max_connections={self.connections}"
        self._run(
            "pg_ctl", "-w", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-o", options, "start"
        )

    def stop(self) -> None:
        """As a power cut would: every connection breaks."""
        self._run("pg_ctl", "-w", "-D", str(self.folder / "data"), "-m", "immediate", "stop")

    def _run(self, program: str, *args: str) -> None:
        user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
        done = subprocess.run([program, *args], user=user, cwd=self.folder, stdout=subprocess.DEVNULL, timeout=ENDS)
        assert done.returncode == 0, (program, args)


@contextmanager
def postgres(connections: int = 20) -> Iterator[PostgresServer]:
    """A server; the test is skipped where PostgreSQL is not installed."""
    if not shutil.which("pg_ctl") or not shutil.which("initdb"):
        pytest.skip("PostgreSQL is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = PostgresServer(Path(tempfile.mkdtemp(prefix="postgres-")), free.getsockname()[1], connections)
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(server.folder, owner.pw_uid, owner.pw_gid)
    try:
        server._run("initdb", "-D", str(server.folder / "data"), "-U", "shopwatch", "-A", "trust", "-E", "UTF8", "-N")
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(server.folder, ignore_errors=True)
