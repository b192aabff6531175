"""Faults in a rule file, and how they are reported."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from shopwatch.catalog.metrics import load_metrics
from shopwatch.catalog.rules import load_rules
from shopwatch.catalog.teams import load_teams
from shopwatch.core.errors import DeclarationError
from shopwatch.core.settings import PROJECT

METRICS = load_metrics(PROJECT / "include")


@pytest.fixture
def include(tmp_path: Path) -> Path:
    """The project's include with rules of its own."""
    include = tmp_path / "include"
    shutil.copytree(PROJECT / "include" / "rules", include / "rules")
    for path in (PROJECT / "include").iterdir():
        if path.name != "rules":
            (include / path.name).symlink_to(path)
    return include


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("metric: pay_conversion", "metric: pay_convertion", ["conversion_low", "did you mean `pay_conversion`"]),
        ("owner: 运营", "owner: 运营部", ["conversion_low", "did you mean `运营`"]),
        ("breach: {below: 0.01}", "breach: {under: 0.01}", ["conversion_low", "breach"]),
        ("breach: {below: 0.01}", "breach: {below: 0.01, above: 2}", ["conversion_low", "exactly one"]),
        ("gap: hold", "gap: ignore", ["conversion_low", "gap"]),
        ("- rule: stock_low", "- rule: conversion_low", ["a second rule"]),
        ("  grain: week", "  grian: week", ["conversion_low", "grian"]),
        ("clear: {at_least: 0.012}", "clear: {at_least: 0.008}", ["wrong side of breach", "write at_least: 0.01"]),
        ("clear: {at_least: 0.012}", "clear: {at_most: 0.012}", ["wrong side of breach (below: 0.01)"]),
        ("clear: {at_least: 0.012}", "clear: {outside: [0.2, 0.5]}", ["clear (outside: [0.2, 0.5])"]),
        ("critical: 0.005", "critical: 0.05", ["critical (0.05) is milder than breach (below: 0.01)"]),
        ("  by: product", "  by: produkt", ["conversion_low", "did you mean `product`"]),
    ],
)
def test_a_wrong_word_is_named_with_its_file_line_and_rule(include: Path, old: str, new: str, words: list[str]) -> None:
    path = include / "rules" / "3_products.yaml"
    above = path.read_text("utf-8").partition(old)[0].count("\n")
    change(path, old, new)
    with pytest.raises(DeclarationError) as error:
        load_rules(include, METRICS)
    assert all(word in str(error.value) for word in ["3_products.yaml", f"line {above + 1}: ", *words])


def test_an_unknown_owner_in_a_route_is_named(include: Path) -> None:
    change(include / "rules" / "routes.yaml", "owners: [推广]", "owners: [推管]")
    with pytest.raises(DeclarationError, match="推广"):
        load_teams(include)
