from tests.ops.case import Case, Weight, asking, at
from tests.ops.oracles import reference_output

X = (2, 3, 4, 5)


def _of(equation: str, *inputs: tuple[int, ...] | Weight) -> list[Case]:
    return at((12,), "Einsum", *inputs, equation=equation)


CASES: list[Case] = [
    *_of("bchw->bhwc", X),
    *_of("bchw", X),
    *_of("hcbw", X),
    *_of("bchw->bc", X),
    *_of("...w->...", X),
    *_of("bchw->", X),
    *_of("... c h w -> ... h w", X),
    # Attention: queries by keys, weights by values, a relative position term.
    *_of("bhid,bhjd->bhij", (1, 2, 4, 3), (1, 2, 5, 3)),
    *_of("bhij,bhjd->bhid", (1, 2, 4, 5), (1, 2, 5, 3)),
    *_of("bhwc,hkc->bhwk", (1, 4, 5, 3), Weight((4, 6, 3))),
    *_of("nctw,cd->ndtw", X, Weight((3, 4))),
    *_of("abc,cd,de->abe", (2, 3, 4), Weight((4, 2)), Weight((2, 3))),
    *_of("...ij,...jk->...ik", (2, 1, 4, 5), (1, 3, 5, 2)),
    *_of("...ij,...jk", (2, 3, 4, 5), (2, 3, 5, 2)),
    *_of("ijk,ijk->ijk", (2, 3, 4), (2, 3, 4)),
    *_of("bii->bi", (2, 3, 3)),
    *_of("bii->b", (2, 3, 3)),
    # onnxruntime refuses capitals, and does not know opset 28.
    *asking(reference_output, _of("aBc,cA", (2, 3, 4), (4, 2))),
    *asking(reference_output, at((28,), "Einsum", X, (2, 3, 5), equation="bchw,bcw->bchw")),
]
