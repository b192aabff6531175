"""View of a mail: every number formatted, every name sanitised; the templates only lay it out."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from math import isclose
from typing import TypeVar

from shopwatch.charts.history import describe
from shopwatch.core.i18n import Words, limits, money, moneys, number, period_label, quantity
from shopwatch.judge.stakes import Stake, together
from shopwatch.notify.message import BlockedRule, Card, DataNote, Digest, LateExport, Move
from shopwatch.notify.view_models import BlockedView, CardView, MoveView, NoteView, Page, Row, Todo

T = TypeVar("T")

LONGEST_NAME, LONGEST_SENTENCE = 120, 240
MOST_TODOS, MOST_TODO_NAMES, LONGEST_TODO_NAME, MOST_EXAMPLES = 5, 2, 30, 5
JOINER = "\u200d"  # holds composed emoji together
DOT = " · "
CODED = ("shop", "target", "plan", "item")
"""Entity types with a code as their id and a self-explanatory name."""


def clean(text: str, longest: int = LONGEST_SENTENCE) -> str:
    """The text on one line, cut to ``longest`` characters, without characters that reverse or hide text around them."""
    kept: list[str] = []
    for character in text[: longest * 4]:
        match unicodedata.category(character):
            case "Cc" | "Zl" | "Zp":
                kept.append(" ")
            case "Cs":
                kept.append("\ufffd")
            case "Cf" if character != JOINER:
                pass
            case _:
                kept.append(character)
    line = " ".join("".join(kept).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def subject(digest: Digest, say: Words) -> str:
    """Critical alerts, team, new alerts with shops and money, and the other counts, without any text from a file."""
    worse = sum(card.turn == "worse" for card in digest.cards)
    new = {"new": len(digest.fresh) - worse, "worse": worse, "back": len(digest.back)}
    other = {
        "resolved": len(digest.news("resolved")),
        "withdrawn": len(digest.news("withdrawn")),
        "late": len(digest.late),
        "blocked": len(digest.blocked),
        "notes": len(digest.notes),
    }
    acute, rest = ([say(f"subject_{key}", count=n) for key, n in counts.items() if n] for counts in (new, other))
    about = digest.news("new") or (*digest.cards, *digest.late, *digest.blocked)
    shops = _shops(tuple(dict.fromkeys(one.shop_title for one in about)), say)
    if not acute and not rest:
        rest = [say("subject_quiet")]
    critical = say("subject_critical", count=len(digest.urgent)) if digest.urgent else ""
    first = (*acute, shops, _at_stake(digest.news("new"))) if acute else ()
    last = rest if acute else (*rest, shops)
    return critical + DOT.join(filter(None, (clean(digest.team, 40), *first, *last)))


def _shops(titles: Sequence[str], say: Words) -> str:
    """The first shop, and the number of the others."""
    if not titles:
        return ""
    first, count = clean(titles[0], LONGEST_TODO_NAME), len(titles)
    if count == 1:
        return first
    return say("shops_and", first=first, count=count if say.language == "zh" else count - 1)  # 等 2 店 includes the first


def page(digest: Digest, say: Words, full: int, rows: int) -> Page:
    """View of a digest with at most ``full`` new alerts in full and ``rows`` lines per table."""
    full, rows = min(full, digest.most, len(digest.fresh)), min(rows, digest.most)
    listed = min(full + rows, digest.most)
    new, still, resolved = (*digest.fresh, *digest.back), digest.news("open"), digest.news("resolved")
    withdrawn = digest.news("withdrawn")
    groups = _groups(digest.fresh)
    return Page(
        lang="zh-CN" if digest.language == "zh" else "en",
        night=say("night", team=clean(digest.team, 40), day=say.day(digest.night)),
        headline=_headline(digest, say),
        stake=_stake(digest, say),
        facts=tuple(_facts(digest, say)),
        todos=tuple(_todo(group, say) for group in groups[:MOST_TODOS]),
        todos_more=_more(groups, MOST_TODOS, say, "todo_more"),
        new_count=len(new),
        cards=tuple(card_view(card, say) for card in new[:full]),
        rest=tuple(_row(card, say) for card in new[full:listed]),
        rest_more=_more_cards(new, listed, say),
        open_count=len(still),
        open=tuple(_row(card, say) for card in still[:rows]),
        open_more=_more_cards(still, rows, say),
        resolved_count=len(resolved),
        resolved=tuple(_row(card, say) for card in resolved[:rows]),
        resolved_more=_more_cards(resolved, rows, say),
        withdrawn_count=len(withdrawn),
        withdrawn=tuple(_row(card, say) for card in withdrawn[:rows]),
        withdrawn_more=_more_cards(withdrawn, rows, say),
        late_count=len(digest.late),
        late=tuple(_late(late, say) for late in digest.late[:rows]),
        late_more=_more(digest.late, rows, say),
        blocked_count=len(digest.blocked),
        blocked=tuple(_blocked(blocked, say) for blocked in digest.blocked[:rows]),
        blocked_more=_more(digest.blocked, rows, say),
        notes_count=len(digest.notes),
        notes=tuple(_note(note, say) for note in digest.notes[:rows]),
        notes_more=_more(digest.notes, rows, say),
        moves=tuple(_move(move, say) for move in digest.moves),
        heartbeat=digest.heartbeat,
    )


def _more(things: Sequence[T], shown: int, say: Words, key: str = "more") -> str:
    return say(key, count=len(things) - shown) if len(things) > shown else ""


def _more_cards(cards: Sequence[Card], shown: int, say: Words) -> str:
    total = _at_stake(cards[shown:])
    if not total or cards[0].news not in ("new", "open"):
        return _more(cards, shown, say)
    return say("more_money", count=len(cards) - shown, money=total)


def _at_stake(cards: Iterable[Card]) -> str:
    return moneys(
        together(Stake(card.shop, card.entity_type, card.entity, card.at_stake, card.currency) for card in cards)
    )


def _total(digest: Digest) -> str:
    return _at_stake((*digest.news("new"), *digest.news("open")))


def _headline(digest: Digest, say: Words) -> str:
    counts = {
        "todo_some": len(digest.fresh),
        "todo_back": len(digest.back),
        "todo_open": len(digest.news("open")),
        "todo_late": len(digest.late),
        "todo_blocked": len(digest.blocked),
        "todo_notes": len(digest.notes),
    }
    for key, count in counts.items():
        if count:
            return say(key, count=count)
    return say("todo_none")


def _facts(digest: Digest, say: Words) -> list[str]:
    counts = {
        "count_back": len(digest.back) if digest.fresh else 0,
        "count_open": len(digest.news("open")) if digest.news("new") else 0,
        "count_resolved": len(digest.news("resolved")),
        "count_withdrawn": len(digest.news("withdrawn")),
        "count_late": len(digest.late),
        "count_blocked": len(digest.blocked),
        "count_notes": len(digest.notes),
    }
    return [say(key, count=count) for key, count in counts.items() if count]


def _stake(digest: Digest, say: Words) -> str:
    total = _total(digest)
    return say("money_total", money=total) if total else ""


def _groups(cards: Sequence[Card]) -> list[list[Card]]:
    """Group cards that ask for the same action, in the order of each group's first card."""
    groups: dict[tuple[str, str, str], list[Card]] = {}
    for card in cards:
        groups.setdefault((card.metric_title, card.action, card.owner), []).append(card)
    return list(groups.values())


