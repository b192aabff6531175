"""Add the number of an event in the history of its alert."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Events of one night had no order: the order in which an alert goes through them, an end before the return from it.
NUMBERED = """
update events set number = (
    select numbered.number from (
        select key, row_number() over (
            partition by alert_key
            order by night, case event
                when 'firing' then 1 when 'critical' then 2 when 'retracted' then 3 when 'reopened' then 4 else 5
            end, key
        ) as number
        from events
    ) as numbered
    where numbered.key = events.key
)
"""


def upgrade() -> None:
    with op.batch_alter_table("events") as events:
        events.add_column(sa.Column("number", sa.Integer(), nullable=True))
    op.execute(NUMBERED)
    with op.batch_alter_table("events") as events:
        events.alter_column("number", existing_type=sa.Integer(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("events") as events:
        events.drop_column("number")
