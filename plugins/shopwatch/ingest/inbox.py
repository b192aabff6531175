"""Inbox: complete files and their shop folders, in a local folder or any store that fsspec can read."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import shutil
import stat
import time
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from shopwatch.core.durable import fitting_name, private_folder
from shopwatch.core.reasons import RejectedError
from shopwatch.core.settings import Settings
from shopwatch.core.text import visible
from shopwatch.warehouse.personal import mask_name

log = logging.getLogger("shopwatch.inbox")

UNFINISHED = frozenset({".part", ".crdownload", ".tmp", ".download", ".partial", ".filepart"})
HIDDEN = (".", "~$")
EMPTY_SECONDS = 3600
"""Period during which an empty file may still be about to be written."""
TIMES = ("mtime", "LastModified", "last_modified", "updated", "modify", "created")
"""Names of the modification time in the various filesystems."""
DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
TROUBLE = frozenset({"vanished", "unreadable", "broken_off", "no_time", "link", "special"})
"""Codes for files that cannot be inspected: their content is unknown."""
ETAGS = ("ETag", "etag", "md5Hash")


@dataclass(frozen=True)
class InboxStore:
    """Folder on an fsspec filesystem. ``address``: for display, without a password."""

    address: str
    fs: Any
    root: str


Inbox = Path | InboxStore


@dataclass(frozen=True)
class InboxFile:
    """File in the inbox. ``folder``: its top folder, the shop's name; None in the root.

    ``key``, ``folder`` and ``name`` are storable text even if the bytes on disk are not UTF-8.
    ``path``: readable location after `fetch`. ``trouble``: why the file cannot be inspected.
    """

    path: Path
    key: str
    folder: str | None
    name: str
    size: int = 0
    modified_ns: int = 0
    etag: str = ""
    trouble: RejectedError | None = None
    store: InboxStore | None = None
    place: str = ""

    @property
    def place_name(self) -> str:
        """Names of the innermost folder and the file, which may state the day."""
        return "/".join(self.key.split("/")[-2:])

    @property
    def kept_name(self) -> str:
        """Name of the original in the archive: not masked, so that a replay reads the same day from it."""
        return fitting_name(visible(_decoded(os.fsencode(self.path.name))))

    @property
    def identity(self) -> tuple[str, int, int, str]:
        """Identity of a file version, available without opening the file."""
        return self.key, self.size, self.modified_ns, self.etag


def open_inbox(settings: Settings) -> Inbox:
    """Open the inbox of the settings.

    Raises OSError if the store does not answer, and ValueError if its address needs a missing package or an unknown
    Airflow connection.
    """
    if settings.inbox_is_folder:
        return settings.inbox
    from fsspec.core import url_to_fs

    parts, address = urlsplit(settings.inbox_address), public(settings.inbox_address)
    user = parts.netloc.rpartition("@")[0]
    label = f"`{user}`" if ":" not in user else "the part before its @"
    if user and not parts.hostname:
        raise ValueError(f"{address}: {label} is not a known Airflow connection, and no host follows")
    try:
        with _connection_errors():  # no cached instance: the connection of an earlier night may be broken
            fs, root = url_to_fs(settings.inbox_address, skip_instance_cache=True)
    except ImportError as error:
        raise ValueError(f"{address}: {error}") from error
    if user and root.startswith(f"{user}@"):
        raise ValueError(f"{address}: {label} is not a known Airflow connection, and {parts.scheme}:// knows no users")
    return InboxStore(address, fs, root)


@contextmanager
def _connection_errors() -> Iterator[None]:
    """Convert any exception of a broken connection to ConnectionError; store libraries raise all kinds."""
    try:
        yield
    except (OSError, RejectedError, ImportError, ValueError, KeyError, NotImplementedError):
        raise
    except Exception as error:
        raise ConnectionError(type(error).__name__) from error


def public(address: str) -> str:
    """Address without user and password."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if parts.netloc else address


def find(inbox: Inbox, scratch: Path, left_out: Set[str] = frozenset()) -> Iterator[InboxFile]:
    """All files below the inbox, sorted by name, except hidden files and Office lock files.

    Links are not followed: their targets were not dropped here. Links, vanished files and files that must not be opened
    are returned with their ``trouble``. Raises OSError if the inbox itself cannot be listed. Files of a store will be
    fetched to ``scratch``. ``left_out``: top folders that are not listed.
    """
    found = _in_folder(inbox, left_out) if isinstance(inbox, Path) else _in_store(inbox, scratch, left_out)
    yield from sorted(found, key=lambda file: file.key.split("/"))


