"""Design advice from a finished analytic report: a pure function of what clients read.

After Richter et al., "Should You Go Deeper?" (arXiv 2106.12307): layer l of a chain is unproductive when r(l-1) > i, r
the receptive field and i the image size, and the first such layer is the border layer. Where paths meet, the smallest
field decides: a residual connection that bypasses a layer keeps the field behind it small. (Their toolbox counts
r(l-1) = i as well, where a single unit sees exactly the image.)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

from api_schemas.advice import Advice, AdviceByInput, Checkerboard, LayerAdvice, Resolutions
from api_schemas.report import Analytic, FieldReport, TensorField, TensorFields

CONVOLUTIONS = frozenset({"Conv", "ConvTranspose", "ConvInteger", "QLinearConv", "DeformConv"})

Tensor = TensorField | TensorFields


def advise(analytic: Analytic, images: Mapping[str, Sequence[int]]) -> Advice | AdviceByInput:
    """The advice that a report's fields give.

    Args:
        analytic: the finished analytic part of a report.
        images: size of every spatial input along its axes, px.
    """
    if len(images) == 1:
        ((name, image),) = images.items()
        return _Reader(analytic, name, image).advice()
    return AdviceByInput(by_input={name: _Reader(analytic, name, image).advice() for name, image in images.items()})


@dataclass(frozen=True, slots=True)
class _Path:
    """The smallest field of a tensor over all paths, and whether a whole map was read at once on all of them."""

    size: tuple[float, ...]
    ended: bool = False


class _Reader:
    """Reads a report once, tensor by tensor, relative to one input."""

    def __init__(self, analytic: Analytic, source: str, image: Sequence[int]) -> None:
        self.source, self.image = source, list(image)
        self.tensors = analytic.tensors
        self.fields = {name: _relative(tensor, source) for name, tensor in analytic.tensors.items()}
        self.paths: dict[str, _Path] = {source: _Path((1.0,) * len(image))}
        self.layers: list[LayerAdvice] = []
        self.own: list[tuple[FieldReport, _Path]] = []

    def advice(self) -> Advice:
        """What all tensors together say."""
        for name, field in self.fields.items():
            if field is not None:
                self._follow(name, self.tensors[name], field)
        over = {layer.tensor: self._exceeded(layer.incoming) for layer in self.layers}
        unproductive = [tensor for tensor, axes in over.items() if all(axes)]
        resolutions = self._resolutions()
        return Advice(
            image=self.image,
            layers=self.layers,
            border=next(iter(unproductive), None),
            unproductive=unproductive,
            partly_unproductive=[tensor for tensor, axes in over.items() if any(axes) and not all(axes)],
            doubtful=[
                layer.tensor
                for layer in self.layers
                if all(self._exceeded(layer.incoming_largest)) and not any(over[layer.tensor])
            ],
            resolutions=resolutions,
            fit=_fit(self.image, resolutions),
            global_context=list(dict.fromkeys(node for field, _ in self.own for node in field.global_context)),
            checkerboard=[
                Checkerboard(tensor=name, sizes=[sorted(set(sizes)) for sizes in field.sizes_by_phase])
                for name, field in self.fields.items()
                if field is not None and any(len(set(sizes)) > 1 for sizes in field.sizes_by_phase)
            ],
        )

    def _exceeded(self, sizes: Sequence[int]) -> list[bool]:
        return [size > pixels for size, pixels in zip(sizes, self.image, strict=True)]

    def _follow(self, name: str, tensor: Tensor, field: FieldReport) -> None:
        """Extend the smallest path to a tensor, and take it down as a layer where it is one."""
        reads = {before: window for before, window in tensor.reads.items() if before in self.paths}
        if not reads:
            self.paths[name] = _Path(tuple(map(float, field.size)))
            return
        # A tensor that a whole map is read into at once says nothing more of where.
        whole = {before for before, window in reads.items() if self._is_whole(tensor, before, window)}
        ways = [(self.paths[before], self._widened(before, window, field)) for before, window in reads.items()]
        found = _Path(
            tuple(min(sizes) for sizes in zip(*(size for _, size in ways), strict=True)),
            ended=all(self.paths[before].ended or before in whole for before in reads),
        )
        self.paths[name] = found
        if found.ended:
            return
        self.own.append((field, found))
        layer = self._layer(name, tensor.op, field, tuple(reads))
        spans = [n for window in reads.values() for n in window]
        # Where no window tells it (attention inside windows, say), a larger field does.
        is_wide = max(spans, default=1) > 1 or (not all(reads.values()) and max(layer.growth) > 0)
        if tensor.op in CONVOLUTIONS or is_wide:
            self.layers.append(layer)

    def _is_whole(self, tensor: Tensor, before: str, window: Sequence[int]) -> bool:
        units = self.tensors[before].units if before in self.tensors else self.image
        return set(tensor.units) == {1} and list(window) == list(units) and any(n > 1 for n in window)

    def _widened(self, before: str, window: Sequence[int], field: FieldReport) -> tuple[float, ...]:
        """The smallest field of a tensor by the way through one that it reads."""
        known = self.paths[before].size
        if window:
            return tuple(r + (k - 1) * abs(j) for r, k, j in zip(known, window, self._jump(before), strict=True))
        # Through tensors that are no feature maps: by as much as the whole field grows.
        return tuple(r + max(0, a - b) for r, a, b in zip(known, field.size, self._size(before), strict=True))

    def _layer(self, name: str, op: str, field: FieldReport, reads: Sequence[str]) -> LayerAdvice:
        largest = [max(sizes) for sizes in zip(*(self._size(before) for before in reads), strict=True)]
        smallest = [min(sizes) for sizes in zip(*(self.paths[before].size for before in reads), strict=True)]
        return LayerAdvice(
            tensor=name,
            op=op,
            jump=self._jump(reads[0]),
            growth=[size - before for size, before in zip(field.size, largest, strict=True)],
            incoming=[ceil(size) for size in smallest],
            incoming_largest=largest,
        )

    def _jump(self, tensor: str) -> list[int | float]:
        field = self.fields.get(tensor)
        return [1] * len(self.image) if field is None else list(field.stride)

    def _size(self, tensor: str) -> list[int]:
        field = self.fields.get(tensor)
        return [1] * len(self.image) if field is None else list(field.size)

    def _resolutions(self) -> Resolutions | None:
        if not self.layers:
            return None
        return Resolutions(
            least=_largest([layer.incoming for layer in self.layers]),
            expanded=_largest([[ceil(size) for size in path.size] for _, path in self.own]),
            most=_largest([field.size for field, _ in self.own]),
        )


def _relative(tensor: Tensor, source: str) -> FieldReport | None:
    return tensor if isinstance(tensor, TensorField) else tensor.by_input.get(source)


def _largest(sizes: Sequence[Sequence[int]]) -> list[int]:
    return [max(axis) for axis in zip(*sizes, strict=True)]


def _fit(image: Sequence[int], resolutions: Resolutions | None) -> Literal["small", "suits", "large"]:
    if resolutions is None:
        return "suits"
    if any(n < least for n, least in zip(image, resolutions.least, strict=True)):
        return "small"
    return "large" if any(n > most for n, most in zip(image, resolutions.most, strict=True)) else "suits"
