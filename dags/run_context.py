"""What an Airflow run tells the library: the business date, the mail server, what failed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from airflow.sdk import Connection, get_current_context
from airflow.sdk.exceptions import AirflowNotFoundException

if TYPE_CHECKING:
    from shopwatch.exports.inbox import Inbox

TIMEZONE = "Asia/Shanghai"
WRITER = "warehouse"  # a pool of one slot: DuckDB has one writer
MAIL_CONNECTION = "smtp_default"


def night_of(context: Any) -> date | None:
    """The business date of a scheduled, manual, asset-triggered or backfill run; None is the latest there is."""
    from shopwatch.nights import business_date

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
    from shopwatch.exports.inbox import Store, open_inbox, public
    from shopwatch.settings import Settings

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


def report_failure(context: Any) -> None:
    """Mail those who look after the data that a task failed for good."""
    from shopwatch.notify.delivery import deliver_waiting
    from shopwatch.notify.plain import post_failure
    from shopwatch.settings import Settings

    settings = Settings()
    task = context["task_instance"]
    error = f"{type(context.get('exception')).__name__}: {context.get('exception')}\n{task.log_url}"
    server = smtp_url()
    night = night_of(context) or date.today()
    for team in post_failure(settings, task.task_id, context["run_id"], error, night, server):
        deliver_waiting(settings, team, server)
