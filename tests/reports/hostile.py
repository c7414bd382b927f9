"""Reports in which every word is a stranger's."""

from collections.abc import Callable
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

# Dicts whose keys are a stranger's words.
KEYED = ("tensors", "ignored", "left_out", "inputs", "by_input")
# Words that we choose by.
OURS = ("media_type",)


def with_words(value: Any, word: Callable[[str], str]) -> Any:
    """The same value with every free string in it replaced; words of a closed set stay, lists of figures as well."""
    if isinstance(value, BaseModel):
        changes = {}
        for name, field in type(value).model_fields.items():
            if name not in OURS and not _closed(field.annotation):
                own = getattr(value, name)
                found = with_words(own, word)
                keyed = name in KEYED and isinstance(found, dict)
                changes[name] = {word(key): each for key, each in found.items()} if keyed else found
        return value.model_copy(update=changes)
    if isinstance(value, str):
        return word(value)
    if isinstance(value, dict):
        return {key: with_words(each, word) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(with_words(each, word) for each in value)
    return value


def _closed(annotation: Any) -> bool:
    return get_origin(annotation) is Literal or any(_closed(each) for each in get_args(annotation))
