"""Tables of the operational store: alerts and their events, decisions, the notification log and the outbox."""

from __future__ import annotations

import errno
import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Date,
    DateTime,
    Float,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Text,
    create_engine,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.event import listen
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from shopwatch.core.durable import keep_private
from shopwatch.core.settings import Settings

MIGRATIONS = Path(__file__).with_name("migrations")


class Base(DeclarativeBase):
    """Base class of the store's tables; each change to them is a migration."""


class Alert(Base):
    """One alert: a rule, shop and entity from the period in which it first fired. The key is deterministic."""

    __tablename__ = "alerts"

    key: Mapped[str] = mapped_column(String(16), primary_key=True)
    rule: Mapped[str] = mapped_column(String(80))
    shop: Mapped[str] = mapped_column(String(80))
    entity_type: Mapped[str] = mapped_column(String(40))
    entity: Mapped[str] = mapped_column(String(200))
    metric: Mapped[str] = mapped_column(String(80))
    grain: Mapped[str] = mapped_column(String(10))
    since: Mapped[date] = mapped_column(Date)
    resolved_at: Mapped[date | None] = mapped_column(Date)
    last_period: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(12))
    severity: Mapped[str] = mapped_column(String(12))
    value: Mapped[float | None] = mapped_column(Float)
    measured: Mapped[float | None] = mapped_column(Float)
    threshold: Mapped[float] = mapped_column(Float)
    numerator: Mapped[Any] = mapped_column(Numeric(18, 4), nullable=True)
    denominator: Mapped[Any] = mapped_column(Numeric(18, 4), nullable=True)
    at_stake: Mapped[Any] = mapped_column(Numeric(18, 2), nullable=True)
    currency: Mapped[str | None] = mapped_column(String(3))
    inhibited_by: Mapped[str | None] = mapped_column(String(80))
    rule_hash: Mapped[str] = mapped_column(String(16))
    model_hash: Mapped[str | None] = mapped_column(String(16))


class AlertEvent(Base):
    """One transition of an alert, append-only: firing, critical, resolved, reopened or retracted.

    ``number``: 1 for the first event of the alert. ``detail``: JSON; for a retraction, the old and the new numbers, or
    the reason why nothing judges it any more.
    """

    __tablename__ = "events"

    key: Mapped[str] = mapped_column(String(16), primary_key=True)
    alert_key: Mapped[str] = mapped_column(String(16), index=True)
    event: Mapped[str] = mapped_column(String(12))
    number: Mapped[int] = mapped_column(Integer)
    period: Mapped[date] = mapped_column(Date)
    night: Mapped[date] = mapped_column(Date)
    detail: Mapped[str | None] = mapped_column(Text)


class NotificationLog(Base):
    """The latest notification of a team about a topic, and the state notified; later digests compare with it."""

    __tablename__ = "notification_log"

    team: Mapped[str] = mapped_column(String(80), primary_key=True)
    topic: Mapped[str] = mapped_column(String(200), primary_key=True)
    state: Mapped[str] = mapped_column(String(20), default="notified")
    night: Mapped[date] = mapped_column(Date)
    first_night: Mapped[date] = mapped_column(Date)


class Decision(Base):
    """One decision, append-only: acknowledge, dismiss, assign or comment on an alert, silence what a matcher fits, or
    lift. ``owner``: the department to which an alert was assigned. ``alert_key`` follows an alert whose start a
    correction moves.
    """

    __tablename__ = "decisions"

    key: Mapped[str] = mapped_column(String(16), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    alert_key: Mapped[str | None] = mapped_column(String(16), index=True)
    matcher: Mapped[str | None] = mapped_column(Text)
    lifts: Mapped[str | None] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text)
    plan: Mapped[str] = mapped_column(Text)
    owner: Mapped[str | None] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(DateTime)


class OutboxMail(Base):
    """One mail in the outbox, written in the transaction that logs its content as notified, then delivered.

    ``sent_at``: time at which the last recipient was settled, UTC; None while any is waiting.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_waiting", "sent_at"),)

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    team: Mapped[str] = mapped_column(String(80))
    night: Mapped[date] = mapped_column(Date)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """The complete mail, read from the store on access: thousands may wait, each with workbooks."""
    summary: Mapped[str | None] = mapped_column(Text, deferred=True)
    """The digest in short, for chats: JSON of ``notify/summary.py``; None for other mails."""
    created_at: Mapped[datetime] = mapped_column(DateTime)
    not_before: Mapped[datetime | None] = mapped_column(DateTime)
    """Earliest delivery time, within the team's hours, UTC; None: at any time."""
    sent_at: Mapped[datetime | None] = mapped_column(DateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(500))


class Recipient(Base):
    """Delivery of one mail to one recipient.

    ``state``: waiting; accepted by the mail server; refused permanently; expired after three days of attempts;
    uncertain, after too many connections that broke before the server answered; withdrawn with a revoked night.
    ``retry_at`` (UTC): time of the next attempt; until then no other process makes one.
    """

    __tablename__ = "recipients"

    mail_key: Mapped[str] = mapped_column(String(120), primary_key=True)
    address: Mapped[str] = mapped_column(String(320), primary_key=True)
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    uncertain: Mapped[int] = mapped_column(default=0)
    first_tried_at: Mapped[datetime | None] = mapped_column(DateTime)
    retry_at: Mapped[datetime | None] = mapped_column(DateTime)
    settled_at: Mapped[datetime | None] = mapped_column(DateTime)
    last_error: Mapped[str | None] = mapped_column(String(500))


