"""Windows that slide over a map: kernel, stride, dilation and padding per axis, and the sizes that follow.

Padding "same" is TensorFlow's: the output has ceil(size / stride) units, and what must be added is split evenly with
the odd one at the end (https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2).
"""

from dataclasses import dataclass
from typing import Literal

from rfengine.spec_import.site import Shape, Site

Padding = Literal["same"] | tuple[tuple[int, int], ...]
ONE = (1,)


@dataclass(frozen=True, slots=True)
class Window:
    """A window over `size` px per axis, every tuple with one entry per axis; `begin` and `end` are paddings."""

    size: Shape
    kernel: Shape
    stride: Shape
    dilation: Shape
    begin: Shape
    end: Shape

    @property
    def pads(self) -> list[int]:
        """Paddings in ONNX's order: all begins, then all ends."""
        return [*self.begin, *self.end]

    @property
    def span(self) -> Shape:
        """Pixels from the first tap to the last, both included."""
        return tuple((k - 1) * d + 1 for k, d in zip(self.kernel, self.dilation, strict=True))

    @property
    def padded(self) -> Shape:
        """Size with the padding, px."""
        return tuple(sum(parts) for parts in zip(self.size, self.begin, self.end, strict=True))

    def output(self, ceil_mode: bool = False) -> Shape:
        """Units per axis. With `ceil_mode` a last window may pass the end, if it starts before the end padding."""
        counts = []
        for size, begin, padded, span, stride in zip(
            self.size, self.begin, self.padded, self.span, self.stride, strict=True
        ):
            count = (padded - span) // stride + 1
            passes_end = (padded - span) % stride != 0
            if ceil_mode and passes_end and count * stride < size + begin:
                count += 1
            counts.append(count)
        return tuple(counts)


def window(site: Site, kernel: Shape, stride: Shape, padding: Padding, dilation: Shape = ONE) -> Window:
    """The window of a layer over its input, with every scalar spread over the axes and SAME worked out.

    Raises:
        BadSpec: a field has the wrong number of entries, or the window is larger than the padded input.
    """
    size = site.spatial()
    kernel = site.per_axis("kernel", kernel, len(size))
    stride = site.per_axis("stride", stride, len(size))
    dilation = site.per_axis("dilation", dilation, len(size))
    if padding == "same":
        pairs = tuple(_same(*axis) for axis in zip(size, kernel, stride, dilation, strict=True))
    else:
        pairs = site.per_axis("padding", padding, len(size))
    found = Window(size, kernel, stride, dilation, tuple(b for b, _ in pairs), tuple(e for _, e in pairs))
    _check_fits(site, found)
    return found


def _same(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    span = (kernel - 1) * dilation + 1
    total = max((-(-size // stride) - 1) * stride + span - size, 0)
    return total // 2, total - total // 2


def _check_fits(site: Site, found: Window) -> None:
    for axis, (span, padded) in enumerate(zip(found.span, found.padded, strict=True)):
        if span > padded:
            dilated = f" with dilation {found.dilation[axis]}" if found.dilation[axis] > 1 else ""
            raise site.refuse(
                f"kernel {found.kernel[axis]}{dilated} spans {span} px, but the padded input has {padded} along "
                f"{site.axis_name(axis)} ({found.size[axis]} + padding {found.begin[axis]}, {found.end[axis]}); "
                "use a smaller kernel, more padding or a larger image"
            )
