"""Small elastic distortion (after Simard et al. 2003): every pixel is read a little beside its place.

    displacement = amplitude / 3.69 * (box mean of u) / (its standard deviation),    u uniform in [-1, 1)

per pixel and axis; the box of k x k px has a standard deviation of 1 / (k sqrt(3)). Seed 000 divides by the maximum
over 132 x 132 px instead, which would distort a small canvas more than a large one.
"""

from math import sqrt

import torch
from torch import Tensor
from torch.nn import functional as F

from api_schemas.datasets import Elastic

# Mean over draws of the maximum of box means on 132 x 132 px, in their standard deviations (40 draws, kernel 5).
MAXIMUM = 3.69


def distorted(images: Tensor, elastic: Elastic, noise: Tensor) -> Tensor:
    """Images as they look after the distortion; what is read beside the canvas is 0.

    Args:
        images: [n, 1, H, W].
        elastic: its parameters.
        noise: [n, 2, H, W], uniform in [0, 1); axis 1 is (x, y).
    """
    _, _, height, width = images.shape
    pad, scale = elastic.kernel // 2, elastic.amplitude / MAXIMUM * elastic.kernel * sqrt(3)
    shift = F.avg_pool2d((noise * 2 - 1) * scale, elastic.kernel, stride=1, padding=pad, count_include_pad=False)
    ys, xs = (torch.arange(n, dtype=images.dtype, device=images.device) for n in (height, width))
    x, y = xs[None, None, :] + shift[:, 0], ys[None, :, None] + shift[:, 1]
    # grid_sample takes places from -1 to 1 between the centres of the first and the last pixel.
    grid = torch.stack([2 * x / max(width - 1, 1) - 1, 2 * y / max(height - 1, 1) - 1], dim=-1)
    return F.grid_sample(images, grid.to(images.dtype), mode="bilinear", padding_mode="zeros", align_corners=True)
