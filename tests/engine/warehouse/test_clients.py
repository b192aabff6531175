"""Clients that analysts bring open the published file read-only and read the same rows.

None of them is in the lock; each is tried where it is installed. For Superset, ``SUPERSET_PYTHON`` is the Python of an
environment with ``apache-superset`` and ``duckdb-engine``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ad_project import SUNDAYS, ad_home, ad_include, drop_week
from night_tools import ENDS
from shopwatch.pipeline import watch_night

pytestmark = pytest.mark.slow  # a night, and the clients' own start
SQL = "select entity, count(*) as periods from kpi.fct_kpi group by entity order by entity"
IN_NODE = """
const {DuckDBInstance} = require('@duckdb/node-api');
(async () => {
    const instance = await DuckDBInstance.create(process.argv[1], {access_mode: 'READ_ONLY'});
    const reader = await (await instance.connect()).runAndReadAll(process.argv[2]);
    console.log(JSON.stringify(reader.getRowsJson().map(([entity, periods]) => [entity, Number(periods)])));
})();
"""
IN_SUPERSET = """
import json, sys
from superset.app import create_app

with create_app().app_context():
    from superset.models.core import Database
    from superset.sql.parse import Table

    extra = json.dumps({"engine_params": {"connect_args": {"read_only": True}}})
    database = Database(database_name="shop", sqlalchemy_uri=f"duckdb:///{sys.argv[1]}", extra=extra)
    assert database.get_columns(Table("fct_kpi", "kpi"))
    assert ("fct_kpi", "kpi", None) in database.get_all_table_names_in_schema(catalog=None, schema="kpi")
    print("ROWS" + json.dumps(database.get_df(sys.argv[2]).values.tolist()))
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clients")
    home = ad_home(folder / "home", ad_include(folder / "include"), folder / "inbox", {"a": "main"})
    drop_week(home, "a", SUNDAYS[0], [100, 400])
    watch_night(home, SUNDAYS[0])
    return home.published


@pytest.fixture
def rows(file: Path) -> list[list[Any]]:
    with duckdb.connect(file, read_only=True) as con:
        found = [list(row) for row in con.execute(SQL).fetchall()]
    assert found
    return found


def _output_of(command: list[str], **more: str) -> str:
    done = subprocess.run(command, env=os.environ | more, capture_output=True, text=True, timeout=ENDS)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_polars(file: Path, rows: list[list[Any]]) -> None:
    pytest.importorskip("polars")
    with duckdb.connect(file, read_only=True) as con:
        assert [list(row) for row in con.sql(SQL).pl().rows()] == rows


def test_adbc(file: Path, rows: list[list[Any]]) -> None:
    dbapi = pytest.importorskip("adbc_driver_manager.dbapi")
    from adbc_driver_duckdb import driver_path

    kept = {"path": str(file), "access_mode": "READ_ONLY"}
    with (
        dbapi.connect(driver=driver_path(), entrypoint="duckdb_adbc_init", db_kwargs=kept) as con,
        con.cursor() as cursor,
    ):
        cursor.execute(SQL)
        assert [list(row) for row in cursor.fetchall()] == rows
        with pytest.raises(dbapi.Error, match="read-only"):
            cursor.execute("create table main.mine as select 1")


def test_the_command_line(file: Path, rows: list[list[Any]]) -> None:
    program = shutil.which("duckdb") or pytest.skip("the DuckDB CLI is not installed")
    found = json.loads(_output_of([program, "-readonly", "-json", str(file), SQL]))
    assert [list(row.values()) for row in found] == rows


def test_node(file: Path, rows: list[list[Any]]) -> None:
    node = shutil.which("node")
    if not node or subprocess.run([node, "-e", "require('@duckdb/node-api')"], capture_output=True).returncode:
        pytest.skip("@duckdb/node-api is not installed; NODE_PATH may name its folder")
    assert json.loads(_output_of([node, "-e", IN_NODE, str(file), SQL])) == rows


def test_superset(file: Path, rows: list[list[Any]], tmp_path: Path) -> None:
    python = os.environ.get("SUPERSET_PYTHON") or pytest.skip("SUPERSET_PYTHON names no Python with Superset")
    assert python != sys.executable
    config = tmp_path / "superset_config.py"
    config.write_text(f"SECRET_KEY = 'of no installation'\nSQLALCHEMY_DATABASE_URI = 'sqlite:///{tmp_path}/own.db'\n")
    output = _output_of([python, "-c", IN_SUPERSET, str(file), SQL], SUPERSET_CONFIG_PATH=str(config), PYTHONPATH="")
    assert json.loads(output.rpartition("ROWS")[2]) == rows
