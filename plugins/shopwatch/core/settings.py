"""Typed settings from the environment."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, PrivateAttr, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parents[3]


class Settings(BaseSettings):
    """Settings from ``SHOPWATCH_*`` variables; every default works without a server.

    Paths are absolute after construction. Secrets are never printed.
    """

    model_config = SettingsConfigDict(
        env_prefix="SHOPWATCH_", env_ignore_empty=True, extra="ignore", populate_by_name=True
    )

    _is_replay: bool = PrivateAttr(False)
    _shard: str | None = PrivateAttr(None)
    _find_connection: Callable[[str], str | None] | None = PrivateAttr(None)

    home: Path = Field(PROJECT / "data", description="where all state lives")
    inbox_address: str = Field(
        "",
        validation_alias=AliasChoices("SHOPWATCH_INBOX", "inbox_address"),
        description="where exports are dropped; read only; a folder or an fsspec address such as s3://bucket/exports; "
        "default $SHOPWATCH_HOME/inbox",
    )
    include: Path = Field(PROJECT / "include", description="contracts, SQL models, rules, templates")
    shard_disk: Path | None = Field(
        None,
        description="folder on this worker's disk for the warehouses of shards; default $SHOPWATCH_HOME/shards",
    )
    store_url: SecretStr | None = Field(
        None, description="SQLAlchemy URL of the operational store; default: SQLite under home"
    )
    smtp_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("SMTP_URL", "SHOPWATCH_SMTP_URL", "smtp_url"),
        description="smtp://user:password@host:port, or smtps://; unset: mails are files in outbox/",
    )
    mail_from: str = Field("shopwatch <shopwatch@localhost>", description="sender of every mail")
    pseudonym_key: SecretStr | None = Field(
        None, description="key of the buyers' pseudonyms; default: a 0600 file made on first use"
    )
    mcp_token: SecretStr | None = Field(
        None, description="what clients of `shopwatch mcp --port` send as bearer token; 24 characters or more"
    )
    settle_seconds: float = Field(5.0, ge=0, description="a file younger than this may still be growing")
    keep_originals_days: int = Field(
        400,
        ge=0,
        description="days after which archived and rejected originals are removed; 0: never. "
        "A year and a month, so that the same week of last year can still be built again",
    )
    keep_nights: int = Field(7, ge=1, description="how many published warehouses are kept by date")
    share_published: bool = Field(
        False, description="let every user of this machine read the published warehouse; else its owner alone"
    )
    lake: str = Field(
        "",
        description="where each night is published as Parquet files too: a folder or an fsspec address such as "
        "s3://bucket/lake; unset: nowhere",
    )
    lake_catalog: SecretStr | None = Field(
        None,
        description="the lake's DuckLake catalogue: postgresql://user:password@host/database or sqlite:///file; "
        "default: catalog.sqlite in the lake's folder",
    )
    comment_language: Literal["zh", "en"] = Field(
        "en", description="language of the column comments in the published warehouse; meta.columns has both"
    )
    allow_future_nights: bool = Field(
        False, description="judge nights that are not over yet, for tests and made-up data; they silence the real ones"
    )
    page_url: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        description="what the review pages' addresses begin with, as in https://airflow.example.com/shopwatch; "
        "unset: mails have no links to them",
    )

    def model_post_init(self, _context: object) -> None:
        self.home = self.home.expanduser().resolve()
        self.include = self.include.expanduser().resolve()
        self.shard_disk = self.shard_disk and self.shard_disk.expanduser().resolve()
        self.page_url = self.page_url.rstrip("/")
        self.lake = self.lake.removeprefix("file://").rstrip("/")
        if self.lake and "://" not in self.lake:
            self.lake = str(Path(self.lake).expanduser().resolve())
        if self.inbox_address.startswith("file:///"):
            self.inbox_address = self.inbox_address.removeprefix("file://")
        if self.inbox_is_folder:
            folder = Path(self.inbox_address) if self.inbox_address else self.home / "inbox"
            self.inbox_address = str(folder.expanduser().resolve())

    @property
    def inbox_is_folder(self) -> bool:
        return "://" not in self.inbox_address

    @property
    def inbox(self) -> Path:
        """Inbox folder. Raises ValueError if the inbox is not a folder: see ``ingest.inbox.open_inbox``."""
        if not self.inbox_is_folder:
            raise ValueError("the inbox is not a folder of this machine: SHOPWATCH_INBOX is an address")
        return Path(self.inbox_address)

    @property
    def shard(self) -> str | None:
        """Name of the shard that these settings are for; None for the whole home."""
        return self._shard

    def for_shard(self, name: str | None) -> Settings:
        """Copy of the settings for one shard: its files are in a folder of its own; inbox and store are the home's."""
        copy = self.model_copy()
        copy._shard = name
        return copy

    def with_shards(self) -> list[Settings]:
        """These settings, and those of every shard that has files in the home."""
        return [self, *(self.for_shard(folder.name) for folder in sorted((self.home / "shards").glob("*")))]

    @property
    def was_divided(self) -> bool:
        """True if a night of several shards began in the home; their files stay where they are."""
        return (self.home / "shards").is_dir()

    def _own(self, folder: str) -> Path:
        """Folder of files that belong to one shard, or to a home that is not divided."""
        return (self.home / "shards" / self._shard if self._shard else self.home) / folder

    def _warehouse(self, name: str) -> Path:
        """DuckDB file of one shard, or of a home that is not divided."""
        if self._shard and self.shard_disk:
            return self.shard_disk / self._shard / "warehouse" / name
        return self._own("warehouse") / name

    @property
    def fetched(self) -> Path:
        """Local copies of remote files while they are read."""
        return self._own("fetched")

    @property
    def backups(self) -> Path:
        return self.home / "backups"

    @property
    def archive(self) -> Path:
        return self._own("archive")

    @property
    def rejected(self) -> Path:
        return self._own("rejected")

    def handed_over(self) -> Path:
        """Folder of the shard's judged warehouse, in the home, where every worker can read it."""
        return self._own("judged")

    @property
    def raw_warehouse(self) -> Path:
        return self._warehouse("replay.duckdb" if self._is_replay else "raw.duckdb")

    @property
    def is_replay(self) -> bool:
        """True if the raw warehouse is the one that a replay builds beside the live one."""
        return self._is_replay

    def for_replay(self) -> Settings:
        """Copy of the settings with the raw warehouse of a replay."""
        copy = self.model_copy()
        copy._is_replay = True
        return copy

    def with_connections(self, find: Callable[[str], str | None]) -> Settings:
        """Copy of the settings in which `secret` also asks ``find``, such as Airflow's connections."""
        copy = self.model_copy()
        copy._find_connection = find
        return copy

    def secret(self, name: str) -> SecretStr | None:
        """The secret of a name that declarations use: an environment variable, else a connection; None without both."""
        found = os.environ.get(name) or (self._find_connection(name) if self._find_connection else None)
        return SecretStr(found) if found else None

    @property
    def shop_warehouse(self) -> Path:
        return self._warehouse("shop.duckdb")

    @property
    def published(self) -> Path:
        return self.home / "published" / "shop.duckdb"

    @property
    def outbox(self) -> Path:
        return self.home / "outbox"

    @property
    def alarms(self) -> Path:
        """Notices of failed tasks, waiting for the store."""
        return self.home / "alarms"

    @property
    def reports(self) -> Path:
        return self.home / "reports"

    @property
    def quality(self) -> Path:
        return self._own("quality")

    @property
    def store(self) -> str:
        """SQLAlchemy URL of the operational store."""
        if self.store_url is not None:
            return self.store_url.get_secret_value()
        return f"sqlite:///{self.home / 'store.sqlite'}"