def _todo(cards: Sequence[Card], say: Words) -> Todo:
    first = cards[0]
    return Todo(
        action=_sentence(first.action),
        names=tuple(_name(card, LONGEST_TODO_NAME) for card in cards[:MOST_TODO_NAMES]),
        what=say("todo_item", metric=_sentence(first.metric_title), count=len(cards)),
        owner=clean(first.owner, 40),
        money=_at_stake(cards),
    )


def _name(card: Card, longest: int = LONGEST_NAME) -> str:
    return clean(card.name, longest) or clean(card.entity, longest)


def _sentence(text: str) -> str:
    """Capitalise a text: those of rules and metrics are written for use within a sentence; here they begin one."""
    text = clean(text)
    return text[:1].upper() + text[1:]


def _about(card: Card, say: Words) -> str:
    kind = say(card.entity_type) if card.entity_type in say else card.entity_type
    thing = clean(kind, 40)
    if card.entity_type not in CODED:
        thing = say("entity", kind=thing, id=clean(card.entity, 60))
    return thing if card.name == card.shop_title else DOT.join((thing, clean(card.shop_title, 60)))


def _value(card: Card, say: Words) -> str:
    return number(card.value, card.unit, say.language, near=card.threshold, currency=card.currency)


def _limit(card: Card, say: Words) -> str:
    high = card.threshold if card.threshold_high is None else card.threshold_high
    return limits(card.threshold, high, card.unit, say.language, card.currency)


def _against(card: Card, say: Words) -> str:
    """Relation of the value to the limit; the wording of a breach is used only for a value that breaches."""
    words = {"breach": card.breach, "ok": "within"}
    if card.verdict is None or card.value is None or card.verdict not in words:
        return say("never_judged")
    return say(words[card.verdict], limit=_limit(card, say))


def _corrected(card: Card, say: Words) -> str:
    """Number of a withdrawn alert, before and after the correction."""
    was = number(card.was, card.unit, say.language, near=card.threshold, currency=card.currency)
    if card.value is None:
        return say("corrected_unjudged", was=was)
    return say("corrected", was=was, now=_value(card, say))


def _fraction(card: Card, say: Words) -> str:
    """Numerator and denominator, as a fraction or, if the value is no quotient, beside it."""
    top, bottom = card.numerator, card.denominator
    if top is None or bottom is None:
        return ""
    quotient = card.unit in ("share", "ratio")
    if card.unit == "money" and card.value is not None and bottom != 0:
        quotient = isclose(card.value, float(top) / float(bottom), rel_tol=1e-4)
    return say(
        "fraction" if quotient else "beside",
        top_title=clean(card.numerator_title, 40),
        top=money(top, card.currency) if card.unit == "money" or card.metric == "roas" else quantity(top),
        bottom_title=clean(card.denominator_title, 40),
        bottom=money(bottom, card.currency) if card.metric == "roas" else quantity(bottom),
    )


