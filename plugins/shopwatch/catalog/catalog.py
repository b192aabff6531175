"""Catalog: all declarations of a shop in one object, read once and passed along."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from shopwatch.catalog.calendar import Event, load_events
from shopwatch.catalog.contracts import Contract, load_contracts
from shopwatch.catalog.details import Detail, load_details
from shopwatch.catalog.evidence import Evidence, load_evidence
from shopwatch.catalog.groups import ShopGroup, load_groups
from shopwatch.catalog.metrics import Metric, MetricHead, load_metrics
from shopwatch.catalog.rules import Rule, read_rules
from shopwatch.catalog.shops import Shop, load_shops
from shopwatch.catalog.tables import Table, load_tables
from shopwatch.catalog.teams import Team, load_departments, load_teams
from shopwatch.core.errors import DeclarationError
from shopwatch.core.i18n import Title
from shopwatch.core.nights import last_closed
from shopwatch.core.settings import Settings
from shopwatch.core.strict_yaml import Fault, closest


@dataclass(frozen=True)
class Catalog:
    """Declarations used by one step of the night.

    Each part is read and validated on first access and then fixed, even if the files change. A typo in the routes
    therefore stops the mails, not the load. Each part raises DeclarationError naming file, line and key.
    """

    settings: Settings

    @property
    def include(self) -> Path:
        """Folder of the declarations."""
        return self.settings.include

    @cached_property
    def contracts(self) -> dict[str, Contract]:
        """Export name -> contract."""
        return load_contracts(self.include)

    @cached_property
    def all_shops(self) -> dict[str, Shop]:
        """Shop name -> shop, of every shard."""
        return load_shops(self.settings)

    @property
    def shops(self) -> dict[str, Shop]:
        """Shop name -> shop; of the settings' shard, if they are for one."""
        return self.all_shops if self.settings.shard is None else self.shops_of(self.settings.shard)

    @property
    def shards(self) -> list[str]:
        """Names of the shards, that of the first shop first."""
        return list(dict.fromkeys(shop.shard for shop in self.all_shops.values()))

    @property
    def is_divided(self) -> bool:
        """True if nights run by shards: shops.yaml names several, or did once, since when each has files of its own."""
        return len(self.shards) > 1 or self.settings.was_divided

    @property
    def settings_of_shards(self) -> list[Settings]:
        """Settings of each shard; of a home that is not divided the home's."""
        return [self.settings.for_shard(name) for name in self.shards] if self.is_divided else [self.settings]

    def shops_of(self, shard: str) -> dict[str, Shop]:
        """Shop name -> shop of one shard."""
        return {name: shop for name, shop in self.all_shops.items() if shop.shard == shard}

    @cached_property
    def all_groups(self) -> dict[str, ShopGroup]:
        """Group name -> group of shops, of every shard."""
        return load_groups(self.settings, self.all_shops)

    @property
    def groups(self) -> dict[str, ShopGroup]:
        """Group name -> group of shops; of the settings' shard, if they are for one."""
        shard = self.settings.shard
        return {name: group for name, group in self.all_groups.items() if shard in (None, group.shard)}

    @property
    def titles(self) -> dict[str, str]:
        """Shop or group name -> title."""
        shops = {name: shop.title or name for name, shop in self.shops.items()}
        return shops | {name: group.title for name, group in self.groups.items()}

    @property
    def regions(self) -> dict[str, str | None]:
        """Shop or group name -> its region, for sales and holidays."""
        of_shops = {name: shop.home_region for name, shop in self.shops.items()}
        return of_shops | {name: group.region for name, group in self.groups.items()}

    @property
    def others_shops(self) -> frozenset[str]:
        """Shops and groups of the other shards."""
        return frozenset((self.all_shops.keys() | self.all_groups.keys()) - self.shops.keys() - self.groups.keys())

    @property
    def has_strays(self) -> bool:
        """True if what is of no declared shop is the settings': files outside every shop's folder, removed shops.

        It is the first shard's.
        """
        return self.settings.shard in (None, self.shards[0])

    def concerns(self, shop: str | None) -> bool:
        """True if files in the shop's folder (None: outside every folder) and alerts of the shop are the settings'."""
        return shop in self.shops or (self.has_strays and shop not in self.others_shops)

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """KPI name -> metric. Raises DeclarationError for evidence that does not exist."""
        metrics = {metric.name: metric for metric in load_metrics(self.include)}
        for metric in metrics.values():
            if (name := metric.head.evidence) is not None and name not in self.evidence:
                known = closest(name, self.evidence)
                raise DeclarationError(f"include/sql/metrics: {metric.name}: unknown evidence `{name}`{known}")
        return metrics

    @property
    def metrics_with_parts(self) -> dict[str, MetricHead]:
        """KPIs whose numerator and denominator tell a reader where the value comes from."""
        return {name: metric.head for name, metric in self.metrics.items() if metric.head.has_parts}

    @cached_property
    def evidence(self) -> dict[str, Evidence]:
        """Name -> rows behind a KPI's number."""
        return load_evidence(self.include)

    @cached_property
    def details(self) -> list[Detail]:
        """Tables on the pages of entities, in their order."""
        return load_details(self.include)

    @cached_property
    def events(self) -> dict[str, Event]:
        """Event name -> sale or holiday of the calendar."""
        return load_events(self.include)

    @cached_property
    def departments(self) -> dict[str, Title]:
        """Department key of the rules -> title in both languages."""
        return load_departments(self.include)

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Name -> table of the week, for the pages and the workbook. Raises DeclarationError for an unknown KPI."""
        tables = load_tables(self.include)
        for name, table in tables.items():
            for metric in sorted(table.metrics - self.metrics.keys()):
                known = closest(metric, self.metrics)
                raise DeclarationError(f"include/tables.yaml: {name}: unknown KPI `{metric}`{known}")
        return tables

    @cached_property
    def teams(self) -> list[Team]:
        """Teams to notify."""
        return load_teams(self.include)

    @property
    def rules(self) -> dict[str, Rule]:
        """Rule name -> rule, without the faulty ones."""
        return self._rules[0]

    @property
    def rule_faults(self) -> list[Fault]:
        """Faults of unreadable rules; each disables only its own rule."""
        return self._rules[1]

    @cached_property
    def _rules(self) -> tuple[dict[str, Rule], list[Fault]]:
        return read_rules(self.include, list(self.metrics.values()))

    @property
    def newest_closed(self) -> date:
        """Newest day that is over in one of the shops' time zones; ``date.max`` if future nights are allowed."""
        if self.settings.allow_future_nights:
            return date.max
        return last_closed(shop.timezone for shop in self.all_shops.values())
