"""The review pages in Airflow's UI, behind its login. Their imports wait for the first request, to start fast."""

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

if TYPE_CHECKING:
    from fastapi import FastAPI

    from shopwatch.web.host import NightRun


DAG = "nightly_watch"


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """ASGI entry point of the pages."""
    await application()(scope, receive, send)


@cache
def application() -> "FastAPI":
    """Application with the pages, for users who may see the nightly DAG, and the health probe, for everyone."""
    from airflow.api_fastapi.core_api.security import get_user, requires_access_dag
    from airflow.configuration import conf
    from fastapi import Depends

    from shopwatch.core.settings import Settings
    from shopwatch.web.host import Host, Viewer
    from shopwatch.web.probe import with_probe
    from shopwatch.web.routes import review_pages

    allowed = Depends(requires_access_dag("GET", param_dag_id=DAG))

    def viewer(user: Annotated[Any, Depends(get_user)], _: Annotated[None, allowed]) -> Viewer:
        return Viewer(str(user.get_name()), roles_of(user))

    def decides(user: Annotated[Any, Depends(get_user)]) -> bool:
        return may_decide(user)

    secret = conf.get_mandatory_value("api", "secret_key").encode()
    settings = Settings()
    pages = review_pages(settings, Host(viewer, decides, secret, "../api/v2/auth/login", last_run))
    return with_probe(settings, pages)


def roles_of(user: Any) -> frozenset[str]:
    """Names of the user's roles: FAB's several, or the simple auth manager's one. Other auth managers give none."""
    several = {str(role.name) for role in getattr(user, "roles", None) or ()}
    one = getattr(user, "role", None)
    return frozenset(several | ({str(one)} if one else set()))


def may_decide(user: Any) -> bool:
    """True if the user may decide about alerts: Op, Admin, and users with the permission ``can_edit on Shopwatch``.

    A user who may edit pools counts as Op. The simple auth manager has no permissions beside its four roles, and
    grants any permission it is asked for.
    """
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

    manager = get_auth_manager()
    if manager.is_authorized_pool(method="PUT", user=user):
        return True
    if isinstance(manager, SimpleAuthManager):
        return False
    return bool(manager.is_authorized_custom_view(method="PUT", resource_name="Shopwatch", user=user))


def last_run() -> "NightRun | None":
    """Newest run of the nightly DAG; None before the first."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    from shopwatch.web.host import NightRun

    with create_session() as session:
        newest = select(DagRun).where(DagRun.dag_id == DAG).order_by(DagRun.run_after.desc()).limit(1)
        run = session.scalars(newest).first()
        return run and NightRun(str(run.state), run.end_date, f"dags/{DAG}/runs/{run.run_id}")


class AddSlash:
    """Middleware that redirects ``/shopwatch`` to the pages, which are mounted under ``/shopwatch/``."""

    def __init__(self, app: Any) -> None:
        """Wrap ``app``."""
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Redirect this one path; pass on every other request."""
        if scope["type"] == "http" and scope["path"] == f"{scope.get('root_path', '')}/shopwatch":
            from starlette.responses import RedirectResponse

            await RedirectResponse("shopwatch/today", 302)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class ShopwatchPages(AirflowPlugin):
    """Registers the pages and their navigation entry."""

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
