import subprocess
import sys
import textwrap


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    return done.stdout


def test_a_missing_matplotlib_names_the_extra() -> None:
    said = run("""
        import sys
        sys.modules["matplotlib"] = None
        from rfengine.errors import MissingExtra
        try:
            import rfengine.plots
        except MissingExtra as error:
            print(error)
    """)
    assert "pip install 'rfengine[plots]'" in said


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
