"""Rules, metrics, departments and exports as the pages name them, read again only when a file has changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from shopwatch.catalog.contracts import Contract, Title, load_contracts
from shopwatch.catalog.metrics import Metric, load_metrics
from shopwatch.catalog.rules import Rule, read_rules
from shopwatch.catalog.teams import load_departments
from shopwatch.core.strict_yaml import Fault

FOLDERS = ("rules", "sql/metrics", "sources", ".")


@dataclass(frozen=True)
class Catalogue:
    """What ``include`` says, by name."""

    rules: dict[str, Rule]
    faults: list[Fault]
    metrics: dict[str, Metric]
    departments: dict[str, Title]
    contracts: dict[str, Contract]


def catalogue(include: Path) -> Catalogue:
    """The catalogue as the files are now. Raises ContractError where departments, calendar or contracts cannot be."""
    return _read(include, _stamp(include))


def _stamp(include: Path) -> tuple[tuple[str, int], ...]:
    """Changes whenever one of the files does."""
    paths: Iterable[Path] = (
        path
        for folder in FOLDERS
        for path in (include / folder).glob("**/*" if folder == "sources" else "*")
        if path.suffix in (".yaml", ".sql")
    )
    return tuple(sorted((str(path), path.stat().st_mtime_ns) for path in paths))


@lru_cache(maxsize=2)
def _read(include: Path, _stamp: object) -> Catalogue:
    metrics = load_metrics(include)
    rules, faults = read_rules(include, metrics)
    return Catalogue(
        rules, faults, {metric.name: metric for metric in metrics}, load_departments(include), load_contracts(include)
    )
