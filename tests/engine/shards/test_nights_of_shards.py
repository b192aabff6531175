"""Whole nights of homes with several shards: they end as those of one home, whatever befalls a shard."""

from __future__ import annotations

import random
import re
import shutil
import signal
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ad_project import SUNDAYS, ad_home, ad_include, drop_week, place_shops
from night_tools import Process, ask, differing, environment, mails_of, until
from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import Settings
from shopwatch.ops.replay import NotReplayableError, replay
from shopwatch.pipeline import watch_night
from shopwatch.shards import moving
from shopwatch.shards.moving import move_shop
from shopwatch.shards.night import NotMovedError, load_shard, watch_shards

pytestmark = pytest.mark.slow  # whole nights, one a shard
SHOPS = tuple(f"shop{number:02}" for number in range(16))
WEEKS = {SUNDAYS[0]: (100, 400, 250), SUNDAYS[1]: (100, 400, 400)}
"""Revenue a day of each of a shop's plans, which spend 100: below 300 they are told of."""
OF_SHARDS = r"ops\.shards|meta\.(built|written|columns)"


@pytest.fixture(scope="module")
def include(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ad_include(tmp_path_factory.mktemp("ads") / "include")


def _watch(settings: Settings, night: date) -> None:
    (watch_shards if Catalog(settings).is_divided else watch_night)(settings, night)


def _deliver_week(settings: Settings, night: date, shops: tuple[str, ...] = SHOPS) -> None:
    for place, shop in enumerate(shops):
        drop_week(settings, shop, night, [revenue + 10 * place for revenue in WEEKS[night]])


def _differences(one: Settings, other: Settings) -> list[str]:
    """Tables that differ, but for those about the warehouses themselves."""
    return [line for line in differing(one.published, other.published) if not re.match(OF_SHARDS, line)]


def _mails(settings: Settings) -> dict[str, bytes]:
    return {name: mail.as_bytes() for name, mail in mails_of(settings.home).items()}


@pytest.mark.parametrize("seed", [1, 2])
def test_any_division_has_the_rows_and_the_mails_of_one_home(seed: int, tmp_path: Path, include: Path) -> None:
    """1, 4 and 16 shards of any shops; and one with a quarter of all shops beside twelve others."""
    dice = random.Random(seed)
    together = {1: 0, 2: 3}[seed]
    divisions = [
        dict.fromkeys(SHOPS, "main"),
        {shop: f"s{dice.randrange(4)}" for shop in SHOPS},
        {shop: f"s{max(number - together, 0)}" for number, shop in enumerate(dice.sample(SHOPS, 16))},
    ]
    inbox = tmp_path / "inbox"
    homes = [ad_home(tmp_path / str(number), include, inbox, shards) for number, shards in enumerate(divisions)]
    for night in SUNDAYS:
        _deliver_week(homes[0], night)
        for home in homes:
            _watch(home, night)
            assert _differences(homes[0], home) == []
    for home in homes[1:]:
        assert _mails(home) == _mails(homes[0])


def test_a_shard_that_fails_holds_back_its_shops_alone(tmp_path: Path, include: Path) -> None:
    """The mail names them, nothing of theirs is withdrawn, and the next night tells their news, once."""
    shards = {"a": "main", "b": "north"}
    home = ad_home(tmp_path / "home", include, tmp_path / "inbox", shards)
    _deliver_week(home, SUNDAYS[0], ("a", "b"))
    watch_shards(home, SUNDAYS[0])
    _deliver_week(home, SUNDAYS[1], ("a", "b"))
    raw = home.for_shard("north").raw_warehouse
    away = raw.rename(raw.with_name("away"))
    watch_shards(home, SUNDAYS[1])
    rows = "select shop, max(period_start) from kpi.fct_kpi where grain = 'week' group by shop order by shop"
    assert ask(home.published, rows) == [("a", date(2026, 11, 9)), ("b", date(2026, 11, 2))]
    states = "select shop, state, count(*) from ops.alerts group by all order by all"
    assert ask(home.published, states) == [("a", "firing", 1), ("a", "resolved", 1), ("b", "firing", 2)]
    held = _text(mails_of(home.home)["2026-11-15-推广"])
    assert "店b（数据截至 2026-11-08 周日）" in held
    assert any("failed" in name for name in mails_of(home.home))
    away.rename(raw)
    watch_shards(home, SUNDAYS[1])
    assert ask(home.published, states) == [
        ("a", "firing", 1), ("a", "resolved", 1), ("b", "firing", 1), ("b", "resolved", 1)
    ]  # fmt: skip
    caught_up = [mail for name, mail in mails_of(home.home).items() if name.startswith("2026-11-15-推广-")]
    assert len(caught_up) == 1
    assert "店a" not in _text(caught_up[0])


def _text(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content())


def test_a_shard_whose_disk_is_lost_is_rebuilt_from_its_originals(tmp_path: Path, include: Path) -> None:
    """The command names originals that are gone, as what the shard handed over knows them."""
    shops, inbox = ("a", "b"), tmp_path / "inbox"
    lost, kept = (
        ad_home(tmp_path / name, include, inbox, {"a": "main", "b": "north"}).model_copy(
            update={"shard_disk": tmp_path / f"disk of {name}"}
        )
        for name in ("lost", "kept")
    )
    for night in SUNDAYS:
        _deliver_week(lost, night, shops)
        for home in (lost, kept):
            watch_shards(home, night)
        if night == SUNDAYS[0]:
            north = lost.for_shard("north")
            shutil.rmtree(north.raw_warehouse.parent)
            (original,) = (north.archive / "b").iterdir()
            away = original.rename(tmp_path / original.name)
            with pytest.raises(NotReplayableError, match="1 files of wanxiang_plans of b"):
                replay(north)
            away.rename(original)
            replay(north)
    assert _differences(lost, kept) == []
    assert _mails(lost) == _mails(kept)


@pytest.mark.parametrize(
    "moment", [r"new files; 0 still", r"intermediate\.", "main: night", r"gathered \d+ of", "推广: "]
)
def test_a_night_that_was_killed_ends_as_if_undisturbed(moment: str, tmp_path: Path, include: Path) -> None:
    shards = {"a": "main", "b": "north", "c": "north"}
    homes = [ad_home(tmp_path / name, include, tmp_path / "inbox", shards) for name in ("killed", "undisturbed")]
    _deliver_week(homes[0], SUNDAYS[0], ("a", "b", "c"))
    _kill_night(_start_night(homes[0], include), moment)
    for home in homes:
        night = _start_night(home, include)
        assert night.wait() == 0, night.output
    assert _differences(*homes) == []
    assert _mails(homes[0]) == _mails(homes[1])


def _start_night(home: Settings, include: Path) -> Process:
    env = environment(home.home, Path(home.inbox_address), SHOPWATCH_INCLUDE=str(include), SHOPWATCH_SETTLE_SECONDS="0")
    return Process(["-m", "shopwatch", "night", "--night", str(SUNDAYS[0])], env)


def _kill_night(night: Process, moment: str) -> None:
    until(lambda: night.said(moment) or night.popen.poll() is not None, moment, pause=0.002)
    night.kill()
    assert night.said(moment), night.output
    assert night.popen.returncode == -signal.SIGKILL, "it had ended"


STEPS = ("_copy_rows", "_copy_files", "_judge_again", "record_places", "_remove", "_deletion")


class _KilledError(Exception):
    pass


def _die(*_: object) -> None:
    raise _KilledError


def test_a_shop_that_moves_loses_nothing_and_nobody_is_told(
    tmp_path: Path, include: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The home with one shard is divided, a shop moves there and back; each move is broken off at each of its steps."""
    inbox, shops = tmp_path / "inbox", ("a", "b")
    before, after = {"a": "main", "b": "main"}, {"a": "main", "b": "north"}
    still, moved = (ad_home(tmp_path / name, include, inbox, before) for name in ("still", "moved"))
    _deliver_week(still, SUNDAYS[0], shops)
    for home in (still, moved):
        watch_night(home, SUNDAYS[0])
    for file in inbox.rglob("*.csv"):
        file.unlink()  # shops clear their inbox, so that only the archive has it
    place_shops(moved.home, after)
    for step in STEPS:
        with monkeypatch.context() as patch:
            patch.setattr(moving, step, _die)
            with pytest.raises(_KilledError):
                move_shop(moved, "b", "north")
    move_shop(moved, "b", "north")
    assert ask(moved.for_shard("main").raw_warehouse, "select distinct shop from loads") == [("a",)]
    assert [path.name for path in moved.for_shard("north").archive.iterdir() if path.is_dir()] == ["b"]
    assert not (moved.for_shard("main").archive / "b").exists()
    place_shops(moved.home, before)
    with pytest.raises(NotMovedError, match="shards move b main"):
        load_shard(moved.for_shard("main"))
    move_shop(moved, "b", "main")
    assert not (moved.for_shard("north").archive / "b").exists()
    _deliver_week(still, SUNDAYS[1], shops)
    for home in (still, moved):
        _watch(home, SUNDAYS[1])
    assert _differences(still, moved) == []
    assert _mails(moved) == _mails(still)
