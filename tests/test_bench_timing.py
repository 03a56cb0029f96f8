"""The race: its arithmetic, its order of turns, who sits out; estimates from made-up times; the memory of a call."""

from contextlib import contextmanager
from itertools import count

import numpy as np
import pytest

from benchmarks import estimate, timing
from benchmarks.memory import peak_mib
from benchmarks.timing import Pace, Racer, Timing

# ---- medians and turns


def test_median_and_spread():
    assert Timing((5.0, 1.0, 3.0), 1).median == 3
    assert Timing((4.0, 1.0, 2.0, 100.0), 1).median == 3
    assert Timing((5.0, 1.0, 4.0, 2.0, 3.0), 1).spread == 2  # quartiles 2 and 4
    assert Timing((7.0, 7.0), 1).spread == 0


def test_ratio_is_to_the_fastest_of_the_others():
    ours, fast, slow = (Timing((seconds,) * 3, 1) for seconds in (6.0, 4.0, 12.0))
    assert timing.ratio(ours, slow, fast) == 1.5
    assert timing.ratio(ours, slow) == 0.5


def test_every_round_holds_every_contestant_once():
    turns = dict.fromkeys("abc", 40)
    orders = list(timing.rounds(turns, 40, np.random.default_rng(0)))
    assert len(orders) == 40
    assert all(sorted(order) == ["a", "b", "c"] for order in orders)
    assert len({tuple(order) for order in orders}) == 6  # in every order there is
    assert orders == list(timing.rounds(turns, 40, np.random.default_rng(0)))


@pytest.mark.parametrize("repeats", range(2, 12))
def test_whoever_sits_out_has_its_turns_from_the_first_round_to_the_last(repeats):
    for turns in range(2, repeats + 1):
        orders = list(timing.rounds({"fast": repeats, "slow": turns}, repeats, np.random.default_rng(0)))
        took_part = [i for i, order in enumerate(orders) if "slow" in order]
        assert all("fast" in order for order in orders)
        assert len(took_part) == turns
        assert (took_part[0], took_part[-1]) == (0, repeats - 1)
        assert np.ptp(np.diff(took_part)) <= 1  # evenly spread


@pytest.mark.parametrize(("seconds", "calls"), [(0, 1000), (1e-9, 1000), (0.001, 20), (0.0199, 2), (0.02, 1), (5, 1)])
def test_a_turn_lasts_long_enough_to_be_timed(seconds, calls):
    assert Pace(seconds).calls == calls


@pytest.mark.parametrize(
    ("seconds", "turns"),
    [(0, 20), (0.1, 20), (0.14, 20), (0.2, 15), (0.45, 7), (0.5, 12), (1, 7), (5, 3), (100, 3)],
)
def test_a_slow_contestant_has_fewer_turns(seconds, turns):
    """A round is meant to take 0.4 s of one: a pause, a free call, a call. From 0.5 s on the free call is spared."""
    assert Pace(seconds).turns(20, pause=0.12) == turns
    assert Pace(seconds).free_call == (seconds < 0.5)


def test_no_contestant_has_more_turns_than_there_are_rounds():
    assert Pace(100).turns(2, pause=0.12) == 2


def test_mean_seconds_of_a_call():
    ticks = count(step=6)
    assert timing.mean_seconds(lambda: None, 3, clock=lambda: next(ticks)) == 2


def logged(log, name):
    """A racer that writes down its calls, and when its options are on."""

    @contextmanager
    def options():
        log.append(f"{name}+")
        yield
        log.append(f"{name}-")

    return Racer(lambda: log.append(name), options)


def test_a_race_takes_turns_and_pauses_before_each(monkeypatch):
    log = []
    monkeypatch.setattr(timing.time, "sleep", log.append)
    monkeypatch.setattr(timing, "warmed_up", lambda racer: Pace(0.01))  # two calls make a turn
    racers = {name: logged(log, name) for name in "ab"}
    timings = timing.race(racers, 3, 0.12, np.random.default_rng(0), lambda: log.append("round")).timings
    turns = [tuple(log[i : i + 6]) for at in range(0, len(log), 13) for i in (at, at + 6)]
    assert log[12::13] == ["round"] * 3
    of_each = [(0.12, f"{name}+", name, name, name, f"{name}-") for name in "ab"]  # one free call, two on the clock
    assert sorted(turns) == sorted(of_each * 3)
    assert [(len(t.seconds), t.calls) for t in timings.values()] == [(3, 2), (3, 2)]


