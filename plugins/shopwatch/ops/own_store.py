"""The store that belongs to a home: ``home.json`` remembers it, so that a lost, older or foreign one is noticed.

The file has the home's id, which the store has too, and how far the store had come: the newest night and mail.
"""

from __future__ import annotations

import logging
from datetime import date, datetime
from pathlib import Path
from typing import Literal
from uuid import uuid4

from pydantic import BaseModel, ValidationError
from sqlalchemy import delete, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from shopwatch.core.durable import private_folder, write_whole
from shopwatch.core.errors import StateError
from shopwatch.core.settings import Settings
from shopwatch.store.tables import Home, OutboxMail, last_night, open_store

log = logging.getLogger("shopwatch.ops")

StoreFault = Literal["lost", "foreign", "older"]


class RememberedStore(BaseModel):
    """A home's record of its store. ``mail``: time at which the newest mail was written, UTC."""

    home: str
    night: date | None = None
    mail: datetime | None = None


def recall(settings: Settings) -> RememberedStore | None:
    """The home's record of its store; None before the first night, and of a file that cannot be read."""
    try:
        return RememberedStore.model_validate_json(_file(settings).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        log.error("%s cannot be read: %s", _file(settings), error)
        return None


def store_fault(settings: Settings, session: Session) -> StoreFault | None:
    """Fault of the store, by what the home knows of it.

    lost: empty, although nights were judged; foreign: of another home; older: from a backup.
    """
    memory, owner, newest = recall(settings), session.scalars(select(Home.home)).first(), last_night(session)
    if memory is None:
        return "foreign" if owner and not _is_in_home(settings) else None
    if owner is None:
        return "lost" if newest is None and memory.night else None
    if owner != memory.home:
        return "foreign"
    mail = _newest_mail(session)
    is_older = (memory.night and (newest is None or newest < memory.night)) or (
        memory.mail and (mail is None or mail < memory.mail)
    )
    return "older" if is_older else None


def require_own_store(settings: Settings) -> date | None:
    """Check, before a night begins, that the store is this home's; returns the night that an older one lacks.

    A store without an owner becomes this home's.
    Raises StateError if it is damaged or lost, as every team would be notified of all open alerts again, or another
    home's, as either would withdraw the other's alerts.
    """
    try:
        with open_store(settings) as engine, Session(engine, expire_on_commit=False) as session, session.begin():
            fault, newest = store_fault(settings, session), last_night(session)
            owner = session.scalars(select(Home)).first()
            if owner is None and fault is None:
                claim_store(settings, session)
    except DatabaseError as error:
        if type(error) is not DatabaseError:  # such as a lock, or a server that is down
            raise
        raise StateError(
            f"{make_url(settings.store).database} is damaged ({error.orig}): move it away, and restore its backup "
            f"from {settings.backups} (docs/install.md, Back up)"
        ) from error
    memory = recall(settings)
    if fault == "foreign" and owner:
        raise StateError(
            f"the store belongs to the home {owner.path}, not to {settings.home}: each home needs a store of its own. "
            f"Set SHOPWATCH_STORE_URL to another database; if this home takes that one's place, run bin/shopwatch adopt"
        )
    if fault == "lost" and memory:
        raise StateError(
            f"the store is empty, but {settings.home} has judged nights up to {memory.night}: all open alerts would be "
            f"notified again. Restore its backup (docs/install.md, Back up); to start afresh, run bin/shopwatch adopt"
        )
    if fault == "older" and memory:
        log.error("the store is an older copy: it knows nights up to %s, and %s was judged", newest, memory.night)
        return memory.night or newest
    return None


def claim_store(settings: Settings, session: Session) -> None:
    """Record in the store that it is this home's, unless it has an owner."""
    if session.scalars(select(Home)).first() is None:
        memory = recall(settings) or _write(settings, RememberedStore(home=uuid4().hex))
        session.add(Home(home=memory.home, path=str(settings.home)))


def remember_store(settings: Settings, session: Session) -> None:
    """Record in the home how far the store has come. A disk that cannot be written is logged: it fails what matters."""
    owner = session.scalars(select(Home)).first()
    memory = recall(settings)
    if owner is None or (memory and memory.home != owner.home):
        return
    known = RememberedStore(home=owner.home, night=last_night(session), mail=_newest_mail(session))
    if known != memory:
        try:
            _write(settings, known)
        except OSError as error:
            log.error("%s cannot be written: %s", _file(settings), error)


def adopt_store(settings: Settings) -> date | None:
    """Take the store as it is, empty, older or of another home, as this home's; returns its newest night."""
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        session.execute(delete(Home))
        memory = _write(
            settings, RememberedStore(home=uuid4().hex, night=last_night(session), mail=_newest_mail(session))
        )
        session.add(Home(home=memory.home, path=str(settings.home)))
    return memory.night


def _newest_mail(session: Session) -> datetime | None:
    return session.scalar(select(func.max(OutboxMail.created_at)))


def _write(settings: Settings, memory: RememberedStore) -> RememberedStore:
    private_folder(settings.home)
    write_whole(_file(settings), memory.model_dump_json().encode())
    return memory


def _file(settings: Settings) -> Path:
    return settings.home / "home.json"


def _is_in_home(settings: Settings) -> bool:
    """True if the store is a file in the home: whoever restored it there meant it."""
    url = make_url(settings.store)
    return url.get_backend_name() == "sqlite" and Path(str(url.database)).parent == settings.home
