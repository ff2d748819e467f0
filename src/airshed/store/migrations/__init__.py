"""Alembic's revisions of the workspace database."""
