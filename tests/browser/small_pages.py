"""Pages for the tests: small real runs in this process, as the command makes them."""

from __future__ import annotations

from types import ModuleType

from parity_tests import judge
from parity_tests.checks import checks
from parity_tests.findings import Report
from parity_tests.report.html import gather
from parity_tests.report.html.evidence import Evidence
from parity_tests.run import run_all, summarise
from parity_tests.stranger_report import explained
from parity_tests.subjects.scratch import ScratchSide
from parity_tests.subjects.torch_side import torch_side
from parity_tests.workbench import Workbench
from small_reports import ENVIRONMENT, PAIR

NAMES = ("FullyConnected", "ReLU", "SoftMax", "L2", "SGD", "Step", "xavier_uniform", "fashion_mlp")


def built(module: ModuleType, *names: str, noted: bool = False) -> tuple[Report, Evidence]:
    """A run of some pairs in this process, as the command makes one. noted: judged as a stranger's."""
    bench, pairs = Workbench(ScratchSide(module), torch_side), [PAIR[name] for name in names]
    results = list(run_all((check for pair in pairs for check in checks(pair)), bench))
    results = judge.noted(results) if noted else results
    traces = gather.traces_of(bench, pairs)
    findings = judge.findings(
        results, traces, lambda pair, *seen: () if pair.family == "network" else explained(pair, *seen, bench)
    )
    report = Report("scratch_nn", tuple(summarise(results)), findings, ENVIRONMENT, 12.3)
    return report, gather.of_ours(gather.gathered(results, traces, findings, bench), bench, module)
