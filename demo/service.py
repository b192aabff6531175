"""Customer service: daily shop scores (DSR), and each 千牛 agent's daily figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from random import Random

from demo.catalogue import Agent, Shop
from demo.containers import money, percent, xlsx
from demo.history import Trade
from demo.story import AGENT_WEEKS, DAYS, SCORES, week_of
from demo.timetable import Export, lately, morning_after

NOW_HEADER = ("指标", "得分", "趋势", "行业均值", "与行业对比", "目标值", "距目标值差距")
SCORE_HEADER = ("日期", "描述得分（较上日）", "物流得分（较上日）", "服务得分（较上日）")
SCORE_NAMES = ("描述相符", "物流服务", "服务态度")
USUAL_SCORES = (486, 484, 488)  # hundredths

# mixed brackets, as on the platform
_AGENT_COLUMNS = (
    "旺旺昵称,询单人数,询单最终付款人数,询单最终付款转化率,询单最终付款金额,首次响应时长（秒),平均响应时长（秒),"
    "客户满意率,旺旺回复率,成功退款金额"
)
AGENT_HEADER = tuple(_AGENT_COLUMNS.split(","))
FOOTER = ("汇总值", "平均值", "全店汇总值", "全店平均值", "同行同层优秀", "同行同层均值")
AGENT_DAYS = DAYS[-14:]


def score_reports(shop: Shop) -> Iterator[Export]:
    """店铺动态评分: latest scores compared with the industry's, then one row per day."""
    for first, last in lately():
        moment = morning_after(last, 0, 55)
        name = f"店铺动态评分_{moment:%Y%m%d%H%M%S}.xlsx"
        yield Export(shop.folder, name, moment, _score_builder(shop, first, last))


def _score_builder(shop: Shop, first: date, last: date) -> Callable[[], bytes]:
    return lambda: xlsx("店铺动态评分", _score_rows(shop, first, last))


def scores_on(shop: Shop, day: date) -> tuple[int, int, int]:
    """Scores for description, logistics and service, in hundredths."""
    return SCORES.get((shop.folder, day), USUAL_SCORES)


def _score_rows(shop: Shop, first: date, last: date) -> Iterator[Sequence[str]]:
    yield (f"店铺动态评分 {shop.title}",)
    yield NOW_HEADER
    for name, score in zip(SCORE_NAMES, scores_on(shop, last), strict=True):
        better = "高于" if score > 480 else "持平" if score == 480 else "低于"
        yield (name, _score(score), "-", "4.80", better, "4.80", _difference(score - 480))
    yield ("",)
    yield SCORE_HEADER
    for day in reversed(DAYS):
        if first <= day <= last:
            before = scores_on(shop, day - timedelta(days=1))
            pairs = zip(scores_on(shop, day), before, strict=True)
            yield (day.isoformat(), *(f"{_score(now)}（{_difference(now - then)}）" for now, then in pairs))


def _score(hundredths: int) -> str:
    return f"{hundredths / 100:.2f}"


def _difference(hundredths: int) -> str:
    return f"{hundredths / 100:+.2f}" if hundredths else "持平"


def agent_reports(trade: Trade) -> Iterator[Export]:
    """客服绩效: one file per day with one row per agent and the summary rows below."""
    for day in AGENT_DAYS:
        name = f"千牛_客服绩效_{day}.xlsx"
        yield Export(trade.shop.folder, name, morning_after(day, 1, 0), _agent_builder(trade.shop, day))


def _agent_builder(shop: Shop, day: date) -> Callable[[], bytes]:
    return lambda: xlsx("客服绩效", _agent_rows(shop, day))


def _agent_rows(shop: Shop, day: date) -> Iterator[Sequence[str]]:
    yield AGENT_HEADER
    rows = [_agent_row(agent, day) for agent in shop.agents]
    yield from rows
    yield from ((name, *rows[0][1:]) for name in FOOTER)


def _agent_row(agent: Agent, day: date) -> list[str]:
    rng = Random(f"shopwatch demo desk {agent.name} {day}")
    seconds, satisfied = AGENT_WEEKS.get((agent.name, week_of(day)), (agent.seconds, agent.satisfied))
    inquiries = 24 + int(16 * rng.random())
    paying = round(inquiries * (0.35 + 0.1 * rng.random()))
    return [
        agent.name,
        str(inquiries),
        str(paying),
        percent(paying, inquiries),
        money(paying * 10_600, ","),
        f"{seconds:.2f}",
        f"{seconds * 1.4:.2f}",
        percent(satisfied, 100),
        percent(98 + round(2 * rng.random()), 100),
        "-",
    ]
