"""Add the shards of a home, and the shard that holds each shop's data."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shards",
        sa.Column("shard", sa.String(40), primary_key=True),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("judged_at", sa.DateTime(), nullable=False),
        sa.Column("newest_load", sa.String(64)),
        sa.Column("part", sa.String(80), nullable=False),
    )
    op.create_table(
        "shop_places",
        sa.Column("shop", sa.String(80), primary_key=True),
        sa.Column("shard", sa.String(40), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("shop_places")
    op.drop_table("shards")
