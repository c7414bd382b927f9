"""The small networks that tutorials compute by hand; feature maps only, as the tutorials have them."""

from typing import Any

from api_schemas.zoo.draft import INPUT, Draft
from api_schemas.zoo.registry import Entry, Shape, register

BLOG = "Receptive Fields, 2024 (seed 001)"
README = "README of the package receptivefield"


def _a_b_c(_shape: Shape) -> dict[str, Any]:
    draft = Draft()
    draft.conv("C", draft.conv("B", draft.conv("A", INPUT, 1, 3), 1, 3), 1, 3)
    return {"layers": draft.layers}


register(
    Entry(
        name="a_b_c",
        title="Three convolutions 3x3 with padding 1",
        source=f"{BLOG}, first example",
        input=(1, 1, 8, 8),
        endpoints=("A", "B", "C"),
    ),
    _a_b_c,
)


def _two_convs(_shape: Shape) -> dict[str, Any]:
    draft = Draft()
    draft.conv("conv2", draft.conv("conv1", INPUT, 64, 7, 2, 0), 128, 3, 2, 0)
    return {"layers": draft.layers}


register(
    Entry(
        name="two_convs",
        title="7x7 and 3x3, both with stride 2: 11 px",
        source=f"{BLOG}, code example",
        input=(1, 3, 64, 64),
        endpoints=("conv1", "conv2"),
    ),
    _two_convs,
)


def _simple_cnn(_shape: Shape) -> dict[str, Any]:
    draft = Draft()
    value = draft.unit("relu1", INPUT, 8, 3, 1, 1)
    draft.unit("relu2", draft.add("max_pool", "pool", value, kernel=2), 16, 3, 1, 1)
    return {"layers": draft.layers}


register(
    Entry(
        name="simple_cnn",
        title="SimpleCNN: two convolutions around a pooling",
        source=f"{BLOG}, code example",
        input=(1, 1, 64, 64),
        endpoints=("relu1", "pool", "relu2"),
    ),
    _simple_cnn,
)


def _two_padded_convs(_shape: Shape) -> dict[str, Any]:
    draft = Draft()
    draft.conv("conv2", draft.conv("conv1", INPUT, 1, 3, 2, 1), 1, 3, 2, 1)
    return {"layers": draft.layers}


register(
    Entry(
        name="two_padded_convs",
        title="3x3 with stride 2 and padding 1, twice, on 5 px",
        source="Lecture on receptive fields (seed 004)",
        input=(1, 1, 5, 5),
        endpoints=("conv1", "conv2"),
    ),
    _two_padded_convs,
)


def _feature_grid(_shape: Shape) -> dict[str, Any]:
    draft, value = Draft(), INPUT
    for stage, (maps, kernels) in enumerate(((32, (5, 3)), (64, (3, 3)), (128, (3, 3))), start=1):
        if stage > 1:
            value = draft.add("avg_pool", f"pool{stage - 1}", value, kernel=2)
        for number, kernel in enumerate(kernels, start=1):
            last = (stage, number) == (3, 2)
            value = draft.conv("feature_grid" if last else f"conv{stage}_{number}", value, maps, kernel, 1, 0)
    return {"layers": draft.layers}


register(
    Entry(
        name="feature_grid",
        title="Six convolutions and two poolings without padding, 96x96 to 16x16",
        source=f"{README}, Keras example (seed 002)",
        input=(1, 3, 96, 96),
        endpoints=("pool1", "pool2", "feature_grid"),
    ),
    _feature_grid,
)


def _minimal_grid(_shape: Shape) -> dict[str, Any]:
    draft = Draft()
    value = draft.conv("conv2", draft.conv("conv1", INPUT, 32, 7, 1, 0), 32, 5, 1, 0)
    draft.conv("feature_grid", draft.add("avg_pool", "pool", value, kernel=2), 64, 5, 1, 0)
    return {"layers": draft.layers}


register(
    Entry(
        name="minimal_grid",
        title="Three convolutions and a pooling without padding, 64x64 to 23x23",
        source=f"{README}, minimal Keras example",
        input=(1, 3, 64, 64),
        endpoints=("pool", "feature_grid"),
    ),
    _minimal_grid,
)


def _simple_vgg(_shape: Shape) -> dict[str, Any]:
    draft, value = Draft(), INPUT
    for stage, (end, maps) in enumerate((("stem", 64), ("grid0", 128), ("grid1", 256))):
        if stage:
            value = draft.add("avg_pool", f"pool{stage}", value, kernel=2)
        value = draft.unit(end, draft.unit(f"{end}/1", value, maps, 3, 1, 0), maps, 3, 1, 0)
    return {"layers": draft.layers, "outputs": ["grid0", "grid1"]}


register(
    Entry(
        name="simple_vgg",
        title="SimpleVGG: two feature maps of one network without padding, 96x96 to 42x42 and 17x17",
        source=f"{README}, minimal torch example",
        input=(1, 3, 96, 96),
        endpoints=("grid0", "grid1"),
    ),
    _simple_vgg,
)
