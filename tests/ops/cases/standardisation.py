from tests.ops.case import Case, Weight, asking, at, giving
from tests.ops.oracles import reference_output

X = (2, 4, 3, 5)
PAIR = [Weight((4,))] * 2

CASES: list[Case] = [
    *at((8, 22), "InstanceNormalization", X, *PAIR),
    *at((22,), "InstanceNormalization", (1, 4, 6), *PAIR, epsilon=0.3),
    *at((22,), "InstanceNormalization", (1, 4, 2, 3, 2), *PAIR),
    # Scale and bias computed from data, as in adaptive instance normalisation.
    *at((22,), "InstanceNormalization", (1, 4, 3, 2), (4,), (4,)),
    *at((21,), "GroupNormalization", X, *PAIR, num_groups=2),
    *at((21,), "GroupNormalization", (1, 4, 6), *PAIR, num_groups=4, epsilon=0.3),
    *at((21,), "GroupNormalization", (1, 4, 3, 2), (4,), (4,), num_groups=1),
    *at((17,), "LayerNormalization", X, Weight((5,)), Weight((5,))),
    *at((17,), "LayerNormalization", X, Weight((5,)), epsilon=0.3, axis=3),
    *at((17,), "LayerNormalization", X, Weight((3, 5)), Weight((3, 5)), axis=-2),
    *at((17,), "LayerNormalization", X, Weight((4, 3, 5)), Weight((4, 3, 5)), axis=1),
    *at((17,), "LayerNormalization", (3, 5), Weight((3, 5)), axis=0),
    *at((17,), "LayerNormalization", (1, 3, 5), (5,), (5,), outputs=3),
    *giving(1, at((17,), "LayerNormalization", X, Weight((5,)), outputs=3)),
    *giving(2, at((17,), "LayerNormalization", X, Weight((3, 5)), outputs=3, axis=2)),
    *at((23,), "RMSNormalization", X, Weight((5,))),
    *at((23,), "RMSNormalization", X, Weight((3, 5)), axis=-2, epsilon=0.3),
    *at((23,), "RMSNormalization", X, Weight((4, 3, 5)), axis=1),
    *at((23,), "RMSNormalization", (1, 3, 5), (5,)),
    *at((8, 22), "LpNormalization", X),
    *at((8, 22), "LpNormalization", X, p=1, axis=1),
    *at((22,), "LpNormalization", X, axis=2),
    *at((9, 13), "MeanVarianceNormalization", X),
    *at((9, 13), "MeanVarianceNormalization", X, axes=[2, 3]),
    *asking(reference_output, at((13,), "MeanVarianceNormalization", X, axes=[1, -1])),
]
