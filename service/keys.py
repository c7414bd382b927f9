"""`python -m service.keys create|list|revoke`: the keys of a ledger, for who can open it.

`rfengine keys` runs this as a process, as `rfengine serve` runs the service.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError

from jobstore import keys
from jobstore.database import Database, open_database
from jobstore.environment import BadSettingError
from jobstore.keys import SCOPES, KeyRecord, NewKey
from jobstore.settings import StoreSettings

BAD_INPUT, NO_LEDGER = 2, 3  # exit codes

_NAME = 100  # characters

_COLUMNS = ("ID", "NAME", "TEAM", "SCOPES", "JOBS", "BYTES/DAY", "CREATED", "LAST USED", "REVOKED")


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; the exit code: 0, 2 for what cannot be, 3 where the ledger does not answer."""
    given = _parser().parse_args(arguments)
    act: Callable[[Database, argparse.Namespace], int] = given.act
    try:
        database = open_database(StoreSettings.from_environment().database_url)
    except BadSettingError as error:
        print(f"rfengine keys: {error}", file=sys.stderr)
        return BAD_INPUT
    except SQLAlchemyError:
        return _no_ledger()
    try:
        return act(database, given)
    except SQLAlchemyError:
        return _no_ledger()
    finally:
        database.close()


def _create(database: Database, given: argparse.Namespace) -> int:
    scopes = tuple(given.scope or ("analyze",))
    record, token = keys.create(database, NewKey(given.name, given.team, scopes, given.jobs, given.bytes))
    if given.json:
        print(json.dumps({**_shown(record), "key": token, "webhook_secret": record.webhook_secret}))
        return 0
    print(token)
    # On the other channel: `KEY=$(rfengine keys create NAME)` has the key alone.
    say = f"key {record.id} ({record.name}) is made; it is shown this once. Its webhooks are signed with the secret "
    print(f"{say}{record.webhook_secret}", file=sys.stderr)
    return 0


def _list(database: Database, given: argparse.Namespace) -> int:
    found = [_shown(record) for record in keys.listed(database)]
    if given.json:
        print(json.dumps(found))
        return 0
    rows = [_COLUMNS, *(tuple(_cell(value) for value in row.values()) for row in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _revoke(database: Database, given: argparse.Namespace) -> int:
    if given.id == keys.ENVIRONMENT:
        print("rfengine keys: that key is the setting RFENGINE_API_KEY; unset it there", file=sys.stderr)
        return BAD_INPUT
    if keys.revoke(database, given.id):
        print(f"key {given.id} is revoked", file=sys.stderr)
        return 0
    say = f"rfengine keys: no key {given.id!r} that is not revoked already; see `rfengine keys list`"
    print(say, file=sys.stderr)
    return BAD_INPUT


def _shown(record: KeyRecord) -> dict[str, object]:
    """What may be told of a key, in the order of the columns."""
    return {
        "id": record.id,
        "name": record.name,
        "team": record.team,
        "scopes": list(record.scopes),
        "max_jobs": record.max_jobs,
        "max_bytes": record.max_bytes,
        "created": _time(record.created),
        "last_used": _time(record.last_used),
        "revoked": _time(record.revoked),
    }


def _cell(value: object) -> str:
    return "-" if value is None else ",".join(value) if isinstance(value, list) else str(value)


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _no_ledger() -> int:
    # What the driver says may hold the database's address and password.
    say = "rfengine keys: the ledger does not answer; see that what RFENGINE_DATABASE_URL names is there"
    print(say, file=sys.stderr)
    return NO_LEDGER


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rfengine keys", description="API keys of the service.")
    commands = parser.add_subparsers(required=True)
    create = commands.add_parser("create", help="make a key, and show it once")
    create.add_argument("name", type=_label, help="what the key is for, for people")
    create.add_argument("--team", type=_label, help="keys of one team see each other's jobs")
    create.add_argument("--scope", action="append", choices=SCOPES, help="what it is good for (default: analyze)")
    create.add_argument("--jobs", type=_count, help="jobs that are not done, at once (default: RFENGINE_KEY_JOBS)")
    create.add_argument("--bytes", type=_count, help="bytes uploaded a day (default: RFENGINE_KEY_BYTES)")
    create.set_defaults(act=_create)
    listing = commands.add_parser("list", help="every key that was made, without its secret")
    listing.set_defaults(act=_list)
    for command in (create, listing):
        command.add_argument("--json", action="store_true", help="as JSON")
    revoke = commands.add_parser("revoke", help="end a key for good")
    revoke.add_argument("id", help="as `list` shows it")
    revoke.set_defaults(act=_revoke)
    return parser


def _label(text: str) -> str:
    if not 0 < len(text) <= _NAME or not text.isprintable():
        raise argparse.ArgumentTypeError(f"give 1 to {_NAME} printable characters")
    return text


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
