"""A stranger's code may use multiprocessing; what it starts does not outlive the check, and is not taken for it."""

import time

import pytest

from parity_tests import processes
from sandboxed import ONE_ROW, checked, module

WORKERS = """
    import multiprocessing, time

    def positive(row):
        return np.maximum(row, 0)

    def first(x):
        with multiprocessing.Pool(2) as pool:
            return np.array(pool.map(positive, list(x)))

    def start(work, *given):
        process = multiprocessing.Process(target=work, args=given)
        process.start()
        return process
"""


def is_alive(pid: int) -> bool:
    return processes._stat(pid)[:1] not in ([], ["Z"])


def test_a_layer_that_uses_a_pool_passes(tmp_path):
    code = "if x_is_one_row(x): assert np.array_equal(first(x), np.maximum(x, 0))"
    found = checked(module(tmp_path, forward=code, more=WORKERS + ONE_ROW), "ReLU", seconds=30.0, case="one_row")
    assert (found.findings, found.exit_code) == ((), 0)


@pytest.mark.parametrize("end", ["pass", "os._exit(7)", "time.sleep(100)"])
def test_what_it_has_started_ends_with_it(tmp_path, end):
    said = tmp_path / "pid"
    code = f"open({str(said)!r}, 'a').write(str(start(time.sleep, 100).pid) + ' '); {end}"
    checked(module(tmp_path, forward=code, more=WORKERS), "ReLU", case="one_row")
    started = list(map(int, said.read_text().split()))
    until = time.monotonic() + 10
    while any(map(is_alive, started)) and time.monotonic() < until:
        time.sleep(0.1)
    assert started
    assert not any(map(is_alive, started))


def test_an_exit_is_seen_at_once_though_others_hold_the_connection(tmp_path):
    code = "start(time.sleep, 100); os._exit(7)"
    begun = time.monotonic()
    (finding,) = checked(module(tmp_path, forward=code, more=WORKERS), "ReLU", seconds=60.0, case="one_row").findings
    assert time.monotonic() - begun < 60
    assert "code 7 in forward, line 6 of layers.py" in finding.failures[0].message


def test_where_a_process_of_its_own_ended_is_not_where_it_is(tmp_path):
    place = module(tmp_path, forward="start(len, x).join()", backward="while True: pass", more=WORKERS)
    (finding,) = checked(place, "ReLU", case="one_row").findings
    assert "within 3 s in backward, line 11 of layers.py" in finding.failures[0].message
