"""Rename the notification log and its state."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.rename_table("told", "notification_log")
    with op.batch_alter_table("notification_log") as log:
        log.alter_column("said", new_column_name="state", existing_type=sa.String(length=20), server_default="notified")
    op.execute("update notification_log set state = 'notified' where state = 'told'")


def downgrade() -> None:
    op.execute("update notification_log set state = 'told' where state = 'notified'")
    with op.batch_alter_table("notification_log") as log:
        log.alter_column("state", new_column_name="said", existing_type=sa.String(length=20), server_default="told")
    op.rename_table("notification_log", "told")
