"""Contracts of orders declare the meaning of their money, and mistakes in it are named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from shopwatch.catalog.contracts import MONEY_TABLES, load_contracts
from shopwatch.core.errors import DeclarationError

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def include(tmp_path: Path) -> Path:
    """A copy of the contracts that a test may spoil."""
    shutil.copytree(PROJECT / "include" / "sources", tmp_path / "sources")
    return tmp_path


def spoil(include: Path, old: str, new: str) -> str:
    """The message about 京东's contract in which ``old`` was replaced."""
    path = include / "sources" / "jd" / "orders.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(DeclarationError) as error:
        load_contracts(include)
    return str(error.value)


MONEY = next(
    line
    for line in (PROJECT / "include/sources/jd/orders.yaml").read_text("utf-8").splitlines()
    if line.startswith("money:")
)


def test_contracts_of_orders_and_no_others_declare_money() -> None:
    contracts = load_contracts(PROJECT / "include").values()
    assert {c.export for c in contracts if c.money} == {c.export for c in contracts if c.table in MONEY_TABLES}


def test_orders_without_money_are_refused(include: Path) -> None:
    assert "`money` belongs to contracts of order_lines and orders" in spoil(include, MONEY + "\n", "")


def test_a_refund_export_that_does_not_exist_is_named_with_its_line(include: Path) -> None:
    message = spoil(include, MONEY, "money: {paid: gross, tax: included, refunds: tmall_refund}")
    assert "money.refunds: `tmall_refund` is no export (did you mean `tmall_refunds`?)" in message
    lines = (include / "sources/jd/orders.yaml").read_text("utf-8").splitlines()
    assert f"jd/orders.yaml: line {1 + next(n for n, line in enumerate(lines) if line.startswith('money'))}:" in message


def test_an_export_without_refunds_reports_none(include: Path) -> None:
    message = spoil(include, MONEY, "money: {paid: gross, tax: included, refunds: [sycm_products]}")
    assert "`sycm_products` feeds no `refunds`" in message


@pytest.mark.parametrize(
    ("money", "message"),
    [
        ("{paid: nett, tax: included, refunds: here}", "money.paid"),
        ("{paid: gross, taxes: included, refunds: here}", "no such key (did you mean `tax`?)"),
        ("{paid: gross, tax: included, refunds: [here, tmall_refunds]}", "not both"),
        ("{paid: gross, tax: added, tax_added_in: [USD], refunds: here}", "exceptions from `tax: included`"),
        ("{paid: gross, tax: included}", "money.refunds"),
    ],
)
def test_words_that_are_no_money_are_refused(include: Path, money: str, message: str) -> None:
    assert message in spoil(include, MONEY, f"money: {money}")
