"""Small inputs of sellers that lie beside the checkout, read where they lie; their tests skip where they are absent."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from shopwatch.core.settings import Settings

CASES = Path(__file__).resolve().parents[2] / "shared" / "cases"


def case_file(name: str) -> bytes:
    """The bytes of a file of a case; skips the test where the cases are not at hand."""
    if not CASES.is_dir():
        pytest.skip("the cases are not here")
    return (CASES / name).read_bytes()


def case_home(
    home: Path, case: str, shop: str, modified: datetime, edit: Callable[[bytes], bytes] = lambda content: content
) -> Settings:
    """A home with one case's files in the shop's folder, each as ``edit`` makes it, written at a moment of UTC."""
    if not (CASES / case).is_dir():
        pytest.skip("the shared cases are not here")
    settings = Settings(home=home, settle_seconds=0)
    folder = settings.inbox / shop
    folder.mkdir(parents=True)
    shutil.copy(CASES / "shops.yaml", home / "shops.yaml")
    moment = modified.replace(tzinfo=ZoneInfo("UTC")).timestamp()
    for file in sorted((CASES / case).iterdir()):
        if file.name != "README":
            target = folder / file.name
            target.write_bytes(edit(file.read_bytes()))
            os.utime(target, (moment, moment))
    return settings
