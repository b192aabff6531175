"""MCP server: KPIs, alerts and read-only SQL on the published warehouse, for agents."""

from __future__ import annotations

from datetime import date
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar

from shopwatch.agents.answers import QueryResult, QuestionError
from shopwatch.agents.questions import SECONDS, PublishedFile, require_known
from shopwatch.core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.server import MCPServer

Grain = Literal["day", "week", "month"]
Severity = Literal["critical", "warning", "info"]
P = ParamSpec("P")
T = TypeVar("T")
INSTRUCTIONS = """\
Numbers of on-line shops, as the last night published them; everything is read-only. A missing value is unknown, not
zero. Currencies are never added up. Weeks start on Monday. Take a KPI from query_kpi rather than computing it: its
definition is in list_kpis. For other questions read list_tables and describe_table, then use run_sql (DuckDB).
"""


class Tools:
    """The tools, one method each; their docstrings are what an agent reads."""

    def __init__(self, file: PublishedFile) -> None:
        self.file = file

    def list_kpis(self) -> list[dict[str, Any]]:
        """List all KPIs with meaning, unit, caveats and the entity types they exist for, in Chinese and English."""
        return self.file.ask("agents/kpis").as_dicts()

    # One parameter a filter: a tool's schema is its parameters
    def query_kpi(
        self,
        metric: str,
        grain: Grain,
        first: date,
        last: date,
        shop: str | None = None,
        entity_type: str = "shop",
        entity: str | None = None,
        limit: int = 200,
    ) -> dict[str, Any]:
        """Values of one KPI by period, newest first.

        `first` and `last` bound the first days of the periods. `shop`: one shop, else all. `entity_type`: one of the
        KPI's `by_entity`; `entity`: one id, else all. `coverage` below 1 means that days are missing (`missing_days`).
        """
        known = {str(row["metric"]): row["by_entity"] for row in self.list_kpis()}
        require_known("KPI", metric, set(known))
        require_known(f"entity type of {metric}", entity_type, set(known[metric]))
        self._require_shop(shop)
        if first > last:
            raise QuestionError(f"first ({first}) is after last ({last})")
        values = {"metric": metric, "grain": grain, "first": first, "last": last}
        return _cut(self.file.ask("agents/kpi", limit, **values, shop=shop, entity_type=entity_type, entity=entity))

    def list_open_alerts(
        self, shop: str | None = None, severity: Severity | None = None, limit: int = 200
    ) -> dict[str, Any]:
        """Open alerts, the most severe first, with the responsible department and the manual's action."""
        self._require_shop(shop)
        return _cut(self.file.ask("agents/alerts", limit, shop=shop, severity=severity))

    def explain_alert(self, key: str) -> dict[str, Any]:
        """Explain an alert: its rule, its KPI, every judged period with value and limit, and its history."""
        found = self.file.ask("agents/alert", key=key).as_dicts()
        if not found:
            raise QuestionError(f"there is no alert `{key}`: list_open_alerts gives the keys")
        return {
            "alert": found[0],
            "periods": self.file.ask("agents/alert_periods", key=key).as_dicts(),
            "steps": self.file.ask("agents/alert_steps", key=key).as_dicts(),
        }

    def list_tables(self) -> list[dict[str, Any]]:
        """List the published tables, with what one row of each is."""
        return self.file.ask("agents/tables").as_dicts()

    def describe_table(self, table: str) -> list[dict[str, Any]]:
        """Describe the columns of one table, such as `marts.fct_order`, in English and Chinese."""
        require_known("table", table, {str(row["name"]) for row in self.list_tables()})
        return self.file.ask("agents/columns", table_name=table).as_dicts()

    def run_sql(self, sql: str, limit: int = 200) -> dict[str, Any]:
        """Run one SELECT (DuckDB's SQL) on the published warehouse; no other file can be read. At most `limit` rows."""
        return _cut(self.file.run(sql, limit))

    def _require_shop(self, shop: str | None) -> None:
        if shop is not None:
            require_known("shop", shop, {str(row["shop"]) for row in self.file.ask("agents/shops").as_dicts()})


def make_server(settings: Settings, shops: frozenset[str] | None = None, seconds: float = SECONDS) -> MCPServer:
    """The server with its tools. ``seconds``: limit of one statement.

    ``shops``: the only ones that it answers for; it has no `run_sql` then, which could read the rows of others.
    """
    from mcp.server import MCPServer
    from mcp_types import ToolAnnotations

    tools = Tools(PublishedFile(settings, seconds, shops))
    server = MCPServer("shopwatch", instructions=INSTRUCTIONS, log_level="WARNING")
    offered: list[Callable[..., Any]] = [
        tools.list_kpis,
        tools.query_kpi,
        tools.list_open_alerts,
        tools.explain_alert,
        tools.list_tables,
        tools.describe_table,
    ]
    if shops is None:
        offered.append(tools.run_sql)
    for tool in offered:
        server.tool(annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False))(_with_tool_errors(tool))
    return server


def _with_tool_errors(tool: Callable[P, T]) -> Callable[P, T]:
    """The tool with errors that an agent can act on as the SDK passes them to it."""
    from mcp.server.mcpserver.exceptions import ToolError

    @wraps(tool)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return tool(*args, **kwargs)
        except QuestionError as error:
            raise ToolError(str(error)) from error

    return call


def _cut(answer: QueryResult) -> dict[str, Any]:
    """Rows, and whether there are more."""
    return {"rows": answer.as_dicts(), "is_cut": answer.is_cut}
