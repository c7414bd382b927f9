"""Objects beside the model, whose a job is, what became of a deleted one, keys, sessions, quotas, webhooks, workers."""

import sqlalchemy as sa
from alembic import op

from jobstore.migrations.adopt import add_missing

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """From the ledger without versions."""
    _keys()
    _deliveries_and_replays()
    _workers_and_chores()
    _jobs()


def _keys() -> None:
    """Who may ask, browsers that have shown a key, and what a key has used."""
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=True),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("max_jobs", sa.Integer(), nullable=True),
        sa.Column("max_bytes", sa.BigInteger(), nullable=True),
        sa.Column("webhook_secret", sa.Text(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("last_used", sa.Double(), nullable=True),
        sa.Column("revoked", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("key_digest", sa.Text(), nullable=False),
        sa.Column("expires", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("sessions_by_end", "sessions", ["expires"], unique=False)
    op.create_table(
        "usage",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("filled", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key_id"),
    )


def _deliveries_and_replays() -> None:
    """Who wants to hear of a job's end, and what was asked under a name of the caller's."""
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt", sa.Double(), nullable=False),
        sa.Column("ended", sa.Double(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("deliveries_by_attempt", "deliveries", ["ended", "next_attempt"], unique=False)
    op.create_index("deliveries_by_job", "deliveries", ["job"], unique=False)
    op.create_table(
        "replays",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("replays_by_job", "replays", ["job"], unique=False)


def _workers_and_chores() -> None:
    """Which workers there are, and what one of them at a time does."""
    op.create_table(
        "chores",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table("discarded", sa.Column("blob", sa.Text(), nullable=False), sa.PrimaryKeyConstraint("blob"))
    op.create_table(
        "workers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("started", sa.Double(), nullable=False),
        sa.Column("seen", sa.Double(), nullable=False),
        sa.Column("stopping", sa.Boolean(), nullable=False),
        sa.Column("jobs", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _jobs() -> None:
    """Whose a job is, what became of it, and the ways to find it by."""
    # Releases before versions added these two when they opened a ledger.
    add_missing(
        "jobs",
        [sa.Column("objects_blob", sa.Text(), nullable=True), sa.Column("objects_sha256", sa.Text(), nullable=True)],
    )
    op.create_index("artifacts_by_blob", "artifacts", ["blob"], unique=False)
    op.add_column("jobs", sa.Column("key_id", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("team", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("request_id", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("purged", sa.Double(), nullable=True))
    op.create_index("jobs_by_end", "jobs", ["ended"], unique=False)
    op.create_index("jobs_by_expiry", "jobs", ["purged", "ended"], unique=False)
    op.create_index("jobs_by_images", "jobs", ["images_blob"], unique=False)
    op.create_index("jobs_by_model", "jobs", ["model_blob"], unique=False)
    op.create_index("jobs_by_objects", "jobs", ["objects_blob"], unique=False)
    op.create_index("jobs_by_owner", "jobs", ["key_id", "status"], unique=False)
