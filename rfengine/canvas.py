"""What the size of the image does to an effective field: where the map is cut, and which figures hang on it."""

from collections.abc import Iterator

from api_schemas.erf import ConstantForwardOptions
from api_schemas.report import ErfEntry
from rfengine.estimators.erf import ErfMap
from rfengine.estimators.registry import Options


def canvas_warnings(erf: ErfMap, entry: ErfEntry, options: Options) -> Iterator[str]:
    """What to know of the canvas before trusting the figures of one map."""
    yield from _cut_by_the_image(erf, options)
    yield from _bound_to_the_canvas(erf, entry, options)


def _larger_image(options: Options) -> str:
    """The option by which the estimator gets a larger image: its own canvas goes before the analysis' shape."""
    has_canvas = isinstance(options, ConstantForwardOptions) and options.canvas is not None
    return f"set {'constant_forward.canvas' if has_canvas else 'input_shape'} to a larger image"


def _cut_by_the_image(erf: ErfMap, options: Options) -> Iterator[str]:
    """A field that reaches past the image is measured on what is left of it."""
    cut = [
        f"{first} ... {last}"
        for (first, last), n in zip(erf.unit.hull, erf.unit.canvas, strict=True)
        if first < 0 or last >= n
    ]
    if cut:
        yield (
            f"the theoretical field of unit {list(erf.unit.index)} covers pixels {' x '.join(cut)} of an image of "
            f"{' x '.join(map(str, erf.unit.canvas))}: the effective field is cut at the image's border; "
            f"{_larger_image(options)} to see it whole"
        )


def _bound_to_the_canvas(erf: ErfMap, entry: ErfEntry, options: Options) -> Iterator[str]:
    """A radius that ends at the image's border, or statistics of the whole image: another size gives another figure."""
    size = " x ".join(map(str, erf.unit.canvas))
    where = f"unit {list(erf.unit.index)}"
    if erf.policy.get("norm") == "training":
        yield (
            f"{where}: with norms in training mode the figures depend on the image of {size}, whose statistics they "
            "divide by; set norm to 'evaluation' for figures that do not"
        )
    top, most = erf.values.max(), max(_at_open_ends(erf), default=0.0)
    touching = [str(float(level)) for level in options.levels if most >= level * top]
    if touching:
        radii = ", ".join(f"{entry.metrics.radius_px.axis.get(level)} px at {level}" for level in touching)
        yield (
            f"{where}: the radius reaches the border of the image of {size} ({radii}) and is at least that; "
            f"{_larger_image(options)} to see where it ends"
        )


def _at_open_ends(erf: ErfMap) -> Iterator[float]:
    """The values through the centre at those ends of the image that the map would pass on a larger one.

    Where the theoretical field ends on the image, so does the map; one that may leave its field may pass any end.
    """
    unit = erf.unit
    axis = [min(int(c), n - 1) for c, n in zip(unit.centre, unit.canvas, strict=True)]
    for i, ((first, last), n) in enumerate(zip(unit.hull, unit.canvas, strict=True)):
        for end, is_open in ((0, first < 0), (n - 1, last >= n)):
            if is_open or not erf.support_checked:
                yield float(erf.values[(*axis[:i], end, *axis[i + 1 :])])
