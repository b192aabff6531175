"""View of a mail: every number formatted, every name sanitised; the templates only lay it out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from math import isclose
from typing import TypeVar

from shopwatch.charts.history import describe, is_worth_drawing
from shopwatch.core.i18n import Unit, Words, limits, money, moneys, number, quantity
from shopwatch.core.text import DOT, clean, opening
from shopwatch.judge.stakes import Stake, together
from shopwatch.notify.evidence_view import evidence_view
from shopwatch.notify.grouping import EntityKey, Group, group_by_cause
from shopwatch.notify.message import Card, DataNote, Digest, RevenueMove
from shopwatch.notify.unjudged_view import blocked_view, ended_view, late_view
from shopwatch.notify.view_models import CardView, MoveView, NoteView, Page, Row, Todo

T = TypeVar("T")

LONGEST_NAME = 120
MOST_TODOS, MOST_TODO_NAMES, LONGEST_TODO_NAME, MOST_EXAMPLES, MOST_RULES = 5, 2, 30, 5, 5
CODED = ("shop", "target", "plan", "item")
"""Entity types with a code as their id and a self-explanatory name."""


def shown_in_full(digest: Digest) -> list[tuple[Card, ...]]:
    """Things with new alerts that the team's budget admits, each with its alerts."""
    return group_by_cause(digest.fresh, _entity_key)[: digest.most]


def page(digest: Digest, say: Words, full: int, rows: int) -> Page:
    """View of a digest with at most ``full`` things with new alerts in full and ``rows`` lines per table."""
    things = shown_in_full(digest)
    left = [*(card for thing in things[full:] for card in thing), *digest.back]
    over = [card for thing in group_by_cause(digest.fresh, _entity_key)[digest.most :] for card in thing]
    still, repeated = digest.news("open"), [card for card in digest.news("open") if card.is_repeated]
    resolved, withdrawn = digest.news("resolved"), digest.news("withdrawn")
    groups = _groups(digest.fresh)
    return Page(
        lang="zh-CN" if digest.language == "zh" else "en",
        night=say("night", team=clean(digest.team, 40), day=say.day(digest.night)),
        headline=_headline(digest, say),
        stake=_stake(digest, say),
        facts=tuple(_facts(digest, say)),
        todos=tuple(_todo(group, say) for group in groups[:MOST_TODOS]),
        todos_more=_more(groups, MOST_TODOS, say, "todo_more"),
        new_title=say(_new_title(digest)),
        new_count=len(digest.news("new")),
        cards=tuple(_thing_view(thing, say) for thing in things[:full]),
        rest_count=len(left) + len(over),
        rest=tuple(_row(card, say) for card in left[:rows]),
        rest_more=_omitted("more_new", [*left[rows:], *over], say),
        open_count=len(still),
        open=tuple(_row(card, say) for card in repeated[:rows]),
        open_more=_omitted("more_open", [*repeated[rows:], *(card for card in still if not card.is_repeated)], say),
        resolved_count=len(resolved),
        resolved=tuple(_row(card, say) for card in resolved[:rows]),
        resolved_more=_more(resolved, rows, say),
        withdrawn_count=len(withdrawn),
        withdrawn=tuple(_row(card, say) for card in withdrawn[:rows]),
        withdrawn_more=_more(withdrawn, rows, say),
        ended_count=digest.ended_count,
        ended=tuple(ended_view(ended, say) for ended in digest.ended[:rows]),
        ended_more=_more(digest.ended, rows, say),
        late_count=len(digest.late),
        late=tuple(late_view(late, say) for late in digest.late[:rows]),
        late_more=_more(digest.late, rows, say),
        blocked_count=len(digest.blocked),
        blocked=tuple(blocked_view(blocked, say) for blocked in digest.blocked[:rows]),
        blocked_more=_more(digest.blocked, rows, say),
        notes_count=len(digest.notes),
        notes=tuple(_note(note, say) for note in digest.notes[:rows]),
        notes_more=_more(digest.notes, rows, say),
        moves=tuple(_move(move, say) for move in digest.moves),
        heartbeat=digest.heartbeat,
        held_back=digest.held_back,
        link=digest.link,
    )


def _more(things: Sequence[T], shown: int, say: Words, key: str = "more") -> str:
    return say(key, count=len(things) - shown) if len(things) > shown else ""


def _omitted(key: str, cards: Sequence[Card], say: Words) -> str:
    """Number of the alerts that are only counted, by rule, and their money."""
    if not cards:
        return ""
    counted = Counter(card.rule for card in cards).most_common()
    rules = [say("rule_count", rule=clean(rule, LONGEST_TODO_NAME), alerts=count) for rule, count in counted]
    text = say(key, count=len(cards), rules=say.first_of(rules, MOST_RULES))
    total = money_of(cards)
    return say("more_money", text=text, money=total) if total else text


