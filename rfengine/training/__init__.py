"""Trainability: how far from a letter may a mark lie that a network still learns to see?

cells.py       what the planner asks for and is told
planner.py     finished runs -> next runs; boundary.py: finished runs -> boundary with its interval. Neither needs torch
agenda.py      a request's networks, distances, questions and parts; sources.py: which networks; address.py: of a run
sweep.py       `plan` and `run_part`, functions of data: what the service calls; local.py: the same in one process
part.py        one part: launch.py trains its runs, growth.py measures their effective fields
ensemble.py    the training loop; detector.py: a network as a function of parameters and images; checkpoint.py
network.py     any network as a trainee; onnx_file.py: of a file; trainable.py, biases.py: what learns, from what
summing.py     rows, fits, cost, report; drawing.py: its pictures; theory.py: the radii beside
"""

from importlib.util import find_spec

from rfengine.errors import MissingExtra


def require_torch() -> None:
    """Say what is missing before anything that trains is imported.

    Raises:
        MissingExtra: torch is not installed.
    """
    if find_spec("torch") is None:
        raise MissingExtra.named("torch", "training")
