"""Entry point of Alembic: runs migrations on the connection provided by the store."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()
