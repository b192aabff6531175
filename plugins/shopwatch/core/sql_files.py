"""SQL files: the library's own, and models with YAML in their leading comment."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from shopwatch.core.errors import DeclarationError
from shopwatch.core.strict_yaml import explain, parse_yaml

Head = TypeVar("Head", bound=BaseModel)
LIBRARY = Path(__file__).resolve().parents[1]


@cache
def library_sql(name: str) -> str:
    """The SQL beside the library's Python: ``judge/periods`` is the text of ``judge/sql/periods.sql``."""
    package, _, statement = name.rpartition("/")
    return (LIBRARY / package / "sql" / f"{statement}.sql").read_text("utf-8")


def split_head(path: Path) -> tuple[str, str]:
    """The leading comment and the statement below it. Raises DeclarationError where there is no head."""
    text = path.read_text("utf-8")
    if not text.startswith("/*\n") or "*/" not in text:
        raise DeclarationError(f"{path}: has no head; begin with /* grain: one row per ... */")
    head, sql = text[3:].split("*/", 1)
    return head, sql.strip()


def read_head(path: Path, kind: type[Head]) -> tuple[Head, str]:
    """The checked head and the statement. Raises DeclarationError naming file, line and key."""
    text, sql = split_head(path)
    try:
        return _checked(text, kind), sql
    except yaml.YAMLError as error:
        raise DeclarationError(f"{path}: {error}") from error
    except ValidationError as error:
        raise explain(path, error, kind, f"\n{text}") from error


@lru_cache(maxsize=1024)  # heads are frozen, and a night asks for some two hundred of them ten times
def _checked(text: str, kind: type[Head]) -> Head:
    return kind.model_validate(parse_yaml(text))
