"""Entities whose names are texts of the pages, such as targets: found by their name in either language."""

from __future__ import annotations

from collections.abc import Collection

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.entity_names import entity_name
from shopwatch.core.i18n import LANGUAGES
from shopwatch.web.published import PublishedWarehouse


def translated_entities(night: PublishedWarehouse, known: Catalog, texts: Collection[str]) -> list[str]:
    """Those whose name contains one of the texts, which are in lower case, as ``<type>:<entity>``."""
    return [
        f"{row['entity_type']}:{row['entity']}"
        for row in night.rows("web/translated_entities")
        if any(
            text in entity_name(known, language, row["entity_type"], row["entity"], "").lower()
            for language in LANGUAGES
            for text in texts
        )
    ]
