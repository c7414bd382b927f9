"""The ledger's tables.

Times are seconds since the epoch, all read from the one clock of `Database`: numbers compare the same way in every
database, and a test can move them.
"""

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

metadata = MetaData()

jobs = Table(
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
    Column("objects_blob", Text),
    Column("objects_sha256", Text),
    # The attempt is the fence: it grows with every claim, and only its holder may write.
    Column("attempt", Integer, nullable=False, default=0),
    Column("lease_expires", Double),
    Column("cancel_requested", Boolean, nullable=False, default=False),
    Column("created", Double, nullable=False),
    Column("started", Double),
    Column("ended", Double),
    Column("error", JSON(none_as_null=True)),
    Column("summary", JSON(none_as_null=True)),
    # An attempt can end without a result in two ways that count against the job; handing back does not.
    Column("losses", Integer, nullable=False, default=0),
    Column("crashes", Integer, nullable=False, default=0),
    Column("publishes", Integer, nullable=False, default=0),
    Column("next_publish", Double),
    # A job that fans out waits for jobs that name it as their parent. Columns that came later are nullable: a ledger
    # that was made before them gets them when it is opened.
    Column("parent", Text),
    Column("title", Text),
    # Of a parent: the share of its work that is done when the round it waits for is, and the report so far.
    Column("reaches", Double),
    Column("partial", JSON(none_as_null=True)),
    Index("jobs_by_parent", "parent", "status"),
    Index("jobs_by_publish", "status", "next_publish"),
    Index("jobs_by_lease", "status", "lease_expires"),
    Index("jobs_by_age", "created", "id"),
    Index("jobs_by_cache_key", "cache_key", "status"),
)

# What a child job is to do and what came of it; `round` is the attempt of its parent that asked for it.
parts = Table(
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

artifacts = Table(
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

# One row per prober: writing it proves that the database takes writes.
probes = Table("probes", metadata, Column("name", Text, primary_key=True), Column("at", Double, nullable=False))
