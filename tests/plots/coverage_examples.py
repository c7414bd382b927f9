"""Coverage checks over many objects with their columns, made by a check of a few lines: real detectors, odd ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from api_schemas.coverage import CoverageResult, HeadCoverage, ObjectsInfo, Uncovered
from rfengine.coverage.checked import BINDINGS, NOTHING, Checked

TRF_AT_LEAST = 1.5
Example = tuple[CoverageResult, Checked]


@dataclass(frozen=True)
class Sees:
    """A head: it answers for longest sides from `low` (included) to `high`."""

    name: str
    stride: float
    trf: int
    erf: int | None = None
    low: float = 0.0
    high: float = np.inf

    @property
    def limits(self) -> tuple[float | None, float | None]:
        """Sides of the smallest and the largest square that it may cover."""
        largest = min(self.trf / TRF_AT_LEAST, self.high, np.inf if self.erf is None else self.erf)
        return max(self.stride, self.low), largest


# As `rfengine analyze` finds them: yolov8n and RetinaNet at 640 and 512 px, SSD300's last maps at 300 px.
YOLO = (Sees("P3", 8, 911, 119), Sees("P4", 16, 1007, 185), Sees("P5", 32, 1263, 301))
RETINANET = tuple(
    Sees(f"P{level}", 1 << level, trf, None, *edges)
    for level, trf, edges in zip(
        range(3, 8), (523, 619, 811, 1195, 1963), ((0, 64), (64, 128), (128, 256), (256, 512), (512, np.inf)),
        strict=True,
    )
)  # fmt: skip
SSD = tuple(
    Sees(name, stride, trf)
    for name, stride, trf in (
        ("P3", 8, 108), ("P4", 16, 452), ("P5", 32, 516), ("P6-5x5", 64, 644), ("P6-3x3", 64, 772), ("S300", 300, 900)
    )
)  # fmt: skip


def check(
    heads: Sequence[Sees],
    width: ArrayLike,
    height: ArrayLike,
    *,
    count: ArrayLike | None = None,
    canvas: tuple[int, int] = (640, 640),
    required: float = 0.99,
    name: str | None = "instances_train2017.json",
    image: tuple[float, float] | None = (480.0, 640.0),
    worst: int = 20,
) -> Example:
    """Theoretical field at least 1.5 x the object, effective field at least its longest side, stride at most a side.

    Images have one size (`image`, height and width) and are letterboxed; None: unknown, and boxes as well.
    """
    w, h = (np.asarray(sides, np.float64) for sides in (width, height))
    n = np.ones(len(w), np.int64) if count is None else np.asarray(count, np.int64)
    columns = _booked(heads, w, h, n)
    covered = int(n[columns.covered].sum())
    total = int(n.sum())
    result = CoverageResult(
        verdict="pass" if covered >= required * total else "fail",
        policy="street scenes",
        canvas=list(canvas),
        estimator="gradient" if any(head.erf for head in heads) else None,
        objects=ObjectsInfo(
            source="coco", name=name, images=max(1, total // 7), objects=total,
            largest_px=[h.max(), w.max()], smallest_px=[h.min(), w.min()],
        ),
        covered=covered, uncovered=total - covered, share=covered / total, required=required, margin=None,
        binding=_bindings(columns, np.ones(len(w), bool)),
        heads=[_head(head, columns, at, canvas) for at, head in enumerate(heads)],
        bins=[], worst=_worst(heads, columns, canvas, image)[:worst], failures=[],
    )  # fmt: skip
    return result, columns


def _booked(heads: Sequence[Sees], w: NDArray[Any], h: NDArray[Any], n: NDArray[Any]) -> Checked:
    rows = len(w)
    head, binding = np.full(rows, -1, np.int16), np.full(rows, BINDINGS.index("no_head"), np.int8)
    ratio, has, needed = np.zeros(rows), np.full(rows, np.nan), np.full(rows, np.nan)
    longest, shortest = np.maximum(w, h), np.minimum(w, h)
    for at, one in enumerate(heads):
        asked = [
            (BINDINGS.index("trf"), np.full(rows, float(one.trf)), TRF_AT_LEAST * longest),
            (BINDINGS.index("erf"), np.full(rows, float(one.erf or 1e9)), longest),
            (BINDINGS.index("stride"), np.full(rows, one.stride), shortest),
        ]
        ratios = np.array([sees / asks if what < 2 else asks / sees for what, sees, asks in asked])
        tightest = ratios.argmin(axis=0)
        least = ratios.min(axis=0)
        better = (longest >= one.low) & (longest < one.high) & ((least > ratio) & (ratio < 1))
        head[better], ratio[better] = at, least[better]
        for place, (what, sees, asks) in enumerate(asked):
            here = better & (tightest == place)
            binding[here], has[here], needed[here] = what, sees[here], asks[here]
        binding[better & (least >= 1)] = NOTHING
    return Checked(h, w, n, head, binding, ratio, has, needed)


def _bindings(columns: Checked, rows: NDArray[np.bool_]) -> dict[str, int]:
    found = {what: int(columns.count[rows & (columns.binding == at)].sum()) for at, what in enumerate(BINDINGS)}
    return {what: objects for what, objects in found.items() if objects}


def _head(head: Sees, columns: Checked, at: int, canvas: tuple[int, int]) -> HeadCoverage:
    mine = columns.head == at
    objects, covered = int(columns.count[mine].sum()), int(columns.count[mine & columns.covered].sum())
    smallest, largest = head.limits
    return HeadCoverage(
        name=head.name, tensors=[f"box_{head.name}"], units=[round(side / head.stride) or 1 for side in canvas],
        stride=[head.stride] * 2, trf=[head.trf] * 2, trf_status="exact", erf_side=head.erf,
        erf_energy=95 if head.erf else None, clipped_share=1.0, require={"trf": {"at_least": TRF_AT_LEAST}},
        largest_px=largest, smallest_px=smallest, objects=objects, covered=covered,
        share=covered / objects if objects else None, margin=None, binding=_bindings(columns, mine), bins=[],
        verdict="unused" if not objects else "pass" if covered == objects else "fail",
    )  # fmt: skip


def _worst(
    heads: Sequence[Sees], columns: Checked, canvas: tuple[int, int], image: tuple[float, float] | None
) -> list[Uncovered]:
    rows = np.flatnonzero(~columns.covered)
    rows = rows[np.argsort(columns.ratio[rows], kind="stable")][:200]
    draw = np.random.default_rng(1)
    found = []
    for row in rows:
        h, w = float(columns.height[row]), float(columns.width[row])
        box = None
        if image is not None:
            scale = min(canvas[0] / image[0], canvas[1] / image[1])
            x, y = (draw.random() * max(side - own / scale, 0) for side, own in zip(image[::-1], (w, h), strict=True))
            box = [x, y, w / scale, h / scale]
        answered = columns.head[row] >= 0
        found.append(
            Uncovered(
                image=None if image is None else f"{row:012d}.jpg", annotation=str(900_000 + row), label="person",
                box=box, image_size=None if image is None else list(image), size_px=[h, w],
                count=int(columns.count[row]), head=heads[columns.head[row]].name if answered else None,
                binding=BINDINGS[columns.binding[row]], has_px=float(columns.has[row]) if answered else None,
                needed_px=float(columns.needed[row]) if answered else None, ratio=float(columns.ratio[row]),
            )
        )  # fmt: skip
    return found


def coco_like(objects: int, *, canvas: int = 640, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Widths and heights as in COCO: log-normal, median about a twelfth of the image, none larger than it."""
    draw = np.random.default_rng(seed)
    side = np.exp(draw.normal(np.log(canvas / 12), 1.15, objects))
    shape = np.exp(draw.normal(0, 0.45, objects))
    return tuple(np.clip(each, 1.2, canvas) for each in (side * shape, side / shape))  # type: ignore[return-value]


