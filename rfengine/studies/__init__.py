"""A study is data (`api_schemas.study`); this runs it.

expand.py    the study to runs: pure data, in order, each with a key
network.py   a run's network: imported once for all runs that share it
measure.py   one run to its figures; lookup.py: a measure's path into them
trained.py   those of a run that trains; course.py: its curves and maps, over the seeds
table.py     figures of all runs to rows: mean, standard error, number
fit.py       lines through the means, with their error over seeds
contrast.py  one series less another, seed by seed
run.py       all of it in order
figure.py, maps.py, markdown.py   a finished result as pictures and as text
library.py   the studies that come with the engine, by name
"""

from rfengine.studies.expand import Run, expand
from rfengine.studies.library import load_study, shipped
from rfengine.studies.run import run_study

__all__ = ["Run", "expand", "load_study", "run_study", "shipped"]