def _in_folder(inbox: Path, left_out: Set[str]) -> Iterator[InboxFile]:
    failures: list[OSError] = []
    for folder, folders, names in os.walk(inbox, onerror=failures.append):
        skipped = left_out if folder == str(inbox) else frozenset[str]()
        folders[:] = [name for name in folders if not name.startswith(HIDDEN) and readable(name) not in skipped]
        for name in (*(name for name in folders if Path(folder, name).is_symlink()), *names):
            path = Path(folder, name)
            if name.startswith(HIDDEN):
                continue
            try:
                there = path.lstat()
            except OSError as error:
                if not _has_unfinished_name(name):  # renamed to its final name just now
                    yield _file(inbox, path, trouble=read_fault(error))
                continue
            if stat.S_ISREG(there.st_mode):
                yield _file(inbox, path, there.st_size, there.st_mtime_ns)
            else:  # never opened: a pipe would block the night, reading a device may trigger an action
                is_link = stat.S_ISLNK(there.st_mode)
                yield _file(inbox, path, trouble=RejectedError("link") if is_link else RejectedError("special"))
    for failure in failures:
        gone = isinstance(failure, FileNotFoundError)
        if failure.filename != str(inbox) and not gone:
            yield _file(inbox, Path(failure.filename), trouble=read_fault(failure))
        elif failure.filename == str(inbox) and gone:
            log.warning("the inbox %s does not exist", inbox)
        elif not gone:
            raise failure


def _file(
    inbox: Path, path: Path, size: int = 0, modified_ns: int = 0, trouble: RejectedError | None = None
) -> InboxFile:
    parts = path.relative_to(inbox).parts
    folder = readable(parts[0]) if len(parts) > 1 else None
    return InboxFile(path, _storable(str(path)), folder, readable(path.name), size, modified_ns, trouble=trouble)


def _in_store(store: InboxStore, scratch: Path, left_out: Set[str]) -> Iterator[InboxFile]:
    store.fs.invalidate_cache()
    folders: list[tuple[str, tuple[str, ...]]] = [(store.root, ())]
    while folders:
        place, above = folders.pop()
        try:
            with _connection_errors():
                entries = store.fs.ls(place, detail=True)
        except FileNotFoundError:
            if not above:
                _require_bucket(store)
                log.warning("the inbox %s does not exist", store.address)
            continue
        except OSError as error:
            if not above:
                raise
            yield _store_file(store, scratch, place, above, {}, read_fault(error))
            continue
        for entry in entries:
            name = entry["name"].rstrip("/").rpartition("/")[2]
            is_itself = entry["name"].rstrip("/") == place.rstrip("/")  # S3's placeholder for an empty folder
            if is_itself or name.startswith(HIDDEN) or (not above and name in left_out):
                continue
            if entry.get("islink") or entry["type"] == "link":
                yield _store_file(store, scratch, entry["name"], (*above, name), {}, RejectedError("link"))
            elif entry["type"] == "directory":
                folders.append((entry["name"], (*above, name)))
            elif entry["type"] == "file":
                yield _store_file(store, scratch, entry["name"], (*above, name), entry)
            else:
                yield _store_file(store, scratch, entry["name"], (*above, name), {}, RejectedError("special"))


def _require_bucket(store: InboxStore) -> None:
    """Raise FileNotFoundError if the inbox's topmost folder (bucket) does not exist.

    Many stores know folders only by their files, so an empty folder may still be valid; a missing bucket is not.
    """
    name = store.root.lstrip("/").partition("/")[0]
    try:
        with _connection_errors():
            store.fs.ls(f"/{name}" if store.root.startswith("/") else name)
    except FileNotFoundError as error:
        raise FileNotFoundError(errno.ENOENT, "the store has no such folder", store.address) from error
    except OSError:
        return  # access to a folder does not imply access to its bucket


