"""The role shopwatch_operator of Airflow's FAB auth manager, and the right of Viewers to find the pages.

It may run at any time: what is there stays as it is.
"""

from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride

SEES_THE_LINK = ("can_read", "Plugins")
OPERATOR = "shopwatch_operator"
DECIDES = ("can_edit", "Shopwatch")


def main() -> None:
    """Make the role with what a Viewer has and the right to decide; no other right of Op comes with it."""
    viewer = FabAirflowSecurityManagerOverride.VIEWER_PERMISSIONS
    with get_application_builder() as builder:
        builder.sm.bulk_sync_roles(
            [
                {"role": "Viewer", "perms": [SEES_THE_LINK]},
                {"role": "User", "perms": [SEES_THE_LINK]},
                {"role": OPERATOR, "perms": [*viewer, SEES_THE_LINK, DECIDES]},
            ]
        )
    print(f"role {OPERATOR} is there")


if __name__ == "__main__":
    main()
