"""The table of docs/demo.md with a case for each rule, read as data."""

from __future__ import annotations

from dataclasses import dataclass

from night_tools import PROJECT
from shopwatch.catalog.metrics import load_metrics
from shopwatch.catalog.rules import Rule, load_rules

SHIPPED = "\n".join(path.read_text("utf-8") for path in sorted((PROJECT / "include" / "rules").glob("[1-7]_*.yaml")))
RULES: dict[str, Rule] = {
    name: rule
    for name, rule in load_rules(PROJECT / "include", load_metrics(PROJECT / "include")).items()
    if f"- rule: {name}\n" in SHIPPED
}
"""The rules of the shipped manual. A shop's own are in files that begin with 8 or 9."""

NOT_IN_DEMO = {
    "answers_slow",
    "creative_roas_low",
    "day_weak",
    "platform_limit_broken",
    "product_refunds_many",
    "sale_day_slow",
    "sales_stopped",
    "search_clicks_few",
    "session_conversion_low",
    "sessions_falling",
    "visitors_falling",
}
"""Rules of what does not happen in the demo's weeks; tests of their own bring it about."""


@dataclass(frozen=True)
class Case:
    """What fires on which night, for which period, and what comes close; without ``near_shop`` it is a second case."""

    rule: str
    shop: str
    entity: str
    period: str
    night: str
    value: str
    near_shop: str
    near_entity: str
    near_period: str
    near_value: str

    @property
    def team(self) -> str:
        """Who is told of it, as include/rules/routes.yaml has it."""
        owner = RULES[self.rule].owner
        return "Merchandise" if (owner, self.shop) == ("商品", "mumian") else owner


def rule_cases() -> list[Case]:
    """Each line of the section "A case for each rule"; cells without their back quotes."""
    text = (PROJECT / "docs" / "demo.md").read_text("utf-8")
    section = text.partition("## A case for each rule")[2].partition("\n## ")[0]
    lines = [line.strip().strip("|") for line in section.splitlines() if line.startswith("| `")]
    return [Case(*(cell.strip().strip("`") for cell in line.split("|"))) for line in lines]


def tolerance(value: str) -> float:
    """Half a unit of the last digit that the document gives."""
    return 0.5 * 10.0 ** -len(value.partition(".")[2]) + 1e-9
