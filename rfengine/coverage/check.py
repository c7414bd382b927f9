"""A policy, the objects and the heads, to the verdict. Same inputs, same verdict."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from api_schemas.coverage import BinCoverage, Binding, CoverageResult, Failure, HeadCoverage, ObjectsInfo, Uncovered
from api_schemas.policy import CoveragePolicy
from rfengine.coverage.book import book
from rfengine.coverage.checked import BINDINGS, Checked
from rfengine.coverage.failures import failures_of
from rfengine.coverage.heads import Head
from rfengine.coverage.objects.table import Integers, ObjectTable
from rfengine.coverage.question import question_of
from rfengine.coverage.requirements import limits
from rfengine.coverage.views import View, views
from rfengine.errors import BadInput


def check(
    policy: CoveragePolicy, table: ObjectTable, heads: Sequence[Head], canvas: tuple[int, int]
) -> tuple[CoverageResult, Checked]:
    """The verdict, and what was found of every object.

    Args:
        policy: what is required.
        table: the objects, at least one.
        heads: finest first (`find_heads`), with their effective fields where the policy asks for these.
        canvas: height and width of the network's input, px.

    Raises:
        BadInput: what the policy asks for cannot be checked or contradicts itself.
    """
    _refuse_bounds(policy, heads)
    looks = views(policy, table, canvas)
    booked = book(policy, heads, looks, table.count, canvas)
    _refuse_contradiction(policy, table, looks[0], booked.contradicted, canvas)
    checked = booked.checked
    counts = _Counts(policy, checked, len(heads))
    parts = [_head(policy, head, place, counts, checked) for place, head in enumerate(heads)]
    bins = counts.bins(slice(None), policy.require.bins)
    covered, total = int(counts.covered.sum()), int(counts.all.sum())
    result = CoverageResult(
        verdict="pass",
        policy=policy.name,
        question=question_of(policy, table),
        canvas=list(canvas),
        estimator=policy.estimator,
        objects=_objects(table, looks[0]),
        covered=covered,
        uncovered=total - covered,
        share=covered / total,
        required=policy.require.covered,
        margin=_margin(booked.best[checked.head >= 0]),
        binding=counts.binding(slice(None), slice(None)),
        heads=parts,
        bins=bins,
        worst=_worst(policy, table, heads, checked),
        failures=[],
    )
    return judged(result, policy), checked


def judged(result: CoverageResult, policy: CoveragePolicy) -> CoverageResult:
    """The same with the requirements that it fails, and the verdict.

    Raises:
        BadInput: a share is required of objects that there are none of.
    """
    failures = failures_of(result, policy)
    return with_failures(result, failures)


def with_failures(result: CoverageResult, failures: Sequence[Failure]) -> CoverageResult:
    """The result with these failures, and the verdicts that follow from them."""
    failing = {failure.head for failure in failures}
    short = "fail" if any(failure.code == "covered" for failure in failures) else "partial"
    heads = []
    for head in result.heads:
        verdict = "unused" if head.share is None else short if head.share < result.required else "pass"
        heads.append(head.model_copy(update={"verdict": "fail" if head.name in failing else verdict}))
    verdict = "fail" if failures else "pass"
    return result.model_copy(update={"failures": list(failures), "heads": heads, "verdict": verdict})


class _Counts:
    """Objects by head (the last: none), bin, and what binds (the first: covered), weighed by their counts."""

    def __init__(self, policy: CoveragePolicy, checked: Checked, heads: int) -> None:
        self.names, edges = list(policy.bins), [edge for edge in policy.bins.values() if edge is not None]
        self.edges: list[float | None] = [0.0, *edges, None]
        sizes = np.sqrt(checked.height * checked.width)
        place = np.searchsorted(np.array(edges), sizes, side="right")
        shape = (heads + 1, len(self.names), len(BINDINGS) + 1)
        head = np.where(checked.head < 0, heads, checked.head).astype(np.intp)
        code = np.ravel_multi_index((head, place, checked.binding.astype(np.intp) + 1), shape)
        weights = checked.count.astype(np.float64)
        self.all = np.bincount(code, weights, int(np.prod(shape))).reshape(shape).astype(np.int64)
        self.covered = self.all[:, :, 0]

    def binding(self, head: int | slice, place: int | slice) -> dict[Binding, int]:
        """Uncovered objects by what binds, without those that nothing does."""
        found = self.all[head, place, 1:].reshape(-1, len(BINDINGS)).sum(axis=0)
        return {name: int(n) for name, n in zip(BINDINGS, found, strict=True) if n}

    def bins(self, head: int | slice, required: dict[str, float]) -> list[BinCoverage]:
        """Every size bin, of one head or of all."""
        found = []
        for place, name in enumerate(self.names):
            objects, covered = int(self.all[head, place].sum()), int(np.sum(self.covered[head, place]))
            part = BinCoverage(
                name=name,
                from_px=self.edges[place] or 0.0,
                to_px=self.edges[place + 1],
                objects=objects,
                covered=covered,
                share=covered / objects if objects else None,
                binding=self.binding(head, place),
                required=required.get(name),
            )
            found.append(part)
        return found


def _head(policy: CoveragePolicy, head: Head, place: int, counts: _Counts, checked: Checked) -> HeadCoverage:
    require = policy.required_of(head.name)
    smallest, largest = limits(require, head)
    objects, covered = int(counts.all[place].sum()), int(counts.covered[place].sum())
    return HeadCoverage(
        name=head.name,
        tensors=list(head.tensors),
        units=list(head.units),
        stride=list(head.stride),
        trf=list(head.trf),
        trf_status=head.status,
        erf_side=head.erf_side,
        erf_energy=None if require.erf is None else require.erf.energy,
        clipped_share=head.clipped_share,
        global_context=list(head.global_context),
        require=require.model_dump(exclude_none=True),
        largest_px=largest,
        smallest_px=smallest,
        objects=objects,
        covered=covered,
        share=covered / objects if objects else None,
        margin=_margin(checked.ratio[checked.head == place]),
        binding=counts.binding(place, slice(None)),
        bins=counts.bins(place, {}),
        verdict="pass" if objects else "unused",
    )


def _margin(ratios: NDArray[np.float64]) -> float | None:
    least = float(ratios.min()) if len(ratios) else np.inf
    return round(least - 1, 6) if np.isfinite(least) else None


def _objects(table: ObjectTable, view: View) -> ObjectsInfo:
    sides = (view.height, view.width)
    return ObjectsInfo(
        source=table.source,
        name=table.name,
        sha256=table.sha256,
        images=sum(1 for name in table.image_names if name) or None,
        objects=table.total,
        ignored=dict(table.ignored),
        largest_px=[float(side.max()) for side in sides],
        smallest_px=[float(side.min()) for side in sides],
    )


def _worst(policy: CoveragePolicy, table: ObjectTable, heads: Sequence[Head], checked: Checked) -> list[Uncovered]:
    rows = np.flatnonzero(~checked.covered)
    order = rows[np.lexsort((rows, checked.ratio[rows]))][: policy.worst]
    return [_uncovered(table, heads, checked, int(row)) for row in order]


def _uncovered(table: ObjectTable, heads: Sequence[Head], checked: Checked, row: int) -> Uncovered:
    image, label, head = int(table.image[row]), int(table.label[row]), int(checked.head[row])
    known = not np.isnan(table.x[row]) and not np.isnan(table.y[row])
    columns = (table.x, table.y, table.width, table.height)
    size = None if image < 0 else [float(table.image_height[image]), float(table.image_width[image])]
    return Uncovered(
        image=None if image < 0 else str(table.image_names[image]),
        annotation=str(row if table.ids is None else table.ids[row]),
        label=None if label < 0 else str(table.labels[label]),
        box=[float(column[row]) for column in columns] if known else None,
        image_size=None if size is None or np.isnan(size).any() else size,
        size_px=[float(checked.height[row]), float(checked.width[row])],
        count=int(table.count[row]),
        head=None if head < 0 else heads[head].name,
        binding=BINDINGS[int(checked.binding[row])],
        has_px=None if head < 0 else float(checked.has[row]),
        needed_px=None if head < 0 else float(checked.needed[row]),
        ratio=float(checked.ratio[row]),
    )


def _refuse_bounds(policy: CoveragePolicy, heads: Sequence[Head]) -> None:
    """Refuse to call an object covered by a head that nothing is asked of, or whose field may be smaller than said."""
    for head in heads:
        require = policy.required_of(head.name)
        if require.trf is None and require.erf is None and require.stride is None:
            raise BadInput(
                f"require: nothing is asked of head {head.name}, so that it would cover whatever it answers for; put "
                f"trf, erf or stride under require, or under per_head.{head.name}"
            )
        trf = require.trf
        if trf is not None and trf.upper_bound == "refuse" and head.status == "upper_bound":
            raise BadInput(
                f"head {head.name} ({head.tensors[0]}): its field of {head.trf[0]} x {head.trf[1]} px is an upper "
                "bound, so that a check by it could pass wrongly; set require.trf.upper_bound: accept, or require erf "
                "instead"
            )


def _refuse_contradiction(
    policy: CoveragePolicy, table: ObjectTable, view: View, rows: Integers, canvas: tuple[int, int]
) -> None:
    """Refuse what no network can meet: more objects than may be missed need more than a field that is not clipped."""
    if int(table.count[rows].sum()) <= (1 - policy.require.covered) * table.total:
        return
    row, trf = int(rows[0]), policy.require.trf
    times = f" (at_least {trf.at_least:g}, margin_px {trf.margin_px:g})" if trf is not None else ""
    raise BadInput(
        f"require: clipped 0 keeps every field inside the input of {canvas[0]} x {canvas[1]} px, and trf{times} asks "
        f"for a larger one for an object of {view.height[row]:g} x {view.width[row]:g} px; no head can have both: "
        "allow clipping, or ask for less"
    )
