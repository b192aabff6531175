"""Add the home that the store belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "homes",
        sa.Column("home", sa.String(32), primary_key=True),
        sa.Column("path", sa.String(500), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("homes")
