"""A statement of somebody else, in a process of its own: what cannot be interrupted is ended with it.

Run as ``python -m shopwatch.agents.statement MEGABYTES``, with the question as JSON on standard input; the answer is
JSON on standard output. DuckDB interrupts a statement between rows, so one call of a slow function outlives its time.
"""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path

import duckdb

from shopwatch.agents.answers import QueryResult, QuestionError, answer, closed_off, too_long

PLUGINS = Path(__file__).parents[2]
ALLOWED = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
MOST_MEGABYTES = 4096  # of address space; DuckDB may use 512 MB
GRACE = 2.0  # seconds to start the process and for DuckDB to stop the statement itself
_free = threading.BoundedSemaphore(4)


def run_apart(path: Path, sql: str, limit: int, seconds: float) -> QueryResult:
    """Answer of one SELECT to the file.

    Raises QuestionError for anything but a single SELECT or EXPLAIN, a statement that DuckDB refuses, one that takes
    longer than ``seconds`` or too much memory, and if others keep the four places busy for as long.
    """
    if not _free.acquire(timeout=seconds):
        raise QuestionError("Busy with other statements: ask again in a moment")
    question = json.dumps({"path": str(path), "sql": sql, "limit": limit, "seconds": seconds})
    paths = [str(PLUGINS), *filter(None, [os.environ.get("PYTHONPATH")])]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "shopwatch.agents.statement", str(MOST_MEGABYTES)],
            input=question.encode(),
            capture_output=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            timeout=seconds + GRACE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise QuestionError(too_long(seconds)) from error
    finally:
        _free.release()
    if done.returncode:
        raise QuestionError("The statement needed too much memory: ask for fewer rows or columns")
    reply = json.loads(done.stdout)
    if "error" in reply:
        raise QuestionError(reply["error"])
    return QueryResult(**reply)


def _run(path: Path, sql: str, limit: int, seconds: float) -> QueryResult:
    with closed_off(path) as con:
        try:
            statements = con.extract_statements(sql)
        except duckdb.Error as error:
            raise QuestionError(str(error)) from error
        if len(statements) != 1 or statements[0].type not in ALLOWED:
            raise QuestionError("One SELECT at a time: the published warehouse is read-only")
        return answer(con, sql, {}, limit, seconds)


def main(megabytes: int) -> None:
    """Answer the question on standard input, and end at once, whatever still runs."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = megabytes << 20
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    question = json.load(sys.stdin)
    most_seconds = math.ceil(question["seconds"] + 2 * GRACE)
    resource.setrlimit(resource.RLIMIT_CPU, (most_seconds, most_seconds))  # for when the server ended before
    try:
        reply = asdict(_run(Path(question["path"]), question["sql"], question["limit"], question["seconds"]))
    except QuestionError as error:
        reply = {"error": str(error)}
    json.dump(reply, sys.stdout)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
