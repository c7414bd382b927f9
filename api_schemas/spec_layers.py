"""The layers of a spec: one frozen model per kind, told apart by `type`.

A new kind is a class here (those of transformer blocks are in `spec_transformer`), its place in `spec_items.AnyLayer`,
and one lowering in `rfengine.spec_import.layers`.
"""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from api_schemas.base import Frozen
from api_schemas.spec_fields import (
    NO_PADDING,
    Extras,
    Fill,
    Indices,
    Name,
    Padding,
    Scales,
    Size,
    Sizes,
    Sources,
    fault,
)


class Layer(Frozen):
    """What every layer has: a name, and the layers or inputs that it reads."""

    model_config = ConfigDict(serialize_by_alias=True)
    reads: ClassVar[tuple[int, int | None]] = (1, 1)  # fewest and most values it reads; None: any number

    type: str
    name: Name | None = Field(None, description="Also the name of its value in the model; default `<type><n>`.")
    from_: Sources = Field((), alias="from", description="What it reads; default: the layer before it, or the input.")


class _Convolution(Layer):
    kernel: Sizes = Field(description="Size per axis, px.")
    stride: Sizes = (1,)
    padding: Padding = NO_PADDING
    dilation: Sizes = (1,)
    bias: bool = True
    fill: Fill | None = Field(
        None,
        description="Every weight this value, whatever the spec's initialiser draws; but one that sets layers "
        "without a kernel to zero does so here too.",
    )


class Conv(_Convolution):
    """Convolution."""

    type: Literal["conv"] = "conv"
    channels: Size
    groups: Size = 1


class DepthwiseConv(_Convolution):
    """Convolution of every channel by itself, into `multiplier` channels."""

    type: Literal["depthwise_conv"] = "depthwise_conv"
    multiplier: Size = 1


class TransposedConv(_Convolution):
    """Transposed convolution; padding takes rows away from the output, `same` gives input times stride."""

    type: Literal["transposed_conv"] = "transposed_conv"
    channels: Size
    groups: Size = 1
    output_padding: Extras = (0,)


class _Pool(Layer):
    kernel: Sizes = Field(description="Size per axis, px.")
    stride: Sizes | None = Field(None, description="Default: the kernel.")
    padding: Padding = NO_PADDING
    ceil_mode: bool = Field(False, description="Keep a last window that passes the end of the map.")


class MaxPool(_Pool):
    """Largest value in a window."""

    type: Literal["max_pool"] = "max_pool"
    dilation: Sizes = (1,)


class AvgPool(_Pool):
    """Mean value in a window."""

    type: Literal["avg_pool"] = "avg_pool"
    count_include_pad: bool = Field(False, description="Whether padding counts in the mean, as torch has it.")


class GlobalAvgPool(Layer):
    """Mean over the whole map; the spatial axes stay, with size 1."""

    type: Literal["global_avg_pool"] = "global_avg_pool"


class BatchNorm(Layer):
    """Batch norm as in inference, with scale 1, bias 0, mean 0, variance 1."""

    type: Literal["batch_norm"] = "batch_norm"
    epsilon: float = Field(1e-5, gt=0, le=1)


Function = Literal[
    "elu",
    "gelu",
    "hard_sigmoid",
    "hard_swish",
    "identity",
    "leaky_relu",
    "mish",
    "relu",
    "relu6",
    "sigmoid",
    "silu",
    "softplus",
    "tanh",
]


def _a_short_type_is_enough(schema: dict[str, Any]) -> None:
    schema.pop("required", None)  # `function`, which a short type says as well


