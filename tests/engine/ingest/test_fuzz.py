"""Damaged files without end: each is loaded, partly quarantined or rejected with a reason, and its rows add up."""

from __future__ import annotations

import io
import random
import time
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from demo import write_demo
from files import (
    STOCK,
    SYCM,
    UCI,
    WANXIANG,
    ask,
    csv_bytes,
    drop,
    load_all,
    order,
    orders_csv,
    plan,
    plans_csv,
    product,
    products_xls,
    table,
    xls_bytes,
    xlsx_bytes,
)
from shopwatch.catalog.contracts import load_contracts
from shopwatch.core.settings import Settings

ORDERS = [order(n, 买家留言="请,快\n发" if n % 3 else '"好"') for n in range(12)]
PLANS = [plan(n) for n in range(12)]
STOCKS = [{"商家编码": f"QH-{n}", "货品编号": f"{n}", "可用库存": "7", "可发库存": "7"} for n in range(12)]
INVOICE = ["536365", "85123A", 'HOLDER 5"', "6", "2010-12-01 08:26:00", "2.55", "17850", "UK"]
BATCH = 100  # files that are loaded together
PATIENCE = 60  # seconds of computing for a batch, which takes some five


def zipped(name: str, content: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, content)
    return archive.getvalue()


def whole_files() -> list[bytes]:
    """Files that load as they are, of every kind."""
    return [
        orders_csv(ORDERS),
        orders_csv(ORDERS, "utf-8-sig"),
        orders_csv(ORDERS, "utf-16"),
        csv_bytes([UCI, *[INVOICE] * 9], "utf-8", end="\n"),
        plans_csv(PLANS),
        plans_csv([{"日期": "合计", "花费": "1"}, *PLANS], end="\n"),
        csv_bytes(table(WANXIANG, PLANS), "utf-8", delimiter="\t"),
        products_xls([product(n) for n in range(12)]),
        xlsx_bytes(table(SYCM, [product(n) for n in range(12)])),
        xls_bytes(table(STOCK, STOCKS)),
        xlsx_bytes(table(STOCK, STOCKS)),
        zipped("计划.csv", plans_csv(PLANS)),
        zipped("a.xls", products_xls([product(n) for n in range(5)])),
    ]


def demo_files(folder: Path) -> list[bytes]:
    """The smallest demo file of each kind."""
    kinds: dict[str, bytes] = {}
    for path in sorted(write_demo(folder), key=lambda path: path.stat().st_size):
        kinds.setdefault(f"{path.name[:2]}{path.suffix}", path.read_bytes())
    return [content for content in kinds.values() if len(content) < 300_000]


def _at(rng: random.Random, content: bytes) -> int:
    return rng.randrange(len(content) + 1)


def flip(rng: random.Random, content: bytes, _others: list[bytes]) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 5, 50])):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def flip_bit(rng: random.Random, content: bytes, _others: list[bytes]) -> bytes:
    changed = bytearray(content)
    changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def truncate(rng: random.Random, content: bytes, _others: list[bytes]) -> bytes:
    return content[: max(1, _at(rng, content))]


def behead(rng: random.Random, content: bytes, _others: list[bytes]) -> bytes:
    return content[min(_at(rng, content), rng.randrange(1, 400), len(content) - 1) :]


INSERTS = [
    *(b'"', b'""', b"'", b"\n", b"\r", b"\r\n", b"\0", b"\0\0\0", b",", b"\t", b";", b"|", b",,,,", b"\xff", b"\x81"),
    *(b"\xef\xbb\xbf", b"=", b" ", b"\x1a", '"，'.encode("gbk"), b'\r\n"', b'",', b',"'),
]


def insert(rng: random.Random, content: bytes, _others: list[bytes]) -> bytes:
    for _ in range(rng.choice([1, 1, 1, 2, 3, 10])):
        at = _at(rng, content)
        content = content[:at] + rng.choice(INSERTS) + content[at:]
    return content


def cut_out(rng: random.Random, content: bytes, _others: list[bytes]) -> bytes:
    at = _at(rng, content)
    return content[:at] + content[at + rng.randrange(1, 60) :] or b"x"


def repeat_part(rng: random.Random, content: bytes, _others: list[bytes]) -> bytes:
    start, size = _at(rng, content), rng.randrange(1, 300)
    return content[:start] + content[start : start + size] * rng.randrange(2, 6) + content[start + size :]


def zero_out(rng: random.Random, content: bytes, _others: list[bytes]) -> bytes:
    at, size = _at(rng, content), rng.choice([1, 16, 512, 4096])
    return content[:at] + bytes(len(content[at : at + size])) + content[at + size :]


def lines_moved(rng: random.Random, content: bytes, _others: list[bytes]) -> bytes:
    lines = content.splitlines(keepends=True)
    which = rng.randrange(4)
    if which == 0:
        rng.shuffle(lines)
    elif which == 1:
        del lines[rng.randrange(len(lines))]
    elif which == 2:
        lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))
    else:
        lines = [line + b"\n" * rng.randrange(3) for line in lines]
    return b"".join(lines) or b"x"


