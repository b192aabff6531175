"""Add the last file loaded when a night was judged."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("nights") as nights:
        nights.add_column(sa.Column("newest_load", sa.String(length=64), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("nights") as nights:
        nights.drop_column("newest_load")
