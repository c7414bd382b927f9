"""A trainee as a torch function of its parameters and images, for one run or for several at once."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.func import functional_call, vmap
from torch.nn import functional as F

from rfengine.runtime.precision import in_precision
from rfengine.runtime.program import Program
from rfengine.training.network import Trainee

Parameters = Mapping[str, Tensor]


class Detector:
    """Runs a trainee. Parameters are stacked: their first axis is the run."""

    def __init__(self, trainee: Trainee, *, dtype: str, device: str) -> None:
        self.trainee = trainee
        self._program = Program(in_precision(trainee.graph, dtype), device=device)
        self._on_cpu = device == "cpu"

    def __call__(self, parameters: Parameters, images: Tensor) -> Tensor:
        """Maps [runs, batch, 2, H, W] of images [runs, batch, 1, H, W].

        Several runs are one call of each operator (torch.func.vmap turns their convolutions into grouped ones); what
        one run computes does not depend on the others.
        """
        if images.shape[0] == 1:
            alone = {name: values[0] for name, values in parameters.items()}
            # oneDNN's convolutions of few channels take a quarter less time on channels that lie side by side.
            image = images[0].contiguous(memory_format=torch.channels_last) if self._on_cpu else images[0]
            return self._one(alone, image)[None]
        return vmap(self._one, randomness="different")(dict(parameters), images)

    def _one(self, parameters: Parameters, images: Tensor) -> Tensor:
        trainee, buffers = self.trainee, self._program.buffers_of
        own = {buffers[name]: parameters[name] for name in trainee.names}
        maps: Tensor = functional_call(self._program, own, ({trainee.source: images},))[trainee.target]
        if not trainee.has_head:
            return maps
        weight, bias = (parameters[name] for name in trainee.head_names)
        scores = F.conv2d(maps, weight, bias)
        size = tuple(trainee.image_shape[2:])
        return scores if scores.shape[2:] == size else F.interpolate(scores, size, mode="bilinear", align_corners=False)