def other_encoding(rng: random.Random, content: bytes, _others: list[bytes]) -> bytes:
    text = content.decode(rng.choice(["gb18030", "utf-8", "utf-16"]), "replace")
    return text.encode(rng.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]), "replace")


def other_ends(rng: random.Random, content: bytes, _others: list[bytes]) -> bytes:
    return content.replace(
        *rng.choice([(b"\r\n", b"\n"), (b"\n", b"\r\n"), (b"\r\n", b"\r"), (b",", b";"), (b",", b"\t")])
    )


def joined(rng: random.Random, content: bytes, others: list[bytes]) -> bytes:
    return content + rng.choice([b"", b"\n", b"\r\n"]) + rng.choice(others)


def part_of_another(rng: random.Random, content: bytes, others: list[bytes]) -> bytes:
    other = rng.choice(others)
    return content[: _at(rng, content)] + other[_at(rng, other) :] or b"x"


def inside_an_archive(rng: random.Random, content: bytes, others: list[bytes]) -> bytes:
    """What is damaged is the part of a workbook or an archive, which itself is whole; else it is archived."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, RuntimeError, EOFError, ValueError):
        parts = {}
    if not parts:
        return zipped("a.csv", flip(rng, content, others))
    name = rng.choice(sorted(parts))
    if parts[name]:
        parts[name] = rng.choice([flip_bit, truncate, insert, cut_out, repeat_part])(rng, parts[name], others)
    again = io.BytesIO()
    with zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in parts.items():
            archive.writestr(part, text)
    return again.getvalue()


Mutation = Callable[[random.Random, bytes, list[bytes]], bytes]
MUTATIONS: list[Mutation] = [
    flip, flip_bit, truncate, behead, insert, insert, cut_out, repeat_part, zero_out, lines_moved, other_encoding,
    other_ends, joined, part_of_another, inside_an_archive,
]  # fmt: skip


def mutant(seed: int, files: list[bytes]) -> bytes:
    """The same file for the same seed."""
    rng = random.Random(seed)
    content = files[seed % len(files)]
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        content = rng.choice(MUTATIONS)(rng, content, files)
    return content or b"x"


def all_end_well(settings: Settings, seeds: Sequence[int], files: list[bytes]) -> None:
    for seed in seeds:
        drop(settings, f"qinghe/{seed}.bin", mutant(seed, files))
    started = time.process_time()
    load_all(settings)
    assert time.process_time() - started < PATIENCE
    unheard = {f"{seed}.bin" for seed in seeds} - {
        Path(path).name for (path,) in ask(settings, "select path from seen")
    }
    assert not unheard
    assert not ask(settings, "select file from loads where state = 'rejected' and coalesce(reason, '') = ''")
    assert not ask(settings, "select file, reason from loads where reason like '%INTERNAL%'")
    wrong = """
        select file, rows_read, rows_loaded, rows_quarantined, rows_skipped
        from loads
        where
            rows_read != rows_loaded + rows_quarantined + rows_skipped
            or rows_skipped < 0
            or (rows_skipped > 0 and not list_contains($skipping, source))
            or rows_quarantined != (select count(*) from quarantine where quarantine.load_id = loads.load_id)
    """
    skipping = [name for name, contract in load_contracts(settings.include).items() if contract.skip]
    assert ask(settings, wrong, {"skipping": skipping}) == []
    for (source,) in ask(settings, "select distinct source from loads where source is not null"):
        rows = f"(select count(*) from incoming.{source} as rows where rows.load_id = loads.load_id)"
        assert ask(settings, f"select file from loads where source = '{source}' and rows_loaded != {rows}") == []
    for seed in seeds:
        (settings.inbox / "qinghe" / f"{seed}.bin").unlink()


@pytest.mark.slow
def test_damaged_files(settings: Settings) -> None:
    all_end_well(settings, range(60), whole_files())
    states = {state for (state,) in ask(settings, "select distinct state from loads")}
    assert states == {"incoming", "rejected"}
    assert ask(settings, "select count(*) from quarantine")[0][0] > 0


@pytest.mark.slow
def test_what_takes_a_database_down_that_reads_it_unproven(settings: Settings, tmp_path: Path) -> None:
    """Quotes that hold line ends, in lines that end in several ways: DuckDB's reader fails fatally on these."""
    all_end_well(settings, (511, 541, 661, 2401), whole_files() + demo_files(tmp_path / "demo"))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", range(4))
def test_thousands_of_damaged_files(part: int, settings: Settings, tmp_path: Path) -> None:
    files = whole_files() + demo_files(tmp_path / "demo")
    for first in range(part * 1500, (part + 1) * 1500, BATCH):
        all_end_well(settings, range(first, first + BATCH), files)
