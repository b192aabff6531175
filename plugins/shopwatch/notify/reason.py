"""Reason for listing an alert in a team's digest, given the team's last notification."""

from __future__ import annotations

from enum import Enum

from shopwatch.notify.message import Change, News

OPEN = ("firing", "critical")
ENDED, MOVED = "ended", "moved"
"""States of an alert that nothing judges any more, and of one that is now with another team."""


class NotifyReason(Enum):
    """Section of the digest, and the change of the alert."""

    NEW = ("new", "")
    REOPENED = ("new", "again")
    """Firing again after a correction had withdrawn or resolved it."""
    RESTORED = ("new", "restored")
    """Judged again, after its rule or its shop had been removed."""
    RETURNED = ("new", "back")
    """The same problem was resolved a few periods ago."""
    ESCALATED = ("new", "worse")
    STILL_OPEN = ("open", "")
    REMINDER = ("open", "due")
    RESOLVED = ("resolved", "")
    WITHDRAWN = ("withdrawn", "")

    @property
    def section(self) -> News:
        """Section of the digest: ``new``, ``open``, ``resolved`` or ``withdrawn``."""
        section: News = self.value[0]
        return section

    @property
    def change(self) -> Change:
        """Change of the alert: ``again``, ``restored``, ``back``, ``worse``, ``due``, or nothing."""
        change: Change = self.value[1]
        return change


def notified_state(state: str, severity: str, last: str | None, reason: NotifyReason) -> str:
    """State of the alert for the notification log: firing, critical, resolved or retracted.

    An alert that a mail only lists as open keeps its ``last`` state.
    """
    if reason is NotifyReason.STILL_OPEN and last:
        return last
    return "critical" if state == "firing" and severity == "critical" else state


def notify_reason(
    *, last: str | None, state: str, severity: str, is_quiet: bool, is_due: bool, is_back: bool = False
) -> NotifyReason | None:
    """Reason to list the alert tonight; None if the digest omits it.

    ``last``: state of the team's last notification, None without one. A quiet alert (silenced, or explained by another)
    triggers no mail. An alert that the team was never notified of is not reported as resolved or withdrawn.
    ``is_back``: the team was notified of the same problem, and of its end, a few periods ago.
    """
    if state == "firing":
        if last not in OPEN:
            if is_quiet:
                return None
            if last in ("resolved", "retracted", ENDED):
                return NotifyReason.RESTORED if last == ENDED else NotifyReason.REOPENED
            return NotifyReason.RETURNED if is_back else NotifyReason.NEW
        if is_quiet:
            return NotifyReason.STILL_OPEN
        if severity == "critical" and last == "firing":
            return NotifyReason.ESCALATED
        return NotifyReason.REMINDER if is_due else NotifyReason.STILL_OPEN
    if last in OPEN:
        return NotifyReason.RESOLVED if state == "resolved" else NotifyReason.WITHDRAWN
    return None