class Night(Base):
    """One judged night; the newest distinguishes a backfill of old nights from new data.

    ``newest_load``: SHA-256 of the last file loaded by then; a raw warehouse without it is an older copy.
    """

    __tablename__ = "nights"

    night: Mapped[date] = mapped_column(Date, primary_key=True)
    judged_at: Mapped[datetime] = mapped_column(DateTime)
    newest_load: Mapped[str | None] = mapped_column(String(64))


class JudgedShard(Base):
    """The last judged night of one shard, in a home that has several.

    ``newest_load`` as of `Night`. ``part``: name of the file that the shard handed over, to be gathered with others.
    """

    __tablename__ = "shards"

    shard: Mapped[str] = mapped_column(String(40), primary_key=True)
    night: Mapped[date] = mapped_column(Date)
    judged_at: Mapped[datetime] = mapped_column(DateTime)
    newest_load: Mapped[str | None] = mapped_column(String(64))
    part: Mapped[str] = mapped_column(String(80))


class ShopPlace(Base):
    """The shard that holds a shop's data, in a home that has several."""

    __tablename__ = "shop_places"

    shop: Mapped[str] = mapped_column(String(80), primary_key=True)
    shard: Mapped[str] = mapped_column(String(40))


class Home(Base):
    """The home that the store belongs to, at most one: its id, and its folder when it was claimed."""

    __tablename__ = "homes"

    home: Mapped[str] = mapped_column(String(32), primary_key=True)
    path: Mapped[str] = mapped_column(String(500))


def short_hash(*parts: object) -> str:
    """First 16 hexadecimal digits of the parts' SHA-256."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:16]


def now() -> datetime:
    """Current time in UTC, without a time zone, as stored."""
    return datetime.now(UTC).replace(tzinfo=None)


def has_store(settings: Settings) -> bool:
    """True if a store exists: the first night creates a SQLite file; a server's database is assumed to exist."""
    url = make_url(settings.store)
    return url.get_backend_name() != "sqlite" or (bool(url.database) and Path(str(url.database)).exists())


@contextmanager
def open_store(settings: Settings) -> Iterator[Engine]:
    """Open the store, migrated to the newest schema."""
    keep_private()
    settings.home.mkdir(parents=True, exist_ok=True)
    url = make_url(settings.store)
    if url.get_backend_name() == "sqlite" and url.database:
        _create_privately(Path(url.database))
    engine = _engine(settings.store)
    try:
        _migrate(engine)
        yield engine
    finally:
        engine.dispose()


def _create_privately(file: Path) -> None:
    """Create the file unless it exists, for its owner only; its write-ahead log gets the same mode.

    A file that exists is not opened: closing it would drop the locks of this process's other connections to it.
    Raises OSError if it cannot be created.
    """
    if file.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))
    file.chmod(0o600)


_MIGRATING = threading.Lock()  # Alembic keeps its context in globals
CONNECT_SECONDS = 20
"""Seconds after which a PostgreSQL server that does not answer counts as down."""
LOCK_SECONDS = 90
"""Seconds for which SQLite waits for another process's lock."""


def _engine(url: str) -> Engine:
    """Create an engine that survives a server restart and a lock of one minute."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_SECONDS})
    engine = create_engine(url, connect_args={"timeout": LOCK_SECONDS})
    listen(engine, "connect", _use_write_ahead_log)
    return engine


def _use_write_ahead_log(connection: sqlite3.Connection, _record: object) -> None:
    """Switch to write-ahead logging, so that readers and the writer do not block each other."""
    if connection.execute("pragma journal_mode").fetchone() != ("wal",):
        connection.execute("pragma journal_mode = wal")


def _newest_revision() -> str:
    """Revision of the last migration: the leading number of its file name."""
    return max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]


def _is_current(engine: Engine) -> bool:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        return connection.execute(text("select version_num from alembic_version")).scalar() == _newest_revision()


def _migrate(engine: Engine) -> None:
    """Migrate the store to the newest schema atomically; SQLite would otherwise commit each statement separately.

    Alembic is imported only when needed: the import takes longer than the usual check.
    """
    if _is_current(engine):
        return
    from alembic import command
    from alembic.config import Config

    is_sqlite = engine.dialect.name == "sqlite"
    with _MIGRATING, engine.connect() as connection:
        if is_sqlite:
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")  # no implicit transactions
        with connection.begin():
            if is_sqlite:
                connection.exec_driver_sql("begin immediate")
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def last_night(session: Session, until: date = date.max) -> date | None:
    """Newest judged night up to ``until``; None if there is none."""
    newest_first = select(Night.night).where(Night.night <= until).order_by(Night.night.desc())
    return session.scalars(newest_first.limit(1)).first()


def lock_night(session: Session, night: date) -> bool:
    """Keep other processes from notifying anybody of the night until the transaction ends; False if it was not judged.

    What is read after it includes all that they have recorded.
    """
    unchanged = update(Night).where(Night.night == night).values(judged_at=Night.judged_at)
    return bool(session.execute(unchanged).rowcount)  # type: ignore[attr-defined]
