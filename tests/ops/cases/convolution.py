from tests.ops.case import Case, Weight, asking, at
from tests.ops.oracles import reference_output

X = (1, 2, 9, 11)
EVEN = (1, 2, 8, 10)
SMALL = (1, 2, 4, 5)
LINE = (1, 2, 13)
CUBE = (1, 2, 5, 6, 7)
W = Weight((4, 2, 3, 3))
BIAS = Weight((4,))

CONV = [
    *at((9, 11, 22), "Conv", X, W),
    *at((9, 11, 22), "Conv", X, W, BIAS, strides=[2, 3], pads=[1, 0, 2, 1], dilations=[2, 1], kernel_shape=[3, 3]),
    *at((9, 11, 22), "Conv", X, Weight((4, 2, 2, 5)), auto_pad="SAME_UPPER", strides=[2, 2]),
    *at((9, 11, 22), "Conv", X, Weight((4, 2, 2, 5)), auto_pad="SAME_LOWER", strides=[2, 2]),
    *at((11,), "Conv", EVEN, W, auto_pad="SAME_UPPER", strides=[2, 3]),
    *at((11,), "Conv", EVEN, W, auto_pad="SAME_LOWER", strides=[2, 3]),
    # onnxruntime refuses dilation with SAME.
    *asking(
        reference_output,
        at((11, 22), "Conv", EVEN, W, auto_pad="SAME_UPPER", strides=[2, 2], dilations=[2, 3])
        + at((11,), "Conv", EVEN, W, auto_pad="SAME_LOWER", strides=[1, 2], dilations=[2, 3]),
    ),
    *at((11,), "Conv", EVEN, Weight((4, 2, 1, 1)), auto_pad="SAME_UPPER", strides=[3, 3]),
    *at((11,), "Conv", X, W, auto_pad="VALID", strides=[1, 2]),
    *at((11,), "Conv", X, W, dilations=[2, 3]),
    *at((11,), "Conv", X, W, pads=[3, 4, 5, 3]),
    *at((11,), "Conv", X, Weight((4, 1, 3, 2)), group=2, pads=[1, 1, 1, 0]),
    *at((11,), "Conv", (2, 3, 9, 11), Weight((6, 1, 3, 3)), group=3, strides=[2, 2]),
    *at((11,), "Conv", X, Weight((4, 2, 1, 1)), strides=[3, 2]),
    *at((11,), "Conv", LINE, Weight((3, 2, 5)), Weight((3,)), strides=[3], pads=[2, 1], dilations=[2]),
    *at((11,), "Conv", LINE, Weight((3, 2, 4)), auto_pad="SAME_LOWER"),
    *at((11,), "Conv", CUBE, Weight((3, 2, 1, 2, 3)), strides=[1, 2, 3], pads=[0, 1, 2, 0, 0, 1]),
    *at((22,), "Conv", CUBE, Weight((3, 2, 2, 2, 2)), auto_pad="SAME_UPPER", strides=[2, 2, 2]),
]

V = Weight((2, 3, 3, 3))

TRANSPOSED = [
    *at((9, 11, 22), "ConvTranspose", SMALL, V),
    *at((9, 11, 22), "ConvTranspose", SMALL, V, Weight((3,)), strides=[2, 3], pads=[1, 0, 2, 1]),
    *at((9, 11), "ConvTranspose", SMALL, V, strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1]),
    *at((11,), "ConvTranspose", SMALL, V, strides=[3, 2], output_padding=[2, 1]),
    *at((11,), "ConvTranspose", SMALL, V, dilations=[2, 3], kernel_shape=[3, 3]),
    *at((11,), "ConvTranspose", SMALL, V, dilations=[2, 2], strides=[2, 2], pads=[1, 2, 0, 1]),
    *at((11,), "ConvTranspose", SMALL, Weight((2, 3, 2, 2)), strides=[2, 2]),
    *at((11,), "ConvTranspose", SMALL, Weight((2, 3, 1, 2)), strides=[3, 4]),
    *at((11,), "ConvTranspose", SMALL, Weight((2, 2, 3, 2)), group=2, strides=[2, 1]),
    *at((9, 11, 22), "ConvTranspose", SMALL, V, strides=[2, 2], auto_pad="SAME_UPPER"),
    *at((11, 22), "ConvTranspose", SMALL, V, strides=[2, 2], auto_pad="SAME_LOWER"),
    *at((11,), "ConvTranspose", SMALL, Weight((2, 3, 4, 2)), strides=[1, 2], auto_pad="SAME_UPPER"),
    *at((11,), "ConvTranspose", SMALL, V, strides=[2, 2], auto_pad="VALID"),
    *at((11, 22), "ConvTranspose", SMALL, V, strides=[2, 2], output_shape=[8, 10]),
    *at((11,), "ConvTranspose", SMALL, V, strides=[2, 2], output_shape=[8, 9], auto_pad="SAME_UPPER"),
    *at((11,), "ConvTranspose", SMALL, V, strides=[3, 2], output_shape=[10, 8], output_padding=[1, 1]),
    *at((11,), "ConvTranspose", (1, 2, 5), Weight((2, 3, 4)), strides=[3], pads=[2, 1], output_padding=[1]),
    *at((11,), "ConvTranspose", (1, 2, 2, 3, 4), Weight((2, 3, 2, 1, 3)), strides=[2, 1, 2], pads=[1, 0, 0, 0, 0, 1]),
]

CASES: list[Case] = [*CONV, *TRANSPOSED]
