"""Recommendations: changes to a detector that would meet its policy, each one tried out before it is shown.

kinds/        what kinds of change there are, one file each: they propose, and know how to edit a model file
subject.py    the checked detector that they propose for; sites.py, inserts.py, clones.py: where and what
bench.py      makes, imports, analyses and checks each changed network
recommend.py  searches, ranks and confirms
"""

from rfengine.coverage.recommend import kinds
from rfengine.coverage.recommend.analysed import Analysed, Analyser, by_fields
from rfengine.coverage.recommend.recommend import recommend
from rfengine.coverage.recommend.trial import proposals

__all__ = ["Analysed", "Analyser", "by_fields", "kinds", "proposals", "recommend"]
