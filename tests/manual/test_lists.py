"""The lists in the documents are those of what ships: exports, KPIs, rules, and the schema of the rules."""

from __future__ import annotations

from night_tools import PROJECT
from scripts.write_docs import documents


def test_lists_are_those_of_what_is_declared() -> None:
    found = documents(PROJECT)
    stale = [str(path.relative_to(PROJECT)) for path, text in found.items() if path.read_text("utf-8") != text]
    assert len(found) == 4
    assert not stale, "run make docs"
