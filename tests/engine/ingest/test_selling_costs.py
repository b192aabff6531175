"""Lines of the workbook of selling costs that do not count say what to write instead."""

from __future__ import annotations

import json
from pathlib import Path

from files import ask, csv_bytes, drop, load_all
from shopwatch.core.reasons import sentence
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.ingest.check import check_and_settle

LINES = """Cost,Charged on,Rate or amount,Valid from
Platform commission,Paid amount,5,2026-10-01
Payment fee,Each order,-0.3,2026-10-01
Freight,Part of the product's cost,6,2026-10-01
Returned goods sold again,Each order,0.5,2026-10-01
Other costs,Cost of returned goods,0.5,2026-10-01
Payment fee,Paid amount,2.9%,2026-10-01
Freight,Each order,6,2026-10-01
Return freight,Each returned order,4.5,2026-10-01
Return freight,Part of the product's cost,0,2026-10-01
Tax,Amount after refunds,100%,2026-10-01
"""


def test_a_line_that_cannot_be_meant_is_kept_out_with_its_value_and_what_to_do(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, settle_seconds=0)
    drop(settings, "qinghe/costs.csv", csv_bytes([line.split(",") for line in LINES.splitlines()], "utf-8"))
    load_all(settings)
    check_and_settle(settings)
    held = ask(settings, "select line, column_name, value, reason_code, reason_values from quarantine order by line")
    assert [(line, name, float(value)) for line, name, value, *_ in held] == [
        (2, "rate", 5),
        (3, "rate", -0.3),
        (4, "rate", 6),
        (5, "rate", 0.5),
        (6, "rate", 0.5),
    ]
    advice = [sentence(PROJECT / "include", "en", code, json.loads(values)) for *_, code, values in held]
    assert [text.split(":")[0] for text in advice] == [
        "a share above 100% does not count",
        "a negative cost does not count",
        "a part of the product's cost is not charged again, so this amount does not count",
        "the line does not count",
        "the line does not count",
    ]
    counted = ask(settings, "select kind, basis, round(rate, 6) from selling_costs order by all")
    assert counted == [
        ("freight", "order", 6),
        ("payment", "revenue", 0.029),
        ("return_freight", "product_cost", 0),
        ("return_freight", "returned_order", 4.5),
        ("tax", "net_revenue", 1),
    ]
