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

    As in ``s3://shop_bucket@bucket/exports``; where there is no connection of the name, it is a user's.
    """
    from shopwatch.exports.inbox import Store, open_inbox, public
    from shopwatch.settings import Settings

    settings = Settings()
    name = urlsplit(settings.inbox_address).netloc.rpartition("@")[0]
    if settings.inbox_is_folder or not name or ":" in name:
        return open_inbox(settings)
    try:
        Connection.get(name)
    except AirflowNotFoundException:
        return open_inbox(settings)
    from airflow.sdk import ObjectStoragePath

    path = ObjectStoragePath(settings.inbox_address)
    return Store(public(settings.inbox_address), path.fs, path.path)


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
    from shopwatch.notify.plain import post_failure
    from shopwatch.notify.tell import deliver_waiting
    from shopwatch.settings import Settings

    settings = Settings()
    task = context["task_instance"]
    error = f"{type(context.get('exception')).__name__}: {context.get('exception')}\n{task.log_url}"
    for team in post_failure(settings, task.task_id, context["run_id"], error, night_of(context) or date.today()):
        deliver_waiting(settings, team, smtp_url())
