from dataclasses import replace

from rfengine.ops.ml import DOMAIN
from tests.ops.case import Case, Drawn, at, float32, int64

X = (3, 4, 6)

CASES: list[Case] = [
    replace(case, domain=DOMAIN)
    for case in (
        *at((1,), "ArrayFeatureExtractor", X, int64(4, 1, 1)),
        *at((1,), "ArrayFeatureExtractor", X, int64(0, 2, 4)),
        *at((1,), "ArrayFeatureExtractor", (6,), int64(3, 5)),
        *at((1,), "Binarizer", X, threshold=0.25),
        *at((1,), "Binarizer", Drawn((2, 3), float32(-1, 0, 1))),
    )
]
