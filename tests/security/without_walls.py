"""Loaded by a fork server, its children find a system that has neither wall."""

from worker import network


def _lacking() -> None:
    raise OSError("this system has it not")


network._namespace = network._filter = _lacking
