"""Names that no export gives, as those of targets and review themes: in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.i18n import Language, workbook_words
from shopwatch.core.text import opening

Row = dict[str, Any]


def entity_name(catalog: Catalog, language: Language, entity_type: str, entity: str, name: str) -> str:
    """Name of an entity for a reader. ``name``: the warehouse's, which is used for everything that an export names."""
    say = workbook_words(catalog.include, language)
    metric, _, grain = entity.partition("/")
    if entity_type == "target" and metric in catalog.metrics and f"target_{grain}" in say:
        return opening(say(f"target_{grain}", metric=catalog.metrics[metric].head.title.of(language)))
    if entity_type == "theme" and f"theme_{entity}" in say:
        return say(f"theme_{entity}")
    if entity_type == "product" and entity == "no_product":
        return say("no_product")
    return name


def with_entity_names(rows: Sequence[Row], catalog: Catalog, language: Language) -> list[Row]:
    """The rows, with ``entity_name`` in the reader's language where they have it and the kind of the entity."""
    return [
        row | {"entity_name": entity_name(catalog, language, row["entity_type"], row["entity"], row["entity_name"])}
        if row.keys() >= {"entity_type", "entity", "entity_name"} and row["entity"] is not None
        else row
        for row in rows
    ]
