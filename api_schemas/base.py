"""The two bases of every model here: strict about what it is given, frozen once it stands."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value: immutable, and an unknown key is an error rather than a silent typo."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, protected_namespaces=(), allow_inf_nan=False
    )


class Open(BaseModel):
    """An answer that a newer server may have given: immutable, and unknown keys are kept out of the way."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, protected_namespaces=())
