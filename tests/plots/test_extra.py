import subprocess
import sys
import textwrap

import pytest


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    return done.stdout


def test_a_missing_matplotlib_names_the_extra() -> None:
    said = run("""
        import sys
        sys.modules["matplotlib"] = None
        from rfengine import plots
        from rfengine.errors import MissingExtra
        try:
            plots.growth
        except MissingExtra as error:
            print(error)
    """)
    assert "pip install 'rfengine[plots]'" in said


def test_the_graph_is_drawn_without_matplotlib_and_without_onnx() -> None:
    said = run("""
        import sys
        sys.modules["matplotlib"] = None
        from rfengine.plots import graph_svg
        from tests.plots.graphs import analytic, graph
        print(graph_svg(graph([("Conv", ["x", "w"], "a")]), analytic(a=3), ["a"]).decode()[:5])
        print(sorted({"torch", "onnx"} & set(sys.modules)))
    """)
    assert said.split() == ["<?xml", "[]"]


def test_all_pictures_are_there_and_nothing_else() -> None:
    from rfengine import plots

    assert all(callable(getattr(plots, name)) for name in plots.__all__)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = plots.nonsense


def test_drawing_leaves_no_global_figures_behind() -> None:
    said = run("""
        import sys
        from rfengine import plots
        from tests.reports.examples import tensor
        plots.growth({"a": tensor([3, 3])}, targets=[], image=[8, 8], model="m")
        print("matplotlib.pyplot" in sys.modules)
    """)
    assert said.strip() == "False"


def test_metrics_and_reports_need_no_matplotlib_and_no_torch() -> None:
    said = run("""
        import sys
        import rfengine.metrics, rfengine.reports.summary, rfengine.reports.table
        print(sorted({"matplotlib", "torch"} & set(sys.modules)))
    """)
    assert said.strip() == "[]"
