"""Glossary of the columns: English in ``columns.yaml`` and the models' heads, Chinese in ``columns.zh.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shopwatch.core.errors import DeclarationError
from shopwatch.core.strict_yaml import read_yaml
from shopwatch.warehouse.models import COPIES, ModelHead, load_models


@dataclass(frozen=True)
class Description:
    """Meaning of one column. ``zh``: missing where a shop described its own column in English alone."""

    en: str
    zh: str | None


@dataclass(frozen=True)
class Glossary:
    """Descriptions by column, and by ``table.column`` where a table's column means something more specific."""

    en: dict[str, str]
    zh: dict[str, str]
    heads: dict[str, ModelHead]

    def head(self, name: str) -> ModelHead | None:
        """Head of the model that makes a table, or of the one that it is a copy of."""
        return self.heads.get(COPIES.get(name, name))

    def describe(self, name: str, column: str) -> Description:
        """Description of a column of the table ``schema.table``. Raises DeclarationError if there is none."""
        head = self.head(name)
        table = name.partition(".")[2]
        own = (head.columns.get(column) if head else None) or self.en.get(f"{table}.{column}")
        english = own or self.en.get(column)
        if not english:
            raise DeclarationError(f"{name}.{column} has no description: add it to include/columns.yaml")
        return Description(english, self.zh.get(f"{table}.{column}" if own else column))


def load_glossary(include: Path) -> Glossary:
    """Glossary of a project; without ``columns.zh.yaml`` it has no Chinese."""
    chinese = include / "columns.zh.yaml"
    english, translated = read_yaml(include / "columns.yaml"), read_yaml(chinese) if chinese.exists() else {}
    assert isinstance(english, dict)
    assert isinstance(translated, dict)
    heads = {name: model.head for name, model in load_models(include).items()}
    return Glossary(english, translated, heads)
