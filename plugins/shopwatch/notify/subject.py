"""First line of a digest, for the subject of a mail and the head of a message."""

from __future__ import annotations

from collections.abc import Sequence

from shopwatch.core.i18n import Words
from shopwatch.core.text import DOT, clean
from shopwatch.notify.message import Digest
from shopwatch.notify.view import LONGEST_TODO_NAME, money_of


def subject(digest: Digest, say: Words) -> str:
    """Critical alerts, team, new alerts with shops and money, and the other counts, without any text from a file."""
    news, worse = digest.news("new"), len(digest.worse)
    new = {"new": len(digest.fresh) - worse, "worse": worse, "back": len(digest.back)}
    other = {
        "resolved": len(digest.news("resolved")),
        "withdrawn": len(digest.news("withdrawn")),
        "ended": digest.ended_count,
        "late": len(digest.late),
        "blocked": len(digest.blocked),
        "notes": len(digest.notes),
    }
    urgent, rest = ([say(f"subject_{key}", count=count) for key, count in of.items() if count] for of in (new, other))
    critical = say("subject_critical", count=len(digest.urgent)) if digest.urgent else ""
    titles = {card.shop: card.shop_title for card in news or digest.cards}
    waiting = [one.shop_title for kind in (digest.ended, digest.late, digest.blocked) for one in kind]
    about = [*(titles.values() or dict.fromkeys(waiting))]
    shops = shops_of(about, say)
    parts = (*urgent, shops, money_of(news), *rest) if urgent else (*(rest or [say("subject_quiet")]), shops)
    return critical + DOT.join(filter(None, (clean(digest.team, 40), *parts)))


def shops_of(titles: Sequence[str], say: Words) -> str:
    """The first shop and the number of others; Chinese counts the first with them (等 2 店)."""
    if not titles:
        return ""
    first, count = clean(titles[0], LONGEST_TODO_NAME), len(titles)
    if count == 1:
        return first
    return say("shops_and", first=first, count=count if say.language == "zh" else count - 1)
