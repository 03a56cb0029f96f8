"""Files of anyone's tests that ask the checks by `parametrize`; test_parametrize.py runs them."""

# An adapter in a few lines: a ReLU, right everywhere but at exactly 0, and nothing else.
MINE = """
import numpy as np
from parity_tests.pair import NotOffered

class ReLU:
    def load(self, parameters, state):
        self.nothing = {}

    def forward(self, X, *, training, masks):
        self.on = ~(X < 0)
        return np.maximum(X, 0)

    def backward(self, dLdY):
        return np.where(self.on, dLdY, 0)

    def gradients(self):
        return self.nothing

    def state(self):
        return self.nothing

def side(pair, case, dtype):
    if pair.name != "ReLU":
        raise NotOffered(f"there is no {pair.name} here")
    return ReLU()

def broken(pair, case, dtype):
    raise OverflowError(f"no {pair.name} today")
"""

FILES = {
    "mine.py": MINE,
    "test_ours.py": """
        import scratch_nn
        from parity_tests import parametrize
        from parity_tests.subjects.scratch import ScratchSide

        @parametrize(ScratchSide(scratch_nn), pairs=("L2", "Constant"))
        def test_agrees(check):
            check.assert_agrees()
    """,
    "test_wrong_at_zero.py": """
        from mine import side
        from parity_tests import parametrize

        @parametrize(side, pairs=("ReLU", "Tanh"))
        def test_agrees(check):
            check.assert_agrees()
    """,
    "test_expected.py": """
        from mine import side
        from parity_tests import parametrize

        class TestLayers:
            @parametrize(side, pairs=("ReLU",), expected_failures={
                "ReLU-kinks-training.input_gradient[float64]": "week 5",
                "ReLU-images-training.output[float64]": "week 6",
            })
            def test_agrees(self, check, tmp_path):
                check.assert_agrees()
    """,
    "noted.py": """
        import numpy as np

        class ReLU:
            def forward(self, X):
                self.on = X > 0
                return np.maximum(X, 0)

            def backward(self, dY):
                return dY * self.on

        class Tanh:
            def forward(self, X):
                self.Y = np.where(np.isnan(X), 0, np.tanh(X))
                return self.Y + (1e-3 if np.isnan(X).any() or X.ndim == 4 else 0)

            def backward(self, dY):
                return dY * (1 - self.Y**2)
    """,
    "test_noted.py": """
        from parity_tests import parametrize

        @parametrize("noted.py", pairs=("ReLU", "Tanh"))
        def test_agrees(check):
            check.assert_agrees()
    """,
    "test_strict.py": """
        from parity_tests import parametrize

        @parametrize("noted.py", pairs=("ReLU",), strict=True)
        def test_agrees(check):
            check.assert_agrees()
    """,
    "test_raises.py": """
        from mine import broken
        from parity_tests import parametrize

        @parametrize(broken, pairs=("Flatten",), expected_failures={
            "Flatten-images-training.output[float64]": "not written yet",
        })
        def test_agrees(check):
            check.assert_agrees()
    """,
    "test_nothing.py": """
        from mine import side
        from parity_tests import parametrize

        @parametrize(side, pairs=("Flatten",))
        def test_agrees(check):
            check.assert_agrees()
    """,
    "test_never_asks.py": """
        from mine import side
        from parity_tests import parametrize

        @parametrize(side, pairs=("Constant",))
        def test_agrees(check):
            assert check.id
    """,
    "layers.py": """
        import numpy as np

        class Flatten:
            def forward(self, X):
                self.shape = X.shape
                return X.reshape(len(X), -1)

            def backward(self, dY):
                return dY.reshape(self.shape)
    """,
    "test_path.py": """
        from parity_tests import parametrize

        @parametrize("layers.py", pairs=("Flatten", "Step"))
        def test_agrees(check):
            check.assert_agrees()
    """,
}
