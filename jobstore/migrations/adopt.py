"""Ledgers from before versions were written down: what is there stays, what is missing is made.

Only the versions that such ledgers may already have, in whole or in part, need this.
"""

from collections.abc import Sequence

from alembic import op
from sqlalchemy import Column, Table, inspect
from sqlalchemy.schema import CreateColumn


def make_missing(tables: Sequence[Table]) -> None:
    """Create the tables, and give those that are there the columns and indexes that they have not."""
    for table in tables:
        if not inspect(op.get_bind()).has_table(table.name):
            table.create(op.get_bind())
        else:
            add_missing(table.name, list(table.columns))
            for index in table.indexes:
                index.create(op.get_bind(), checkfirst=True)


def add_missing(table: str, columns: Sequence[Column[object]]) -> None:
    """Add the columns that the table has not; a table with rows takes only those that may be NULL."""
    there = {column["name"] for column in inspect(op.get_bind()).get_columns(table)}
    for column in columns:
        if column.name not in there:
            definition = CreateColumn(column).compile(dialect=op.get_bind().dialect)
            op.execute(f"ALTER TABLE {table} ADD COLUMN {definition}")
