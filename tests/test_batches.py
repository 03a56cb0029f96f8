"""Standardising, one-hot targets, splits and mini-batches."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratch_nn import mini_batches, one_hot, split, standardise

COUNTS = st.integers(1, 40)
SEEDS = st.integers(0, 2**32 - 1)


def generator(seed=0):
    return np.random.default_rng(seed)


def table(N, D=3, seed=0, dtype=np.float64):
    return generator(seed).normal(5, 3, (N, D)).astype(dtype)


# ---- standardise


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_standardise_uses_the_training_rows_only(dtype):
    train, test = table(50, dtype=dtype), 2 * table(20, seed=1, dtype=dtype)
    given_train, given_test = train.copy(), test.copy()
    Z_train, Z_test = standardise(train, test)
    atol = 1e-6 if dtype == np.float32 else 1e-13
    np.testing.assert_allclose(Z_train.mean(axis=0), 0, atol=atol)
    np.testing.assert_allclose(Z_train.std(axis=0), 1, atol=atol)
    np.testing.assert_allclose(Z_test, (test - train.mean(axis=0)) / train.std(axis=0), atol=10 * atol)
    assert abs(Z_test.mean()) > 0.5  # by its own statistics it would be 0
    assert (Z_train.dtype, Z_test.dtype) == (dtype, dtype)
    np.testing.assert_array_equal(train, given_train)
    np.testing.assert_array_equal(test, given_test)


def test_standardise_agrees_with_scikit_learn():
    from sklearn.preprocessing import StandardScaler

    train, test = table(31), table(7, seed=3)
    train[:, 1] = test[:, 1] = 0.1  # constant
    scaler = StandardScaler().fit(train)
    for ours, X in zip(standardise(train, test), (train, test), strict=True):
        np.testing.assert_allclose(ours, scaler.transform(X), atol=1e-13)


@settings(deadline=None)
@given(value=st.floats(-1e6, 1e6, width=32), N=COUNTS, dtype=st.sampled_from([np.float32, np.float64]))
def test_a_constant_column_becomes_zeros_and_its_test_values_stay_small(value, N, dtype):
    train = np.full((N, 1), value, dtype)
    Z_train, Z_test = standardise(train, train + dtype(0.25))
    np.testing.assert_allclose(Z_train, 0, atol=1e-9)
    np.testing.assert_allclose(Z_test, 0.25, atol=0.1 if dtype is np.float32 else 1e-6)


def test_standardise_images_pixel_by_pixel():
    X = table(20, 12).reshape(20, 2, 2, 3)
    (Z,) = standardise(X)
    np.testing.assert_allclose(Z.reshape(20, 12), standardise(X.reshape(20, 12))[0])


@pytest.mark.parametrize(
    ("train", "other", "error", "message"),
    [
        (table(5), table(5, 4), ValueError, r"others\[0\] of shape \(N, D\), .* got \(5, 4\)"),
        (table(5)[:0], table(5), ValueError, r"train of shape .* got \(0, 3\)"),
        (table(5)[:, 0], table(5), ValueError, r"train of shape .* got \(5,\)"),
        (table(5).astype(int), table(5), TypeError, r"train of type float32 or float64, got int64"),
        (table(5), table(5).tolist(), TypeError, r"others\[0\] to be a NumPy array"),
    ],
)
def test_standardise_refuses(train, other, error, message):
    with pytest.raises(error, match=message):
        standardise(train, other)


# ---- one_hot


@settings(deadline=None)
@given(data=st.data(), n_classes=st.integers(1, 12))
def test_one_hot_has_a_one_where_the_label_is_and_zeros_elsewhere(data, n_classes):
    labels = np.array(data.draw(st.lists(st.integers(0, n_classes - 1), min_size=1, max_size=20)))
    Y = one_hot(labels, n_classes)
    assert Y.shape == (len(labels), n_classes)
    assert Y.dtype == np.float64
    assert (Y.sum(axis=1) == 1).all()
    assert set(np.unique(Y)) <= {0, 1}
    np.testing.assert_array_equal(Y.argmax(axis=1), labels)


@settings(deadline=None)
@given(labels=st.lists(st.integers(-5, 9), min_size=1), n_classes=st.integers(1, 5))
def test_one_hot_refuses_labels_out_of_range_and_names_the_first(labels, n_classes):
    outside = [i for i, label in enumerate(labels) if not 0 <= label < n_classes]
    if outside:
        message = rf"labels in 0 \.\.\. {n_classes - 1}, got labels\[{outside[0]}\] = {labels[outside[0]]}\."
        with pytest.raises(ValueError, match=message):
            one_hot(np.array(labels), n_classes)
    else:
        assert len(one_hot(np.array(labels), n_classes)) == len(labels)


@pytest.mark.parametrize("labels", [np.array([0.0, 1.0]), np.array([True, False]), np.array(["a"])])
def test_one_hot_refuses_what_is_not_an_integer(labels):
    with pytest.raises(TypeError, match=f"labels of an integer type, got {labels.dtype}"):
        one_hot(labels, 2)


def test_one_hot_refuses_a_column_and_other_class_counts():
    with pytest.raises(ValueError, match=r"labels of shape \(N,\), got \(3, 1\)\. Use labels\.ravel"):
        one_hot(np.zeros((3, 1), int), 2)
    with pytest.raises(ValueError, match="n_classes to be an integer of at least 1"):
        one_hot(np.zeros(3, int), 0)


def test_one_hot_takes_lists_unsigned_numbers_and_a_type():
    assert one_hot([1, 0], 2, np.float32).dtype == np.float32
    np.testing.assert_array_equal(one_hot(np.array([2, 0], np.uint8), 3), [[0, 0, 1], [1, 0, 0]])


# ---- split


@settings(deadline=None)
@given(N=st.integers(13, 60), weights=st.lists(st.integers(1, 4), min_size=1, max_size=4), seed=SEEDS)
def test_the_parts_are_disjoint_and_together_everything(N, weights, seed):
    fractions = [w / sum(weights) for w in weights]
    X, Y = np.arange(N)[:, None], -np.arange(N)
    parts = split(X, Y, fractions=fractions, rng=generator(seed))
    for (X_part, Y_part), fraction in zip(parts, fractions, strict=True):
        np.testing.assert_array_equal(X_part[:, 0], -Y_part)
        assert abs(len(X_part) - fraction * N) <= 1
    assert sorted(np.concatenate([X_part[:, 0] for X_part, _ in parts])) == list(range(N))


def test_a_split_is_drawn_and_repeats_with_its_seed():
    X = np.arange(20)
    first, again, other = (split(X, X, fractions=(0.5, 0.5), rng=generator(seed))[0][0] for seed in (0, 0, 1))
    assert first.tolist() == again.tolist() != other.tolist()
    assert first.tolist() != sorted(first)


@pytest.mark.parametrize(
    ("fractions", "message"),
    [
        ((0.5, 0.4), r"positive fractions that sum to 1, got \(0\.5, 0\.4\)"),
        ((1.2, -0.2), "positive fractions"),
        ((), "positive fractions"),
        (0.8, r"positive fractions that sum to 1, got 0\.8\. Try \(0\.8, 0\.2\)\."),
        (None, "positive fractions"),
        ((0.96, 0.04), r"an example for each part, got sizes \[10, 0\]"),
    ],
)
def test_split_refuses_fractions(fractions, message):
    with pytest.raises(ValueError, match=message):
        split(np.arange(10), np.arange(10), fractions=fractions, rng=generator())


# ---- mini_batches


@settings(deadline=None)
@given(N=COUNTS, batch_size=st.one_of(st.none(), st.integers(1, 50)), seed=st.one_of(st.none(), SEEDS))
def test_every_example_comes_exactly_once_with_its_target(N, batch_size, seed):
    X, Y = np.arange(N)[:, None], -np.arange(N)
    batches = list(mini_batches(X, Y, batch_size, None if seed is None else generator(seed)))
    seen = np.concatenate([X_batch[:, 0] for X_batch, _ in batches])
    np.testing.assert_array_equal(seen, -np.concatenate([Y_batch for _, Y_batch in batches]))
    assert sorted(seen) == list(range(N))
    if seed is None:
        assert list(seen) == list(range(N))
    size = batch_size or N
    full, rest = divmod(N, size)
    assert [len(X_batch) for X_batch, _ in batches] == [size] * full + [rest] * (rest > 0)


def test_the_order_is_the_generators_and_another_one_each_epoch():
    X = np.arange(30)

    def epoch(rng):
        return np.concatenate([batch for batch, _ in mini_batches(X, X, 7, rng)]).tolist()

    rng = generator(4)
    first, second = epoch(rng), epoch(rng)
    assert first != second
    assert first == epoch(generator(4)) == generator(4).permutation(30).tolist()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((np.ones(3), np.ones(4), 2), ValueError, "as many rows in X as in Y, at least one, got 3 and 4"),
        ((np.ones(0), np.ones(0), 2), ValueError, "at least one, got 0 and 0"),
        ((np.ones(3), np.ones(3), 0), ValueError, "batch_size to be an integer of at least 1, got 0"),
        ((np.ones(3), np.ones(3), 2.0), ValueError, "batch_size to be an integer"),
        (
            (np.ones(3), np.ones(3), 2, 0),
            TypeError,
            r"rng to be of type Generator, got 0\. Use np\.random\.default_rng",
        ),
    ],
)
def test_mini_batches_refuses_at_once(arguments, error, message):
    with pytest.raises(error, match=message):
        mini_batches(*arguments)
