"""A report as JUnit XML, as Jenkins, GitLab and most others read it.

There is no standard; tests hold it to the schema of Jenkins' xUnit plugin. It says no time, so that equal reports are
equal bytes.
"""

from xml.etree import ElementTree

from api_schemas.report import Report
from rfengine.reports.blocks import one_line
from rfengine.reports.junit_cases import Case, cases

TOOL = "rfengine"


def junit(report: Report, *, name: str) -> str:
    """One test case per requirement of a coverage check, else per target; never none."""
    suite = _suite(name, cases(report))
    known = ElementTree.Element("properties")
    for key, value in _properties(report).items():
        ElementTree.SubElement(known, "property", name=key, value=one_line(value))
    suite.insert(0, known)
    if report.warnings:
        said = "\n".join(f"{one_line(each.code)}: {one_line(each.message)}" for each in report.warnings)
        ElementTree.SubElement(suite, "system-err").text = said
    return _written(suite)


def junit_error(name: str, message: str, kind: str) -> str:
    """A check that could not be made: one test case with an error, of the kind that the fault is of."""
    suite = _suite(name, ())
    case = ElementTree.SubElement(suite, "testcase", classname=f"{TOOL}.coverage", name="check", time="0")
    error = ElementTree.SubElement(case, "error", type=one_line(kind), message=one_line(message))
    error.text = one_line(message)
    suite.set("tests", "1")
    suite.set("errors", "1")
    return _written(suite)


def _suite(name: str, found: tuple[Case, ...]) -> ElementTree.Element:
    suite = ElementTree.Element(
        "testsuite",
        name=one_line(name),
        tests=str(len(found)),
        failures=str(sum(bool(case.failures) for case in found)),
        errors="0",
        skipped=str(sum(case.skipped is not None for case in found)),
        time="0",
    )
    suite.extend(map(_case, found))
    return suite


def _case(case: Case) -> ElementTree.Element:
    made = ElementTree.Element("testcase", classname=f"{TOOL}.{case.group}", name=one_line(case.name), time="0")
    if case.failures:
        kind, message = case.failures[0]
        failure = ElementTree.SubElement(made, "failure", type=kind, message=one_line(message))
        failure.text = "\n".join(one_line(each) for _, each in case.failures)
    if case.skipped is not None:
        ElementTree.SubElement(made, "skipped", message=one_line(case.skipped))
    if case.figures:
        ElementTree.SubElement(made, "system-out").text = one_line(case.figures)
    return made


def _properties(report: Report) -> dict[str, str]:
    found = {"engine": report.engine.version}
    if report.model is not None:
        found |= {"model": report.model.name, "model.sha256": report.model.sha256}
    if report.coverage is not None and report.coverage.policy is not None:
        found["policy"] = report.coverage.policy
    return found


def _written(suite: ElementTree.Element) -> str:
    suites = ElementTree.Element("testsuites")
    suites.append(suite)
    ElementTree.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(suites, encoding="unicode")}\n'
