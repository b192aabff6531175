"""Airflow's side of a run: business date, inbox, mail server, chat addresses and failure notices."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import yaml
from airflow.sdk import Connection, get_current_context
from airflow.sdk.exceptions import AirflowNotFoundException

if TYPE_CHECKING:
    from shopwatch.core.settings import Settings
    from shopwatch.ingest.inbox import Inbox

log = logging.getLogger("shopwatch.dags")
PROJECT = Path(__file__).resolve().parents[1]
TIMEZONE = "Asia/Shanghai"
WRITER = "warehouse"  # a pool of one slot: DuckDB has one writer
SHARDS = "shards"  # a pool with a slot for each shard that runs at once: each has its own files
MAIL_CONNECTION = "smtp_default"


def night_of(context: Any, *, is_known: bool = False) -> date | None:
    """Business date of a scheduled, manual, asset-triggered or backfill run; None means the newest covered day.

    ``is_known``: of several shards each would cover another day, so ``latest`` means the last day that is over.
    """
    from shopwatch.core.nights import LATEST, business_date

    run, asked = context["dag_run"], context["params"].get("business_date")
    if is_known and asked == LATEST:
        asked = None
    return business_date(asked, run.logical_date, run.run_after, TIMEZONE)


def is_backfill() -> bool:
    """True if the run only rewrites history."""
    return bool(get_current_context()["dag_run"].run_type == "backfill")


def shards() -> list[str]:
    """Names of the shards in shops.yaml, that of the first shop first; none in a home that was never divided.

    Read without the library, whose import would take longer than all else at each parse. A file that cannot be read has
    one shard: the first task reports what is wrong with it.
    """
    home, include = (
        Path(os.environ.get(f"SHOPWATCH_{name.upper()}") or PROJECT / default).expanduser()
        for name, default in (("home", "data"), ("include", "include"))
    )
    path = home / "shops.yaml"
    try:
        text = (path if path.exists() else include / "shops.yaml").read_text("utf-8")
        shops = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)).values()
        names = list(dict.fromkeys(str(shop.get("shard", "main")) for shop in shops))
    except (OSError, ValueError, AttributeError, yaml.YAMLError):
        names = ["main"]
    return names if len(names) > 1 or (home / "shards").is_dir() else []


def of_shard(name: str) -> dict[str, Any]:
    """Arguments of a shard's tasks: their pool and, with ``SHOPWATCH_SHARD_QUEUES``, a queue of the shard's own.

    Such a queue brings all tasks of a shard to the worker that serves it, on whose disk its warehouses are.
    """
    has_queue = os.environ.get("SHOPWATCH_SHARD_QUEUES", "").lower() in ("1", "true")
    return {"pool": SHARDS} | ({"queue": f"shard_{name}"} if has_queue else {})


def inbox() -> Inbox:
    """Inbox of the settings, opened through an Airflow connection if its address names one.

    The name before the @ is a connection, as in ``s3://shop_bucket@bucket/exports``; if no such connection exists, it
    is a user name. Raises ValueError if the address needs a package that is not installed.
    """
    from shopwatch.core.settings import Settings
    from shopwatch.ingest.inbox import InboxStore, open_inbox, public

    settings = Settings()
    parts = urlsplit(settings.inbox_address)
    name = parts.netloc.rpartition("@")[0]
    if settings.inbox_is_folder or not name or ":" in name:
        return open_inbox(settings)
    try:
        connection = Connection.get(name)
    except AirflowNotFoundException:
        return open_inbox(settings)
    from airflow.sdk.io import get_fs
    from fsspec.core import strip_protocol

    address = public(settings.inbox_address)
    try:
        fs = get_fs(parts.scheme, name, _server_key(parts.scheme, connection))
        return InboxStore(address, fs, strip_protocol(address))
    except (ImportError, ValueError) as error:
        raise ValueError(f"{address}, connection `{name}`: {error}; docs/install.md lists the packages") from error


def _server_key(scheme: str, connection: Connection) -> dict[str, Any]:
    """SFTP host key of the connection, as options of its filesystem: Airflow's own filesystem ignores the key."""
    key = connection.extra_dejson.get("host_key")
    if not key or scheme not in ("sftp", "ssh"):
        return {}
    from asyncssh import import_public_key

    return {"known_hosts": ([import_public_key(key)], [], [])}