@pytest.mark.parametrize(
    ("disturbed", "aside", "count"),
    [([], [], []), ([1], [1], []), ([0, 1, 2, 5], [0, 1, 2], [5]), (range(9), [0, 1, 2], [3, 4, 5])],
)
def test_a_round_that_was_disturbed_is_set_aside_and_taken_again(disturbed, aside, count, monkeypatch):
    """But not more of them than there are rounds; after that they count."""
    at, done = [-1], []
    monkeypatch.setattr(timing, "warmed_up", lambda racer: Pace(1.0))
    monkeypatch.setattr(timing, "turn", lambda racer, pace: float(at[0] + 1))  # the number of the round

    def was_disturbed():
        at[0] += 1
        return at[0] in disturbed

    racers = {name: Racer(lambda: None) for name in "ab"}
    raced = timing.race(racers, 3, 0, np.random.default_rng(0), lambda: done.append(at[0]), was_disturbed)
    assert len(done) == 3
    for name in "ab":
        assert raced.timings[name].seconds == tuple(map(float, done))
        assert (raced.aside[name].seconds if aside else ()) == tuple(map(float, aside))
    assert (raced.rounds_aside, raced.rounds_disturbed) == (len(aside), len(count))
    assert set(done) >= set(count)


def test_a_long_call_is_not_made_for_nothing():
    log = []
    timing.turn(logged(log, "a"), Pace(0.6))
    assert log == ["a+", "a", "a-"]


def test_it_is_warmed_up_with_its_options():
    log = []
    assert timing.warmed_up(logged(log, "a")).seconds < 0.1
    assert log == ["a+", "a", "a", "a-"]


# ---- estimates


@pytest.mark.parametrize("p", [0.9, 1.0, 2.0])
def test_the_exponent_of_made_up_times(p):
    sizes = [16, 32, 64, 128]
    found = estimate.exponent(sizes, [[0.003 * size**p] * 5 for size in sizes])
    assert (found.value, found.low, found.high) == pytest.approx((p, p, p))


def test_the_exponent_is_the_least_squares_slope():
    sizes, seconds = [1, 10, 100], [1.0, 20.0, 100.0]
    found = estimate.exponent(sizes, [[s] for s in seconds])
    assert found.value == pytest.approx(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def test_a_ratio_is_as_uncertain_as_its_times():
    rng = np.random.default_rng(0)
    ours, torch = (level * rng.uniform(0.9, 1.1, 15) for level in (3.0, 2.0))
    found = estimate.ratio(ours, 5 * torch, torch)
    assert found.value == np.median(ours) / np.median(torch)
    assert 1.2 < found.low < found.value < found.high < 1.8
    assert estimate.ratio(ours, 5 * torch, torch) == found  # the same turns, the same noise
    steady = estimate.ratio([3.0] * 5, [2.0] * 5)
    assert (steady.value, steady.low, steady.high) == (1.5, 1.5, 1.5)


def test_the_noise_of_a_ratio_covers_what_a_repetition_would_give():
    """Of 200 made-up runs, about 90 in 100 have the true ratio between low and high."""
    rng = np.random.default_rng(1)
    runs = [estimate.ratio(*(level * rng.lognormal(0, 0.1, 15) for level in (3.0, 2.0))) for _ in range(200)]
    assert 0.8 < np.mean([run.low <= 1.5 <= run.high for run in runs]) <= 1


# ---- memory


@pytest.mark.parametrize(("first", "second", "peak"), [(3, 2, 5), (2, 4, 6)])
def test_the_peak_counts_what_is_held_at_one_time(first, second, peak):
    def run():
        one = np.ones(first << 20, np.uint8)
        two = np.ones(second << 20, np.uint8)
        del one, two
        return np.ones(1 << 20, np.uint8)

    run()
    assert peak_mib(run) == pytest.approx(peak, abs=0.05)


def test_what_is_kept_from_call_to_call_is_not_counted_but_what_is_replaced_is():
    kept = np.ones(8 << 20, np.uint8)
    assert peak_mib(lambda: np.add(kept, 1, out=kept)) < 0.1
    cache = {}
    replaced = lambda: cache.update(X=np.ones(4 << 20, np.uint8))  # noqa: E731
    replaced()
    assert peak_mib(replaced) == pytest.approx(4, abs=0.05)
