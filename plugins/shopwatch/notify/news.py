"""What is news of an alert to a team, given what the team was told last."""

from __future__ import annotations

from typing import Literal

from shopwatch.notify.message import News

Turn = Literal["", "worse", "again", "back", "due"]
OPEN = ("firing", "critical")


def said_of(state: str, severity: str, said: str | None, turn: tuple[News, Turn]) -> str:
    """How the store remembers what was told: firing, critical, resolved or retracted.

    What a mail only lists as open says nothing new (``said`` stays).
    """
    if turn == ("open", "") and said:
        return said
    return "critical" if state == "firing" and severity == "critical" else state


def turn_of(
    *, said: str | None, state: str, severity: str, is_quiet: bool, is_due: bool, is_back: bool = False
) -> tuple[News, Turn] | None:
    """Where the alert belongs in tonight's digest and what is new about it; None where it is not mentioned.

    ``said`` is what the team was told last, None where it never was. What is quiet (silenced, or
    explained by another alert) makes no mail; what was never told neither recovers nor is withdrawn.
    ``is_back``: the team was told of the same trouble a few periods ago, and that it had recovered.
    """
    if state == "firing":
        if said not in OPEN:
            return None if is_quiet else ("new", "again" if said else "back" if is_back else "")
        if is_quiet:
            return "open", ""
        if severity == "critical" and said == "firing":
            return "new", "worse"
        return "open", "due" if is_due else ""
    if said in OPEN:
        return ("resolved", "") if state == "resolved" else ("withdrawn", "")
    return None
