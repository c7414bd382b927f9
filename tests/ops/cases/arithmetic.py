from tests.ops.case import Case, Weight, at

X = (1, 2, 4, 5)

BINARY = {"Add": (7, 13, 14), "Sub": (7, 13, 14), "Mul": (7, 13, 14), "Div": (7, 13, 14)}

CASES: list[Case] = [
    *(case for op, opsets in BINARY.items() for case in at(opsets, op, X, X)),
    *(
        case
        for op in BINARY
        for other in ((5,), (4, 1), (2, 1, 1), (1, 2, 1, 5), (3, 1, 1, 1), ())
        for case in (*at((14,), op, X, other), *at((14,), op, other, X))
    ),
    *(case for op in BINARY for case in at((13,), op, X, Weight((2, 1, 1)))),
    *(case for op in BINARY for case in at((13,), op, Weight((2, 1, 1)), X)),
    *at((7, 8, 13), "Sum", X, X, X),
    *at((7, 8), "Sum", X),
    *at((8, 13), "Sum", X, (2, 1, 1), Weight((5,))),
]
