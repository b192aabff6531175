"""The cookbooks' blocks of code, so that tests run what readers copy."""

from __future__ import annotations

import re
from pathlib import Path

from night_tools import PROJECT

FOLDER = PROJECT / "docs" / "cookbooks"
TO_BE_MADE = {
    "include/sources/xiaopu/orders.yaml",
    "include/sql/metrics/views_per_visitor.sql",
    "include/sql/metrics/cost_per_order.sql",
    "include/sql/review/weekly_views.sql",
    "include/rules/9_own.yaml",
    "include/rules/silences.yaml",
    "tests/engine/sql/metrics/views_per_visitor.yaml",
    "tests/engine/sql/metrics/cost_per_order.yaml",
    "tests/engine/sql/review/weekly_views.yaml",
    "tests/manual/rules/orders_dear.yaml",
    "plugins/shopwatch/notify/channels/webhook.py",
}
"""Files that a cookbook has its reader make."""


def block_of(name: str, language: str, beginning: str) -> str:
    """The one block of a cookbook that begins so."""
    text = (FOLDER / name).read_text("utf-8")
    found = re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    (body,) = [block for block in found if block.startswith(beginning)]
    return str(body)


ADDED = {
    "include/sources/xiaopu/orders.yaml": ("add-an-export.md", "yaml", "export:"),
    "include/sql/metrics/views_per_visitor.sql": ("add-a-kpi.md", "sql", "/*"),
    "include/sql/metrics/cost_per_order.sql": ("add-a-rule.md", "sql", "/*"),
    "include/rules/9_own.yaml": ("add-a-rule.md", "yaml", "- rule:"),
    "include/sql/review/weekly_views.sql": ("add-a-review-table.md", "sql", "/*"),
    "plugins/shopwatch/notify/channels/webhook.py": ("add-a-channel.md", "python", '"""The channel'),
    "tests/engine/sql/metrics/views_per_visitor.yaml": ("add-a-kpi.md", "yaml", "- case: views"),
    "tests/engine/sql/metrics/cost_per_order.yaml": ("add-a-rule.md", "yaml", "- case: spend"),
    "tests/engine/sql/review/weekly_views.yaml": ("add-a-review-table.md", "yaml", "- case: a week"),
}
"""An export, two KPIs, a rule, a review table, a channel and their cases: file -> document, language and beginning."""


def add_files(project: Path) -> None:
    """Add each file to a copy of the project."""
    for file, block in ADDED.items():
        path = project / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(block_of(*block), "utf-8")
