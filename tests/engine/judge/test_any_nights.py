"""However a history comes in, night by night, out of order or at once: the same alerts with the same keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from shopwatch.core.settings import Settings
from shopwatch.store.tables import Alert, AlertEvent, open_store
from watching import Watch, weeks

WORDS = st.sampled_from(["0.9", "0.9", "0.9", "0.4", "1.1", "1.3", "!", "_"])  # most histories fire
GROWING = st.lists(WORDS, min_size=3, max_size=5)
CORRECTED = st.integers(3, 5).flatmap(
    lambda length: st.lists(st.lists(WORDS, min_size=length, max_size=length), min_size=2, max_size=3)
)
Row = tuple[object, ...]


class Store:
    """An operational store of its own, and what nights leave in it."""

    def __init__(self, home: Path) -> None:
        """An empty one."""
        self._settings = Settings(home=home)

    def after(self, nights: list[list[str]]) -> tuple[set[Row], set[Row]]:
        """The alerts that stand, and all events, once each night has seen the weeks as they were known by then."""
        with open_store(self._settings) as engine, Session(engine) as session:
            watch = Watch(self._settings, session)
            for words in nights:
                watch.judged(" ".join(words), weeks(len(words)))
            alerts = session.scalars(select(Alert).where(Alert.state != "retracted"))
            standing = {(a.key, a.state, a.since, a.resolved_at, a.last_period, a.severity, a.measured) for a in alerts}
            events = {
                (e.key, e.alert_key, e.event, e.period, e.night, e.detail) for e in session.scalars(select(AlertEvent))
            }
        return standing, events


@given(GROWING)
@hypothesis_settings(max_examples=2, deadline=None)
def test_nights_one_by_one_equal_all_of_history_at_once(
    tmp_path_factory: pytest.TempPathFactory, words: list[str]
) -> None:
    """The keys of alerts and of their events; only the night that first saw them differs."""
    one_by_one = Store(tmp_path_factory.mktemp("one")).after([words[:n] for n in range(1, len(words) + 1)])
    at_once = Store(tmp_path_factory.mktemp("all")).after([words])
    assert one_by_one[0] == at_once[0]
    assert {event[:4] for event in one_by_one[1]} == {event[:4] for event in at_once[1]}


@pytest.mark.slow
@given(CORRECTED, st.randoms(use_true_random=False))
@hypothesis_settings(max_examples=2, deadline=None)
def test_the_order_of_nights_plays_no_part_in_what_stands_in_the_end(
    tmp_path_factory: pytest.TempPathFactory, nights: list[list[str]], random: object
) -> None:
    shuffled = list(nights)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    in_order = Store(tmp_path_factory.mktemp("one"))
    assert in_order.after(nights)[0] == Store(tmp_path_factory.mktemp("other")).after([*shuffled, nights[-1]])[0]


@given(CORRECTED)
@hypothesis_settings(max_examples=2, deadline=None)
@pytest.mark.slow
def test_a_replay_from_nothing_gives_the_same_alerts_and_events(
    tmp_path_factory: pytest.TempPathFactory, nights: list[list[str]]
) -> None:
    """Also where each night is run twice."""
    first = Store(tmp_path_factory.mktemp("first")).after(nights)
    assert Store(tmp_path_factory.mktemp("again")).after([words for words in nights for _ in range(2)]) == first
