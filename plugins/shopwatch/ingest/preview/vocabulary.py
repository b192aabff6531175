"""Header vocabulary: the words of ``include/learn.yaml``, and the search for them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from shopwatch.core.declaration import Declaration
from shopwatch.core.strict_yaml import declaration_error, read_yaml
from shopwatch.ingest.detect import plain

CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
NO_WORD = re.compile(r"[^a-z0-9]+")


class Vocabulary(Declaration):
    """Words by meaning; ``include/learn.yaml`` documents the use of each list."""

    names: dict[str, tuple[str, ...]]
    types: dict[str, tuple[str, ...]]
    tables: dict[str, tuple[str, ...]]
    personal: dict[str, tuple[str, ...]]
    impersonal: tuple[str, ...]
    buyer: tuple[str, ...]
    totals: tuple[str, ...]

    def name_of(self, header: str) -> str | None:
        """Standard column that the whole header denotes."""
        return next((name for name, words in self.names.items() if _means(header, words)), None)

    def type_of(self, header: str) -> str | None:
        """Type suggested by a part of the header."""
        return next((kind for kind, words in self.types.items() if speaks_of(header, words)), None)

    def personal_of(self, header: str) -> str | None:
        """Kind of personal data named by the header (``a name``, ``a phone`` ...), or None."""
        if speaks_of(header, self.impersonal):
            return None
        return next((what for what, words in self.personal.items() if speaks_of(header, words)), None)

    def is_buyer(self, header: str) -> bool:
        """True if the header denotes the buyer's account."""
        return _means(header, self.buyer)

    def knows(self, header: str) -> bool:
        """True if any list contains the header or a part of it."""
        return any(found(header) for found in (self.name_of, self.type_of, self.personal_of, self.is_buyer))

    @property
    def totals_pattern(self) -> str:
        """Regular expression for the opening cell of a total: ``合计``, ``合计：``."""
        return f"(?i)({'|'.join(map(re.escape, self.totals))})[:：]?"


def load_vocabulary(include: Path) -> Vocabulary:
    """Vocabulary of ``learn.yaml``. Raises DeclarationError naming file and key."""
    path = include / "learn.yaml"
    try:
        return Vocabulary.model_validate(read_yaml(path))
    except ValidationError as error:
        raise declaration_error(path, error, Vocabulary) from error


def speaks_of(header: str, words: Iterable[str]) -> bool:
    """True if the header contains one of the words: Chinese anywhere, English as a whole word, ``=word`` as a whole."""
    english, whole = f" {_english(header)} ", plain(header).lower()
    return any(_is_in(word.lower(), english, whole) for word in words)


def snake(header: str) -> str:
    """English header as a column name; empty if it contains other letters."""
    name = "_".join(_english(header).split())
    return name if name[:1].isalpha() and header.isascii() else ""


def _english(header: str) -> str:
    return NO_WORD.sub(" ", CAMEL.sub(" ", header).lower()).strip()


def _means(header: str, words: Iterable[str]) -> bool:
    return not {_english(header), plain(header).lower()}.isdisjoint(map(str.lower, words))


def _is_in(word: str, english: str, whole: str) -> bool:
    if word.startswith("="):
        return word[1:] in (english.strip(), whole)
    return f" {word} " in english if word.isascii() else word in whole
