from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from demo_files import (
    FIRST_DAY,
    read_ads,
    read_orders,
    read_stock,
    read_traffic,
)

from demo import write_demo


@pytest.fixture(scope="session")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "inbox"
    write_demo(folder)
    return folder


@pytest.fixture(scope="session")
def traffic(inbox: Path) -> pd.DataFrame:
    return read_traffic(inbox)


@pytest.fixture(scope="session")
def every_order(inbox: Path) -> pd.DataFrame:
    return read_orders(inbox)


@pytest.fixture(scope="session")
def orders(every_order: pd.DataFrame) -> pd.DataFrame:
    """Those of the ten weeks."""
    return every_order[every_order["created"].dt.date >= FIRST_DAY]


@pytest.fixture(scope="session")
def orders_last_year(every_order: pd.DataFrame) -> pd.DataFrame:
    return every_order[every_order["created"].dt.date < FIRST_DAY]


@pytest.fixture(scope="session")
def ads(inbox: Path) -> pd.DataFrame:
    return read_ads(inbox)


@pytest.fixture(scope="session")
def stock(inbox: Path) -> pd.DataFrame:
    return read_stock(inbox)
