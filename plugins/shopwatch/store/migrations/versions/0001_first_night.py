"""Create the tables for alerts, their events, the notification log and the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("shop", sa.String(length=80), nullable=False),
        sa.Column("entity_type", sa.String(length=40), nullable=False),
        sa.Column("entity", sa.String(length=200), nullable=False),
        sa.Column("metric", sa.String(length=80), nullable=False),
        sa.Column("grain", sa.String(length=10), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("resolved_at", sa.Date(), nullable=True),
        sa.Column("last_period", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("severity", sa.String(length=12), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("numerator", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("denominator", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("at_stake", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("rule_hash", sa.String(length=16), nullable=False),
        sa.Column("model_hash", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "events",
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("alert_key", sa.String(length=16), nullable=False),
        sa.Column("event", sa.String(length=12), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_events_alert_key"), "events", ["alert_key"], unique=False)
    op.create_table(
        "nights",
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("judged_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("night"),
    )
    op.create_table(
        "outbox",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("team", sa.String(length=80), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("outbox_waiting", "outbox", ["sent_at"], unique=False)
    op.create_table(
        "told",
        sa.Column("team", sa.String(length=80), nullable=False),
        sa.Column("topic", sa.String(length=200), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("team", "topic"),
    )


def downgrade() -> None:
    op.drop_table("told")
    op.drop_index("outbox_waiting", table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("nights")
    op.drop_index(op.f("ix_events_alert_key"), table_name="events")
    op.drop_table("events")
    op.drop_table("alerts")
