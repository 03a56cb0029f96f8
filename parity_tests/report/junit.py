"""Results for CI servers: JUnit XML, as Jenkins, GitLab and GitHub's actions read it.

    testsuites    the run                 testsuite    a pair                 testcase    one case of it

A case that fails has one <failure>, with the first message in the order of computation and all messages as its text
(more than one of them, many readers ignore); its type is the failure's kind. What is not offered is <skipped>, with the
reasons: as the case itself where nothing of it was asked, else as a second testcase, "n4_d7 (not offered)", so that it
shows neither as passed nor as failed. A module that cannot be loaded is an <error> of each
pair. Environment and figures are the suite's properties.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from parity_tests.files import write_text
from parity_tests.findings import Report
from parity_tests.report.reading import Told, case_of, cases_run, findings_by_pair, plain
from parity_tests.report.table import number
from parity_tests.run import Summary

Reasons = dict[str, dict[str, list[str]]]  # {case: {why: [ids of the checks that could not be asked]}}


def write(report: Report, path: str | os.PathLike[str]) -> Path:
    """Write `path`, whole or not at all; returns it."""
    root = as_element(report)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return write_text(path, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n')


def as_element(report: Report) -> Element:
    """The <testsuites> element."""
    findings = findings_by_pair(report)
    root = _element("testsuites", name=f"parity_tests {report.subject}", time=f"{report.seconds:.3f}")
    root.extend(suite(summary, findings[summary.pair.name], report) for summary in report.summaries)
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(each.get(count)) for each in root)))
    return root


def suite(summary: Summary, findings: Sequence[Told], report: Report) -> Element:
    """A pair: one testcase a case, and one for what is not offered of it."""
    cases = [not_loaded(summary, report.cannot_load)] if report.cannot_load else list(testcases(summary, findings))
    suite = _element(
        "testsuite",
        name=summary.pair.name,
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors=str(sum(case.find("error") is not None for case in cases)),
        skipped=str(sum(case.find("skipped") is not None for case in cases)),
    )
    properties = SubElement(suite, "properties")
    figures = {"checks": str(summary.checks), "float64 error": number(summary.error)}
    figures["float32, x PyTorch"] = "-" if summary.multiple != summary.multiple else f"{summary.multiple:.3g}"
    for name, value in {**report.environment, **figures}.items():
        properties.append(_element("property", name=name, value=str(value)))
    suite.extend(cases)
    return suite


def testcases(summary: Summary, findings: Sequence[Told]) -> Iterator[Element]:
    """In the order of the pair's declaration; what names no case of it comes last."""
    reasons, run = missing(summary), cases_run(summary)
    findings = [each for each in findings if not each.finding.note]
    failing = [failure.case for each in findings for failure in each.finding.failures]
    declared = [case.name for case in (*summary.pair.cases, *summary.pair.refusals)]
    for name in dict.fromkeys((*declared, *failing, *reasons)):
        if name in run or name in failing:
            yield asked(summary, name, findings)
        if name in reasons:
            beside = f"{name} (not offered)" if name in run else name or "all"
            yield skipped(summary, beside, reasons[name])


def asked(summary: Summary, name: str, findings: Sequence[Told]) -> Element:
    """A case that was run: passed, unless a finding has failures in it."""
    case = _testcase(summary, name)
    failures = [
        (failure, each.follows) for each in findings for failure in each.finding.failures if failure.case == name
    ]
    if failures:
        first = failures[0][0]
        message = f"{len(failures)} checks fail, the first: {first.message}" if len(failures) > 1 else first.message
        element = _element("failure", type=first.kind, message=message)
        element.text = "\n" + "\n".join(
            plain(f"{failure.message} (follows from {cause})" if cause else failure.message)
            for failure, cause in failures
        )
        case.append(element)
    return case


def not_loaded(summary: Summary, why: str) -> Element:
    """No case of it could be asked: an error, which no reader takes for a pass."""
    case = _testcase(summary, "all")
    case.append(_element("error", type="cannot load", message=why))
    return case


def skipped(summary: Summary, name: str, reasons: dict[str, list[str]]) -> Element:
    """Something that is not offered, and why."""
    case = _testcase(summary, name)
    element = _element("skipped", message=f"not offered: {'; '.join(reasons)}")
    element.text = plain("\n".join(id for ids in reasons.values() for id in ids))
    case.append(element)
    return case


def missing(summary: Summary) -> Reasons:
    """What is not offered, case by case; "" holds what names no case."""
    reasons: Reasons = {}
    for why, ids in summary.not_offered.items():
        for id in ids or [""]:
            reasons.setdefault(case_of(summary, id), {}).setdefault(why, []).append(id)
    return reasons


def _testcase(summary: Summary, name: str) -> Element:
    return _element("testcase", classname=f"parity_tests.{summary.pair.family}.{summary.pair.name}", name=name)


def _element(tag: str, **attributes: str) -> Element:
    return Element(tag, {name: plain(value) for name, value in attributes.items()})
