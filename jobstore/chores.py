"""Work that any worker can do and one at a time should: whose turn it is, and where the last one stopped."""

from sqlalchemy import ColumnElement, and_, insert, not_, select, update
from sqlalchemy.exc import IntegrityError

from jobstore.database import Database
from jobstore.tables import chores


def turn(database: Database, name: str, every: float) -> int | None:
    """The number of this turn, counted from 0, for exactly one of those who ask in `every` seconds; None for others.

    A turn that is due later than the next can be was written before the clock was set back, and is due.
    """
    now = database.clock()
    mine = (
        update(chores)
        .where(chores.c.name == name, not_(_is_to_come(chores.c.due, now, every)))
        .values(due=now + every, position=chores.c.position + 1)
    )
    with database.read() as connection:
        due = connection.execute(select(chores.c.due).where(chores.c.name == name)).scalar()
    if due is not None and now < due <= now + every:
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


def _is_to_come(due: ColumnElement[float], now: float, every: float) -> ColumnElement[bool]:
    return and_(due > now, due <= now + every)
