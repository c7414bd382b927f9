"""From a map of an effective receptive field to sizes, radii and fits; numpy only."""

from rfengine.metrics.measurement import measure
from rfengine.metrics.profile import Curve, Profiles, profiles

__all__ = ["Curve", "Profiles", "measure", "profiles"]
