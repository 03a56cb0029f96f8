"""What is asked of the numbers: read from made-up records, met, missed, left open by the noise, or not measured."""

import pytest

from benchmarks import bars, report
from benchmarks.bars import Bar, judge
from benchmarks.cases import CASES, SWEEPS, Sweep
from benchmarks.contestant import EVERY_OPTION, OURS, TORCH_CHANNELS_LAST, TORCH_NCHW
from benchmarks.estimate import Estimate

STEADY = {OURS: 3.0, EVERY_OPTION: 2.5, TORCH_NCHW: 4.0, TORCH_CHANNELS_LAST: 2.0, "per_pixel": 45.0}


def case(name, seconds, mib=10.0, without_shared_cache=0):
    """The record of a case in which every turn took the same."""
    timings = {who: {"seconds": [s] * 5, "median_seconds": s, "peak_mib": mib} for who, s in seconds.items()}
    return {"name": name, "contestants": timings, "no_shared_cache": {"rounds_that_count": without_shared_cache}}


def measured(read, of, *cases, sweeps=()):
    found = read(bars.Run({one["name"]: one for one in cases}, {one["name"]: one for one in sweeps}), of)
    return None if found is None else found.value


def test_each_way_of_reading_a_number():
    step = case("step", STEADY, mib=42.0)
    assert measured(bars.ratio_to_torch(), "step", step) == 1.5
    assert measured(bars.ratio_to_torch(torch=[TORCH_NCHW]), "step", step) == 0.75
    assert measured(bars.ratio_to_torch(EVERY_OPTION), "step", step) == 1.25
    assert measured(bars.times_faster_than("per_pixel"), "step", step) == 15
    assert measured(bars.memory, "step", step) == 42


def test_what_did_not_run_is_not_measured():
    alone = case("step", {OURS: 3.0, TORCH_NCHW: 4.0})
    assert measured(bars.ratio_to_torch(), "step") is None
    assert measured(bars.ratio_to_torch(EVERY_OPTION), "step", alone) is None
    assert measured(bars.times_faster_than("per_pixel"), "step", alone) is None
    assert measured(bars.memory, "step") is None
    assert measured(bars.growth, "batch", alone) is None


@pytest.mark.parametrize("p", [0.8, 1.0, 1.2])
def test_growth_is_read_from_a_sweep(p):
    sweep = Sweep("batch", "against batch", "images", {16: "small", 64: "large"})
    cases = [case(name, {OURS: size**p, TORCH_NCHW: 1.0}) for size, name in sweep.points.items()]
    sweeps = report.sweep_records([sweep], cases)
    assert measured(bars.growth, "batch", *cases, sweeps=sweeps) == pytest.approx(p)
    assert sweeps[0]["exponents"][TORCH_NCHW]["value"] == pytest.approx(0)
    (verdict,) = bars.judged([Bar("growth", "batch", bars.growth, least=0.9, most=1.1)], cases, sweeps)
    assert verdict["met"] is (p == 1)
    assert report.sweep_records([sweep], cases[:1]) == []  # a sweep with a hole has no exponent


@pytest.mark.parametrize(
    ("value", "least", "most", "met"),
    [
        (1.6, None, 1.6, True),
        (1.61, None, 1.6, False),
        (12, 12, None, True),
        (11.9, 12, None, False),
        (1, 0.9, 1.1, True),
        (0.89, 0.9, 1.1, False),
        (1.11, 0.9, 1.1, False),
        (float("nan"), None, 1.6, False),
    ],
)
def test_met_and_not_met(value, least, most, met):
    found = judge(Bar("a", "step", lambda run, of: None, least, most), Estimate(value, value, value))
    assert (found["met"], found["open"]) == (met, False)


@pytest.mark.parametrize(("low", "high", "open_"), [(1.4, 1.55, False), (1.4, 1.7, True), (1.3, 1.6, True)])
def test_noise_may_leave_it_open(low, high, open_):
    found = judge(Bar("a", "step", lambda run, of: None, most=1.6), Estimate(1.5, low, high))
    assert (found["met"], found["open"]) == (True, open_)


def test_the_lines_tell_all_of_it():
    asked = (
        Bar("met", "step", lambda run, of: Estimate(0.5, 0.4, 0.6), most=1),
        Bar("missed", "step", lambda run, of: Estimate(13, 11, 14), least=20),
        Bar("close", "step", lambda run, of: Estimate(1.2, 1.0, 1.3), least=0.9, most=1.1),
        Bar("counted", "step", lambda run, of: Estimate(42, 42, 42), most=60),
        Bar("absent", "step", lambda run, of: None, most=1),
    )
    _, _, met, missed, close, counted, absent = bars.lines(bars.judged(asked, [], []))
    assert met.split() == ["met", "at", "most", "1", "0.50", "0.40", "to", "0.60", "met"]
    assert missed.endswith("NOT MET")
    assert close.endswith("NOT MET, within the noise")
    assert "0.9 to 1.1" in close
    assert "exact" in counted
    assert absent.endswith("not measured")


def test_large_numbers_do_not_run_into_the_verdict():
    asked = Bar("faster", "step", lambda run, of: Estimate(112.38, 111.11, 113.48), least=12)
    *_, line = bars.lines(bars.judged([asked], [], []))
    assert line.split()[-4:] == ["111.11", "to", "113.48", "met"]


def test_a_time_without_a_shared_cache_is_not_to_be_relied_on():
    """Cases of the sweep count too; what is counted does not depend on a cache."""
    sweep = Sweep("batch", "against batch", "images", {16: "small", 64: "large"})
    cases = [case("small", {OURS: 1.0}), case("large", {OURS: 4.0}, without_shared_cache=8)]
    asked = (
        Bar("steady", "small", lambda run, of: Estimate(0.5, 0.4, 0.6), most=1),
        Bar("disturbed", "large", lambda run, of: Estimate(0.5, 0.4, 0.6), most=1),
        Bar("growth", "batch", lambda run, of: Estimate(1.0, 0.95, 1.05), least=0.9, most=1.1),
        Bar("counted", "large", bars.memory, most=60),
    )
    verdicts = bars.judged(asked, cases, report.sweep_records([sweep], cases))
    assert [verdict["rounds_without_shared_cache"] for verdict in verdicts] == [0, 8, 8, 8]
    _, _, steady, disturbed, growth, counted = bars.lines(verdicts)
    assert steady.endswith("met")
    assert disturbed.endswith("met; no shared cache in 8 rounds: run it again")
    assert growth.endswith("met; no shared cache in 8 rounds: run it again")
    assert counted.endswith("met")


def test_a_run_is_missed_by_one_bar_or_by_measuring_none():
    def verdicts(*met):
        return [{"met": one} for one in met]

    assert not bars.missed(verdicts(True, None, True))
    assert bars.missed(verdicts(True, False))
    assert bars.missed(verdicts(None, None))


def test_every_bar_can_be_measured_by_a_full_run():
    """From records of all cases, made up; a misspelt case would read as not measured for ever."""
    cases = [case(one.name, STEADY) for one in CASES]
    verdicts = bars.judged(bars.BARS, cases, report.sweep_records(SWEEPS, cases))
    assert [verdict["name"] for verdict in verdicts if verdict["met"] is None] == []
    asked = dict(zip((bar.name for bar in bars.BARS), bars.asked(bars.BARS), strict=True))
    assert len(asked) == len(bars.BARS)
    assert asked["MLP step, to PyTorch"].endswith("at most 0.6")
    assert asked["CNN step, times faster than the loop over pixels"].endswith("at least 12")
    assert asked["CNN step, exponent of growth with the batch"].endswith("0.9 to 1.1")
