"""A run that finds nothing to load gives the reason, and what to do."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from shopwatch.core.settings import Settings
from shopwatch.ingest.arrivals import arrivals

INBOXES = {
    "not there": (None, "does not exist: create it with a folder per shop (qinghe/, mumian/, online_retail/)"),
    "empty": ((), "no file in"),
    "folders alone": (("qinghe/",), "no file in"),
    "outside": (("orders.csv",), "1 file is outside every shop folder of"),
    "an unknown folder": (("qinge/a.csv", "b.csv"), "2 files are outside every shop folder of"),
}


@pytest.mark.parametrize("case", INBOXES)
def test_what_is_in_the_way_is_said(case: str, tmp_path: Path) -> None:
    names, said = INBOXES[case]
    inbox = tmp_path / "drop"
    for name in names or ():
        path = inbox / name
        path.mkdir(parents=True) if name.endswith("/") else path.parent.mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.write_text("a,b\n1,2\n")
    if names is not None:
        inbox.mkdir(exist_ok=True)
    (note,) = arrivals(Settings(home=tmp_path / "home", inbox_address=str(inbox))).notes()
    assert said in note
    assert str(inbox) in note


def test_a_file_that_came_in_just_now_is_waited_for(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, settle_seconds=60)
    old, young = (settings.inbox / "qinghe" / name for name in ("old.csv", "young.csv"))
    old.parent.mkdir(parents=True)
    old.write_text("a,b\n")
    os.utime(old, (time.time() - 3600,) * 2)
    assert arrivals(settings).settles_in == 0
    young.write_text("a,b\n")
    assert 50 < arrivals(settings).settles_in <= 60
    assert list(arrivals(settings).notes()) == []


@pytest.mark.parametrize("name", ["a.csv.part", "a.csv"])
def test_a_copy_that_has_not_ended_is_not_waited_for(name: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, settle_seconds=60)
    file = settings.inbox / "qinghe" / name
    file.parent.mkdir(parents=True)
    file.write_text("a" if name.endswith(".part") else "")
    assert arrivals(settings).settles_in == 0
