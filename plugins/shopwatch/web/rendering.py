"""Rendering of templates as HTML: everything escaped, in the reader's language."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.i18n import Language, limit, limits, number, page_words, quantity
from shopwatch.core.spreadsheets import visible
from shopwatch.core.templating import template_environment
from shopwatch.core.text import clean
from shopwatch.judge.unjudged import unjudged_of
from shopwatch.notify.view import CODED
from shopwatch.review.wording import amount, change, opening

if TYPE_CHECKING:
    import jinja2

STATIC = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
NAVIGATION = ("today", "week", "table", "rules", "data")
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
"""Content-Security-Policy of every response: nothing inline, nothing from other origins."""


def language_of(asked: str | None, cookie: str | None, accepted: str) -> Language:
    """The chosen language, else the browser's Accept-Language; Chinese if neither names one."""
    for choice in (asked, cookie):
        if choice == "zh":
            return "zh"
        if choice == "en":
            return "en"
    wanted = sorted((_weighed(part) for part in accepted.split(",")), key=lambda one: -one[0])
    for weight, language in wanted:
        if weight > 0 and language == "zh":
            return "zh"
        if weight > 0 and language == "en":
            return "en"
    return "zh"


def _weighed(part: str) -> tuple[float, str]:
    tag, _, weight = part.partition(";")
    try:
        quality = float(weight.strip().removeprefix("q=") or 1)
    except ValueError:
        quality = 0.0
    return quality, tag.strip().lower().split("-")[0]


def render(catalog: Catalog, template: str, language: Language, content: Mapping[str, Any]) -> str:
    """Render ``include/page/<template>.html.j2``."""
    say = page_words(catalog.include, language)
    page = _environment(catalog.include).get_template(f"{template}.html.j2")
    return page.render(say=say, w=say, unjudged_since=partial(unjudged_of, catalog), **content)


@cache
def _environment(include: Path) -> jinja2.Environment:
    environment = template_environment(include / "page")
    environment.filters |= {"change": change, "quantity": quantity, "opening": opening, "shown": visible, "line": clean}
    environment.globals |= {
        "number": number,
        "limit": limit,
        "limits": limits,
        "amount": amount,
        "coded": CODED,
        "nav_pages": NAVIGATION,
        "asset": lambda name: _asset(include, name),
    }
    return environment


def _asset(include: Path, name: str) -> str:
    """Address of a file with its content's hash, so that browsers may cache it for ever."""
    path = static_file(include, name)
    assert path is not None, name
    return f"static/{name}?v={_digest(path, path.stat().st_mtime_ns)}"


@lru_cache(maxsize=32)
def _digest(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def static_file(include: Path, name: str) -> Path | None:
    """Path of a style sheet or script under ``include/page``, or None."""
    folder = include / "page"
    files = {path.name: path for path in (*folder.glob("*.css"), *folder.glob("static/*")) if path.suffix in STATIC}
    return files.get(name)
