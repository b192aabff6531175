"""SQL files: the library's own statements, and models with a YAML head in their leading comment."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import sqlglot
import yaml
from pydantic import BaseModel, ValidationError
from sqlglot import exp

from shopwatch.core.errors import DeclarationError
from shopwatch.core.strict_yaml import declaration_error, parse_yaml

Head = TypeVar("Head", bound=BaseModel)
LIBRARY = Path(__file__).resolve().parents[1]


@cache
def library_sql(name: str) -> str:
    """SQL beside the library's Python: ``judge/periods`` reads ``judge/sql/periods.sql``."""
    package, _, statement = name.rpartition("/")
    return (LIBRARY / package / "sql" / f"{statement}.sql").read_text("utf-8")


def split_head(path: Path) -> tuple[str, str]:
    """Split a file into leading comment and statement. Raises DeclarationError if there is no head."""
    text = path.read_text("utf-8")
    if not text.startswith("/*\n") or "*/" not in text:
        raise DeclarationError(f"{path}: has no head; begin with /* grain: one row per ... */")
    head, sql = text[3:].split("*/", 1)
    return head, sql.strip()


def read_head(path: Path, kind: type[Head]) -> tuple[Head, str]:
    """Validated head and statement. Raises DeclarationError naming file, line and key."""
    text, sql = split_head(path)
    try:
        return _checked(text, kind), sql
    except yaml.YAMLError as error:
        raise DeclarationError(f"{path}: {error}") from error
    except ValidationError as error:
        raise declaration_error(path, error, kind, f"\n{text}") from error


@lru_cache(maxsize=1024)  # heads are frozen, and one night requests some two hundred of them ten times
def _checked(text: str, kind: type[Head]) -> Head:
    return kind.model_validate(parse_yaml(text))


def read_variants(path: Path, kind: type[Head]) -> dict[str, tuple[Head, str]]:
    """Name -> validated head and statement of each declaration in a file: the file itself, or its ``variants``.

    A variant overrides keys of the head. Its ``parameters`` replace ``{name}`` in the texts of the head and ``$name``
    in the statement: a number, or else a column name or, after FROM, a table name.

    Raises DeclarationError naming file, line and key, or the unknown or unused parameter.
    """
    text, sql = split_head(path)
    try:
        names = _variant_names(text)
        if not names:
            return {path.stem: (_checked(text, kind), sql)}
        return {name: _variant(text, sql, name, kind) for name in names}
    except yaml.YAMLError as error:
        raise DeclarationError(f"{path}: {error}") from error
    except ValidationError as error:
        raise declaration_error(path, error, kind, f"\n{text}") from error
    except DeclarationError as error:
        raise DeclarationError(f"{path}: {error}") from error


@lru_cache(maxsize=1024)
def _variant_names(text: str) -> tuple[str, ...]:
    content = parse_yaml(text)
    return tuple(content.get("variants") or ()) if isinstance(content, dict) else ()


@lru_cache(maxsize=128)
def _variant(text: str, sql: str, name: str, kind: type[Head]) -> tuple[Head, str]:
    content = parse_yaml(text)
    assert isinstance(content, dict)  # only texts with variants get here
    own = content.pop("variants")[name] or {}
    parameters: dict[str, str | int] = own.pop("parameters", {})
    try:
        head = _with_values(content | own, parameters)
    except KeyError as error:
        raise DeclarationError(f"{name}: a text of the head names the unknown parameter {error}") from error
    tree = sqlglot.parse_one(sql, read="duckdb")
    used = {holder.name for holder in tree.find_all(exp.Placeholder)}
    if wrong := sorted(used ^ parameters.keys()):
        raise DeclarationError(f"{name}: parameters and statement differ in {', '.join(wrong)}")

    def filled(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Placeholder):
            return exp.to_table(str(parameters[node.this.name]), alias=node.alias or None)
        if isinstance(node, exp.Placeholder):
            value = parameters[node.name]
            return exp.column(value) if isinstance(value, str) else exp.convert(value)
        return node

    return kind.model_validate(head), tree.transform(filled).sql("duckdb", pretty=True)


def _with_values(part: Any, values: Mapping[str, str | int]) -> Any:
    """Substitute ``{name}`` in the texts of a head, recursively."""
    if isinstance(part, dict):
        return {key: _with_values(value, values) for key, value in part.items()}
    if isinstance(part, list):
        return [_with_values(value, values) for value in part]
    return part.format_map(values) if isinstance(part, str) else part
