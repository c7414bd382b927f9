"""Operator families: what a node does to space, as one colour in every picture."""

from rfengine.plots import palette

FAMILIES = {
    "convolution": (palette.BLUE, ("Conv", "ConvTranspose", "ConvInteger", "QLinearConv", "DeformConv")),
    "matrix product": (palette.ORANGE, ("MatMul", "Gemm", "Einsum", "MatMulInteger", "QLinearMatMul", "Attention")),
    "pooling": (
        palette.VERMILION,
        ("MaxPool", "AveragePool", "LpPool", "GlobalMaxPool", "GlobalAveragePool", "GlobalLpPool"),
    ),
    "join": (palette.GREEN, ("Add", "Sum", "Mul", "Sub", "Div", "Max", "Min", "Mean", "Concat", "Where")),
    "resampling": (palette.PURPLE, ("Resize", "Upsample", "DepthToSpace", "SpaceToDepth", "GridSample")),
}
REST = ("other", "#9a9a9a")
FAMILY_OF = {op: name for name, (_, ops) in FAMILIES.items() for op in ops}


def family(op: str) -> str:
    """The family of an operator, by its name in ONNX."""
    return FAMILY_OF.get(op, REST[0])


def colour(name: str) -> str:
    """The colour of a family."""
    return FAMILIES[name][0] if name in FAMILIES else REST[1]
