"""What `layers` of a spec may hold: any layer, or a block of them to repeat; and the errors of what is neither."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from api_schemas.base import Frozen
from api_schemas.spec_fields import Name, Size, fault, nearest
from api_schemas.spec_layers import (
    Activation,
    Add,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    DepthToSpace,
    DepthwiseConv,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Layer,
    Linear,
    MaxPool,
    Mul,
    Pad,
    Resize,
    Scale,
    Slice,
    Softmax,
    SpaceToDepth,
    SqueezeExcite,
    TransposedConv,
)
from api_schemas.spec_transformer import Attention, LayerNorm


class Repeat(Frozen):
    """Layers several times over, each time reading the time before. Names get the suffix `_1`, `_2`, ...

    Inside, names mean this round's layers first, and `$in` is what came into this round. Outside, `conv_3` is the
    third round's `conv`, and the block's own name is its last layer.
    """

    type: Literal["repeat"] = "repeat"
    name: Name | None = None
    times: Size
    layers: tuple["AnyItem", ...] = Field(min_length=1)


AnyLayer = (
    Conv
    | DepthwiseConv
    | TransposedConv
    | MaxPool
    | AvgPool
    | GlobalAvgPool
    | BatchNorm
    | LayerNorm
    | Activation
    | Add
    | Mul
    | Scale
    | Concat
    | Resize
    | Pad
    | Slice
    | SpaceToDepth
    | DepthToSpace
    | Dropout
    | SqueezeExcite
    | Attention
    | Flatten
    | Linear
    | Softmax
)


def _type_names(hint: Any) -> Iterator[str]:
    for arg in get_args(hint):
        yield from [arg] if isinstance(arg, str) else _type_names(arg)


LAYER_CLASSES: tuple[type[Layer], ...] = get_args(AnyLayer)
_ITEM_CLASSES: tuple[type[Layer | Repeat], ...] = (*LAYER_CLASSES, Repeat)
ITEM_TYPES: dict[str, type[Layer | Repeat]] = {
    name: cls for cls in _ITEM_CLASSES for name in _type_names(cls.model_fields["type"].annotation)
}


def label(item: dict[str, Any]) -> str:
    """How messages call a layer that is not yet validated: `conv 'c2'`, or `conv` when it has no name."""
    kind, name = (value if isinstance(value, str) else "" for value in (item.get("type"), item.get("name")))
    return f"{kind or 'layer'} {name[:80]!r}" if name else kind[:80] or "layer"


def parameters(kind: str) -> list[str]:
    """The keys that a layer of this type may have."""
    return [field.alias or name for name, field in ITEM_TYPES[kind].model_fields.items()]


def _checked(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """One item of `layers`, with one short error instead of pydantic's one per member of the union."""
    if not isinstance(value, dict):
        if isinstance(value, Layer | Repeat):
            return handler(value)
        raise fault(f"expected a mapping with a `type`, got {value!r:.60}")
    kind = value.get("type")
    if not isinstance(kind, str):
        raise fault(f"{label(value)}: needs a `type`, one of: {', '.join(sorted(ITEM_TYPES))}")
    if kind not in ITEM_TYPES:
        raise fault(f"{label(value)}: unknown layer type {kind!r:.60}; {nearest(kind, ITEM_TYPES)}")
    for key in value:
        if key not in parameters(kind) and key != "from_":
            raise fault(f"{label(value)}: no parameter {key!r:.60}; {nearest(str(key), parameters(kind))}", (key,))
    try:
        return handler(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise _within(label(value), first["loc"][1:], first) from None


def _within(place: str, loc: tuple[str | int, ...], first: Any) -> Exception:
    """A field's error as an error of its layer: which field, what is wrong, what was given."""
    where = ".".join(str(part) for part in loc)
    if first["type"] == "spec":
        return fault(": ".join(filter(None, (place, where, first["msg"]))), (*loc, *first["ctx"]["path"]))
    given = "" if first["type"] == "missing" else f", got {first['input']!r:.60}"
    return fault(f"{place}: {where}: {first['msg']}{given}", loc)


AnyItem = Annotated[Annotated[AnyLayer | Repeat, Field(discriminator="type")], WrapValidator(_checked)]
Repeat.model_rebuild()
