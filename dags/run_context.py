"""What an Airflow run tells the library: the business date, the mail server, what failed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from airflow.sdk import Connection, get_current_context
from airflow.sdk.exceptions import AirflowNotFoundException

if TYPE_CHECKING:
    from shopwatch.core.settings import Settings
    from shopwatch.ingest.inbox import Inbox

log = logging.getLogger("shopwatch.dags")
TIMEZONE = "Asia/Shanghai"
WRITER = "warehouse"  # a pool of one slot: DuckDB has one writer
MAIL_CONNECTION = "smtp_default"


def night_of(context: Any) -> date | None:
    """The business date of a scheduled, manual, asset-triggered or backfill run; None is the latest there is."""
    from shopwatch.core.nights import business_date

    run = context["dag_run"]
    return business_date(context["params"].get("business_date"), run.logical_date, run.run_after, TIMEZONE)


def is_backfill() -> bool:
    """Whether this run only rewrites history."""
    return bool(get_current_context()["dag_run"].run_type == "backfill")


def inbox() -> Inbox:
    """The inbox of the settings. What stands before the @ of its address may be an Airflow connection.

    As in ``s3://shop_bucket@bucket/exports``; where there is no connection of the name, it is a user's. Raises
    ValueError where the address needs a package that is not installed.
    """
    from shopwatch.core.settings import Settings
    from shopwatch.ingest.inbox import Store, open_inbox, public

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
        return Store(address, fs, strip_protocol(address))
    except (ImportError, ValueError) as error:
        raise ValueError(f"{address}, connection `{name}`: {error}; what it needs stands in docs/install.md") from error


def _server_key(scheme: str, connection: Connection) -> dict[str, Any]:
    """By which key an SFTP server shows that it is the one meant: Airflow's own filesystem passes it over."""
    key = connection.extra_dejson.get("host_key")
    if not key or scheme not in ("sftp", "ssh"):
        return {}
    from asyncssh import import_public_key

    return {"known_hosts": ([import_public_key(key)], [], [])}


def steps(limit: timedelta) -> dict[str, Any]:
    """``default_args`` of a DAG: a step that takes longer than the limit fails, and any that fails is tried twice more.

    Every step may run again. The pauses grow, so that a database or a share that restarts is there again.
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
    """The mail server of Airflow's connection ``smtp_default``, or None where there is none."""
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
    """Settings with Airflow's connections as the source of those chats' addresses that the environment lacks."""
    from shopwatch.core.settings import Settings

    return Settings().with_connections(_chat_address)


def _chat_address(name: str) -> str | None:
    """The password of the connection with this id, None also where Airflow cannot be asked: the message waits then."""
    try:
        return Connection.get(name).password
    except AirflowNotFoundException:
        return None
    except Exception as error:
        log.warning("the connection %s cannot be read: %s", name, type(error).__name__)
        return None


def report_failure(context: Any) -> None:
    """Mail those who look after the data that a task failed for good. It needs neither the store nor Airflow's API."""
    from shopwatch.notify.notices import post_failure

    task = context["task_instance"]
    error = f"{type(context.get('exception')).__name__}: {context.get('exception')}\n{task.log_url}"
    night = night_of(context) or date.today()
    _report(lambda settings, server: post_failure(settings, task.task_id, context["run_id"], error, night, server))


def report_overdue(context: Any) -> None:
    """Mail those who look after the data that a night has not ended in time: the deadline's callback."""
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
    """Post a notice and deliver it. Where the store is away it was sent directly, and nothing else is due."""
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
    """The connection's server, None also where Airflow cannot be asked: the notice is a file then, and sent later."""
    try:
        return smtp_url()
    except Exception as error:
        log.warning("the connection %s cannot be read: %s", MAIL_CONNECTION, error)
        return None
