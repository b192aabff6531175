"""The review pages in Airflow's own UI, behind its login. Nothing is imported for them until the first request."""

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

if TYPE_CHECKING:
    from fastapi import FastAPI

    from shopwatch.page.routes import Run

DAG = "nightly_watch"


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """The application, made when somebody first asks for a page."""
    await application()(scope, receive, send)


@cache
def application() -> "FastAPI":
    """All routes, each for people whom Airflow lets see plugins."""
    from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
    from airflow.api_fastapi.core_api.security import get_user, requires_access_view
    from airflow.configuration import conf
    from fastapi import Depends

    from shopwatch.page.routes import Host, review_pages
    from shopwatch.settings import Settings

    allowed = Depends(requires_access_view(AccessView.PLUGINS))

    def user_name(user: Annotated[Any, Depends(get_user)], _: Annotated[None, allowed]) -> str:
        return str(user.get_name())

    secret = conf.get_mandatory_value("api", "secret_key").encode()
    return review_pages(Settings(), Host(user_name, secret, "../api/v2/auth/login", last_run))


def last_run() -> "Run | None":
    """The newest run of the night."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    from shopwatch.page.routes import Run

    with create_session() as session:
        newest = select(DagRun).where(DagRun.dag_id == DAG).order_by(DagRun.run_after.desc()).limit(1)
        run = session.scalars(newest).first()
        return run and Run(str(run.state), run.end_date, f"dags/{DAG}/runs/{run.run_id}")


class ShopwatchPages(AirflowPlugin):
    """The pages and their place in the navigation."""

    name = "shopwatch"
    fastapi_apps: ClassVar = [{"app": pages, "url_prefix": "/shopwatch", "name": "shopwatch"}]
    external_views: ClassVar = [
        {
            "name": "Shopwatch",
            "href": "shopwatch/today",
            "destination": "nav",
            "url_route": "shopwatch",
            "nav_top_level": True,
        }
    ]