def _entity_key(card: Card) -> EntityKey:
    return EntityKey(card.shop, card.entity_type, card.entity, card.metric, card.belongs_to)


def _thing_view(cards: Sequence[Card], say: Words) -> CardView:
    """The first alert about a thing in full, and the others in a line each."""
    first, others = card_view(cards[0], say), tuple(_row(card, say) for card in cards[1:])
    if not others:
        return first
    return replace(first, others=others, together=together_text(cards[0], Group.of(cards, _entity_key), say))


def together_text(card: Card, group: Group, say: Words) -> str:
    """Number of alerts of the cause of this one: ``3 alerts about SKU QH-1``, ``3 alerts of one cause``."""
    if group.is_one_thing:
        return say("together", count=group.size, thing=_kind(card, say))
    return say("together_whole", count=group.size)


def money_of(cards: Iterable[Card]) -> str:
    """Money at stake of several alerts, each amount counted once; empty if none is known."""
    return moneys(
        together(Stake(card.shop, card.entity_type, card.entity, card.at_stake, card.currency) for card in cards)
    )


def _total(digest: Digest) -> str:
    return money_of((*digest.news("new"), *digest.news("open")))


def _headline(digest: Digest, say: Words) -> str:
    counts = {
        "todo_some": len(digest.fresh) - len(digest.worse),
        "todo_worse": len(digest.worse),
        "todo_back": len(digest.back),
        "todo_open": len(digest.news("open")),
        "todo_ended": digest.ended_count,
        "todo_late": len(digest.late),
        "todo_blocked": len(digest.blocked),
        "todo_notes": len(digest.notes),
    }
    for key, count in counts.items():
        if count:
            return say(key, count=count)
    return say("todo_none")


def _new_title(digest: Digest) -> str:
    """Key of the title above the alerts to act on: an alert that got worse is not new."""
    if not digest.worse:
        return "new"
    return "new_worse" if len(digest.worse) == len(digest.news("new")) else "new_and_worse"


def _facts(digest: Digest, say: Words) -> list[str]:
    counts = {
        "count_worse": len(digest.worse) if len(digest.worse) < len(digest.fresh) else 0,
        "count_back": len(digest.back) if digest.fresh else 0,
        "count_open": len(digest.news("open")) if digest.news("new") else 0,
        "count_resolved": len(digest.news("resolved")),
        "count_withdrawn": len(digest.news("withdrawn")),
        "count_ended": digest.ended_count,
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
        action=opening(first.action),
        names=tuple(_name(card, LONGEST_TODO_NAME) for card in cards[:MOST_TODO_NAMES]),
        what=say("todo_item", metric=opening(first.metric_title), count=len(cards)),
        owner=clean(first.owner, 40),
        money=money_of(cards),
    )


def _name(card: Card, longest: int = LONGEST_NAME) -> str:
    return clean(card.name, longest) or clean(card.entity, longest)


def _kind(card: Card, say: Words) -> str:
    """Kind of thing, with its id unless that is a code: ``SKU QH-1``."""
    kind = clean(say(card.entity_type) if card.entity_type in say else card.entity_type, 40)
    return kind if card.entity_type in CODED else say("entity", kind=kind, id=clean(card.entity, 60))


def _about(card: Card, say: Words) -> str:
    thing = _kind(card, say)
    return thing if card.name == card.shop_title else DOT.join((thing, clean(card.shop_title, 60)))


def _place(card: Card, say: Words) -> str:
    return "" if card.name == card.shop_title else _about(card, say)


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
        top=_part(top, card.parts_unit or ("money" if card.unit == "money" else None), card),
        bottom_title=clean(card.denominator_title, 40),
        bottom=_part(bottom, card.parts_unit, card),
    )


def _part(value: Decimal, unit: Unit | None, card: Card) -> str:
    return number(value, unit, None, currency=card.currency) if unit else quantity(value)


def _aside(card: Card, say: Words) -> str:
    return say("roas", ratio=_value(card, say)) if card.metric == "roas" and card.value is not None else ""


