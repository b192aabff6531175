"""Writes the lists of exports, KPIs and rules in docs/, and the rules' schema, from what is declared in include/."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from shopwatch.catalog.contracts import load_contracts
from shopwatch.catalog.metrics import load_metrics
from shopwatch.catalog.rule_schema import NAME, rules_schema
from shopwatch.catalog.rules import read_rules

PROJECT = Path(__file__).resolve().parents[1]


def documents(project: Path) -> dict[Path, str]:
    """Path -> content of each document with a list, and of the schema, as they should be."""
    include, docs = project / "include", project / "docs"
    return {
        docs / "exports.md": with_list(docs / "exports.md", exports(include)),
        docs / "kpis.md": with_list(docs / "kpis.md", kpis(include)),
        docs / "rules.md": with_list(docs / "rules.md", rules(include)),
        include / "rules" / NAME: rules_schema(include),
    }


def with_list(path: Path, lines: Iterable[str]) -> str:
    """The document with the list between its two comments replaced."""
    start, end = "<!-- list: make docs -->\n", "<!-- end of list -->"
    text = path.read_text("utf-8")
    if not re.search(f"{start}.*{end}", text, re.DOTALL):
        raise ValueError(f"{path}: put the list between the lines {start!r} and {end!r}")
    before, rest = text.split(start, 1)
    return "".join((before, start, *(f"{line}\n" for line in lines), end, rest.split(end, 1)[1]))


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table."""
    shown = [header, ["---"] * len(header), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return [f"| {' | '.join(cells)} |" for cells in shown]


def exports(include: Path) -> list[str]:
    """One line per export of a platform; workbooks that people fill in are in docs/templates.md."""
    rows = []
    for contract in load_contracts(include).values():
        if not contract.export.startswith("shopwatch_"):
            folder, name = contract.folder, contract.export.removeprefix(f"{contract.folder}_")
            link = f"[{contract.title.zh}](../include/sources/{folder}/{name}.yaml)"
            listing = contract.listing
            rows.append([listing.platform or folder, link, listing.file, f"`{contract.table}`", listing.notes])
    return table(("platform", "export", "as downloaded", "feeds", "handled"), rows)


def kpis(include: Path) -> list[str]:
    """One line per KPI."""
    rows = (
        [
            f"`{metric.name}`",
            f"{metric.head.title.zh}<br>{metric.head.title.en}",
            f"{metric.head.definition.zh}<br>{metric.head.definition.en}",
            ", ".join(metric.head.by),
        ]
        for metric in load_metrics(include)
    )
    return table(("KPI", "title", "definition", "by"), rows)


def rules(include: Path) -> list[str]:
    """One line per rule."""
    known, _ = read_rules(include, load_metrics(include))
    rows = (
        [
            f"`{rule.rule}`",
            f"{rule.title.zh}<br>{rule.title.en}",
            f"{rule.message.zh}<br>{rule.message.en}",
            rule.owner,
            f"`{rule.metric}`",
            f"{rule.manual.zh}<br>{rule.manual.en}",
        ]
        for rule in known.values()
    )
    return table(("rule", "title", "alerts when", "owner", "KPI", "manual"), rows)


def main() -> None:
    """Write what differs, and name it."""
    for path, content in documents(PROJECT).items():
        if path.read_text("utf-8") != content:
            path.write_text(content, "utf-8")
            sys.stdout.write(f"{path.relative_to(PROJECT)}\n")


if __name__ == "__main__":
    main()
