"""One-stage detectors of the YOLO line: backbone, neck and heads at strides 8, 16 and 32, without decoding.

v3 brings context down a pyramid; v5 and v8 bring it down and up again (a path aggregation network, Liu et al. 2018).
Image sides must divide by 32.
"""

from collections.abc import Callable
from typing import Any

from api_schemas.zoo.draft import INPUT, Draft
from api_schemas.zoo.registry import Entry, Recipe, Shape, register

STRIDES = (8, 16, 32)
CLASSES = 80
ANCHORED = 3 * (5 + CLASSES)  # maps of a head with three anchors


def _raised(draft: Draft, name: str, value: str, beside: str) -> str:
    """Twice as large, joined to the feature map of that size."""
    return draft.add("concat", name, draft.add("upsample", f"{name}/up", value, scale=2), beside)


DARKNET = ((64, 1), (128, 2), (256, 8), (512, 8), (1024, 4))  # width and residual blocks after each halving


def _yolov3(_shape: Shape) -> dict[str, Any]:
    """Redmon and Farhadi 2018, table 1 and section 2.3."""
    draft = Draft(epsilon=1e-5, activation={"type": "leaky_relu", "alpha": 0.1})
    value = draft.unit("stem", INPUT, 32, 3)
    for stage, (width, count) in enumerate(DARKNET, start=1):
        value = draft.unit(f"C{stage}/down", value, width, 3, 2, 1)
        for number in range(1, count + 1):
            name = f"C{stage}" if number == count else f"C{stage}/{number}"
            inner = draft.unit(f"{name}/narrow", value, width // 2, 1)
            value = draft.add("add", name, value, draft.unit(f"{name}/wide", inner, width, 3))
    for level, stride, width in ((5, 32, 512), (4, 16, 256), (3, 8, 128)):
        if level < 5:
            narrow = draft.unit(f"N{level}/narrow", value, width, 1)
            value = _raised(draft, f"N{level}/joined", narrow, f"C{level}")
        for number in range(1, 6):
            name = f"N{level}" if number == 5 else f"N{level}/{number}"
            value = draft.unit(name, value, width if number % 2 else 2 * width, 1 if number % 2 else 3)
        draft.conv(f"head_{stride}", draft.unit(f"head_{stride}/wide", value, 2 * width, 3), ANCHORED, 1)
    return {"layers": draft.layers}


def _bottleneck(draft: Draft, name: str, source: str, width: int, kernels: tuple[int, int], *, adds: bool) -> str:
    inner = draft.unit(f"{name}/1", source, width, kernels[0])
    if not adds:
        return draft.unit(name, inner, width, kernels[1])
    return draft.add("add", name, source, draft.unit(f"{name}/2", inner, width, kernels[1]))


def _c3(draft: Draft, name: str, source: str, width: int, count: int, *, adds: bool) -> str:
    """Two 1x1 halves, one through bottlenecks 1x1 and 3x3, joined (cross-stage partial, Wang et al. 2020)."""
    value = draft.unit(f"{name}/left", source, width // 2, 1)
    for number in range(1, count + 1):
        value = _bottleneck(draft, f"{name}/m{number}", value, width // 2, (1, 3), adds=adds)
    right = draft.unit(f"{name}/right", source, width // 2, 1)
    return draft.unit(name, draft.add("concat", f"{name}/joined", value, right), width, 1)


def _c2f(draft: Draft, name: str, source: str, width: int, count: int, *, adds: bool) -> str:
    """As above, but the halves are slices, bottlenecks are 3x3 twice, and every one of them is joined."""
    half = width // 2
    both = draft.unit(f"{name}/both", source, width, 1)
    parts = [
        draft.add("slice", f"{name}/left", both, axes=[1], start=0, stop=half),
        draft.add("slice", f"{name}/right", both, axes=[1], start=half, stop=width),
    ]
    for number in range(1, count + 1):
        parts.append(_bottleneck(draft, f"{name}/m{number}", parts[-1], half, (3, 3), adds=adds))
    return draft.unit(name, draft.add("concat", f"{name}/joined", *parts), width, 1)


def _pooled(draft: Draft, name: str, source: str, width: int) -> str:
    """Three 5x5 maxima of stride 1 one after the other, joined with what they started from."""
    parts = [draft.unit(f"{name}/narrow", source, width // 2, 1)]
    for number in (1, 2, 3):
        parts.append(draft.add("max_pool", f"{name}/pool{number}", parts[-1], kernel=5, stride=1, padding=2))
    return draft.unit(name, draft.add("concat", f"{name}/joined", *parts), width, 1)


Part = Callable[..., str]


def _backbone(draft: Draft, part: Part, base: int, counts: tuple[int, ...], root: tuple[int, int]) -> None:
    """C1 to C5; `root` is kernel and padding of the first convolution."""
    value = draft.unit("C1", INPUT, base, root[0], 2, root[1])
    for stage, count in enumerate(counts, start=2):
        width = base << (stage - 1)
        value = part(draft, f"C{stage}", draft.unit(f"C{stage}/down", value, width, 3, 2, 1), width, count, adds=True)
    _pooled(draft, "SPP", value, base << 4)


def _neck(draft: Draft, part: Part, base: int, *, narrows: bool) -> None:
    """P3 to P5: down the pyramid from C5 through `M4` to P3, then up again; `narrows` halves widths on the way down."""

    def narrowed(name: str, value: str, width: int) -> str:
        return draft.unit(name, value, width, 1) if narrows else value

    top = narrowed("T5", "SPP", base << 3)
    middle = part(draft, "M4", _raised(draft, "M4/in", top, "C4"), base << 3, 1, adds=False)
    middle = narrowed("T4", middle, base << 2)
    value = part(draft, "P3", _raised(draft, "P3/in", middle, "C3"), base << 2, 1, adds=False)
    for level, beside in ((4, middle), (5, top)):
        width = base << (level - 1)
        down = draft.unit(f"P{level}/down", value, width // 2, 3, 2, 1)
        joined = draft.add("concat", f"P{level}/in", down, beside)
        value = part(draft, f"P{level}", joined, width, 1, adds=False)


def _yolov5s(_shape: Shape) -> dict[str, Any]:
    """Release 6: a 6x6 root, C3 blocks, one 1x1 head per level."""
    draft = Draft(epsilon=1e-3, activation={"type": "silu"})
    _backbone(draft, _c3, 32, (1, 2, 3, 1), (6, 2))
    _neck(draft, _c3, 32, narrows=True)
    for level, stride in enumerate(STRIDES, start=3):
        draft.conv(f"head_{stride}", f"P{level}", ANCHORED, 1)
    return {"layers": draft.layers}


def _yolov8n(_shape: Shape) -> dict[str, Any]:
    """C2f blocks; boxes and classes each have two 3x3 convolutions of their own per level."""
    draft = Draft(epsilon=1e-3, activation={"type": "silu"})
    _backbone(draft, _c2f, 16, (1, 2, 2, 1), (3, 1))
    _neck(draft, _c2f, 16, narrows=False)
    for level, stride in enumerate(STRIDES, start=3):
        for kind, maps, outputs in (("box", 64, 64), ("class", 80, CLASSES)):
            value = draft.unit(f"{kind}_{stride}/1", f"P{level}", maps, 3)
            draft.conv(f"{kind}_{stride}", draft.unit(f"{kind}_{stride}/2", value, maps, 3), outputs, 1)
    return {"layers": draft.layers}


def _register(name: str, title: str, source: str, endpoints: tuple[str, ...], recipe: Recipe) -> None:
    register(Entry(name=name, title=title, source=source, input=(1, 3, 640, 640), endpoints=endpoints), recipe)


HEADS = tuple(f"head_{stride}" for stride in STRIDES)
_register("yolov3", "YOLOv3: Darknet-53 with a pyramid", "Redmon and Farhadi 2018", ("C3", "C4", "C5", *HEADS), _yolov3)
_register(
    "yolov5s",
    "A detector like YOLOv5s: C3 blocks, path aggregation",
    "https://github.com/ultralytics/yolov5, models/yolov5s.yaml",
    ("C3", "C4", "C5", "P3", "P4", "P5", *HEADS),
    _yolov5s,
)
_register(
    "yolov8n",
    "A detector like YOLOv8n: C2f blocks, path aggregation, two heads per level",
    "https://github.com/ultralytics/ultralytics, cfg/models/v8/yolov8.yaml",
    (
        *("C3", "C4", "C5", "P3", "P4", "P5"),
        *(f"{kind}_{stride}" for kind in ("box", "class") for stride in STRIDES),
    ),
    _yolov8n,
)
