"""Initialisers by name, with their parameters: what layer specs, policies and studies draw weights from.

`rfengine.initialisers` has one file for each; a test holds the two to each other.
"""

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field

from api_schemas.base import Frozen

Fill = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]


class _Seeded(Frozen):
    seed: int = Field(0, ge=0, lt=1 << 63, description="Every layer draws from this seed and its own name.")


class He(_Seeded):
    """Normal with variance 2 / fan-in (He et al. 2015, equation 10)."""

    name: Literal["he"] = "he"


class Xavier(_Seeded):
    """Uniform with variance 2 / (fan-in + fan-out) (Glorot and Bengio 2010, equation 16)."""

    name: Literal["xavier"] = "xavier"


class Orthogonal(_Seeded):
    """Rows (or columns) of the flattened kernel orthonormal, times a gain (Saxe et al. 2014)."""

    name: Literal["orthogonal"] = "orthogonal"
    gain: float = Field(1.0, gt=0, le=1e6)


class Constant(_Seeded):
    """Every weight one value."""

    name: Literal["constant"] = "constant"
    value: Fill = 0.01


class Uniform(_Seeded):
    """Uniform between -bound and bound; without a bound sqrt(3 / fan-in), which keeps the variance of the data."""

    name: Literal["uniform"] = "uniform"
    bound: float | None = Field(None, gt=0, le=1e6)


class Dirac(_Seeded):
    """The identity: the centre tap of kernel [i, i] is one, everything else zero."""

    name: Literal["dirac"] = "dirac"


class Shifted(_Seeded):
    """Seed 000: normal with variance 6 / (3 Cin + 3 Cout), rows 1 and 2 of every 3x3 kernel times 0.01.

    Layers without a kernel: 0.9 / Cin.
    """

    name: Literal["shifted"] = "shifted"


class Decomposed(_Seeded):
    """Seed 000: layers that multiply to a flat profile over the whole theoretical field.

    Layers without a kernel are zero.
    """

    name: Literal["decomposed"] = "decomposed"
    noise: float = Field(0.001, ge=0, le=1, description="Uniform noise per tap, plus or minus.")
    decay: float = Field(0.9, gt=0, le=10, description="Factor on every kernel.")
    order: Literal["seed", "balanced"] = Field(
        "seed",
        description="Of the factors. `seed`: by |2 cos k phi|, neighbours swapped; partial products stay above zero "
        "and grow by 36 % per layer. `balanced`: rounds least, but they have both signs: without ReLU only.",
    )


class Circular(_Seeded):
    """Seed 000: map m carries the signal outwards along ray m.

    Layers without a kernel are zero.
    """

    name: Literal["circular"] = "circular"
    amplitude: float = Field(0.2, gt=0, le=1e3)
    range_degrees: float = Field(360, gt=0, le=360, description="Sector that the dots come from, about straight up.")
    matched: bool = Field(False, description="Spread the rays over that sector; the seed spreads them over twice it.")


class CircularV2(_Seeded):
    """Seed 000: as circular, with a fresh kernel moved along the ray instead of a single weight.

    Layers without a kernel are zero.
    """

    name: Literal["circular_v2"] = "circular_v2"
    factor: float = Field(0.6, gt=0, le=1e3)
    range_degrees: float = Field(360, gt=0, le=360, description="Sector that the dots come from, about straight up.")
    matched: bool = Field(False, description="Spread the rays over that sector; the seed spreads them over twice it.")


class CentreSuppressed(_Seeded):
    """Luo et al. 2016, section 4: weights near the kernel's centre are drawn smaller than those at its rim."""

    name: Literal["centre_suppressed"] = "centre_suppressed"
    centre: float = Field(0.1, ge=0, le=1, description="Scale of the centre tap relative to the outermost.")


AnyInitialiser = (
    He
    | Xavier
    | Orthogonal
    | Constant
    | Uniform
    | Dirac
    | Shifted
    | Decomposed
    | Circular
    | CircularV2
    | CentreSuppressed
)


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class InitialiserEntry(Frozen):
    """One initialiser that can be asked for."""

    name: str
    title: str
    parameters: dict[str, dict[str, Any]] = Field(description="JSON Schema per parameter; all of them have a default.")


def entries() -> tuple[InitialiserEntry, ...]:
    """Every initialiser, by name."""
    return tuple(sorted(map(_entry, get_args(AnyInitialiser)), key=lambda entry: entry.name))


def _entry(model: type[Frozen]) -> InitialiserEntry:
    properties = model.model_json_schema()["properties"]
    name = properties.pop("name")["default"]
    parameters = {key: {k: v for k, v in schema.items() if k != "title"} for key, schema in properties.items()}
    return InitialiserEntry(name=name, title=(model.__doc__ or "").splitlines()[0], parameters=parameters)


Initialiser = Annotated[
    AnyInitialiser,
    Field(discriminator="name"),
    BeforeValidator(_named, json_schema_input_type=AnyInitialiser | str),
]
