"""Settings from environment variables: one reader, so that a bad value is named the same way everywhere."""

import os
from collections.abc import Mapping


class BadSettingError(ValueError):
    """An environment variable whose value cannot be used; the message names it."""


def text(name: str, default: str, environ: Mapping[str, str] = os.environ) -> str:
    """The variable's value, or the default where it is unset or empty."""
    return environ.get(name) or default


def number(name: str, default: float, *, least: float = 0, environ: Mapping[str, str] = os.environ) -> float:
    """The variable as a number of at least `least`; raises `BadSettingError`."""
    value = environ.get(name)
    if not value:
        return default
    try:
        parsed = float(value)
    except ValueError:
        parsed = float("nan")
    if not parsed >= least:  # also catches nan
        raise BadSettingError(
            f"{name}={value!r} is not a number of at least {least:g}; set it to one, e.g. {default:g}"
        )
    return parsed


def whole(name: str, default: int, *, least: int = 0, environ: Mapping[str, str] = os.environ) -> int:
    """The variable as a whole number of at least `least`; raises `BadSettingError`."""
    value = number(name, default, least=least, environ=environ)
    if value != int(value):
        raise BadSettingError(f"{name}={environ[name]!r} is not a whole number; set it to one, e.g. {default}")
    return int(value)


def switch(name: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the variable is 1, and not unset, empty or 0; raises `BadSettingError` for anything else."""
    value = environ.get(name) or "0"
    if value not in ("0", "1"):
        raise BadSettingError(f"{name}={value!r} is neither 0 nor 1; set it to one of them")
    return value == "1"
