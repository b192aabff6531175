"""The review pages in Airflow's own UI, behind its login. Nothing is imported for them until the first request."""

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

if TYPE_CHECKING:
    from fastapi import FastAPI

    from shopwatch.web.routes import Run

DAG = "nightly_watch"


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """The application, made when somebody first asks for a page."""
    await application()(scope, receive, send)


@cache
def application() -> "FastAPI":
    """The pages, each for people who may see the night's DAG, and the probe, for anybody."""
    from airflow.api_fastapi.core_api.security import get_user, requires_access_dag
    from airflow.configuration import conf
    from fastapi import Depends

    from shopwatch.core.settings import Settings
    from shopwatch.web.probe import with_probe
    from shopwatch.web.routes import Host, review_pages

    allowed = Depends(requires_access_dag("GET", param_dag_id=DAG))

    def user_name(user: Annotated[Any, Depends(get_user)], _: Annotated[None, allowed]) -> str:
        return str(user.get_name())

    def decides(user: Annotated[Any, Depends(get_user)]) -> bool:
        return may_decide(user)

    secret = conf.get_mandatory_value("api", "secret_key").encode()
    settings = Settings()
    pages = review_pages(settings, Host(user_name, decides, secret, "../api/v2/auth/login", last_run))
    return with_probe(settings, pages)


def may_decide(user: Any) -> bool:
    """Whether the user may acknowledge and silence: Op, Admin, and whoever has the right ``can_edit on Shopwatch``.

    Op is who may edit pools, by the auth manager's own judgement. The simple auth manager knows no rights beside its
    four roles, and grants any that it is asked for.
    """
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

    manager = get_auth_manager()
    if manager.is_authorized_pool(method="PUT", user=user):
        return True
    if isinstance(manager, SimpleAuthManager):
        return False
    return bool(manager.is_authorized_custom_view(method="PUT", resource_name="Shopwatch", user=user))


def last_run() -> "Run | None":
    """The newest run of the night."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    from shopwatch.web.routes import Run

    with create_session() as session:
        newest = select(DagRun).where(DagRun.dag_id == DAG).order_by(DagRun.run_after.desc()).limit(1)
        run = session.scalars(newest).first()
        return run and Run(str(run.state), run.end_date, f"dags/{DAG}/runs/{run.run_id}")


class AddSlash:
    """Middleware that leads ``/shopwatch`` to the pages, which begin at ``/shopwatch/``."""

    def __init__(self, app: Any) -> None:
        """Pass every other address on to ``app``."""
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Redirect that address alone."""
        if scope["type"] == "http" and scope["path"] == f"{scope.get('root_path', '')}/shopwatch":
            from starlette.responses import RedirectResponse

            await RedirectResponse("shopwatch/today", 302)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class ShopwatchPages(AirflowPlugin):
    """The pages and their place in the navigation."""

    name = "shopwatch"
    fastapi_root_middlewares: ClassVar = [{"middleware": AddSlash, "args": [], "kwargs": {}, "name": "shopwatch slash"}]
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
