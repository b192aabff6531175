"""Names that are ours, in the reader's language."""

from __future__ import annotations

from pathlib import Path

import pytest

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.entity_names import entity_name, with_entity_names
from shopwatch.core.settings import Settings


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    home: Path = tmp_path_factory.mktemp("home")
    return Catalog(Settings(home=home))


@pytest.mark.parametrize(
    ("entity_type", "entity", "zh", "en"),
    [
        ("target", "revenue/month", "成交额（月）", "Revenue (month)"),
        ("target", "roas/week", "投入产出比（周）", "ROAS (week)"),
        ("theme", "packing", "包装", "packing"),
        ("product", "no_product", "（未注明商品）", "(no product stated)"),
    ],
)
def test_a_name_of_ours_follows_the_reader(entity_type: str, entity: str, zh: str, en: str, catalog: Catalog) -> None:
    assert entity_name(catalog, "zh", entity_type, entity, "as published") == zh
    assert entity_name(catalog, "en", entity_type, entity, "as published") == en


@pytest.mark.parametrize(
    ("entity_type", "entity"),
    [("product", "revenue/month"), ("target", "a_kpi_that_was_removed/week"), ("theme", "a theme of the shop's own")],
)
def test_every_other_name_stays_as_published(entity_type: str, entity: str, catalog: Catalog) -> None:
    assert entity_name(catalog, "en", entity_type, entity, "白瓷盖碗") == "白瓷盖碗"


def test_rows_without_an_entity_are_left_alone(catalog: Catalog) -> None:
    rows = [
        {"entity_type": "target", "entity": "revenue/week", "entity_name": "成交额（周）", "value": 1},
        {"entity_type": "target", "entity": None, "entity_name": None},
        {"shop": "tea"},
    ]
    assert with_entity_names(rows, catalog, "en") == [rows[0] | {"entity_name": "Revenue (week)"}, *rows[1:]]
