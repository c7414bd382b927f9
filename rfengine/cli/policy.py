"""A policy file as the command line takes it: read, its paths found, its places known by line."""

from dataclasses import dataclass
from pathlib import Path

from api_schemas.policy import CoveragePolicy
from api_schemas.spec_text import SpecError, lines_of_keys, parse_text
from rfengine.errors import BadInput


@dataclass(frozen=True)
class PolicyFile:
    """A policy, the annotations that it names (None where sizes stand in it), and the text it was read from."""

    path: Path
    policy: CoveragePolicy
    objects: Path | None
    text: str

    @property
    def lines(self) -> dict[str, int]:
        """The line of every key, counted from 1, by its dotted path: `require.trf` to 7."""
        return lines_of_keys(self.text)


def load_policy(file: str) -> PolicyFile:
    """Read a policy; paths in it are relative to its folder.

    Raises:
        BadInput: there is no such file, it is no policy (each fault with its line), or it names what is not there.
    """
    path = Path(file)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise BadInput(f"--policy {file}: cannot be read: {why}; give a policy in YAML or JSON") from error
    try:
        policy = parse_text(text, CoveragePolicy, keys="`objects` and `require`")
    except SpecError as error:
        faults = str(error).splitlines()
        raise BadInput("\n".join(f"{file}: {fault}" for fault in faults)) from error
    objects = _beside(path, policy, policy.objects.source)
    images = _beside(path, policy, "images") if policy.objects.images is not None else None
    if images is not None:
        # The reader opens this folder itself, wherever the command was called from.
        found = policy.objects.model_copy(update={"images": str(images)})
        policy = policy.model_copy(update={"objects": found})
    return PolicyFile(path, policy, objects, text)


def _beside(path: Path, policy: CoveragePolicy, key: str) -> Path | None:
    """What a key of `objects` names, found from the policy's folder."""
    if key != "images" and policy.objects.path is None:
        return None
    named = getattr(policy.objects, key)
    found = path.parent / Path(named).expanduser()
    if not found.exists():
        raise BadInput(f"{path}: objects.{key}: {found} is not there; paths are relative to the policy's folder")
    return found
