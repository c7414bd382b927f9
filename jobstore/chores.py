"""Work that any worker can do and one at a time should: whose turn it is, and where the last one stopped."""

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from jobstore.database import Database
from jobstore.tables import chores


def turn(database: Database, name: str, every: float) -> int | None:
    """The number of this turn, counted from 0, for exactly one of those who ask in `every` seconds; None for others."""
    now = database.clock()
    mine = (
        update(chores)
        .where(chores.c.name == name, chores.c.due <= now)
        .values(due=now + every, position=chores.c.position + 1)
    )
    with database.read() as connection:
        due = connection.execute(select(chores.c.due).where(chores.c.name == name)).scalar()
    if due is not None and due > now:
        return None  # mostly; a look costs no write
    try:
        with database.write() as connection:
            row = connection.execute(mine.returning(chores.c.position)).first()
            if row is None and due is None:
                connection.execute(insert(chores).values(name=name, due=now + every, position=0))
                return 0
    except IntegrityError:
        return None
    return None if row is None else int(row.position)
