"""Content hashes of written tables: a table is written again only when its source content changes."""

from __future__ import annotations

import hashlib

import duckdb


def is_news(con: duckdb.DuckDBPyConnection, table: str, content: object) -> bool:
    """Whether a table was last written from other content; the new content is recorded in ``meta.written``."""
    fingerprint = hashlib.sha256(repr(content).encode()).hexdigest()
    if con.execute("from meta.written where table_name = $1 and content = $2", [table, fingerprint]).fetchone():
        return False
    con.execute("delete from meta.written where table_name = $1", [table])
    con.execute("insert into meta.written values ($1, $2)", [table, fingerprint])
    return True
