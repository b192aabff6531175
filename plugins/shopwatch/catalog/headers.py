"""Header matching: headers of a file against those of a contract, one of which may leave the currency open."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Set
from dataclasses import dataclass
from functools import lru_cache

BLANKS = dict.fromkeys(map(ord, " \t\r\n\u00a0\u3000\ufeff"))
DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
UNIT = "(元)"
"""Suffix ignored on money headers only: 曝光(次) and 曝光(人) are different measures, and (万元) is another scale."""
OPEN = "{currency}"
"""Placeholder for any currency code: ``Amount spent ({currency})`` also matches ``Amount spent (INR)``."""


@lru_cache(maxsize=16_384)  # every contract normalises the same headers
def plain(header: str) -> str:
    """Normalise a header: ignores blanks, line breaks, full-width forms, dash variants, case and (元)."""
    return unicodedata.normalize("NFKC", header).translate(BLANKS | DASHES).casefold().removesuffix(UNIT)


def matching_headers(wanted: str, headers: Collection[str]) -> list[str]:
    """Headers of the file, in `plain` form, that match a header of a contract."""
    pattern = _open_header(wanted)
    if pattern is None:
        return [plain(wanted)] if plain(wanted) in headers else []
    return [header for header in headers if pattern.fullmatch(header)]


@dataclass(frozen=True)
class Alternatives:
    """Set of alternative headers, precompiled for matching against many rows."""

    exact: frozenset[str]
    open: tuple[re.Pattern[str], ...]

    @classmethod
    def of(cls, wanted: tuple[str, ...]) -> Alternatives:
        """Compile headers as written in a contract."""
        patterns = {header: _open_header(header) for header in wanted}
        exact = frozenset(plain(header) for header, pattern in patterns.items() if pattern is None)
        return cls(exact, tuple(filter(None, patterns.values())))

    def are_in(self, headers: Set[str]) -> bool:
        """True if a row of `plain` cells contains one of them."""
        return not self.exact.isdisjoint(headers) or any(
            pattern.fullmatch(header) for pattern in self.open for header in headers
        )


def position_of(wanted: tuple[str, ...], headers: tuple[str, ...]) -> int | None:
    """Index of the first wanted header that the file has; None if it has none."""
    matching = (found for header in wanted for found in matching_headers(header, headers))
    return next((headers.index(header) for header in matching), None)


def currency_in(wanted: tuple[str, ...], header: str) -> str | None:
    """Upper-case currency code in a header of the file, if the contract leaves it open."""
    patterns = filter(None, map(_open_header, wanted))
    found = next((match for pattern in patterns if (match := pattern.fullmatch(header))), None)
    return found[1].upper() if found else None


def readable_header(wanted: str) -> str:
    """Contract header in readable form, for messages."""
    return wanted.replace(OPEN, "currency code")


@lru_cache(maxsize=1024)
def _open_header(wanted: str) -> re.Pattern[str] | None:
    before, is_open, after = plain(wanted).partition(OPEN)
    return re.compile(f"{re.escape(before)}([a-z]{{3}}){re.escape(after)}") if is_open else None
