"""Add the compared number, inhibition, corrections and decisions to alerts, and the state to the notification log."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("alerts") as alerts:
        alerts.add_column(sa.Column("measured", sa.Float(), nullable=True))
        alerts.add_column(sa.Column("inhibited_by", sa.String(length=80), nullable=True))
    op.execute("update alerts set measured = value")
    with op.batch_alter_table("events") as events:
        events.add_column(sa.Column("detail", sa.Text(), nullable=True))
    with op.batch_alter_table("told") as told:
        told.add_column(sa.Column("said", sa.String(length=20), nullable=False, server_default="told"))
        told.add_column(sa.Column("first_night", sa.Date(), nullable=True))
    op.execute("update told set first_night = night")
    _join_topics()
    op.create_table(
        "decisions",
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("alert_key", sa.String(length=16), nullable=True),
        sa.Column("matcher", sa.Text(), nullable=True),
        sa.Column("lifts", sa.String(length=16), nullable=True),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_decisions_alert_key"), "decisions", ["alert_key"], unique=False)
    with op.batch_alter_table("told") as told:
        told.alter_column("first_night", existing_type=sa.Date(), nullable=False)


def _join_topics() -> None:
    """Merge alert:<key>:firing and alert:<key>:resolved into alert:<key>, with the last notified state."""
    told = sa.table("told", *(sa.column(name) for name in ("team", "topic", "said", "night", "first_night")))
    connection = op.get_bind()
    rows = connection.execute(sa.select(told).where(told.c.topic.like("alert:%:%")).order_by(told.c.topic)).all()
    last: dict[tuple[str, str], dict[str, object]] = {}
    for row in rows:
        topic, _, said = row.topic.rpartition(":")
        first = last.get((row.team, topic), {"first_night": row.first_night})["first_night"]
        last[row.team, topic] = {"said": said, "night": row.night, "first_night": first}
    connection.execute(sa.delete(told).where(told.c.topic.like("alert:%:%")))
    for (team, topic), values in last.items():
        connection.execute(sa.insert(told).values(team=team, topic=topic, **values))


def downgrade() -> None:
    op.drop_index(op.f("ix_decisions_alert_key"), table_name="decisions")
    op.drop_table("decisions")
    with op.batch_alter_table("told") as told:
        told.drop_column("first_night")
        told.drop_column("said")
    with op.batch_alter_table("events") as events:
        events.drop_column("detail")
    with op.batch_alter_table("alerts") as alerts:
        alerts.drop_column("inhibited_by")
        alerts.drop_column("measured")
