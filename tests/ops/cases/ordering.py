from tests.ops.case import Case, Drawn, asking, at, float32, giving, int64
from tests.ops.oracles import reference_output

X = (2, 3, 7, 4)
TIES = Drawn((1, 3, 9), float32(-1, 0, 2))

TOP = [
    *at((9,), "TopK", X, k=3, axis=2, outputs=2),
    *at((9,), "TopK", X, k=2, outputs=2),
    *at((10, 11, 24), "TopK", X, int64(3), axis=2, outputs=2),
    *at((11, 24), "TopK", TIES, int64(6), outputs=2),
    *at((11,), "TopK", TIES, int64(6), largest=0, outputs=2),
    *at((11,), "TopK", X, Drawn((1,), int64(2, 3)), outputs=2),
    *at((11,), "TopK", X, int64(4), axis=-1, largest=0, outputs=2),
]

CASES: list[Case] = [
    *TOP,
    *giving(1, TOP),
    *at((10,), "ReverseSequence", X, int64(2, 1, 2), time_axis=0, batch_axis=1),
    *at((10,), "ReverseSequence", (3, 5, 2), int64(5, 1, 3), time_axis=1, batch_axis=0),
    *at((10,), "ReverseSequence", (5, 3, 2), int64(4, 4, 4)),
    *at((10,), "ReverseSequence", (5, 3, 2), Drawn((3,), int64(1, 3, 5))),
    *asking(reference_output, at((28,), "ReverseSequence", (5, 3, 2), int64(5, 5, 5))),
]
