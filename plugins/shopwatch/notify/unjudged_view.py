"""Texts about what is not judged: late exports, blocked rules, and alerts that ended without a recovery."""

from __future__ import annotations

from collections.abc import Sequence

from shopwatch.core.i18n import Words
from shopwatch.core.text import DOT, clean, opening
from shopwatch.notify.message import BlockedRule, EndedAlerts, LateExport
from shopwatch.notify.view_models import BlockedView

MOST_NAMES, LONGEST_NAME = 5, 30


def late_view(late: LateExport, say: Words) -> BlockedView:
    """An export that is overdue."""
    due = f"{late.due_at:%Y-%m-%d %H:%M}"
    why = say("late_never", day=late.day.isoformat(), due=due)
    if late.last_day is not None:
        why = say("late_reason", day=late.day.isoformat(), due=due, last=late.last_day.isoformat())
    return BlockedView(title=late.export, about=clean(late.shop_title, 60), reason=_waiting(why, late.rules, say))


def _waiting(why: str, rules: Sequence[str], say: Words) -> str:
    """The reason, with the rules that are not judged until the data arrives."""
    if not rules:
        return why
    return say("not_judged", why=why.rstrip("。."), rules=clean(say("comma_of_list").join(rules)))


def blocked_view(blocked: BlockedRule, say: Words) -> BlockedView:
    """Rules that could not be judged."""
    entities = say("blocked_entities", count=blocked.entities) if blocked.entities else ""
    about = (clean(blocked.shop_title, 60), say.period(blocked.period, blocked.grain), entities)
    return BlockedView(
        title=opening(blocked.metric_title),
        about=DOT.join(part for part in about if part),
        reason=_waiting(clean(blocked.reason), blocked.rules, say),
    )


def ended_view(ended: EndedAlerts, say: Words) -> BlockedView:
    """Alerts of one rule and shop whose notifications have ended, and the reason."""
    names = [clean(name, LONGEST_NAME) for name in ended.names]
    listed = say("ended_alerts", count=len(ended.names), names=say.first_of(names, MOST_NAMES))
    teams = say("comma_of_list").join(clean(team, 40) for team in ended.teams)
    reason = say(f"ended_{ended.reason}", rule=clean(ended.rule, 80), teams=teams)
    return BlockedView(opening(ended.title), DOT.join((clean(ended.shop_title, 60), listed)), reason)
