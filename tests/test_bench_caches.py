"""Whether two processors share a cache, as the benchmark measures and says it."""

import os

import pytest

from benchmarks import caches, report

TWO = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2, reason="it takes two processors"
)


@TWO
def test_the_distance_is_a_ratio_of_times():
    assert 0.1 < caches.distance() < 10


@TWO
def test_work_runs_on_the_processor_that_was_named_and_the_caller_stays_free():
    before = os.sched_getaffinity(0)
    for processor in sorted(before):
        assert caches.on(processor, lambda: os.sched_getaffinity(0)) == {processor}
    assert os.sched_getaffinity(0) == before


@TWO
def test_the_first_processor_and_the_last_read_what_the_first_wrote(monkeypatch):
    last = max(os.sched_getaffinity(0))

    def seconds(work, calls):
        work()
        return 5.0 if os.sched_getaffinity(0) == {last} else 2.0

    monkeypatch.setattr(caches, "mean_seconds", seconds)
    assert caches.distance(trials=1) == 2.5


def test_one_processor_is_no_distance_away(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0}, raising=False)
    assert caches.distance() is None
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)
    assert caches.distance() is None


def test_cases_without_a_shared_cache_are_named():
    def case(name, distance):
        return {"name": name, "cache_distance": distance}

    assert report.far_apart([case("near", 1.1), case("unknown", None)]) == []
    (line,) = report.far_apart([case("near", 1.1), case("far", 1.62)])
    assert "far 1.6" in line
    assert "near" not in line
