"""What a stranger's code raises is told with where in it, and at most so long."""

import pytest

from parity_tests.subjects.stranger.module import CannotLoad
from sandboxed import checked, module, only_finding


def first(tmp_path, **code):
    return only_finding(checked(module(tmp_path, **code))).failures[0]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("self.bias", "AttributeError: 'ReLU' object has no attribute 'bias' in forward, line 6 of layers.py"),
        ("np.ones((3, 3)) + np.ones((4, 7))", "shapes (3,3) (4,7) in forward, line 6 of layers.py"),
        ("np.linalg.inv(np.zeros((2, 2)))", "LinAlgError: Singular matrix in forward, line 6 of layers.py"),
        ("input()", "EOFError: EOF when reading a line in forward, line 6 of layers.py"),
        ("self.forward(x)", "RecursionError: maximum recursion depth exceeded in forward, line 6 of layers.py"),
        ("sys.exit(3)", "called sys.exit(3) in forward, line 6 of layers.py"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt in forward, line 6 of layers.py"),
        ("Wordless.fail()", "Wordless: its message cannot be shown in fail, line "),
        ("os.chdir('/'); assert x is None", "AssertionError in forward, line 6 of layers.py"),
    ],
)
def test_the_line_of_the_submission_is_named(tmp_path, code, said):
    more = """
    class Wordless(Exception):
        def fail():
            raise Wordless

        def __str__(self):
            raise ValueError
    """
    failure = first(tmp_path, forward=code, more=more)
    assert said in failure.message
    assert failure.message.count("layers.py") == 1
    assert failure.case == "n4_d7"


def test_a_module_named_by_a_path_from_here(tmp_path, monkeypatch):
    module(tmp_path, forward="assert x is None")
    monkeypatch.chdir(tmp_path)
    assert "in forward, line 6 of layers.py" in only_finding(checked("layers.py")).failures[0].message


def test_a_long_message_is_cut(tmp_path):
    message = first(tmp_path, forward="raise ValueError('x' * 100_000)").message
    assert message.endswith("xxx ... (98000 more characters) in forward, line 6 of layers.py")
    assert len(message) < 2100


def test_a_long_reason_why_it_cannot_be_loaded_is_cut(tmp_path):
    with pytest.raises(CannotLoad, match=r"xxx \.\.\. \(98000 more characters\)$"):
        checked(module(tmp_path, more="raise ValueError('x' * 100_000)"))


def test_a_long_refusal_is_cut(tmp_path):
    found = checked(module(tmp_path, forward="if x.ndim > 2: raise NotImplementedError('x' * 100_000)"))
    assert all(len(reason) < 2100 for summary in found.summaries for reason in summary.not_offered)


def test_a_class_that_does_not_let_itself_be_looked_at_is_told_where_it_is_asked(tmp_path):
    more = """
    class Meta(type):
        def __getattr__(cls, name):
            raise RuntimeError(f"not {name}")

    class ReLU(ReLU, metaclass=Meta):
        pass
    """
    assert "RuntimeError: not __" in first(tmp_path, more=more).message


@pytest.mark.parametrize(
    ("returned", "named"),
    [
        ("list({0})", "a list"),
        ("1", "an int"),
        ("(row for row in {0})", "a generator"),
        ("np.float64(1)", "a numpy.float64"),
    ],
)
def test_what_is_no_array_is_told_as_what_it_is_and_not_as_raised(tmp_path, returned, named):
    for method, argument in (("forward", "x"), ("backward", "dout.tolist()")):
        failure = first(tmp_path, **{method: f"return {returned.format(argument)}"})
        assert failure.message == f"{method} returned {named}, where a numpy.ndarray was expected"
        assert failure.kind == "numbers"
