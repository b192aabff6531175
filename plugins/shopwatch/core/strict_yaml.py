"""Strict YAML for declarations: faults carry file, line and key."""

from __future__ import annotations

import codecs
import difflib
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Generic, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from shopwatch.core.errors import DeclarationError

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C loader is ten times as fast

Entry = TypeVar("Entry", bound=BaseModel)
Place = tuple[str | int, ...]
"""Path of keys and list indexes to a node of a YAML text, from the root."""


@dataclass(frozen=True)
class Fault:
    """Fault of a list entry, or of a whole file (``name`` None)."""

    path: Path
    name: str | None
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {f'{self.name}: ' if self.name else ''}{self.what}"


@dataclass(frozen=True)
class ListedEntries(Generic[Entry]):
    """Valid entries of a file by index from 0, and the faults of the others. ``is_blank``: it has comments at most."""

    text: str
    entries: dict[int, Entry]
    faults: list[Fault]
    is_blank: bool = False


def parse_yaml(text: str) -> object:
    """Parse a YAML text; the caller may modify the result. Raises yaml.YAMLError naming the line."""
    return deepcopy(_parsed(text))


@lru_cache(maxsize=256)
def _parsed(text: str) -> object:
    return yaml.load(text, Loader=_LOADER)


def read_text(path: Path) -> str:
    """Text of a declaration. Raises DeclarationError naming file, line and what to do if it is not UTF-8."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        what = f"line {line}: not UTF-8{_likely_encoding(error.object)}; save the file as UTF-8"
        raise DeclarationError(f"{path}: {what}") from error
    except OSError as error:
        raise DeclarationError(f"{path}: cannot be read: {error.strerror}") from error


def _likely_encoding(content: bytes) -> str:
    """`` (probably GBK)`` for bytes that are not UTF-8, or an empty text."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in content:
        return " (probably UTF-16)"
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return " (probably GBK)"


def read_yaml(path: Path) -> object:
    """Parse a YAML file. Raises DeclarationError naming file and line."""
    try:
        return parse_yaml(read_text(path))
    except yaml.YAMLError as error:
        raise DeclarationError(f"{path}: {error}") from error


def read_list(path: Path, kind: type[Entry], name: str, hint: str) -> ListedEntries[Entry]:
    """Read a list of independent entries; a fault disables only its own entry.

    ``name``: key that identifies an entry in a fault. ``hint``: message for a file that is not a list.
    """
    try:
        text = read_text(path)
    except DeclarationError as error:
        return ListedEntries("", {}, [Fault(path, None, str(error).removeprefix(f"{path}: "))])
    found = _read_entries(path, text, kind, name, hint)
    return replace(found, entries=dict(found.entries), faults=list(found.faults))


@lru_cache(maxsize=64)
def _read_entries(path: Path, text: str, kind: type[Entry], name: str, hint: str) -> ListedEntries[Entry]:
    try:
        content = _parsed(text)
    except yaml.YAMLError as error:
        return ListedEntries("", {}, [Fault(path, None, str(error))])
    if content is None:
        return ListedEntries(text, {}, [], is_blank=True)
    if not isinstance(content, list):
        return ListedEntries(text, {}, [Fault(path, None, hint)])
    entries: dict[int, Entry] = {}
    faults: list[Fault] = []
    for number, entry in enumerate(content):
        try:
            entries[number] = kind.model_validate(entry)
        except ValidationError as error:
            label = str(entry.get(name, number + 1)) if isinstance(entry, dict) else str(number + 1)
            faults.append(Fault(path, label, in_lines(error, kind, text, (number,))))
    return ListedEntries(text, entries, faults)


def declaration_error(
    path: Path, error: ValidationError, kind: type[BaseModel], text: str | None = None
) -> DeclarationError:
    """Convert a pydantic error to a DeclarationError: file, and per fault line, key and cause.

    ``text``: the YAML, if it is not the whole file.
    """
    return DeclarationError(f"{path}: {in_lines(error, kind, read_text(path) if text is None else text)}")


def in_lines(error: ValidationError, kind: type[BaseModel], text: str, within: Place = ()) -> str:
    """Format a pydantic error on part of a YAML text, one sentence per fault, with its line."""
    return "; ".join(
        f"line {line_of(text, (*within, *fault['loc']))}: {words}"
        for fault, words in zip(error.errors(), in_words(error, kind), strict=True)
    )


def in_words(error: ValidationError, kind: type[BaseModel]) -> list[str]:
    """Format each fault as key and cause; an unknown key gets the closest key of the model."""
    messages = []
    for fault in error.errors():
        place = [str(part) for part in fault["loc"]]
        what = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "model_type":
            what = "write keys with their values, as `key: value`"
        elif fault["type"] == "extra_forbidden":
            what = f"no such key{closest(place[-1], _keys(kind, place[:-1]))}"
        messages.append(f"{'.'.join(place)}: {what}" if place else what)
    return messages


def line_of(text: str, place: Place) -> int:
    """Line number, from 1, of a node in a YAML text; of its nearest existing ancestor if the node is missing."""
    node = yaml.compose(text, Loader=_LOADER)
    line = 1
    for part in place:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    node, line = value, key.start_mark.line + 1
                    break
    return line


def closest(word: str, known: Iterable[str]) -> str:
    """`` (did you mean ...?)`` for a misspelled word, or an empty text."""
    match = nearest(word, known)
    return f" (did you mean `{match}`?)" if match else ""


def nearest(word: str, known: Iterable[str], cutoff: float = 0.5) -> str | None:
    """Closest known word, or None if no similarity reaches ``cutoff`` (0 to 1)."""
    return next(iter(difflib.get_close_matches(word, sorted(known), n=1, cutoff=cutoff)), None)


def _keys(kind: type[BaseModel] | None, place: list[str]) -> set[str]:
    """Keys allowed at a path below a model."""
    for part in place:
        field = _fields(kind).get(part)
        kind = next(_models(field.annotation), None) if field else kind  # a list index is not a field
    return set(_fields(kind))


def _fields(kind: type[BaseModel] | None) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in kind.model_fields.items()} if kind else {}


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
