"""Acts, the lake's catalogue, stations."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _acts()
    _lake()
    _stations()


def _acts() -> None:
    op.create_table(
        "act",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("kind", sa.String(80), nullable=False, index=True),
        sa.Column("ground", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
    )


def _lake() -> None:
    op.create_table(
        "lake_commit",
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("act", sa.BigInteger, sa.ForeignKey("act.seq"), nullable=False),
    )
    op.create_table(
        "lake_file",
        sa.Column("path", sa.String(200), primary_key=True),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("current", sa.Boolean, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("period", sa.Integer, nullable=False),
        sa.Column("min_start", sa.BigInteger, nullable=False),
        sa.Column("max_end", sa.BigInteger, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column(
            "added_in", sa.BigInteger, sa.ForeignKey("lake_commit.version"), nullable=False, index=True
        ),
        sa.Column(
            "removed_in", sa.BigInteger, sa.ForeignKey("lake_commit.version"), nullable=True, index=True
        ),
    )


def _stations() -> None:
    op.create_table(
        "station",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("since", sa.String(10), primary_key=True),
        sa.Column("until", sa.String(10), nullable=True),
        sa.Column("name_zh", sa.Text, nullable=False),
        sa.Column("name_en", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("lon", sa.Float, nullable=True),
        sa.Column("lat", sa.Float, nullable=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("same_as", sa.Text, nullable=True),
        sa.Column("source", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Remove the tables."""
    for table in ("station", "lake_file", "lake_commit", "act"):
        op.drop_table(table)
