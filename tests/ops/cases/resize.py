import numpy as np

from tests.ops.case import Case, asking, at, float32, int64
from tests.ops.oracles import reference_output

X = (1, 2, 4, 6)
NONE = np.zeros(0, np.float32)
UP, DOWN, MIXED = float32(1, 1, 2, 3), float32(1, 1, 0.5, 0.6), float32(1, 1, 1.7, 0.75)
SIZES = int64(1, 2, 7, 4)

# Shares of the axes: [starts, ends].
INSIDE = float32(0, 0, 0.25, 0.125, 1, 1, 0.8125, 0.75)
BEYOND = float32(0, 0, -0.25, 0.125, 1, 1, 0.8125, 1.5)

COORDINATES = ("asymmetric", "half_pixel", "pytorch_half_pixel", "align_corners")
ROUNDINGS = ("floor", "ceil", "round_prefer_floor", "round_prefer_ceil")


def _modes(opset: int, coordinates: tuple[str, ...]) -> list[Case]:
    return [
        *(
            case
            for how in coordinates
            for scales in (UP, DOWN, MIXED)
            for mode in ("linear", "cubic")
            for case in at((opset,), "Resize", X, NONE, scales, mode=mode, coordinate_transformation_mode=how)
        ),
        *(
            case
            for how in coordinates
            for rounding in ROUNDINGS
            for case in at(
                (opset,),
                "Resize",
                X,
                NONE,
                MIXED,
                mode="nearest",
                nearest_mode=rounding,
                coordinate_transformation_mode=how,
            )
        ),
    ]


CASES: list[Case] = [
    *at((8,), "Upsample", X, mode="nearest", scales=[1.0, 1.0, 2.0, 3.0]),
    *at((8,), "Upsample", X, mode="linear", scales=[1.0, 1.0, 2.0, 3.0]),
    *at((9,), "Upsample", X, UP, mode="nearest"),
    *at((9,), "Upsample", X, UP, mode="linear"),
    *at((10,), "Resize", X, UP, mode="nearest"),
    *at((10,), "Resize", X, DOWN, mode="nearest"),
    *at((10,), "Resize", X, MIXED, mode="linear"),
    *_modes(11, COORDINATES),
    *at((11,), "Resize", X, NONE, MIXED, coordinate_transformation_mode="tf_half_pixel_for_nn"),
    *_modes(19, (*COORDINATES, "half_pixel_symmetric")),
    *at((11, 13, 18, 19), "Resize", X, NONE, UP),
    *at((11, 13), "Resize", X, NONE, NONE, SIZES, mode="linear"),
    *at((13, 18, 19), "Resize", X, None, None, SIZES, mode="cubic", cubic_coeff_a=-0.5),
    *at((13,), "Resize", X, None, None, SIZES, mode="nearest", nearest_mode="floor"),
    *at((13,), "Resize", X, None, UP, mode="cubic", exclude_outside=1),
    *at((13,), "Resize", X, None, None, SIZES, mode="linear", coordinate_transformation_mode="align_corners"),
    *at(
        (13,), "Resize", X, None, None, int64(1, 2, 1, 9), mode="linear", coordinate_transformation_mode="align_corners"
    ),
    *at(
        (13,),
        "Resize",
        X,
        None,
        None,
        int64(1, 2, 1, 9),
        mode="linear",
        coordinate_transformation_mode="pytorch_half_pixel",
    ),
    *at((18, 19), "Resize", X, None, float32(2, 1.5), axes=[2, 3], mode="linear"),
    *at((18,), "Resize", X, None, float32(1.5, 2), axes=[-1, -2], mode="linear"),
    *at((18,), "Resize", X, None, None, int64(7, 4), axes=[2, 3]),
    *at(
        (18, 19),
        "Resize",
        X,
        None,
        None,
        int64(7, 7),
        axes=[2, 3],
        keep_aspect_ratio_policy="not_larger",
        mode="linear",
    ),
    *at((18,), "Resize", X, None, None, int64(7, 7), axes=[2, 3], keep_aspect_ratio_policy="not_smaller"),
    *at((13,), "Resize", (1, 2, 7), None, float32(1, 1, 2.5), mode="linear"),
    *at((13,), "Resize", (1, 2, 3, 4, 5), None, float32(1, 1, 2, 0.5, 1.5), mode="linear"),
    *at((13,), "Resize", (1, 2, 3, 4, 5), None, float32(1, 1, 2, 0.5, 1.5), mode="nearest"),
    *at((9,), "Upsample", (1, 1, 10, 5), float32(1, 1, 1.9, 1.0), mode="linear"),
    *at((13,), "Resize", (1, 1, 10, 5), None, float32(1, 1, 1.9, 0.6), mode="linear"),
    *at((13,), "Resize", X, None, float32(1, 1, 1, 3.1415927), mode="linear"),
    *at((13,), "Resize", X, None, None, int64(1, 2, 8, 18), nearest_mode="floor"),
    *at((13,), "Resize", X, None, None, int64(1, 2, 2, 2), coordinate_transformation_mode="asymmetric"),
    *at((13,), "Resize", X, None, UP, mode="cubic", coordinate_transformation_mode="align_corners"),
    # onnxruntime has no cubic interpolation along a single axis.
    *asking(reference_output, at((13,), "Resize", (1, 2, 7), None, float32(1, 1, 2.5), mode="cubic")),
    *at((13,), "Resize", (1, 2, 3, 4, 5), None, float32(1, 1, 2, 1, 3), mode="linear"),
    *at((13,), "Resize", X, None, float32(2, 1, 2, 3), mode="nearest"),
    *(
        case
        for mode in ("linear", "cubic")
        for scales in (float32(1, 1, 0.6, 0.3), float32(1, 1, 1.5, 0.5))
        for outside in (0, 1)
        for how in ("half_pixel", "asymmetric", "pytorch_half_pixel")
        for case in at(
            (18, 19),
            "Resize",
            X,
            None,
            scales,
            mode=mode,
            antialias=1,
            exclude_outside=outside,
            coordinate_transformation_mode=how,
        )
    ),
    *at((18,), "Resize", X, None, None, int64(3, 2), axes=[2, 3], mode="cubic", antialias=1, cubic_coeff_a=-0.5),
    *(
        case
        for mode in ("nearest", "linear", "cubic")
        for region in (INSIDE, BEYOND)
        for case in at(
            (11, 13, 19),
            "Resize",
            X,
            region,
            NONE,
            SIZES,
            mode=mode,
            coordinate_transformation_mode="tf_crop_and_resize",
            extrapolation_value=10.0,
        )
    ),
    *at(
        (18, 19),
        "Resize",
        X,
        float32(0.25, 0.75, 1.0, 0.0),
        None,
        int64(3, 1),
        axes=[-1, 2],
        mode="linear",
        coordinate_transformation_mode="tf_crop_and_resize",
    ),
    *at(
        (13,),
        "Resize",
        X,
        INSIDE,
        float32(1, 1, 0.8, 2),
        mode="linear",
        coordinate_transformation_mode="tf_crop_and_resize",
    ),
]
