"""A study as an analysis: run, and its figures drawn."""

from api_schemas.study import Study
from api_schemas.study_result import StudyResult
from rfengine.run import Run
from rfengine.studies.figure import drawings
from rfengine.studies.maps import grown
from rfengine.studies.run import run_study


def studied(run: Run, study: Study) -> StudyResult:
    """The study's result; its pictures go to the run's album as `<name>-<figure>.png`. Raises as `run_study` does."""
    result = run_study(study, progress=run.progress)
    album = run.plots()
    for stem, drawing in drawings(result) if album else ():
        assert album is not None, "nothing is drawn without one"
        album.study(f"{run.name}-{stem}", drawing)
    for stem, picture in grown(result) if album else ():
        assert album is not None, "nothing is drawn without one"
        album.study_maps(f"{run.name}-{stem}", picture.maps, title=picture.title, notes=picture.notes)
    return result
