"""What our times, memory and growth are asked to be: each a bar, read from the record of a run.

A limit is held against the measured value. Where the limit lies between `low` and `high`, the noise of this run leaves
it open, and the line says so. It also says where processors shared no cache in rounds that count: what was timed then
is in effect another machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks import estimate
from benchmarks.contestant import EVERY_OPTION, OURS, TORCH_CHANNELS_LAST, TORCH_NCHW
from benchmarks.course.network import PER_PIXEL
from benchmarks.estimate import Estimate

Record = Mapping[str, Any]
TORCH = (TORCH_NCHW, TORCH_CHANNELS_LAST)


@dataclass(frozen=True)
class Run:
    """The records of a run by name."""

    cases: Mapping[str, Record]
    sweeps: Mapping[str, Record]

    def seconds(self, case: str, *contestants: str) -> list[list[float]]:
        """The turns of those contestants that took part."""
        timed = self.cases.get(case, {"contestants": {}})["contestants"]
        return [timed[name]["seconds"] for name in contestants if name in timed]

    def without_shared_cache(self, of: str) -> int:
        """How many rounds of that case, or of all the cases of that sweep, count although they had no shared cache."""
        names = [point["case"] for point in self.sweeps[of]["points"]] if of in self.sweeps else [of]
        return sum(self.cases[name]["no_shared_cache"]["rounds_that_count"] for name in names if name in self.cases)


@dataclass(frozen=True)
class Bar:
    """`read` finds the number of a case, or of a sweep, in a run; None where it was not measured."""

    name: str
    of: str
    read: Callable[[Run, str], Estimate | None]
    least: float | None = None
    most: float | None = None


def ratio_to_torch(contestant: str = OURS, torch: Sequence[str] = TORCH) -> Callable[[Run, str], Estimate | None]:
    """To the faster of PyTorch's layouts named."""
    return lambda run, case: _ratio(run.seconds(case, contestant), run.seconds(case, *torch))


def times_faster_than(other: str) -> Callable[[Run, str], Estimate | None]:
    return lambda run, case: _ratio(run.seconds(case, other), run.seconds(case, OURS))


def _ratio(ours: list[list[float]], others: list[list[float]]) -> Estimate | None:
    return estimate.ratio(*ours, *others) if ours and others else None


def memory(run: Run, case: str) -> Estimate | None:
    """MiB of ours: counted, so without noise."""
    mib = run.cases[case]["contestants"][OURS]["peak_mib"] if case in run.cases else None
    return None if mib is None else Estimate(mib, mib, mib)


def growth(run: Run, sweep: str) -> Estimate | None:
    return Estimate(**run.sweeps[sweep]["exponents"][OURS]) if sweep in run.sweeps else None


BARS = (
    Bar("MLP step, to PyTorch", "mlp_step", ratio_to_torch(), most=0.6),
    Bar("CNN step, to the faster layout", "cnn_step", ratio_to_torch(), most=1.6),
    Bar("CNN step, to PyTorch's default layout", "cnn_step", ratio_to_torch(torch=[TORCH_NCHW]), most=1.05),
    Bar("CNN step with every option, to the faster layout", "cnn_step", ratio_to_torch(EVERY_OPTION), most=1.3),
    *(Bar(f"{name}, to the faster layout", name, ratio_to_torch(), most=2) for name in ("conv1", "conv2", "conv3")),
    *(
        Bar(f"{name}, to the faster layout", name, ratio_to_torch(), most=4)
        for name in ("max_pool", "average_pool", "batch_norm")
    ),
    Bar("CNN step, times faster than the loop over pixels", "cnn_step", times_faster_than(PER_PIXEL.name), least=12),
    Bar("CNN step at batch 64, MiB of transient memory", "cnn_step", memory, most=60),
    Bar("CNN step, exponent of growth with the batch", "batch", growth, least=0.9, most=1.1),
    Bar("CNN step, exponent of growth with the pixels", "pixels", growth, least=0.9, most=1.1),
)


def judged(bars: Sequence[Bar], cases: Sequence[Record], sweeps: Sequence[Record]) -> list[Record]:
    """A record for each bar; `met` is None where it was not measured."""
    run = Run(*({record["name"]: record for record in records} for records in (cases, sweeps)))
    return [judge(bar, bar.read(run, bar.of), run.without_shared_cache(bar.of)) for bar in bars]


def judge(bar: Bar, found: Estimate | None, without_shared_cache: int = 0) -> Record:
    """`without_shared_cache`: so many rounds in which processors shared none count among its times."""
    asked = {
        "name": bar.name,
        "least": bar.least,
        "most": bar.most,
        "rounds_without_shared_cache": without_shared_cache,
    }
    if found is None:
        return asked | {"value": None, "low": None, "high": None, "met": None, "open": None}
    limits = [limit for limit in (bar.least, bar.most) if limit is not None]
    met = (bar.least is None or bar.least <= found.value) and (bar.most is None or found.value <= bar.most)
    is_open = any(found.low <= limit <= found.high for limit in limits) and found.low < found.high
    return asked | asdict(found) | {"met": met, "open": is_open}


def missed(judged_bars: Sequence[Record]) -> bool:
    """Whether a bar that was measured is missed; a run that measured none has shown nothing, and counts as missed."""
    verdicts = [bar["met"] for bar in judged_bars if bar["met"] is not None]
    return not verdicts or not all(verdicts)


def limit(least: float | None, most: float | None) -> str:
    """ "at most 1.6", "at least 12", "0.9 to 1.1"."""
    if least is None:
        return f"at most {most:g}"
    return f"at least {least:g}" if most is None else f"{least:g} to {most:g}"


def asked(bars: Sequence[Bar]) -> list[str]:
    """A line for each bar, before anything was measured."""
    width = max(len(bar.name) for bar in bars)
    return [f"{bar.name:{width}}  {limit(bar.least, bar.most)}" for bar in bars]


def lines(judged_bars: Sequence[Record]) -> list[str]:
    """A heading and a line for each bar."""
    width = max(len(bar["name"]) for bar in judged_bars)
    head = f"{'bars':{width}}  {'asked':<14}{'measured':>9}   {'noise':<18}verdict"
    return [head, "-" * len(head), *(_line(bar, width) for bar in judged_bars)]


def _line(bar: Record, width: int) -> str:
    name = f"{bar['name']:{width}}  {limit(bar['least'], bar['most']):<14}"
    if bar["met"] is None:
        return f"{name}{'-':>9}   {'':18}not measured"
    timed = bar["low"] < bar["high"]
    noise = f"{bar['low']:.2f} to {bar['high']:.2f}" if timed else "exact"
    verdict = ("met" if bar["met"] else "NOT MET") + (", within the noise" if bar["open"] else "")
    if timed and bar["rounds_without_shared_cache"]:
        verdict += f"; no shared cache in {bar['rounds_without_shared_cache']} rounds: run it again"
    return f"{name}{bar['value']:>9.2f}   {noise:<18}{verdict}"
