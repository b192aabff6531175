"""Nearest contract of a file that fits none, by the headers that it shares with one and not with every other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from shopwatch.catalog.contracts import Contract
from shopwatch.catalog.headers import plain

ONE_OF_ITS_OWN = 1.0
"""Least weight of a hint: that of one header that no other platform's exports have."""


@dataclass(frozen=True)
class PartialMatch:
    """Contract that shares headers with a row, and what keeps it from fitting: ``absent``, as of `missing_headers`."""

    contract: Contract
    absent: tuple[str, ...]
    headers: tuple[str, ...]

    @property
    def hits(self) -> int:
        """Number of identifying headers that the row has."""
        return len(self.contract.recognise) - len(self.absent)


class HeaderWeights:
    """Weights of headers as hints at a contract: one known to the exports of n platforms weighs 1/n.

    So 商品ID and 商品名称 alone hint at none.
    """

    def __init__(self, contracts: Iterable[Contract]) -> None:
        self._platforms: dict[str, set[str]] = defaultdict(set)
        for contract in contracts:
            for header in known_headers(contract):
                self._platforms[header].add(contract.listing.platform or contract.export)

    def weight(self, contract: Contract, headers: Iterable[str]) -> float:
        """Weight of a row's headers, in `plain` form, that the contract knows."""
        return sum(1 / len(self._platforms[header]) for header in known_headers(contract).intersection(headers))

    def are_plausible(self, contract: Contract, headers: Iterable[str]) -> bool:
        """True if the row may be of the contract."""
        return self.weight(contract, headers) >= ONE_OF_ITS_OWN


def nearest_match(partial: Iterable[PartialMatch], contracts: Iterable[Contract]) -> PartialMatch | None:
    """The likeliest of the contracts of which a row has half of the identifying headers; None if none is plausible."""
    near = [match for match in partial if match.hits >= max(1, len(match.absent))]
    if not near:
        return None
    weights = HeaderWeights(contracts)
    ranked = ((weights.weight(match.contract, match.headers), match.hits, -len(match.absent)) for match in near)
    likeliest, _ = max(zip(near, ranked, strict=True), key=lambda entry: entry[1])
    return likeliest if weights.are_plausible(likeliest.contract, likeliest.headers) else None


def known_headers(contract: Contract) -> set[str]:
    """All headers known to the contract, including dropped ones, in `plain` form."""
    of_columns = (header for column in contract.columns.values() for header in column.headers)
    return {plain(header) for header in (*contract.recognise, *of_columns, *contract.drop)}