def many_heads() -> Example:
    """Twelve heads, names longer than there is room for, gaps between some."""
    name = "model.22.detect.heads.{}.level_{}/regression_and_classification/Conv_output_0"
    heads = [
        Sees(name.format(i, i), 4 * 1.5**i, round(22 * 1.5**i), low=8 * 1.5**i, high=11 * 1.5**i) for i in range(12)
    ]
    return check(heads, *coco_like(4000), name="$\\frac{" + "x" * 120)


def yolo() -> Example:
    """860,000 objects before yolov8n's heads: every one has a field that is large enough, not every one a stride."""
    return check(YOLO, *coco_like(860_000))


def retinanet() -> Example:
    """FCOS-like ranges: objects near the upper end of a range find the field too small."""
    return check(RETINANET, *coco_like(40_000, canvas=512), canvas=(512, 512))


def ssd() -> Example:
    """Six heads, an input of 300 px."""
    return check(SSD, *coco_like(20_000, canvas=300), canvas=(300, 300))


def three() -> Example:
    """Three objects: two covered."""
    return check(YOLO, [30, 200, 5], [40, 180, 6], name=None, image=(1080.0, 1920.0))


def one(side: float = 64) -> Example:
    """One object."""
    return check(YOLO[:1], [side], [side], name=None, image=None)


def all_covered() -> Example:
    """Nothing is uncovered."""
    return check(YOLO, *np.clip(coco_like(3000), 8, 200))


def none_covered() -> Example:
    """Everything is uncovered."""
    return check([Sees("P5", 32, 45)], *np.clip(coco_like(3000), 40, 640))


def no_limits() -> Example:
    """Heads that may cover any size, a histogram as the source."""
    result, columns = check(YOLO[:2], [20, 40, 90], [20, 50, 70], count=[100_000, 30, 5], image=None)
    heads = [head.model_copy(update={"largest_px": None, "smallest_px": None}) for head in result.heads]
    return result.model_copy(update={"heads": heads}), columns


EXAMPLES = {
    "retinanet": retinanet, "ssd": ssd, "three": three, "one": one, "all covered": all_covered,
    "none covered": none_covered, "no limits": no_limits, "many heads": many_heads,
}  # fmt: skip
