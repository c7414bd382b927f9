"""What a job's `error` says when the engine could not say it itself."""

import signal

from api_schemas.problem import Problem


def internal() -> Problem:
    """A fault of ours; what it was is in the worker's log and nowhere else."""
    return Problem(
        type="urn:rfengine:internal-error",
        title="The analysis failed for a reason of its own",
        status=500,
        detail="The engine met an error that it does not know. The input is not known to be at fault; "
        "report the job's id to whoever runs this service.",
    )


def store_away() -> Problem:
    """The artifact store did not answer for a long time."""
    return Problem(
        type="urn:rfengine:store-away",
        title="The artifact store did not answer",
        status=503,
        detail="What was uploaded could not be read, or what was made could not be kept, however often it was tried; "
        "submit the job again when whoever runs this service has the store back.",
    )


def no_room() -> Problem:
    """The disk that the job was worked on is full."""
    return Problem(
        type="urn:rfengine:no-room",
        title="The worker's disk is full",
        status=507,
        detail="There was no room for what the analysis writes, each time it was tried. The input is not at fault; "
        "submit it again when whoever runs this service has made room.",
    )


def out_of_memory(limit: int) -> Problem:
    """The child asked for more than it may have."""
    allowed = f"the limit of {limit / (1 << 30):.3g} GiB" if limit else "what the machine has"
    return Problem(
        type="urn:rfengine:out-of-memory",
        title="The analysis needs too much memory",
        status=413,
        detail=f"The analysis asked for more memory than {allowed}; try a smaller input shape or fewer analyses, "
        "or raise RFENGINE_CHILD_MEMORY.",
    )


def timed_out(seconds: float, setting: str) -> Problem:
    """The wall clock ran out, which the setting gives more of."""
    return Problem(
        type="urn:rfengine:timeout",
        title="The analysis took too long",
        status=504,
        detail=f"The analysis was stopped after {seconds:g} s; try a smaller input shape, fewer images or fewer "
        f"analyses, or raise {setting}.",
    )


def crashed(exit_code: int | None) -> Problem:
    """The child ended without an answer."""
    return Problem(
        type="urn:rfengine:crash",
        title="The analysis process died",
        status=500,
        detail=f"The process that ran the analysis {_how(exit_code)} each time it was tried; the model may ask for "
        "more memory than there is, or trigger a fault in a library. Try a smaller input shape or fewer analyses.",
    )


def upload_gone() -> Problem:
    """What was uploaded is no longer in the store."""
    return Problem(
        type="urn:rfengine:upload-gone",
        title="The upload is no longer stored",
        status=500,
        detail="The model, or what came with it, is not in the artifact store any more; submit the job again.",
    )


def _how(exit_code: int | None) -> str:
    if exit_code is None or exit_code >= 0:
        return f"ended without an answer (exit code {exit_code})"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = "signal"
    return f"was killed by {name} ({-exit_code})"
