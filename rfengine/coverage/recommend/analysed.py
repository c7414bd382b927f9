"""What is asked of every changed network: its graph, its fields, its heads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from api_schemas.policy import CoveragePolicy
from rfengine.coverage.heads import Head, find_heads, image_of
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.graph import Graph, Shape
from rfengine.limits import Limits
from rfengine.onnx_import import import_onnx

# A model's bytes, the shapes of its inputs and the policy, to what the check needs of it.
Analyser = Callable[[bytes, Mapping[str, Shape], CoveragePolicy], "Analysed"]


@dataclass(frozen=True, eq=False)
class Analysed:
    """A network as the check sees it; `heads` have their effective fields where the policy asks for these."""

    fields: Fields
    heads: tuple[Head, ...]

    @property
    def graph(self) -> Graph:
        """The network."""
        return self.fields.graph

    @property
    def image(self) -> str:
        """The name of its image input."""
        return image_of(self.fields)

    @property
    def canvas(self) -> tuple[int, int]:
        """Height and width of its input, px."""
        height, width = self.fields.canvas(self.image)
        return height, width

    def stride(self, tensor: str) -> float | None:
        """The stride of a feature map, px, the larger of its axes'; None for what is no map of the image."""
        tracks = self.fields.spatial(tensor).get(self.image)
        return None if tracks is None else max(float(abs(track.map.slope)) for track in tracks)

    def is_map(self, tensor: str) -> bool:
        """Whether a tensor is a feature map [N, C, H, W]."""
        known = len(self.graph.shape(tensor)) == 4 and self.stride(tensor) is not None
        return known and self.fields.places(tensor, self.image) == (2, 3)


def by_fields(model: bytes, input_shape: Mapping[str, Shape], policy: CoveragePolicy) -> Analysed:
    """Theoretical fields alone: enough for a policy that asks for no effective ones, and needs no torch.

    Raises:
        BadInput: one of its kinds, naming place, value and next step.
    """
    imported = import_onnx(model, input_shape=dict(input_shape), limits=Limits.from_environment())
    fields = receptive_fields(imported.graph)
    return Analysed(fields, find_heads(fields, policy))
