"""A pupil as a torch function of its parameters and pictures."""

from collections.abc import Mapping

from torch import Tensor
from torch.func import functional_call
from torch.nn import functional as F

from rfengine.runtime.policies import has_norms, with_batch_statistics
from rfengine.runtime.precision import in_precision
from rfengine.runtime.program import Program
from rfengine.supervised.pupil import BIAS, WEIGHT, Pupil

Parameters = Mapping[str, Tensor]


class Scorer:
    """Runs a pupil, with batch normalisation on the statistics of its batch."""

    def __init__(self, pupil: Pupil, *, dtype: str, device: str) -> None:
        self.pupil = pupil
        graph = with_batch_statistics(pupil.graph) if has_norms(pupil.graph) else pupil.graph
        self._program = Program(in_precision(graph, dtype), device=device)

    def __call__(self, parameters: Parameters, images: Tensor) -> Tensor:
        """Scores [batch, classes], or [batch, classes, H, W] per pixel, of pictures [batch, C, H, W]."""
        pupil, buffers = self.pupil, self._program.buffers_of
        own = {buffers[name]: parameters[name] for name in pupil.names}
        found: Tensor = functional_call(self._program, own, ({pupil.source: images},))[pupil.answer]
        if found.dim() == 2:
            return found
        scores = F.conv2d(found, parameters[WEIGHT], parameters[BIAS]) if pupil.has_head else found
        if not pupil.dense:
            return scores.mean((2, 3))
        size = tuple(images.shape[2:])
        return scores if scores.shape[2:] == size else F.interpolate(scores, size, mode="bilinear", align_corners=False)
