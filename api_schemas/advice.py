"""What the theoretical fields say of a network's design, after Richter et al.

"Should You Go Deeper?" (2021, arXiv 2106.12307) and "(Input) Size Matters for Convolutional Neural Network Classifiers"
(2021): a layer whose input already sees more than the image has nothing new to put together, and training finds no use
for it.
"""

from typing import Literal

from pydantic import Field

from api_schemas.base import Open

Number = int | float


class LayerAdvice(Open):
    """How one layer widens the field. Lists follow the axes, in px."""

    tensor: str
    op: str
    jump: list[Number] = Field(description="From one unit of what it reads to the next.")
    growth: list[int] = Field(description="Its size less the largest size that it reads.")
    incoming: list[int] = Field(description="Size of what it reads, along the path with the smallest field.")
    incoming_largest: list[int] = Field(description="Largest size that it reads, by all paths together.")


class Resolutions(Open):
    """The input sizes that a network suits, px per axis."""

    least: list[int] = Field(description="Smallest at which no layer is unproductive.")
    expanded: list[int] = Field(description="Smallest that the shortest paths' fields do not pass anywhere.")
    most: list[int] = Field(description="Largest that some unit sees all of: the largest theoretical field.")


class Checkerboard(Open):
    """A tensor whose units see different sizes: after upsampling, neighbours differ in what they know."""

    tensor: str
    sizes: list[list[int]] = Field(description="The sizes that occur, ascending, px, per axis.")


class Advice(Open):
    """Design advice for one image input.

    Layers are convolutions and whatever reads a neighbourhood; a layer that reads a whole map at once (global pooling,
    a dense layer), and all behind it, extract no features and do not count. Paths through which the whole image enters
    (gates) are left aside. `jump` and sizes are exact; the smallest path is a sum over its layers.
    """

    image: list[int] = Field(description="Input size that was analysed, px per axis.")
    layers: list[LayerAdvice] = Field(description="In the order of computation.")
    border: str | None = Field(None, description="First unproductive layer (Richter's border layer); null: none.")
    unproductive: list[str] = Field(description="Layers whose incoming field exceeds the image, by every path.")
    partly_unproductive: list[str] = Field(description="Layers where it does so along some axes only.")
    doubtful: list[str] = Field(description="Layers where it does so by the largest path but not by the smallest.")
    resolutions: Resolutions | None = Field(None, description="Null when there is no layer.")
    fit: Literal["small", "suits", "large"] = Field(
        description="`small`: the image is below `least` on some axis; `large`: above `most` on some axis."
    )
    global_context: list[str] = Field(
        description="Nodes through which the whole image enters besides; the figures here are about local paths."
    )
    checkerboard: list[Checkerboard]


class AdviceByInput(Open):
    """The same keys per input, for a network with several image inputs."""

    by_input: dict[str, Advice]