def card_view(card: Card, say: Words) -> CardView:
    """All texts about one alert."""
    value, aside = _value(card, say), _aside(card, say)
    against = _against(card, say)
    metric = opening(card.metric_title)
    title = say(f"title_{card.change}", metric=metric) if card.change else metric
    key = "sentence_roas" if aside else "sentence"
    values = {"aside": aside} if aside else {}
    return CardView(
        key=card.key,
        severity=card.severity,
        severity_word=say(card.severity),
        metric=title,
        name=_name(card),
        about=_about(card, say),
        place=_place(card, say),
        value=value,
        aside=aside,
        against=against,
        sentence=say(key, metric=title, value=value, against=against, **values),
        fraction=DOT.join(part for part in (_fraction(card, say), clean(card.usual), clean(card.unjudged)) if part),
        period=say.period(card.period, card.grain),
        message=clean(card.message),
        history=describe(card.history, card.unit, card.grain, say, card.threshold, card.currency)
        if is_worth_drawing(card.history, card.unit)
        else "",
        marks=_marks(card, say),
        stake=money(card.at_stake, card.currency) if card.at_stake is not None else say("stake_unknown"),
        stake_title=clean(card.at_stake_title) if card.at_stake is not None else "",
        since=say.period(card.since, card.grain),
        owner=clean(card.owner, 40),
        action=opening(card.action),
        manual=clean(card.manual, 80),
        link=card.link,
        evidence=evidence_view(card.evidence, card.currency, say) if card.evidence else None,
    )


def _marks(card: Card, say: Words) -> str:
    """Legend of the chart, if a period in it has no value."""
    verdicts = {period.verdict for period in card.history}
    if not verdicts & {"no_data", "blocked"}:
        return ""
    return DOT.join(say(f"key_{verdict}") for verdict in ("breach", "no_data", "blocked") if verdict in verdicts)


def _row_label(card: Card, say: Words) -> str:
    if card.news in ("new", "open"):
        return say(card.severity)
    return say("withdrawn_by_rule" if card.change == "rule" else card.news)


def _row(card: Card, say: Words) -> Row:
    again = say(f"back_{card.grain}", times=card.times) if card.change == "back" else ""
    period = say.period(card.period, card.grain) if card.unjudged else ""
    still = say("within", limit=_limit(card, say)) if card.news in ("new", "open") and card.verdict == "ok" else ""
    beside = (
        again,
        period,
        _fraction(card, say),
        clean(card.usual),
        _aside(card, say),
        still,
        clean(card.unjudged),
        clean(card.acknowledgement),
    )
    return Row(
        severity=card.severity if card.news in ("new", "open") else "good",
        severity_word=_row_label(card, say),
        name=_name(card),
        about=DOT.join((opening(card.metric_title), _about(card, say))),
        place=_place(card, say),
        metric=opening(card.metric_title),
        value=_corrected(card, say) if card.news == "withdrawn" and card.change != "rule" else _value(card, say),
        limit=say("limit_row", limit=_limit(card, say)),
        money=money(card.at_stake, card.currency) if card.at_stake is not None else "",
        fraction=DOT.join(part for part in beside if part),
        action=opening(card.action),
        since=say.since(say.period(card.since, card.grain)),
        owner=clean(card.owner, 40),
        link=card.link,
    )


def _signed(amount: Decimal, currency: str) -> str:
    return f"{'+' if amount > 0 else ''}{money(amount, currency)}"


def _move(move: RevenueMove, say: Words) -> MoveView:
    shop = clean(move.shop_title, 60)
    if move.missing:
        return MoveView(title=say("move_unknown", shop=shop, why=clean(move.missing)), lines=())
    lines: dict[str, list[str]] = {}
    for dimension, name, effect in move.drivers:
        thing = say(f"factor_{name}") if dimension == "factor" else clean(name, LONGEST_TODO_NAME)
        lines.setdefault(dimension, []).append(f"{thing} {_signed(effect, move.currency)}")
    return MoveView(
        title=_moved(move, shop, say),
        lines=tuple(say("moved_by", kind=say(f"by_{kind}"), things=DOT.join(things)) for kind, things in lines.items()),
    )


def _moved(move: RevenueMove, shop: str, say: Words) -> str:
    """Revenue and that of the week before, with the difference in money and, unless the base is zero, in per cent."""
    moved = move.revenue - move.revenue_before
    revenue, before, by = (money(one, move.currency) for one in (move.revenue, move.revenue_before, abs(moved)))
    if not moved:
        return say("moved_none", shop=shop, revenue=revenue)
    way = "up" if moved > 0 else "down"
    if move.revenue_before <= 0:
        return say(f"moved_{way}_from_nothing", shop=shop, revenue=revenue, before=before, by=by)
    share = number(abs(moved / move.revenue_before), "share", None, near=0)
    return say(f"moved_{way}", shop=shop, revenue=revenue, before=before, by=by, share=share)


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
