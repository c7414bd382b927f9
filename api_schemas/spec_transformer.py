"""The layers of a spec that transformer blocks are made of. They work on maps, channels first, as all others do."""

from typing import Literal, Self

from pydantic import Field, model_validator

from api_schemas.spec_fields import Extras, Size, Sizes, fault
from api_schemas.spec_layers import Layer


class LayerNorm(Layer):
    """Layer norm over the channels of each position, with scale 1 and bias 0 (Ba et al. 2016, equation 4)."""

    type: Literal["layer_norm"] = "layer_norm"
    epsilon: float = Field(1e-5, gt=0, le=1)


class Attention(Layer):
    """Self-attention over the positions of the map (Vaswani et al. 2017, section 3.2), without position biases.

    With `window` a position attends to its own window only; `shift` moves the borders between windows, and the windows
    that the map's edge cuts are smaller (Liu et al. 2021, section 3.2).
    """

    type: Literal["attention"] = "attention"
    channels: Size | None = Field(None, description="Of queries, keys, values and the output; default: its input's.")
    heads: Size = Field(1, description="Parts of the channels that attend each by itself.")
    window: Sizes | None = Field(None, description="Size per axis, px, of windows without overlap; default: the map.")
    shift: Extras = Field(
        (0,), description="How far the borders between windows move, px per axis; Swin: half a window."
    )
    qkv_bias: bool = Field(True, description="Whether queries, keys and values have a bias; the output has one.")

    @model_validator(mode="after")
    def _windows_are_shifted(self) -> Self:
        if any(self.shift) and self.window is None:
            raise fault(f"shift {list(self.shift)} moves windows; give a window, or leave shift out")
        return self
