"""Whose a job is, and who sees it: the key that made it, and every key of that key's group."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, true

from jobstore.records import JobRecord
from jobstore.tables import jobs


@dataclass(frozen=True)
class Viewer:
    """Who looks at jobs. `sees` and `condition` say the same, of a record and in SQL.

    `everything` is for a service that asks for no keys. `ownerless` shows the jobs that no key made: they are older
    than the first key, or came in while none was asked for.
    """

    key_id: str | None = None
    team: str | None = None
    ownerless: bool = False
    everything: bool = False

    def sees(self, record: JobRecord) -> bool:
        """Whether the job is the viewer's own, or of the viewer's group."""
        if self.everything:
            return True
        if record.key_id is None:
            return self.ownerless
        return record.key_id == self.key_id or (self.team is not None and record.team == self.team)

    def condition(self) -> ColumnElement[bool]:
        """The same over the table `jobs`."""
        if self.everything:
            return true()
        seen = [jobs.c.key_id == self.key_id]
        if self.team is not None:
            seen.append(and_(jobs.c.key_id.is_not(None), jobs.c.team == self.team))
        if self.ownerless:
            seen.append(jobs.c.key_id.is_(None))
        return or_(*seen)


EVERYBODY = Viewer(everything=True)
