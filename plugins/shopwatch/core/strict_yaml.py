"""What people declare in YAML files: read, and what is wrong with it said with file, line and key."""

from __future__ import annotations

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

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C reads ten times as fast

Entry = TypeVar("Entry", bound=BaseModel)
Place = tuple[str | int, ...]
"""The keys and numbers that lead to something in a YAML text, from the top."""


@dataclass(frozen=True)
class Fault:
    """An entry of a list, or a whole file (``name`` None), that does not count: where, and what is wrong with it."""

    path: Path
    name: str | None
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {f'{self.name}: ' if self.name else ''}{self.what}"


@dataclass(frozen=True)
class Listed(Generic[Entry]):
    """The entries of a file that can be read, by their number from 0, and what is wrong with the others."""

    text: str
    entries: dict[int, Entry]
    faults: list[Fault]


def parse_yaml(text: str) -> object:
    """The content of a YAML text, the caller's own. Raises yaml.YAMLError naming the line where it is no YAML."""
    return deepcopy(_parsed(text))


@lru_cache(maxsize=256)
def _parsed(text: str) -> object:
    return yaml.load(text, Loader=_LOADER)


def read_yaml(path: Path) -> object:
    """The file's content; DeclarationError naming file and line where it is no YAML."""
    try:
        return parse_yaml(path.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise DeclarationError(f"{path}: {error}") from error


def read_list(path: Path, kind: type[Entry], name: str, hint: str) -> Listed[Entry]:
    """A list of which each entry stands for itself: what is wrong with one stops only that one.

    ``name``: the key by which a fault calls an entry. ``hint``: what to write where the file is no list.
    """
    found = _read_entries(path, path.read_text("utf-8"), kind, name, hint)
    return replace(found, entries=dict(found.entries), faults=list(found.faults))


@lru_cache(maxsize=64)
def _read_entries(path: Path, text: str, kind: type[Entry], name: str, hint: str) -> Listed[Entry]:
    try:
        content = _parsed(text) or []
    except yaml.YAMLError as error:
        return Listed("", {}, [Fault(path, None, str(error))])
    if not isinstance(content, list):
        return Listed(text, {}, [Fault(path, None, hint)])
    entries: dict[int, Entry] = {}
    faults: list[Fault] = []
    for number, entry in enumerate(content):
        try:
            entries[number] = kind.model_validate(entry)
        except ValidationError as error:
            called = str(entry.get(name, number + 1)) if isinstance(entry, dict) else str(number + 1)
            faults.append(Fault(path, called, in_lines(error, kind, text, (number,))))
    return Listed(text, entries, faults)


def explain(path: Path, error: ValidationError, kind: type[BaseModel], text: str | None = None) -> DeclarationError:
    """What is wrong with a file, as one sentence a fault: file, line, key, why. ``text``: its YAML, if not all."""
    return DeclarationError(f"{path}: {in_lines(error, kind, path.read_text('utf-8') if text is None else text)}")


def in_lines(error: ValidationError, kind: type[BaseModel], text: str, within: Place = ()) -> str:
    """A pydantic error of a part of a YAML text, as one sentence a fault with its line."""
    return "; ".join(
        f"line {line_of(text, (*within, *fault['loc']))}: {words}"
        for fault, words in zip(error.errors(), in_words(error, kind), strict=True)
    )


def in_words(error: ValidationError, kind: type[BaseModel]) -> list[str]:
    """What is wrong, fault by fault: the key and why, and the closest of the model's keys for one that is unknown."""
    said = []
    for fault in error.errors():
        place = [str(part) for part in fault["loc"]]
        what = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "model_type":
            what = "write keys with their values, as `key: value`"
        elif fault["type"] == "extra_forbidden":
            what = f"no such key{closest(place[-1], _keys(kind, place[:-1]))}"
        said.append(f"{'.'.join(place)}: {what}" if place else what)
    return said


def line_of(text: str, place: Place) -> int:
    """The line, from 1, on which a place in a YAML text begins: as near to it as the text goes."""
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
    """` (did you mean ...?)` for a misspelled word, or nothing."""
    match = nearest(word, known)
    return f" (did you mean `{match}`?)" if match else ""


def nearest(word: str, known: Iterable[str], cutoff: float = 0.5) -> str | None:
    """The known word that is most like it, or None where none is as like it as ``cutoff``, from 0 to 1."""
    return next(iter(difflib.get_close_matches(word, sorted(known), n=1, cutoff=cutoff)), None)


def _keys(kind: type[BaseModel] | None, place: list[str]) -> set[str]:
    """The keys that may stand at a place under a model."""
    for part in place:
        field = _fields(kind).get(part)
        kind = next(_models(field.annotation), None) if field else kind  # the number of an entry is no key
    return set(_fields(kind))


def _fields(kind: type[BaseModel] | None) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in kind.model_fields.items()} if kind else {}


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
