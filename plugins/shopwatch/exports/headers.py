"""Headers of a file against those that a contract names, one of which may leave the currency open."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Set
from dataclasses import dataclass
from functools import lru_cache

BLANKS = dict.fromkeys(map(ord, " \t\r\n\u00a0\u3000\ufeff"))
DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
UNIT = "(元)"
"""Of money, and of nothing else: 曝光(次) and 曝光(人) are two things, and (万元) is another amount."""
OPEN = "{currency}"
"""In a header of a contract: any currency code. ``Amount spent ({currency})`` is ``Amount spent (INR)``, too."""


@lru_cache(maxsize=16_384)  # every contract asks it of the same headers
def plain(header: str) -> str:
    """A header without what platforms vary in it: blanks, line breaks, wide signs, dashes, upper case, (元)."""
    return unicodedata.normalize("NFKC", header).translate(BLANKS | DASHES).casefold().removesuffix(UNIT)


def matching_headers(wanted: str, headers: Collection[str]) -> list[str]:
    """The headers of the file, made `plain`, that a header of a contract means."""
    pattern = _open_header(wanted)
    if pattern is None:
        return [plain(wanted)] if plain(wanted) in headers else []
    return [header for header in headers if pattern.fullmatch(header)]


@dataclass(frozen=True)
class Alternatives:
    """Headers any of which will do, ready to be looked for in many rows."""

    exact: frozenset[str]
    open: tuple[re.Pattern[str], ...]

    @classmethod
    def of(cls, wanted: tuple[str, ...]) -> Alternatives:
        """From headers as a contract writes them."""
        patterns = {header: _open_header(header) for header in wanted}
        exact = frozenset(plain(header) for header, pattern in patterns.items() if pattern is None)
        return cls(exact, tuple(filter(None, patterns.values())))

    def are_in(self, headers: Set[str]) -> bool:
        """Whether a row, its cells made `plain`, has one of them."""
        return not self.exact.isdisjoint(headers) or any(
            pattern.fullmatch(header) for pattern in self.open for header in headers
        )


def position_of(wanted: tuple[str, ...], headers: tuple[str, ...]) -> int | None:
    """Where the first of the wanted headers stands that a file has."""
    matching = (found for header in wanted for found in matching_headers(header, headers))
    return next((headers.index(header) for header in matching), None)


def currency_in(wanted: tuple[str, ...], header: str) -> str | None:
    """The currency code in a header of the file, where the contract leaves it open."""
    patterns = filter(None, map(_open_header, wanted))
    found = next((match for pattern in patterns if (match := pattern.fullmatch(header))), None)
    return found[1].upper() if found else None


def readable_header(wanted: str) -> str:
    """A header of a contract as a person is told of it."""
    return wanted.replace(OPEN, "currency code")


@lru_cache(maxsize=1024)
def _open_header(wanted: str) -> re.Pattern[str] | None:
    before, is_open, after = plain(wanted).partition(OPEN)
    return re.compile(f"{re.escape(before)}([a-z]{{3}}){re.escape(after)}") if is_open else None
