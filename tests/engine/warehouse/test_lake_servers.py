"""The lake on servers of this machine: its catalogue in PostgreSQL, its files on S3, and Spark as a reader.

moto, s3fs and pyspark are not in the lock; docs/install.md says how to install them.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from postgres_server import PostgresServer, postgres
from shopwatch.core.settings import Settings
from shopwatch.warehouse.lake import publish_to_lake
from shopwatch.warehouse.lake_store import LakeError, load_extension

pytestmark = pytest.mark.slow
MONEY = {
    "marts.fct_campaign_day": "spend",
    "marts.fct_product_day": "pay_amount",
    "kpi.fct_kpi": None,
    "review.weekly_shop": "revenue",
    "marts.dim_shop": None,
}
"""Tables of a night that clients read, with an amount to add up; all have rows, since a table without has no files."""


def sums(con: duckdb.DuckDBPyConnection, database: str) -> dict[str, tuple[object, ...]]:
    """Rows and total of each table, by shop."""
    return {
        table: tuple(
            con.execute(
                f"select shop, count(*), {f'cast(sum({amount}) as varchar)' if amount else 'null'} "
                f"from {database}.{table} group by shop order by shop"
            ).fetchall()
        )
        for table, amount in MONEY.items()
    }


@pytest.fixture
def file(watched: Path) -> Path:
    """The newest of three nights."""
    return max((watched / "published").glob("shop-????-??-??.duckdb"))


def night_of(file: Path) -> date:
    return date.fromisoformat(file.stem.removeprefix("shop-"))


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres() as running:
        yield running


def test_the_catalogue_may_be_in_postgresql(server: PostgresServer, file: Path, tmp_path: Path) -> None:
    catalog = server.url().replace("shopwatch@", "shopwatch:hunter2@")
    settings = Settings(home=tmp_path / "home", lake=str(tmp_path / "lake"), lake_catalog=catalog)
    assert publish_to_lake(settings, night_of(file), file) > 0
    assert publish_to_lake(settings, night_of(file), file) == 0
    with duckdb.connect() as con:
        load_extension(con, "postgres_scanner")
        load_extension(con, "ducklake")
        address = f"host=127.0.0.1 port={server.port} user=shopwatch dbname=postgres"
        con.execute(f"attach 'ducklake:postgres:{address}' as lake (read_only)")
        con.execute(f"attach '{file}' as night (read_only)")
        assert sums(con, "lake") == sums(con, "night")
        assert con.execute("select count(*) from lake.snapshots()").fetchone() == (1,)


def test_a_password_of_the_catalogue_is_not_shown(server: PostgresServer, file: Path, tmp_path: Path) -> None:
    lost = f"postgresql://shopwatch:hunter2@127.0.0.1:{server.port}/lost"
    settings = Settings(home=tmp_path / "home", lake=str(tmp_path / "lake"), lake_catalog=lost)
    with pytest.raises(LakeError, match='database "lost" does not exist') as refused:
        publish_to_lake(settings, night_of(file), file)
    assert "hunter2" not in f"{refused.value} {refused.value.__cause__} {settings}"


def test_spark_adds_the_same_files_up_to_the_cent(file: Path, tmp_path: Path) -> None:
    spark_of = pytest.importorskip("pyspark.sql").SparkSession
    if not shutil.which("java"):
        pytest.skip("Java is not installed")
    settings = Settings(home=tmp_path / "home", lake=str(tmp_path / "lake"))
    publish_to_lake(settings, night_of(file), file)
    spark = spark_of.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        with duckdb.connect() as con:
            load_extension(con, "sqlite_scanner")
            load_extension(con, "ducklake")
            con.execute(f"attach 'ducklake:sqlite:{settings.lake}/catalog.sqlite' as lake (read_only)")
            con.execute(f"attach '{file}' as night (read_only)")
            expected = sums(con, "night")
            listed = {
                name: con.execute(
                    "select data_file from ducklake_list_files('lake', $2, schema => $1)", name.split(".")
                ).fetchall()
                for name in expected
            }
        for name, rows in expected.items():
            spark.read.parquet(*(path for (path,) in listed[name])).createOrReplaceTempView("rows")
            amount = f"cast(sum({MONEY[name]}) as string)" if MONEY[name] else "null"
            found = spark.sql(f"select shop, count(*), {amount} from rows group by shop order by shop")
            assert tuple(map(tuple, found.collect())) == rows
    finally:
        spark.stop()


def test_the_files_may_be_on_s3(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("s3fs")
    moto = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    try:
        host, port = moto.get_host_and_port()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "testing")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        import fsspec

        bucket = f"lake-{uuid.uuid4().hex[:8]}"
        fsspec.filesystem("s3", skip_instance_cache=True).mkdir(bucket)
        catalog = tmp_path / "catalog.sqlite"
        settings = Settings(home=tmp_path / "home", lake=f"s3://{bucket}/lake", lake_catalog=f"sqlite:///{catalog}")
        for dated in sorted(file.parent.glob("shop-????-??-??.duckdb")):
            publish_to_lake(settings.model_copy(update={"keep_nights": 1}), night_of(dated), dated)
        fs = fsspec.filesystem("s3", skip_instance_cache=True)
        with duckdb.connect() as con:
            con.register_filesystem(fs)
            load_extension(con, "httpfs")
            load_extension(con, "sqlite_scanner")
            load_extension(con, "ducklake")
            con.execute(f"attach 'ducklake:sqlite:{catalog}' as lake (read_only)")
            con.execute(f"attach '{file}' as night (read_only)")
            assert sums(con, "lake") == sums(con, "night")
            known = con.execute("select count(*) from __ducklake_metadata_lake.ducklake_data_file").fetchone()
        assert known == (len(fs.find(f"{bucket}/lake")),)
    finally:
        moto.stop()
