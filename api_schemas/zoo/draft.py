"""A network while it is written down. Every method adds layers in the spec language and returns a tensor's name."""

from dataclasses import dataclass, field
from typing import Any

Layer = dict[str, Any]
Kernel = int | tuple[int, int]
Padding = int | str

INPUT = "input"


@dataclass
class Draft:
    """Layers so far.

    `epsilon` is that of every batch norm, and None where the network has no norm; `activation` is the layer that
    follows a convolution.
    """

    epsilon: float | None = None
    activation: Layer = field(default_factory=lambda: {"type": "relu"})
    layers: list[Layer] = field(default_factory=list)

    def add(self, kind: str, name: str, *sources: str, **parameters: Any) -> str:
        """One layer of the spec."""
        self.layers.append({"type": kind, "name": name, "from": list(sources), **parameters})
        return name

    def conv(
        self,
        name: str,
        source: str,
        channels: int,
        kernel: Kernel,
        stride: int = 1,
        padding: Padding = "same",
        **parameters: Any,
    ) -> str:
        """A convolution alone, with bias unless told otherwise."""
        return self.add(
            "conv", name, source, channels=channels, kernel=kernel, stride=stride, padding=padding, **parameters
        )

    def unit(
        self,
        name: str,
        source: str,
        channels: int,
        kernel: Kernel,
        stride: int = 1,
        padding: Padding = "same",
        *,
        active: bool = True,
        **parameters: Any,
    ) -> str:
        """Convolution, the network's norm if it has one, and its activation unless `active` is false.

        The last of these has the unit's name; the others are `<name>/conv` and `<name>/norm`.
        """
        normed = self.epsilon is not None
        conv = f"{name}/conv" if normed or active else name
        self.conv(conv, source, channels, kernel, stride, padding, bias=not normed, **parameters)
        return self.finish(name, conv, active=active)

    def depthwise(self, name: str, source: str, kernel: Kernel, stride: int = 1, padding: Padding = "same") -> str:
        """A depthwise convolution with norm and activation, named as in `unit`."""
        geometry = {"kernel": kernel, "stride": stride, "padding": padding, "bias": self.epsilon is None}
        return self.finish(name, self.add("depthwise_conv", f"{name}/conv", source, **geometry), active=True)

    def finish(self, name: str, source: str, *, active: bool) -> str:
        """The norm, if the network has one, and the activation after a convolution."""
        if self.epsilon is not None:
            source = self.add("batch_norm", f"{name}/norm" if active else name, source, epsilon=self.epsilon)
        if active:
            self.layers.append({**self.activation, "name": name, "from": [source]})
            return name
        return source

    def enlarge(self, name: str, source: str, factor: int, size: tuple[int, ...], **parameters: Any) -> str:
        """Upsample to `size`, px per axis: said as a factor where that gives it, so that it holds at other sizes."""
        if all(n % factor == 0 for n in size):
            return self.add("upsample", name, source, scale=factor, **parameters)
        return self.add("resize", name, source, size=list(size), **parameters)
