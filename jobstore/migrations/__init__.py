"""The ledger's schema, version by version; whoever opens a ledger brings it to the newest.

A change of `jobstore/tables.py` comes with a file in `versions/`, which says in full what it does: it must still do
the same when the tables have moved on. A test compares what the versions make with the tables.
"""

import logging
from pathlib import Path

from sqlalchemy import Connection, Text, column, inspect, make_url, select, table, text

from jobstore.environment import BadSettingError

log = logging.getLogger(__name__)

HEAD = "0002"
KNOWN = ("0001", "0002")

_FOLDER = Path(__file__).parent
_LOCK = 726620  # any number that nobody else locks in this database
_VERSION = table("alembic_version", column("version_num", Text))


class LedgerTooNewError(BadSettingError):
    """The ledger was made, or brought up to date, by a newer rfengine; the message says what to do."""


def is_current(connection: Connection) -> bool:
    """Whether there is nothing to do; raises `LedgerTooNewError`."""
    return _version(connection) == HEAD


def migrate(connection: Connection) -> None:
    """Bring the ledger to the newest schema, in the connection's transaction, one process at a time.

    Raises:
        LedgerTooNewError: a newer rfengine has been here.
    """
    if connection.dialect.name == "postgresql":
        # SQLite's write transaction is a lock already. A change of a large table may take longer than a statement may.
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    if is_current(connection):
        return  # somebody did it while this process waited
    log.info("bringing the ledger to schema %s", HEAD)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # Loaded where it is needed: most starts find nothing to do, and should not wait for it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


def _version(connection: Connection) -> str | None:
    """The ledger's version; None for one that is empty, or was made before versions were written down."""
    if not inspect(connection).has_table(_VERSION.name):
        return None
    version: str | None = connection.execute(select(_VERSION.c.version_num)).scalar()
    if version is not None and version not in KNOWN:
        raise too_new(version, connection.engine.url.render_as_string(hide_password=False))
    return version


def too_new(version: str, url: str) -> LedgerTooNewError:
    """The refusal of a ledger whose version is not known here; the password in its URL is not told."""
    shown = make_url(url).render_as_string(hide_password=True)
    return LedgerTooNewError(
        f"RFENGINE_DATABASE_URL={shown!r}: this ledger has schema {version}, and this rfengine knows up to {HEAD}; "
        "install the newer rfengine that was here before, or name another ledger"
    )
