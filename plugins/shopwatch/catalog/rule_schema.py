"""JSON Schema of the rule files, for editors: generated from the rule model and stored beside the rules."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import TypeAdapter

from shopwatch.catalog.calendar import load_events
from shopwatch.catalog.metrics import load_metrics
from shopwatch.catalog.rules import Rule, read_rules
from shopwatch.catalog.teams import load_departments

NAME = "rules.schema.json"


def rules_schema(include: Path) -> str:
    """Schema of a rule file (draft 2020-12), with the existing metrics, owners, rules and events as enums."""
    schema = TypeAdapter(list[Rule]).json_schema(by_alias=True)
    schema |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "shopwatch rules"}
    rule, window = schema["$defs"]["Rule"]["properties"], schema["$defs"]["Window"]["properties"]
    metrics = load_metrics(include)
    rule["metric"]["enum"] = [metric.name for metric in metrics]
    rule["by"]["enum"] = sorted({kind for metric in metrics for kind in metric.head.by})
    rule["owner"]["enum"] = sorted(load_departments(include))
    known, _ = read_rules(include, metrics)
    rule["inhibited_by"]["items"]["enum"] = sorted(known)
    window["event"]["enum"] = sorted(load_events(include))
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def write_schema(include: Path) -> Path:
    """Write the schema beside the rules and return its path."""
    path = include / "rules" / NAME
    path.write_text(rules_schema(include), "utf-8")
    return path
