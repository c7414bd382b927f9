"""All figures of one effective-receptive-field map."""

from numpy.typing import ArrayLike

from api_schemas.report import Metrics, RadiusPx
from rfengine.errors import NotEstimable
from rfengine.metrics.area_ratio import area_ratio
from rfengine.metrics.energy import energy_radii, energy_sides
from rfengine.metrics.gaussian import gaussian_fit
from rfengine.metrics.luo import luo_pixels, luo_size
from rfengine.metrics.moments import anisotropy, mass, offset, share_of_trf
from rfengine.metrics.plane import Plane
from rfengine.metrics.radius import axis_radius, radial_radius
from rfengine.metrics.shape import best_shape, shape_fits


def measure(erf: ArrayLike, *, centre: tuple[float, ...], trf: tuple[int, ...], levels: tuple[float, ...]) -> Metrics:
    """Measure a map about the unit's own centre.

    `erf`: raw, unclipped, non-negative values over the image plane, 1 to 3 axes, h before w. `centre`: of the unit, px,
    edge convention. `trf`: theoretical size per axis, px. `levels`: fractions of the maximum to read the radius at; a
    level that no pixel on the axes reaches (a map with a hole) is absent from `radius_px.axis`.

    Raises NotEstimable where the map is zero or not finite, ValueError where it is no map.
    """
    plane = Plane.of(erf, centre)
    if len(trf) != len(centre):
        raise ValueError(f"theoretical size {trf} and centre {centre} have different numbers of axes")
    total = mass(plane)
    if total == float("inf"):
        raise NotEstimable("the sum of the map overflows float64; divide the map by its maximum before measuring it")
    pixels = luo_pixels(plane)
    size = luo_size(pixels, len(trf))
    shapes = shape_fits(plane)
    on_axis = {str(float(level)): axis_radius(plane, level) for level in levels}
    return Metrics(
        luo_size=size,
        luo_pixels=pixels,
        radius_px=RadiusPx(
            axis={level: radius for level, radius in on_axis.items() if radius is not None},
            radial={str(float(level)): radial_radius(plane, level) for level in levels},
        ),
        energy_side=energy_sides(plane),
        energy_radius=energy_radii(plane),
        gaussian=gaussian_fit(plane),
        best_shape=best_shape(shapes),
        shapes=shapes,
        anisotropy=anisotropy(plane),
        area_ratio=area_ratio(plane),
        share_of_trf=share_of_trf(size, trf),
        offset_px=offset(plane),
        mass=total,
    )
