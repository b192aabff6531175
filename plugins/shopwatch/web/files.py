"""Files received: a list with search, and the original of each."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.i18n import Language
from shopwatch.core.reasons import sentence
from shopwatch.core.settings import Settings
from shopwatch.core.text import widths
from shopwatch.web.published import PublishedWarehouse, Row

MOST_FILES, LONGEST_TEXT = 30, 100
LOADED, REFUSED = ("settled",), ("rejected", "failed")
STATES = (*LOADED, *REFUSED)
NOTE = ".reason.txt"
"""Ending of the note beside a rejected original."""


@dataclass(frozen=True)
class FileView:
    """Which files are listed: those of a state, or of any for an empty one, whose names or exports have the text."""

    text: str = ""
    state: str = ""
    page: int = 1

    def path(self, page: int) -> str:
        """Address of another page of the list."""
        asked = {"q": self.text, "state": self.state, "page": page}
        return f"data?{urlencode({name: value for name, value in asked.items() if value})}#files"


@dataclass(frozen=True)
class FileList:
    """One page of the list. ``count``: files that fit; ``first``: number of the first one shown, or 0."""

    view: FileView
    rows: list[Row]
    count: int
    first: int
    before: str
    after: str


def view_of_files(text: str, state: str, page: str) -> FileView:
    """The view that an address asks for; what cannot be read is ignored."""
    return FileView(
        text=text.strip()[:LONGEST_TEXT],
        state=state if state in STATES else "",
        page=max(int(page), 1) if page.isdecimal() and len(page) < 7 else 1,
    )


def file_list(night: PublishedWarehouse, known: Catalog, language: Language, view: FileView) -> FileList:
    """The files of the view, the newest first."""
    states = (view.state,) if view.state else STATES
    rows = _rows(night, known, view, states)
    if not rows and view.page > 1:
        view = replace(view, page=1)
        rows = _rows(night, known, view, states)
    count, skipped = rows[0]["files_all"] if rows else 0, (view.page - 1) * MOST_FILES
    return FileList(
        view=view,
        rows=[with_texts(row, known, night.settings, language) for row in rows],
        count=count,
        first=skipped + 1 if rows else 0,
        before=view.path(view.page - 1) if view.page > 1 else "",
        after=view.path(view.page + 1) if count > skipped + MOST_FILES else "",
    )


def _rows(night: PublishedWarehouse, known: Catalog, view: FileView, states: tuple[str, ...]) -> list[Row]:
    text = view.text.lower()
    titles = {name: f"{contract.title.zh}\n{contract.title.en}".lower() for name, contract in known.contracts.items()}
    return night.rows(
        "web/files",
        states=list(states),
        texts=widths(text),
        sources=[name for name, title in titles.items() if text and text in title],
        most=MOST_FILES,
        skipped=(view.page - 1) * MOST_FILES,
    )


def with_texts(row: Row, known: Catalog, settings: Settings, language: Language) -> Row:
    """The row with its export's title and its reason as text."""
    contract = known.contracts.get(row["source"] or "")
    values = json.loads(row["reason_values"] or "{}")
    return row | {
        "export": contract.title.of(language) if contract else row["source"] or "",
        "why": sentence(settings.include, language, row["reason_code"], values, row["reason"] or ""),
    }


def original(night: PublishedWarehouse, load: str) -> Path | None:
    """Original of a file that the reader's shops have; None if there is none, or if it was removed for its age."""
    rows = night.rows("web/original", load=load)
    if not rows or not rows[0]["sha256"]:
        return None
    row, settings = rows[0], night.settings
    short = row["sha256"][:16]
    is_rejected = row["state"] == "rejected"
    folders = [
        one.rejected / short if is_rejected else one.archive / row["shop"] / short for one in settings.with_shards()
    ]
    found = (path for folder in folders for path in folder.rglob("*"))
    kept = sorted(path for path in found if path.is_file() and not path.name.endswith(NOTE))
    name = Path(row["file"]).name
    return next((path for path in kept if path.name == name), kept[0] if kept else None)
