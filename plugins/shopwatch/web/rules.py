"""Rules page: conditions, responsible departments, and how often each rule would have fired."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.metrics import MetricHead
from shopwatch.catalog.rules import MEASURED_IN, Rule
from shopwatch.core.i18n import LISTED, Language, Words, number, words
from shopwatch.web.alert import clearing_words, lasting_words
from shopwatch.web.published import PublishedWarehouse, Row

WEEKS = 26
MOST_FILLERS = 3


@dataclass(frozen=True)
class RuleLine:
    """One rule as text. ``weeks``: number of alerts that fired per week, oldest first."""

    rule: str
    title: str
    entity_type: str
    condition: str
    owner: str
    action: str
    manual: str
    worth: Row | None
    weeks: list[int]

    @property
    def bars(self) -> list[tuple[int, float]]:
        """Position and height of each week's bar; the highest is 1."""
        most = max(self.weeks, default=0) or 1
        return [(place, count / most) for place, count in enumerate(self.weeks) if count]


@dataclass(frozen=True)
class RulesPage:
    """Content of the page. ``faults``: rules that cannot be judged; ``fillers``: those that fill mails, as text."""

    stages: list[tuple[str, list[RuleLine]]]
    faults: list[str]
    first_week: date
    count: int
    totals: list[int]
    fillers: str


def rules(night: PublishedWarehouse, known: Catalog, language: Language, say: Words) -> RulesPage:
    """All current rules, by stage of the manual."""
    monday = night.night - timedelta(days=night.night.weekday())
    first = monday - timedelta(weeks=WEEKS - 1)
    fired = {
        (row["rule"], row["week_start"]): row["fired"]
        for row in night.rows("web/firings", night=night.night, weeks=WEEKS)
    }
    worth = {row["rule"]: row for row in night.rows("web/rule_worth")}
    measured = words(night.settings.include, language)
    lines = []
    for name, rule in known.rules.items():
        weeks = [fired.get((name, first + timedelta(weeks=week)), 0) for week in range(WEEKS)]
        head = known.metrics[rule.metric].head
        condition = _condition(rule, head, head.title.of(language), say, measured)
        owner = known.departments[rule.owner].of(language)
        lines.append(_line(rule, language, condition, owner, worth.get(name), weeks))
    return RulesPage(
        stages=[(stage, list(group)) for stage, group in groupby(lines, lambda line: line.manual.split(" · ")[0])],
        faults=[f"{fault.path.name}: {fault.name or ''} {fault.what}" for fault in known.rule_faults],
        first_week=first,
        count=len(lines),
        totals=[sum(line.weeks[week] for line in lines) for week in range(WEEKS)],
        fillers=_fillers(lines, say),
    )


def _fillers(lines: list[RuleLine], say: Words) -> str:
    """The rules that took most places of full mails, with their shares; empty if no mail was full."""
    shares = {line.title: line.worth["budget_share"] for line in lines if line.worth and line.worth["budget_share"]}
    first = sorted(shares, key=lambda title: -shares[title])[:MOST_FILLERS]
    named = [say("rule_share", rule=title, share=number(shares[title], "share", say.language)) for title in first]
    return say("rules_fill", rules=LISTED[say.language].join(named)) if named else ""


def _condition(rule: Rule, head: MetricHead, metric: str, say: Words, measured: Words) -> str:
    """The rule's condition as a sentence. ``metric``: title of its KPI."""
    measure = rule.breach.of
    return say(
        "rule_condition",
        metric=metric if measure == "value" else measured(measure, metric=metric),
        limit=clearing_words(rule.breach, MEASURED_IN.get(measure, head.unit), say, ""),
        lasting=lasting_words(rule, say),
    )


def _line(rule: Rule, language: Language, condition: str, owner: str, worth: Row | None, weeks: list[int]) -> RuleLine:
    return RuleLine(
        rule=rule.rule,
        title=rule.title.of(language),
        entity_type=rule.by,
        condition=condition,
        owner=owner,
        action=rule.action.of(language),
        manual=rule.manual.of(language),
        worth=worth,
        weeks=weeks,
    )
