"""The fields of a report as one flat sequence, whether the model has one spatial input or several."""

from collections.abc import Iterator
from typing import NamedTuple

from api_schemas.report import FieldReport, Report, TensorField, TensorFields


class Seen(NamedTuple):
    """What one tensor sees of one input; `source` is empty where the model has only one."""

    name: str
    tensor: TensorField | TensorFields
    source: str
    field: FieldReport


def seen(report: Report) -> Iterator[Seen]:
    """Every tensor, in the order of computation; with several inputs, once for each that it depends on."""
    for name, tensor in (report.analytic.tensors if report.analytic else {}).items():
        if isinstance(tensor, TensorField):
            yield Seen(name, tensor, "", tensor)
        else:
            yield from (Seen(name, tensor, source, field) for source, field in tensor.by_input.items())
