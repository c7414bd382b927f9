"""The error tree is complete: every class is in the table and in the docstring that draws the tree."""

from collections.abc import Iterator

import pytest

from rfengine import errors
from rfengine.errors import KINDS, RfengineError, exit_code_of, problem_of


def tree(root: type[RfengineError] = RfengineError) -> Iterator[type[RfengineError]]:
    yield root
    for child in root.__subclasses__():
        yield from tree(child)


def test_every_error_is_in_the_table_and_in_the_drawing() -> None:
    assert set(KINDS) == set(tree())
    drawn = errors.__doc__ or ""
    assert [kind.__name__ for kind in tree() if kind.__name__ not in drawn] == []


def test_slugs_are_unique() -> None:
    assert len({kind.slug for kind in KINDS.values()}) == len(KINDS)


@pytest.mark.parametrize("kind", list(tree()), ids=lambda kind: kind.__name__)
def test_problem_and_exit_code_agree(kind: type[RfengineError]) -> None:
    error = kind("node 'x': k=0; use 1")
    problem = problem_of(error)
    assert problem.detail == str(error)
    assert exit_code_of(error) == (2 if problem.status < 500 else 3)