def _aside(card: Card, say: Words) -> str:
    return say("roas", ratio=_value(card, say)) if card.metric == "roas" and card.value is not None else ""


def card_view(card: Card, say: Words) -> CardView:
    """All texts about one alert."""
    value, aside = _value(card, say), _aside(card, say)
    against = _against(card, say)
    metric = _sentence(card.metric_title)
    turned = say(f"turn_{card.turn}", metric=metric) if card.turn else metric
    key = "sentence_roas" if aside else "sentence"
    values = {"aside": aside} if aside else {}
    return CardView(
        key=card.key,
        severity=card.severity,
        severity_word=say(card.severity),
        metric=turned,
        name=_name(card),
        about=_about(card, say),
        value=value,
        aside=aside,
        against=against,
        sentence=say(key, metric=turned, value=value, against=against, **values),
        fraction=DOT.join(part for part in (_fraction(card, say), clean(card.unjudged)) if part),
        period=say.period(card.period, card.grain),
        say=clean(card.say),
        history=describe(card.history, card.unit, card.grain, say, card.threshold, card.currency),
        marks=_marks(card, say),
        stake=money(card.at_stake, card.currency) if card.at_stake is not None else say("stake_unknown"),
        stake_title=clean(card.at_stake_title) if card.at_stake is not None else "",
        since=say.period(card.since, card.grain),
        owner=clean(card.owner, 40),
        action=_sentence(card.action),
        manual=clean(card.manual, 80),
        link=card.link,
    )


def _marks(card: Card, say: Words) -> str:
    """Legend of the chart, if a period in it has no value."""
    verdicts = {period.verdict for period in card.history}
    if not verdicts & {"no_data", "blocked"}:
        return ""
    return DOT.join(say(f"key_{verdict}") for verdict in ("breach", "no_data", "blocked") if verdict in verdicts)


def _row(card: Card, say: Words) -> Row:
    again = say(f"back_{card.grain}", times=card.times) if card.turn == "back" else ""
    period = period_label(card.period, card.grain) if card.unjudged else ""
    still = say("within", limit=_limit(card, say)) if card.news in ("new", "open") and card.verdict == "ok" else ""
    beside = (
        again,
        period,
        _fraction(card, say),
        _aside(card, say),
        still,
        clean(card.unjudged),
        clean(card.taken_care),
    )
    return Row(
        severity=card.severity if card.news in ("new", "open") else "good",
        severity_word=say(card.severity) if card.news in ("new", "open") else say(card.news),
        name=_name(card),
        about=DOT.join((_sentence(card.metric_title), _about(card, say))),
        value=_corrected(card, say) if card.news == "withdrawn" else _value(card, say),
        limit=say("limit_row", limit=_limit(card, say)),
        money=money(card.at_stake, card.currency) if card.at_stake is not None else "",
        fraction=DOT.join(part for part in beside if part),
        since=say("since_row", since=period_label(card.since, card.grain)),
        owner=clean(card.owner, 40),
        link=card.link,
    )


def _late(late: LateExport, say: Words) -> BlockedView:
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


def _blocked(blocked: BlockedRule, say: Words) -> BlockedView:
    entities = say("blocked_entities", count=blocked.entities) if blocked.entities else ""
    about = (clean(blocked.shop_title, 60), say.period(blocked.period, blocked.grain), entities)
    return BlockedView(
        title=_sentence(blocked.metric_title),
        about=DOT.join(part for part in about if part),
        reason=_waiting(clean(blocked.reason), blocked.rules, say),
    )


def _signed(amount: Decimal, currency: str) -> str:
    return f"{'+' if amount > 0 else ''}{money(amount, currency)}"


def _move(move: Move, say: Words) -> MoveView:
    shop = clean(move.shop_title, 60)
    if move.missing:
        return MoveView(title=say("move_unknown", shop=shop, why=clean(move.missing)), lines=())
    lines: dict[str, list[str]] = {}
    for dimension, name, effect in move.drivers:
        thing = say(f"factor_{name}") if dimension == "factor" else clean(name, LONGEST_TODO_NAME)
        lines.setdefault(dimension, []).append(f"{thing} {_signed(effect, move.currency)}")
    return MoveView(
        title=say("moved", shop=shop, money=_signed(move.revenue_moved, move.currency)),
        lines=tuple(say("moved_by", kind=say(f"by_{kind}"), things=DOT.join(things)) for kind, things in lines.items()),
    )


def _note(note: DataNote, say: Words) -> NoteView:
    return NoteView(
        kind=say(note.kind),
        file=clean(note.file, LONGEST_NAME),
        rows=say("note_rows", count=note.rows) if note.rows else "",
        reason=clean(note.reason),
        examples=tuple(clean(example) for example in note.examples[:MOST_EXAMPLES]),
        more=_more(note.examples, MOST_EXAMPLES, say),
        todo=say(f"{note.kind}_todo", shop=clean(note.shop, 40)),
    )
