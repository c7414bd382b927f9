"""Worked figures of theoretical receptive fields: what articles, unit tests and measurements say of networks.

data/analytic.json has them; a key of an entry is one figure. A key without a rule here is an error, never left out.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from api_schemas.report import TensorField
from rfengine.oracles.answer import Answer, agreed, answer
from rfengine.oracles.finding import Finding, Value
from rfengine.oracles.networks import networks
from rfengine.oracles.published import published
from rfengine.oracles.registry import Family, register
from rfengine.queries import pixels_of

FILE = "analytic.json"

# What each section of the file was taken from.
SOURCES = {
    "seed001": "Receptive Fields, 2024",
    "seed002": "receptivefield, Keras example",
    "seed004_steps": "Lecture on receptive fields",
    "receptivefield_readme": "receptivefield, README",
    "distill": "Araujo et al. 2019, Distill",
    "tf_unit_tests": "google-research/receptive_field",
    "torchvision_layout": "torchvision's ResNets, measured",
    "phases": "U-Net, measured unit by unit",
    "small": "Single operators, measured",
}
WORDS = ("layers", "net", "layer")  # the keys of an entry that name its network
REMARK = "note"


@dataclass(frozen=True, slots=True)
class Subject:
    """The tensor that figures are of."""

    answer: Answer
    tensor: str

    @property
    def field(self) -> TensorField:
        """The report's entry of it."""
        return self.answer.tensors[self.tensor]


@dataclass(frozen=True, slots=True)
class Figure:
    """How the engine's reports say what a key of the file says."""

    name: str
    of: Callable[[Subject], Value]


def _unit_0(subject: Subject) -> Value:
    return agreed([axis.intervals[0] for axis in subject.field.map])


def _clipped(subject: Subject) -> Value:
    """First and last pixel that unit 0, 1, ... reads on the canvas; the same along all axes."""
    (*_, side) = subject.field.units
    units = range(side)
    pixels = [pixels_of(subject.answer.fields, subject.tensor, (i,) * 2, clipped=True) for i in units]
    return tuple(agreed([(runs[0][0], runs[-1][-1]) for runs in axes]) for axes in pixels)


SIZE = Figure("size", lambda subject: agreed(subject.field.size))
STRIDE = Figure("stride", lambda subject: agreed(subject.field.stride))
UNITS = Figure("units", lambda subject: agreed(subject.field.units))
CENTRE = Figure("centre of unit 0", lambda subject: agreed(subject.field.start))

FIGURES = {
    "rf": SIZE,
    "size": SIZE,
    "r": SIZE,
    "rf_h": Figure("height", lambda subject: subject.field.size[0]),
    "rf_w": Figure("width", lambda subject: subject.field.size[1]),
    "rf_max": Figure("largest size", SIZE.of),
    "local_rf": Figure("local size", SIZE.of),
    "sizes_over_one_period": Figure(
        "sizes in a period", lambda subject: agreed([tuple(sorted(set(axis))) for axis in subject.field.sizes_by_phase])
    ),
    "stride": STRIDE,
    "j": STRIDE,
    "padding": Figure("padding", lambda subject: agreed(subject.field.padding)),
    "map": UNITS,
    "n": UNITS,
    "offset": CENTRE,
    "start": CENTRE,
    "unit0": Figure("pixels of unit 0", _unit_0),
    "clipped_union_extents": Figure("pixels of unit", _clipped),
    "error": Figure("paths", lambda subject: "aligned" if subject.field.aligned else "misaligned"),
    "global_context": Figure("global context", lambda subject: bool(subject.field.global_context)),
}


def findings() -> Iterator[Finding]:
    """Every figure of the file, in its order."""
    for section, entries in published(FILE).items():
        for entry in entries if isinstance(entries, list) else ():
            yield from _of_network(SOURCES[section], entry)


def _of_network(group: str, entry: Mapping[str, Any]) -> Iterator[Finding]:
    (words,) = (entry[key] for key in WORDS if key in entry)
    network = networks()[words]
    found = answer(network.spec, name="published")
    yield from _of_tensor(group, words, Subject(found, network.tensor or found.last), entry)


def _of_tensor(group: str, place: str, subject: Subject, entry: Mapping[str, Any]) -> Iterator[Finding]:
    """The figures of an entry, and of the tensors that an entry within it is named after."""
    for key, value in entry.items():
        if isinstance(value, dict):
            yield from _of_tensor(group, f"{place}; {key}", Subject(subject.answer, key), value)
        elif key not in (*WORDS, REMARK):
            figure = FIGURES[key]
            for name, expected, found in _lines(figure.name, _value(value), figure.of(subject)):
                yield Finding(group, place, name, expected, found)


def _lines(name: str, expected: Value, found: Value) -> Iterator[tuple[str, Value, Value]]:
    """A figure as it is, or one line per unit where it is a list of pairs."""
    if not (isinstance(expected, tuple) and isinstance(expected[0], tuple)):
        yield name, expected, found
        return
    units = found if isinstance(found, tuple) else (found,)
    for unit, (wanted, seen) in enumerate(zip_longest(expected, units)):
        yield f"{name} {unit}", wanted, seen


def _value(published: Any) -> Value:
    """JSON's lists as tuples."""
    return tuple(map(_value, published)) if isinstance(published, list) else published


register(
    Family(
        name="analytic",
        title="Worked figures of theoretical receptive fields",
        source="articles, unit tests and independent measurements, each named below",
        findings=findings,
        note="Sizes, strides, paddings and centres in px; the first pixel spans 0 to 1. Pixels: first, last.",
    )
)
