"""Whether two processors share a cache, as the benchmark measures and says it."""

import os

import pytest

from benchmarks import caches, report
from benchmarks.contestant import OURS, TORCH_NCHW, Case
from benchmarks.timing import Race, Timing

TWO = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2, reason="it takes two processors"
)


@TWO
def test_the_distance_is_a_ratio_of_times():
    assert 0.1 < caches.distance() < 100


@TWO
def test_work_runs_on_the_processor_that_was_named_and_the_caller_stays_free():
    before = os.sched_getaffinity(0)
    for processor in sorted(before):
        assert caches.on(processor, lambda: os.sched_getaffinity(0)) == {processor}
    assert os.sched_getaffinity(0) == before


@TWO
def test_the_first_processor_writes_over_what_it_or_the_last_has_read(monkeypatch):
    first, last = min(os.sched_getaffinity(0)), max(os.sched_getaffinity(0))
    used, seconds, on = [], iter([2.0, 5.0]), caches.on
    monkeypatch.setattr(caches, "on", lambda processor, work: used.append(processor) or on(processor, work))
    monkeypatch.setattr(caches, "mean_seconds", lambda work, calls: work() or next(seconds))
    assert caches.distance(trials=1) == 2.5
    assert used == [first, first, first, first, last, first]


def test_a_round_is_disturbed_where_no_cache_was_shared_before_it_or_after_it(monkeypatch):
    found = iter([1, 1.9, 20, 1, 0.9, None, 1])
    monkeypatch.setattr(caches, "distance", lambda: next(found))
    watch = caches.Watch()
    assert [watch.disturbed() for _ in range(6)] == [False, True, True, False, False, False]


def test_one_processor_is_no_distance_away(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0}, raising=False)
    assert caches.distance() is None
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)
    assert caches.distance() is None


@pytest.mark.parametrize("there", [[], [OURS], [TORCH_NCHW], [OURS, TORCH_NCHW]], ids=str)
def test_of_few_rounds_set_aside_some_contestants_may_have_sat_all_out(there):
    turns = {name: Timing((0.5,), 1) for name in (OURS, TORCH_NCHW)}
    raced = Race(turns, {name: turns[name] for name in there}, rounds_aside=1)
    found = report.case_record(Case("large", "a case", list), raced, {})
    at = found["no_shared_cache"]
    assert at["ratio_there"] == (1.0 if len(there) == 2 else None)
    (line,) = report.without_shared_cache([found])
    assert line.endswith(": large 1 (1.00)" if len(there) == 2 else ": large 1 (-)")


def test_cases_with_rounds_without_a_shared_cache_are_named():
    def case(name, aside, count):
        ratio = 2.434 if aside else None
        found = {"rounds_set_aside": aside, "ratio_there": ratio, "seconds_there": {}, "rounds_that_count": count}
        return {"name": name, "no_shared_cache": found}

    assert report.without_shared_cache([case("steady", 0, 0)]) == []
    aside, count = report.without_shared_cache([case("steady", 0, 0), case("some", 3, 0), case("all", 11, 7)])
    assert aside.endswith(": some 3 (2.43), all 11 (2.43)")
    assert count.endswith(": all 7")
