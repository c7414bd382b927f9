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
    # Whose the job is: the key that made it, and the group that the key was in then. A job without either was made
    # where no keys were asked for.
    Column("key_id", Text),
    Column("team", Text),
    # Of the HTTP request that brought the job: logs of all processes carry it.
    Column("request_id", Text),
    # When what the job was asked and what it made was deleted, or expired; the row stays to say so.
    Column("purged", Double),
    Index("jobs_by_parent", "parent", "status"),
    Index("jobs_by_publish", "status", "next_publish"),
    Index("jobs_by_lease", "status", "lease_expires"),
    Index("jobs_by_age", "created", "id"),
    Index("jobs_by_owner", "key_id", "status"),
    Index("jobs_by_end", "ended"),
    Index("jobs_by_expiry", "purged", "ended"),
    Index("jobs_by_cache_key", "cache_key", "status"),
    # Whether a blob is somebody's is asked by its name.
    Index("jobs_by_model", "model_blob"),
    Index("jobs_by_images", "images_blob"),
    Index("jobs_by_objects", "objects_blob"),
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
    Index("artifacts_by_blob", "blob"),
)

# What a caller said it would say again: the key, made one per caller, and what its question was.
replays = Table(
    "replays",
    metadata,
    Column("key", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("job", Text, ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    Index("replays_by_job", "job"),
)

# Names of blobs that nothing needs any more, written in the transaction that made it so, until they are removed.
discarded = Table("discarded", metadata, Column("blob", Text, primary_key=True))

# One row per chore that one worker at a time does: when it may be done again, and how far it has come.
chores = Table(
    "chores",
    metadata,
    Column("name", Text, primary_key=True),
    Column("due", Double, nullable=False),
    Column("position", Integer, nullable=False),
)

# One row per prober: writing it proves that the database takes writes.
probes = Table("probes", metadata, Column("name", Text, primary_key=True), Column("at", Double, nullable=False))

# One row per worker process that lives, or that died without a word; it says itself that it is there.
workers = Table(
    "workers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("queue", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("started", Double, nullable=False),
    Column("seen", Double, nullable=False),
    Column("stopping", Boolean, nullable=False),
    Column("jobs", JSON, nullable=False),  # ids of what it runs
)

# Who may ask. Rows are never deleted: an id is never given twice, and one key ever made shuts the door for good.
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", Text, nullable=False),  # SHA-256 of the whole key, as hex digits
    Column("name", Text, nullable=False),
    Column("team", Text),
    Column("scopes", JSON, nullable=False),
    Column("max_jobs", Integer),  # unfinished at once; NULL: what the service allows every key
    Column("max_bytes", BigInteger),  # uploaded in a day; NULL: as above
    Column("webhook_secret", Text, nullable=False),  # as it is: signing needs it
    Column("created", Double, nullable=False),
    Column("last_used", Double),
    Column("revoked", Double),
)

# Browsers that have shown a key: the cookie's digest, and that of the key, so that a key that is gone ends them.
sessions = Table(
    "sessions",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("key_id", Text, nullable=False),
    Column("key_digest", Text, nullable=False),
    Column("expires", Double, nullable=False),
    Index("sessions_by_end", "expires"),
)

# What a key has sent on a day (days since the epoch, UTC), and what it may still ask for now.
usage = Table(
    "usage",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("day", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("tokens", Double, nullable=False),
    Column("filled", Double, nullable=False),
)

# Who wants to be told of a job's end; it is tried again until `ended`.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("job", Text, ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    Column("url", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_attempt", Double, nullable=False),
    Column("ended", Double),  # when it was received, or given up
    Column("error", Text),  # why the last attempt failed; NULL where it did not
    Index("deliveries_by_attempt", "ended", "next_attempt"),
    Index("deliveries_by_job", "job"),
)
