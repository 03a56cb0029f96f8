"""Schedules against PyTorch: every check of every case of every pair."""

from parity_tests.parametrize import assert_agrees, parametrize


@parametrize("schedule")
def test_schedule(check, bench):
    assert_agrees(check, bench)
