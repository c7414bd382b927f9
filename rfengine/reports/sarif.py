"""A report as SARIF 2.1.0, which code hosts show beside the lines of a change.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; sections in brackets.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import rfengine
from api_schemas.coverage import CoverageResult, Failure
from api_schemas.report import Report
from rfengine.reports.blocks import one_line
from rfengine.reports.coverage_words import every_failure
from rfengine.reports.junit_cases import REFUTED
from rfengine.reports.sarif_rules import RULES, WARNING, WARNING_RULE
from rfengine.reports.verified import refuted

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

Data = dict[str, Any]


def sarif(report: Report, *, model: str, policy: str | None = None, lines: Mapping[str, int] | None = None) -> str:
    """A result per requirement that is not met, per refuted field and per warning.

    Args:
        report: a finished one.
        model: path of the model file, relative to the repository where it is in one.
        policy: path of the policy file; the failures of a check are shown in it.
        lines: where a key of the policy stands: `require.trf` to a line, from 1.
    """
    found = [
        *(() if report.coverage is None else _failures(report.coverage, model, policy, lines or {})),
        *(_result("refuted", f"{name}: {REFUTED}", "error", [model], tensor=name) for name in refuted(report)),
        *(
            _result(f"{WARNING}{each.code}", each.message, "warning", [model], tensor=each.tensor)
            for each in report.warnings
        ),
    ]
    run = {"invocations": [{"executionSuccessful": True}], "results": found}
    return _log(report.engine.version, model, run, sorted({each["ruleId"] for each in found}))


def sarif_error(message: str, kind: str, *, model: str, policy: str | None = None) -> str:
    """A check that could not be made: a run that did not succeed, with the fault as a notification (3.20.21)."""
    notification = {
        "level": "error",
        "message": {"text": _words(message)},
        "descriptor": {"id": one_line(kind)},
        "locations": [_place(policy or model)],
    }
    invocation = {"executionSuccessful": False, "toolExecutionNotifications": [notification]}
    return _log(rfengine.__version__, model, {"invocations": [invocation], "results": []}, [])


def _failures(result: CoverageResult, model: str, policy: str | None, lines: Mapping[str, int]) -> Iterator[Data]:
    files = [model] if policy is None else [policy, model]
    for each in every_failure(result):
        line = next((lines[path] for path in _paths(each, result) if path in lines), None)
        yield _result(each.code, each.message, "error", files, line=line, head=each.head, bin=each.bin)


def _paths(failure: Failure, result: CoverageResult) -> Iterator[str]:
    """The keys of a policy that a failure is about, the nearest first."""
    what = "clipped" if failure.code == "clipped" else "covered"
    if failure.bin is not None:
        yield f"require.bins.{failure.bin}"
        yield "require.bins"
    if failure.head is not None:
        yield f"per_head.{failure.head}.{what}"
        yield f"per_head.{failure.head}"
    yield f"require.{what}"
    binding = {key: count for key, count in result.binding.items() if key in ("trf", "erf", "stride")}
    yield from (f"require.{key}" for key in sorted(binding, key=lambda key: -binding[key]))
    yield "require"


def _result(
    rule: str, message: str, level: str, files: list[str], *, line: int | None = None, **about: str | None
) -> Data:
    """One result (3.27), shown in the first file; its fingerprint stays while the requirement does.

    `about` names what it is about: a head, a bin, a tensor.
    """
    place, *others = map(_place, files)
    if line is not None and len(files) > 1:
        place["physicalLocation"]["region"] = {"startLine": line}
    logical = [{"name": one_line(name), "kind": kind} for kind, name in about.items() if name]
    if logical:
        place["logicalLocations"] = logical
    identity = "\0".join((rule, *(name or "" for name in about.values())))
    fingerprint = hashlib.sha256(identity.encode("utf-8", errors="replace")).hexdigest()[:32]
    found: Data = {
        "ruleId": one_line(rule),
        "level": level,
        "message": {"text": _words(message)},
        "locations": [place],
        "partialFingerprints": {"rfengine/v1": fingerprint},
    }
    return found | ({"relatedLocations": others} if others else {})


def _log(version: str, model: str, run: Data, used: list[str]) -> str:
    rules = [*RULES.items(), *((name, WARNING_RULE) for name in used if name not in RULES)]
    driver = {
        "name": "rfengine",
        "version": one_line(version),
        "rules": [
            {
                "id": name,
                "shortDescription": {"text": rule.title},
                "help": {"text": rule.help},
                "defaultConfiguration": {"level": rule.level},
            }
            for name, rule in rules
        ],
    }
    places = {name: index for index, (name, _) in enumerate(rules)}
    for each in run["results"]:
        each["ruleIndex"] = places[each["ruleId"]]
    # Its id tells one model's results from another's where both are uploaded (3.17.3).
    whole = {"tool": {"driver": driver}, "automationDetails": {"id": f"rfengine/{_uri(model)}/"}, **run}
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [whole]}
    return json.dumps(log, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _place(path: str) -> Data:
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(path)}}}


def _uri(path: str) -> str:
    """A path as a reference (RFC 3986), relative where the path is."""
    words = quote(path.replace("\\", "/"), errors="replace")
    return f"file://{words}" if words.startswith("/") else words


def _words(text: str) -> str:
    """A message in which nothing is a link (3.11.6)."""
    return one_line(text).replace("](", "] (")
