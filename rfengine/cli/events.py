"""Server-sent events of a job, as changes of what is known of it."""

from collections.abc import Iterable, Iterator

from api_schemas.job import Job, JobProgress, JobState


def changes(lines: Iterable[str], job: Job) -> Iterator[Job]:
    """The job after each event in the lines of its stream, until they end or make no sense."""
    name = ""
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data" and name in _TOLD:  # a newer server may tell of more
            try:
                told = _TOLD[name].model_validate_json(value)
            except ValueError:
                return
            job = told if isinstance(told, Job) else job.model_copy(update=dict(told))
            yield job


_TOLD: dict[str, type[Job] | type[JobState] | type[JobProgress]] = {
    "state": JobState,
    "progress": JobProgress,
    "done": Job,
}
