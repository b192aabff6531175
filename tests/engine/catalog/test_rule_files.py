"""Rule files that hold no rules, or cannot be read: the rules of the other files are judged."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.rules import name_rules
from shopwatch.core.errors import DeclarationError
from shopwatch.core.settings import Settings
from shopwatch.judge.freshness import read_freshness


@pytest.fixture
def include(tmp_path: Path) -> Path:
    """The project's declarations, with a copy of its rules."""
    found = tmp_path / "include"
    found.mkdir()
    for path in Settings().include.iterdir():
        if path.name != "rules":
            (found / path.name).symlink_to(path)
    shutil.copytree(Settings().include / "rules", found / "rules")
    return found


@pytest.mark.parametrize(
    ("encoding", "text", "said"),
    [
        ("utf-8", "", "declares no rule: alerts of the rules that it had stay as they are"),
        ("utf-8", "# moved\n\n", "Put the rules back, or delete the file to remove them"),
        ("gb18030", None, "line 2: not UTF-8 (probably GBK); save the file as UTF-8"),
        ("utf-16", None, "line 1: not UTF-8 (probably UTF-16); save the file as UTF-8"),
        ("utf-8", "\0" * 4096, "control characters are not allowed"),
    ],
    ids=["emptied", "comments", "GBK", "UTF-16", "zeroed"],
)
def test_a_file_without_readable_rules_disables_no_rule_of_another_file(
    encoding: str, text: str | None, said: str, include: Path
) -> None:
    path = include / "rules" / "5_fulfilment.yaml"  # rules of other files are inhibited by one of these
    whole = Catalog(Settings(include=include)).rules
    path.write_text(path.read_text("utf-8") if text is None else text, encoding)
    catalog = Catalog(Settings(include=include))
    (fault,) = catalog.rule_faults
    assert said in str(fault)
    assert (fault.path, fault.name) == (path, None)
    assert not name_rules(catalog.rule_faults)
    assert set(whole) - set(catalog.rules) == {
        line.removeprefix("- rule: ").strip()
        for line in (Settings().include / "rules" / path.name).read_text("utf-8").splitlines()
        if line.startswith("- rule: ")
    }


def test_an_empty_list_of_rules_and_a_deleted_file_remove_them(include: Path) -> None:
    (include / "rules" / "5_fulfilment.yaml").write_text("[]\n", "utf-8")
    (include / "rules" / "6_service.yaml").unlink()
    catalog = Catalog(Settings(include=include))
    assert all(fault.name and "inhibited_by" not in catalog.rules for fault in catalog.rule_faults)
    assert name_rules(catalog.rule_faults)


@pytest.mark.parametrize("name", ["5_fulfilment.yml", "15_fulfilment.yaml", "fulfilment.yaml", "routes.yml"])
def test_a_file_that_its_name_hides_is_a_fault_and_removes_no_rule(name: str, include: Path) -> None:
    (include / "rules" / "5_fulfilment.yaml").rename(include / "rules" / name)
    faults = Catalog(Settings(include=include)).rule_faults
    (fault,) = [fault for fault in faults if fault.path.name == name]
    assert "is not read: name it <stage>_<name>.yaml" in fault.what
    assert not name_rules(faults)


def test_routes_in_another_encoding_are_an_error_with_file_and_line(include: Path) -> None:
    path = include / "rules" / "routes.yaml"
    path.write_text(path.read_text("utf-8"), "gb18030")
    with pytest.raises(DeclarationError, match=r"routes\.yaml: line \d+: not UTF-8 \(probably GBK\); save the file as"):
        _ = Catalog(Settings(include=include)).teams


def test_emptied_due_times_are_a_fault(include: Path) -> None:
    (include / "rules" / "freshness.yaml").write_text("# none\n", "utf-8")
    _, (fault,) = read_freshness(Catalog(Settings(include=include)))
    assert "no export: none is reported as late" in fault.what
