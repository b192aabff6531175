"""Contract draft as YAML for quick review: one guess per line, with the point to check beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from shopwatch.catalog.contracts import MONEY_TABLES, Contract, table_columns
from shopwatch.catalog.shops import load_shops
from shopwatch.core.errors import DeclarationError
from shopwatch.core.settings import Settings
from shopwatch.core.strict_yaml import read_yaml
from shopwatch.ingest.detect import RejectedError
from shopwatch.ingest.preview.columns import Guess
from shopwatch.ingest.preview.inspect import Inspection, inspect
from shopwatch.ingest.preview.learn import STATED_TIME, Guesses, guess

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
MOST_KEYS_SHOWN = 3


@dataclass(frozen=True)
class Draft:
    """Draft contract, parsed back from its text, and the inspection of the file under it."""

    text: str
    contract: Contract
    seen: Inspection

    @property
    def todos(self) -> int:
        """Number of points to review."""
        return self.text.count("# TODO")


def learn(settings: Settings, contracts: dict[str, Contract], path: Path, name: str | None = None) -> Draft:
    """Draft a contract for the file. ``name``: ``platform_export``, for the file under ``include/sources``.

    Raises RejectedError if no contract can be drafted, DeclarationError for an invalid or existing name.
    """
    guesses = guess(settings, contracts, path)
    export = name or f"new_{guesses.table}"
    if not NAME.fullmatch(export):
        raise DeclarationError(
            f"--name {export}: use the form platform_export in lower-case English letters, such as xiaopu_orders"
        )
    if export in contracts:
        raise DeclarationError(f"a contract is called {export} already: choose another --name")
    text = "\n".join(_lines(export, path.suffix.lstrip("."), guesses)) + "\n"
    contract = Contract.model_validate(yaml.safe_load(text))
    table_columns({**contracts, export: contract})
    shops = load_shops(settings)
    seen = inspect(settings, {export: contract}, shops, path, shop=next(iter(shops)), checks=False)
    if seen.verdict == "rejected":
        raise RejectedError("no_draft", reason=seen.reason)
    return Draft(text, contract, seen)


def write(settings: Settings, draft: Draft) -> Path:
    """Write the draft to the contracts. Raises FileExistsError instead of overwriting."""
    platform, _, rest = draft.contract.export.partition("_")
    path = settings.include / "sources" / platform / f"{rest}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(draft.text)
    read_yaml(path)
    return path


def _lines(export: str, kind: str, g: Guesses) -> Iterator[str]:
    yield f"# Drafted from a {kind} file: headers in line {g.line}, {g.rows} rows. Look at each TODO, then try it:"
    yield "# bin/shopwatch inspect <the file>"
    yield f"export: {export}"
    yield f"title: {{zh: {export}, en: {export}}}   # TODO the name that people use"
    yield f"recognise: {_list(g.recognise)}   # TODO are these in every such file, and together in no other export?"
    if g.unless:
        others = ", ".join(dict.fromkeys(g.unless.values()))
        yield f"unless: {_list(g.unless)}   # a file with one of these is a fuller one: {others}"
    yield f"table: {g.table}   # TODO {_why_table(g)}"
    yield f"mode: {g.mode}   # {_why_mode(g)}"
    yield f"key: {_list(g.key)}   # {_why_key(g)}"
    if g.states_time:
        yield f"version: {{name: {_scalar(STATED_TIME)}}}   # the digits in the file's name are the time of the export"
    else:
        yield "version: {}   # the file's modification time decides which export is newer"
    if g.day:
        yield f"day: {_list(g.day)}   # TODO is this the business day?{_gaps(g)}"
    else:
        yield "day: version   # TODO no column is always a date: each row counts for the day of the export"
    if g.date_order != "year_first":
        yield f"date_order: {g.date_order}" + (
            "" if g.is_sure_of_order else "   # TODO or month_first? No date shows it"
        )
    if g.skip:
        yield f"skip: {_mapping(g.skip)}   # rows that are totals"
    if g.table in MONEY_TABLES:
        yield (
            "money: {paid: gross, tax: included, refunds: []}   # TODO is the paid amount gross, before refunds, or "
            "net_of_refunds? is tax included or added? which exports report refunds: here, or their names?"
        )
    yield "columns:"
    for column in g.columns:
        yield from _column(column)
    yield from (f"  # not read: {reason}" for reason in g.unread)
    if g.drop:
        yield "drop:   # personal data: never stored, never shown"
        yield from (f"  - {_scalar(header)}   # {_comment(why)}" for header, why in g.drop.items())
    yield "checks: []   # what must hold: see docs/cookbooks/add-an-export.md"


def _gaps(g: Guesses) -> str:
    """Note on rows without a day in the last of the day columns; empty if there are none."""
    last = next(column for column in g.columns if column.name == g.day[-1])
    gaps = g.rows - (last.heading.profile.filled if last.heading.profile else 0)
    return f" {gaps} of {g.rows} rows have none and would go to quarantine: name a second column" if gaps else ""


def _column(column: Guess) -> Iterator[str]:
    todo = f"   # TODO {_comment(column.todo)}" if column.todo else ""
    optional = ", optional: true" if column.optional else ""
    if column.type != "category":
        yield f"  {column.name}: {{from: {_scalar(column.heading.title)}, type: {column.type}{optional}}}{todo}"
        return
    yield f"  {column.name}:{todo}"
    yield f"    from: {_scalar(column.heading.title)}"
    yield "    type: category"
    if column.optional:
        yield "    optional: true"
    yield "    values:   # any other value sends its row to quarantine"
    for value, meaning in column.values.items():
        asked = "   # TODO give its meaning" if meaning == value else ""
        yield f"      {_scalar(value)}: {_scalar(meaning)}{asked}"


def _why_table(g: Guesses) -> str:
    if g.table == "unknown":
        return "unknown: orders, order_lines, refunds, product_day, shop_day, ad_day, stock ...?"
    return f"right? {g.known} headers are in its other contracts" if g.known else "right? guessed from the headers"


def _why_mode(g: Guesses) -> str:
    if g.mode == "upsert":
        return "for each key the rows of the newest file count; missing keys stay"
    return "a newer file replaces whole days"


def _why_key(g: Guesses) -> str:
    keys = ", ".join(" + ".join(unique) for unique in g.unique[:MOST_KEYS_SHOWN])
    return f"unique in this file: {keys}" if keys else "TODO nothing is unique in this file: what identifies a row?"


def _scalar(text: str) -> str:
    """Text as a YAML scalar on one line, quoted if necessary."""
    style = None if text.isprintable() else '"'  # this style writes a line end as \\n
    dumped = yaml.safe_dump(
        [text], default_style=style, default_flow_style=True, allow_unicode=True, width=float("inf")
    )
    return dumped.strip()[1:-1]


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_scalar, texts))}]"


def _mapping(lists: dict[str, list[str]]) -> str:
    return f"{{{', '.join(f'{_scalar(name)}: {_list(texts)}' for name, texts in lists.items())}}}"


def _comment(text: str) -> str:
    """Text that is safe in a comment."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