def _store_file(
    store: InboxStore,
    scratch: Path,
    place: str,
    parts: tuple[str, ...],
    entry: Mapping[str, Any],
    trouble: RejectedError | None = None,
) -> InboxFile:
    key = _storable("/".join((store.address.rstrip("/"), *parts)))
    modified = 0
    if trouble is None:
        try:
            modified = _modified_ns(store, place, entry)
        except RejectedError as error:
            trouble = error
    size, etag = int(entry.get("size") or 0), _etag(entry)
    own = hashlib.sha256(f"{key}|{size}|{modified}|{etag}".encode()).hexdigest()[:16]
    folder = readable(parts[0]) if len(parts) > 1 else None
    path = scratch / own / fitting_name(parts[-1])
    return InboxFile(path, key, folder, readable(parts[-1]), size, modified, etag, trouble, store, place)


def _etag(entry: Mapping[str, Any]) -> str:
    return next((str(entry[name]) for name in ETAGS if entry.get(name)), "")


def _modified_ns(store: InboxStore, place: str, entry: Mapping[str, Any]) -> int:
    """Modification time in nanoseconds, precise to microseconds. Raises RejectedError if the store has none."""
    value: Any = next((entry[name] for name in TIMES if entry.get(name)), None)
    if value is None:
        try:
            with _connection_errors():
                value = store.fs.modified(place)
        except FileNotFoundError as error:
            raise RejectedError("vanished") from error
        except ConnectionError as error:
            raise read_fault(error) from error
        except (NotImplementedError, KeyError, OSError) as error:
            raise RejectedError("no_time") from error
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        value = (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    return round(float(value) * 10**6) * 1000


def _storable(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def readable(name: str) -> str:
    """File name as its owner saw it; Chinese zip archives leave names in GBK.

    Control characters are written out, and telephone numbers and the like masked: the name is published.
    """
    return mask_name(visible(_decoded(os.fsencode(name))))


def _decoded(name: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name.decode("utf-8", "backslashreplace")


def _has_unfinished_name(name: str) -> bool:
    return Path(name).suffix.lower() in UNFINISHED


def unfinished(found: InboxFile, settle_seconds: float) -> bool:
    """True if the file may still be written: by its name, a very recent change, or a size of 0."""
    if found.trouble is not None:
        return False
    age = time.time() - found.modified_ns / 1e9
    rests = EMPTY_SECONDS if found.size == 0 else settle_seconds
    return _has_unfinished_name(found.name) or abs(age) < rests


def fetch(found: InboxFile) -> None:
    """Copy a store's file to ``found.path``, once, with mode 0600; files of a local folder stay in place.

    Raises RejectedError with the file's trouble, or OSError if this machine's disk is full.
    """
    if found.trouble is not None:
        raise found.trouble
    if found.store is None or found.path.exists():
        return
    private_folder(found.path.parent.parent)
    private_folder(found.path.parent)
    partial = found.path.with_name(f".{found.path.name}.part")
    try:
        with _connection_errors():
            found.store.fs.get_file(found.place, str(partial))
        partial.chmod(0o600)
        os.utime(partial, ns=(found.modified_ns, found.modified_ns))
        partial.replace(found.path)
    except OSError as error:
        if error.errno in DISK_FULL:
            raise
        raise read_fault(error) from error
    finally:
        partial.unlink(missing_ok=True)


def release(found: InboxFile) -> None:
    """Remove the copy made by `fetch`."""
    if found.store is not None and found.place:
        shutil.rmtree(found.path.parent, ignore_errors=True)


def change_since(found: InboxFile) -> RejectedError | None:
    """Reason why a file can no longer be read as found; None if unchanged.

    ``changed`` if it is still being written.
    """
    try:
        if found.store is not None:
            found.store.fs.invalidate_cache()
            with _connection_errors():
                entry = found.store.fs.info(found.place)
            now = (int(entry.get("size") or 0), _modified_ns(found.store, found.place, entry), _etag(entry))
        else:
            there = found.path.lstat()
            now = (there.st_size, there.st_mtime_ns, "")
            with found.path.open("rb") as file:
                file.read(1)
    except RejectedError as error:
        return error
    except OSError as error:
        return read_fault(error)
    return None if now == found.identity[1:] else RejectedError("changed")


def read_fault(error: OSError) -> RejectedError:
    """Convert an error to a rejection without the file's path."""
    if isinstance(error, FileNotFoundError):
        return RejectedError("vanished")
    detail = error.strerror or (str(error) if isinstance(error, ConnectionError) else "") or type(error).__name__
    if isinstance(error, ConnectionError | TimeoutError):
        return RejectedError("broken_off", error=detail)
    return RejectedError("unreadable", error=detail)
