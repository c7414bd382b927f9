"""Where torch runs."""

import torch

from rfengine.errors import BadInput


def resolve(device: str) -> str:
    """'cpu' or 'cuda', from that or from 'auto', which takes a GPU where there is one.

    Raises:
        BadInput: a GPU is asked for and torch sees none.
    """
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        built = "has no CUDA in it" if torch.version.cuda is None else "sees no GPU"
        raise BadInput(
            f"device: 'cuda' is asked for, but torch {torch.__version__} {built}; set device to 'cpu' or 'auto'"
        )
    return device


def memory_for_values(device: str) -> int:
    """Bytes that the values of one run may take: little on the CPU, where caches count; half of what a GPU has free."""
    return int(torch.cuda.mem_get_info()[0]) // 2 if device == "cuda" else 1 << 28
