"""Index of candidate contracts by header: a catalog has many contracts, a file few rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set
from functools import lru_cache

from shopwatch.catalog.contracts import Contract
from shopwatch.catalog.headers import Alternatives, plain

MOST_ROWS = 1 << 12  # cached rows of headers


class HeaderIndex:
    """Index of the headers that identify contracts."""

    def __init__(self, contracts: Iterable[Contract]) -> None:
        self._contracts = tuple(contracts)
        self._by_header: dict[str, set[int]] = defaultdict(set)
        self._with_open: list[int] = []
        for place, contract in enumerate(self._contracts):
            _, any_of_them = _headers_of(contract)
            for header in any_of_them.exact:
                self._by_header[header].add(place)
            if any_of_them.open:
                self._with_open.append(place)
        self._known: dict[frozenset[str], tuple[tuple[Contract, tuple[str, ...]], ...]] = {}

    def candidates(self, headers: frozenset[str]) -> tuple[tuple[Contract, tuple[str, ...]], ...]:
        """Contracts that share a header with a row (cells in `plain` form), each with its `missing_headers`.

        Sorted in catalog order. No other contract can match.
        """
        if headers not in self._known:
            if len(self._known) >= MOST_ROWS:
                self._known.clear()
            places = set().union(*(self._by_header[header] for header in headers if header in self._by_header))
            places.update(place for place in self._with_open if self._has_open(place, headers))
            found = [self._contracts[place] for place in sorted(places)]
            self._known[headers] = tuple((contract, tuple(missing_headers(contract, headers))) for contract in found)
        return self._known[headers]

    def _has_open(self, place: int, headers: frozenset[str]) -> bool:
        return _headers_of(self._contracts[place])[1].are_in(headers)


@lru_cache(maxsize=8)
def header_index(contracts: tuple[Contract, ...]) -> HeaderIndex:
    """Index of a catalog, built once."""
    return HeaderIndex(contracts)


def missing_headers(contract: Contract, headers: Set[str]) -> list[str]:
    """Obstacles to a match: headers that are absent, aliases considered, and headers of ``unless`` that are present."""
    accepted, _ = _headers_of(contract)
    absent = [header for header, any_of in accepted.items() if not any_of.are_in(headers)]
    return absent + [f"(not {h})" for h in contract.unless if plain(h) in headers]


def _headers_of(contract: Contract) -> tuple[dict[str, Alternatives], Alternatives]:
    return _accepted_headers(contract.recognise, tuple(column.headers for column in contract.columns.values()))


@lru_cache(maxsize=1024)  # every contract is compared with every possible header row
def _accepted_headers(
    recognise: tuple[str, ...], columns: tuple[tuple[str, ...], ...]
) -> tuple[dict[str, Alternatives], Alternatives]:
    """Identifying headers, each with its aliases; and the union of all."""
    aliases = {plain(header): headers for headers in columns for header in headers}
    wanted = {header: aliases.get(plain(header), (header,)) for header in recognise}
    accepted = {header: Alternatives.of(any_of) for header, any_of in wanted.items()}
    return accepted, Alternatives.of(tuple(header for any_of in wanted.values() for header in any_of))
