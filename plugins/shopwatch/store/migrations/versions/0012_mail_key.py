"""Name the column of a recipient's mail after the mail."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("recipients") as recipients:
        recipients.alter_column("letter_key", new_column_name="mail_key")


def downgrade() -> None:
    with op.batch_alter_table("recipients") as recipients:
        recipients.alter_column("mail_key", new_column_name="letter_key")
