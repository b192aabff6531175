"""
# The delivery

Every 15 minutes: sends the mails that are due. The night writes a team's mail at 02:30; a team with `hours` in
routes.yaml gets it when they begin, so switch this on where any team has hours.

Triggered by hand with a team's name as `sample`, it sends that team a sample digest instead, which tries chats whose
address is a connection. The result names what each recipient answered.

It may run at any time, and again: a mail goes out once. A mail server that is away is no failure here: the mail
stays in the outbox, the result names why, and the next run tries again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import CronTriggerTimetable, Param, dag, get_current_context, task
from run_context import TIMEZONE, delivery_settings, smtp_url, steps


@dag(
    schedule=CronTriggerTimetable("*/15 * * * *", timezone=TIMEZONE),
    doc_md=__doc__,
    max_active_runs=1,
    catchup=False,
    params={"sample": Param(None, type=["null", "string"], description="team that gets a sample digest")},
    tags=["shopwatch"],
    dagrun_timeout=timedelta(hours=1),
    default_args=steps(timedelta(minutes=10)),
)
def deliver() -> None:
    """Mails that are due out of the outbox."""

    @task
    def deliver_due() -> dict[str, Any]:
        """What is due, to every team; returns what was counted."""
        from dataclasses import asdict
        from datetime import date

        from shopwatch.notify.delivery import deliver_due
        from shopwatch.notify.sample import send_sample

        if team := get_current_context()["params"].get("sample"):
            outcomes = send_sample(delivery_settings(), team, date.today() - timedelta(days=1), smtp_url())
            return {address: outcome.reason or outcome.state for address, outcome in outcomes.items()}
        return asdict(deliver_due(delivery_settings(), smtp_url()))

    deliver_due()


deliver()