class Activation(Layer):
    """A function of each value by itself. `{"type": "relu"}` is short for type activation, function relu."""

    model_config = ConfigDict(json_schema_extra=_a_short_type_is_enough)

    type: Literal["activation"] | Function = "activation"
    function: Function
    alpha: float | None = Field(None, ge=0, le=100, description="Slope of leaky_relu (0.01), scale of elu (1).")

    @model_validator(mode="before")
    @classmethod
    def _a_short_type_is_the_function(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("type", "activation") != "activation":
            return {"function": data["type"], **data}
        return data

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.type not in ("activation", self.function):
            raise fault(f"type {self.type} with function {self.function}; give one of them")
        if self.alpha is not None and self.function not in ("leaky_relu", "elu"):
            raise fault(f"alpha={self.alpha}: {self.function} takes no alpha; only leaky_relu and elu do")
        return self


class Add(Layer):
    """Sum of values of one shape."""

    type: Literal["add"] = "add"
    reads: ClassVar[tuple[int, int | None]] = (2, None)


class Mul(Layer):
    """Product of values; a size of 1 stretches to the others', as a gate's does."""

    type: Literal["mul"] = "mul"
    reads: ClassVar[tuple[int, int | None]] = (2, None)


class Scale(Layer):
    """Each value times a fixed number."""

    type: Literal["scale"] = "scale"
    factor: Fill


class Concat(Layer):
    """Values one after the other along an axis; axis 1 is the channels."""

    type: Literal["concat"] = "concat"
    reads: ClassVar[tuple[int, int | None]] = (2, None)
    axis: int = Field(1, ge=1, le=4)


class Resize(Layer):
    """Interpolation to `scale` times the size, or to `size`."""

    type: Literal["resize", "upsample"] = "resize"
    scale: Scales | None = Field(None, description="Factor per axis; the size is rounded down.")
    size: Sizes | None = Field(None, description="Output size per axis, px.")
    mode: Literal["nearest", "linear"] = "nearest"
    align_corners: bool = Field(False, description="Whether the corner pixels' centres coincide; linear only.")

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if (self.scale is None) == (self.size is None):
            raise fault("give exactly one of scale and size")
        if self.align_corners and self.mode != "linear":
            raise fault("align_corners=true needs mode linear")
        return self


class Pad(Layer):
    """Rows and columns added around the map."""

    type: Literal["pad"] = "pad"
    padding: Padding
    mode: Literal["constant", "reflect", "edge"] = "constant"
    value: float = Field(0.0, description="What constant padding holds.")

    @model_validator(mode="after")
    def _is_explicit(self) -> Self:
        if self.padding == "same":
            raise fault("padding 'same' belongs to a layer with a kernel; give numbers")
        return self


class Slice(Layer):
    """Part of the map: `start:stop:step` per axis, indices as in Python."""

    type: Literal["slice"] = "slice"
    start: Indices = (0,)
    stop: Indices = (None,)
    step: Sizes = (1,)
    axes: tuple[Annotated[int, Field(ge=1, le=4)], ...] = Field(
        (), max_length=4, description="Tensor axes, channels being 1; default: all spatial axes."
    )


class SpaceToDepth(Layer):
    """Blocks of block x block pixels become channels."""

    type: Literal["space_to_depth"] = "space_to_depth"
    block: Annotated[Size, Field(ge=2)]


class DepthToSpace(Layer):
    """Channels become blocks of block x block pixels: DCR as TensorFlow, CRD as torch's pixel shuffle orders them."""

    type: Literal["depth_to_space"] = "depth_to_space"
    block: Annotated[Size, Field(ge=2)]
    mode: Literal["DCR", "CRD"] = "DCR"


class Dropout(Layer):
    """Dropout: as in inference, where nothing is dropped, or with a seed as in training."""

    type: Literal["dropout"] = "dropout"
    rate: float = Field(0.5, ge=0, lt=1)
    seed: int | None = Field(
        None, ge=0, lt=1 << 32, description="Drop values as in training, by this seed and the layer's name."
    )


class SqueezeExcite(Layer):
    """Squeeze-and-excitation: channels gated by what their global means say (Hu et al. 2018, section 3)."""

    type: Literal["se"] = "se"
    reduction: Size = Field(16, description="Channels over squeezed channels, rounded down, at least one is left.")
    gate: Literal["sigmoid", "hard_sigmoid"] = "sigmoid"


class Flatten(Layer):
    """All axes but the batch become one."""

    type: Literal["flatten"] = "flatten"


class Linear(Layer):
    """Fully connected layer on flat values [N, features]."""

    type: Literal["linear"] = "linear"
    features: Size
    bias: bool = True


class Softmax(Layer):
    """Softmax along one axis; axis 1 is the channels."""

    type: Literal["softmax"] = "softmax"
    axis: int = Field(1, ge=1, le=4)
