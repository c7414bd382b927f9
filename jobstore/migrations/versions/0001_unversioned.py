"""The ledger as it was before its versions were written down; what an even earlier one lacks is made."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

from jobstore.migrations.adopt import make_missing

revision = "0001"
down_revision = None

metadata = MetaData()

Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("queue", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("stage", Text, nullable=False, default=""),
    Column("progress", Double, nullable=False, default=0.0),
    Column("request", JSON, nullable=False),
    Column("cache_key", Text, nullable=False),
    Column("model_blob", Text),
    Column("model_sha256", Text),
    Column("images_blob", Text),
    Column("images_sha256", Text),
    Column("attempt", Integer, nullable=False, default=0),
    Column("lease_expires", Double),
    Column("cancel_requested", Boolean, nullable=False, default=False),
    Column("created", Double, nullable=False),
    Column("started", Double),
    Column("ended", Double),
    Column("error", JSON(none_as_null=True)),
    Column("summary", JSON(none_as_null=True)),
    Column("losses", Integer, nullable=False, default=0),
    Column("crashes", Integer, nullable=False, default=0),
    Column("publishes", Integer, nullable=False, default=0),
    Column("next_publish", Double),
    Column("parent", Text),
    Column("title", Text),
    Column("reaches", Double),
    Column("partial", JSON(none_as_null=True)),
    Index("jobs_by_parent", "parent", "status"),
    Index("jobs_by_publish", "status", "next_publish"),
    Index("jobs_by_lease", "status", "lease_expires"),
    Index("jobs_by_age", "created", "id"),
    Index("jobs_by_cache_key", "cache_key", "status"),
)

Table(
    "parts",
    metadata,
    Column("job", Text, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("key", Text, nullable=False),
    Column("weight", Double, nullable=False),
    Column("body", JSON, nullable=False),
    Column("result", JSON(none_as_null=True)),
)

Table(
    "artifacts",
    metadata,
    Column("job", Text, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("blob", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("title", Text, nullable=False, default=""),
)

Table("probes", metadata, Column("name", Text, primary_key=True), Column("at", Double, nullable=False))


def upgrade() -> None:
    """From nothing, or from a ledger without a version."""
    make_missing(metadata.sorted_tables)
