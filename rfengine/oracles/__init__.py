"""Published and independently measured figures beside what the engine finds. No torch at import.

finding.py    one figure: expected, found, equal or not
registry.py   families of figures, and what becomes of one on this installation
families/     one file per family
published.py  the files of data/: what is published, as data
networks.py   the networks of worked figures, from data/networks.yaml
answer.py     what the engine says of a network
"""

from rfengine.oracles.families import FAMILIES, Compared, Family, compare, named
from rfengine.oracles.finding import Finding

__all__ = ["FAMILIES", "Compared", "Family", "Finding", "compare", "named"]
