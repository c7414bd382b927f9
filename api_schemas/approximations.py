"""What the formulas for chains say of a tensor, beside the exact figures."""

from pydantic import Field

from api_schemas.base import Open

Number = int | float


class Approximations(Open):
    """Named approximations of one tensor's field. Lists follow `axes`; px unless said otherwise.

    They are made for chains. Where paths meet, every figure follows the path whose `r` is largest on that axis: `along`
    names the tensor before this one on it, so that going from tensor to tensor gives the whole path. j is the jump
    before a layer (px between neighbouring units), k its kernel, d its dilation, s its stride, p its padding before the
    first unit. Absent where any path passes through tensors that are no feature maps.
    """

    along: list[str] = Field(description="The tensor before this one on the path with the largest r.")
    n: list[int] = Field(
        description="Units: n_out = floor((n_in + 2 p - k) / s) + 1, with the effective kernel d (k - 1) + 1 for k; "
        "behind other operators the true number. [seed 004]"
    )
    j: list[Number] = Field(description="Jump: j_out = j_in s. [seed 004]")
    r: list[Number] = Field(
        description="Size: r_out = r_in + (k - 1) j_in, with the effective kernel for k; for other operators the "
        "largest number of units that one of theirs spans. [seed 004]"
    )
    start: list[float] = Field(
        description="Centre of unit 0: start_out = start_in + ((k - 1) / 2 - p) j_in, from 0.5. [seed 004]"
    )
    layer_formula: list[int] = Field(
        description="Size: 1 + sum (k - 1) prod of the strides before, over convolution and pooling layers alone; "
        "dilation and upsampling are not in it. [seed 001]"
    )
    naive_shift: list[float] = Field(
        description="Farthest shift: sum (k - 1) / 2 j over the convolutions. [seed 000, section 2]"
    )
    rule_of_thumb: list[float] = Field(
        description="Size: sqrt(sum (k j)^2) over the convolutions. [seed 000, section 3]"
    )
    clt_sigma: list[float] = Field(
        description="Standard deviation of the Gaussian that box kernels tend to: sigma^2 = sum j^2 d^2 (k^2 - 1) / "
        "12, pooling and upsampling included. In theory Luo et al. 2016 call it the size. [seeds 000 and 003]"
    )
    clt_two_sigma: list[float] = Field(description="Two of these, which their experiments measure. [seed 003]")
    clt_radius: list[float] = Field(description="sigma sqrt(2 ln(1 / level)): where that Gaussian falls to `level`.")
    clt_size: float = Field(
        description="Side of the square as large as the area above 4.55 % (two sigma) of that Gaussian's peak: "
        "sqrt(2 pi ln(1 / 0.0455)) times the geometric mean of sigma; a length in 1-D, the cube's side in 3-D."
    )
    luo_shift: list[float] | None = Field(
        None,
        description="Centre of mass less centre of the field, for the net's own kernels: sum j mu, mu the mean of the "
        "normalised |w| about the kernel's centre, all channels together. A shifted kernel makes it grow as O(N). "
        "Null where a kernel is not a constant, or all zero. [seeds 000 and 003]",
    )
    luo_sigma: list[float] | None = Field(
        None, description="sigma^2 = sum j^2 var, var of the same |w|; operators without weights as boxes. [seed 003]"
    )
    luo_two_sigma: list[float] | None = Field(None, description="Two of these.")
    luo_radius: list[float] | None = Field(None, description="sigma sqrt(2 ln(1 / level)).")
    luo_size: float | None = Field(None, description="As `clt_size`.")
    level: float = Field(description="Share of the peak at which the radii are read.")
