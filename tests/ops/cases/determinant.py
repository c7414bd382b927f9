from tests.ops.case import Case, at

CASES: list[Case] = [
    *at((11, 22), "Det", (3, 3)),
    *at((11, 22), "Det", (2, 3, 4, 4)),
]
