"""The ledger as releases made it before it had versions, and rows as they wrote them."""

from typing import Any

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

probes = Table("probes", metadata, Column("name", Text, primary_key=True), Column("at", Double, nullable=False))

_JOB = {
    "queue": "cpu",
    "status": "queued",
    "stage": "",
    "progress": 0.0,
    "request": {"name": "n"},
    "cache_key": "k",
    "attempt": 0,
    "cancel_requested": False,
    "created": 1_000_000.0,
    "losses": 0,
    "crashes": 0,
    "publishes": 0,
    "next_publish": 1_000_010.0,
}
QUEUED: dict[str, Any] = {"id": "a" * 32, **_JOB}
PART: dict[str, Any] = {**_JOB, "id": "b" * 32}
PART_BODY = {"job": "b" * 32, "position": 0, "round": 1, "key": "k", "weight": 1.0, "body": {}}
ARTIFACT = {
    "job": "a" * 32,
    "name": "f.png",
    "position": 0,
    "blob": "artifacts/aa/b",
    "media_type": "image/png",
    "bytes": 1,
    "sha256": "c" * 64,
    "title": "",
}