def steps(limit: timedelta) -> dict[str, Any]:
    """``default_args`` of a DAG: a time limit for each task, and two retries.

    Retries are safe, since every step may run again. Their delays grow, to outlast the restart of a database or share.
    """
    return {
        "execution_timeout": limit,
        "retries": 2,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=15),
        "on_failure_callback": report_failure,
    }


def smtp_url() -> str | None:
    """URL of the mail server in Airflow's connection ``smtp_default``; None without one."""
    try:
        connection = Connection.get(MAIL_CONNECTION)
    except AirflowNotFoundException:
        return None
    if not connection.host:
        return None
    user = (
        f"{quote(connection.login, safe='')}:{quote(connection.password or '', safe='')}@" if connection.login else ""
    )
    plain = connection.extra_dejson.get("disable_ssl", False)
    return f"{'smtp' if plain else 'smtps'}://{user}{connection.host}:{connection.port or (25 if plain else 465)}"


def delivery_settings() -> Settings:
    """Settings that look up chat addresses in Airflow's connections if the environment lacks them."""
    from shopwatch.core.settings import Settings

    return Settings().with_connections(_chat_address)


def _chat_address(name: str) -> str | None:
    """Password of the connection; None without one, or if Airflow cannot be reached: the message then waits."""
    try:
        return Connection.get(name).password
    except AirflowNotFoundException:
        return None
    except Exception as error:
        log.warning("the connection %s cannot be read: %s", name, type(error).__name__)
        return None


def report_failure(context: Any) -> None:
    """Notify the data team of a task that failed for good. Works without the store and without Airflow's API."""
    from shopwatch.notify.notices import post_failure

    task = context["task_instance"]
    error = f"{type(context.get('exception')).__name__}: {context.get('exception')}\n{task.log_url}"
    night = night_of(context) or date.today()
    _report(lambda settings, server: post_failure(settings, task.task_id, context["run_id"], error, night, server))


def report_failure_once(context: Any) -> None:
    """Notify the data team of a task that failed for good, and not again until it has succeeded."""
    from shopwatch.core.settings import Settings
    from shopwatch.notify.notices import is_failing, mark_failing

    settings, name = Settings(), context["task_instance"].task_id
    if is_failing(settings, name):
        log.warning("%s fails still: the data team knows", name)
        return
    report_failure(context)
    mark_failing(settings, name)


def note_success(context: Any) -> None:
    """Note that a task succeeded: its next failure is news."""
    from shopwatch.core.settings import Settings
    from shopwatch.notify.notices import mark_working

    mark_working(Settings(), context["task_instance"].task_id)


def report_overdue(context: Any) -> None:
    """Notify the data team of a night that has not ended in time: callback of the deadline."""
    from airflow.sdk.configuration import conf

    from shopwatch.core.nights import business_date
    from shopwatch.notify.notices import post_overdue

    run = context["dag_run"]
    asked, *moments = (run.get("conf") or {}).get("business_date"), run.get("logical_date"), run.get("run_after")
    known = (datetime.fromisoformat(moment) if moment else None for moment in moments)
    night = business_date(asked, *known, TIMEZONE) or date.today()
    link = f"{conf.get('api', 'base_url', fallback='')}/dags/{run['dag_id']}/runs/{run['dag_run_id']}"
    _report(lambda settings, server: post_overdue(settings, run["dag_run_id"], link, night, server))


def _report(post: Callable[[Settings, str | None], list[str]]) -> None:
    """Post a notice and deliver it. Without the store it was sent directly, and nothing is left to deliver."""
    from sqlalchemy.exc import SQLAlchemyError

    from shopwatch.notify.delivery import UndeliveredError, deliver_waiting

    settings = delivery_settings()
    server = None if settings.smtp_url else _known_smtp_url()
    for team in post(settings, server):
        try:
            deliver_waiting(settings, team, server)
        except (SQLAlchemyError, UndeliveredError) as error:
            log.warning("the notice to %s waits: %s", team, error)


def _known_smtp_url() -> str | None:
    """The connection's server; None also if Airflow cannot be reached: the notice is then a file, sent later."""
    try:
        return smtp_url()
    except Exception as error:
        log.warning("the connection %s cannot be read: %s", MAIL_CONNECTION, error)
        return None
