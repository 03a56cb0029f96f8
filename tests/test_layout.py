"""Layouts and weight maps: permutations of elements, one-to-one by construction, refused where they are not."""

import numpy as np
import pytest

from parity_tests.layout import IMAGES, AsTheyAre, Layout, Weight, require_one_to_one

LAYOUTS = [
    (Layout("m d -> d m"), (5, 3)),
    (Layout("m -> 1 m"), (5,)),
    (Layout("m c i j -> i j c m"), (4, 3, 2, 5)),
    (IMAGES, (2, 3, 4, 5)),
    (Layout("m (c h w) -> (h w c) m", {"h": 4, "w": 2}), (3, 40)),
    (Layout("n (c h w) -> n (h w c)", {"h": 1, "w": 3}), (2, 6)),
    (Layout("->"), ()),
]


@pytest.mark.parametrize(("layout", "shape"), LAYOUTS, ids=lambda value: getattr(value, "pattern", None))
def test_there_and_back_is_the_same_and_loses_nothing(layout, shape):
    theirs = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    ours = layout.to_ours(theirs)
    np.testing.assert_array_equal(np.sort(ours, axis=None), theirs.ravel())
    np.testing.assert_array_equal(layout.to_theirs(ours), theirs)


def test_the_layouts_are_what_they_say():
    rng = np.random.default_rng(0)
    W = rng.normal(size=(4, 3, 2, 5))
    assert Layout("m c i j -> i j c m").to_ours(W)[1, 2, 0, 3] == W[3, 0, 1, 2]
    features = rng.normal(size=(6, 5 * 3 * 2))  # (m, c h w) of 5 channels, 3 rows, 2 columns
    ours = Layout("m (c h w) -> (h w c) m", {"h": 3, "w": 2}).to_ours(features)
    for c, h, w in [(0, 0, 0), (4, 2, 1), (3, 1, 0)]:
        np.testing.assert_array_equal(ours[(h * 2 + w) * 5 + c], features[:, (c * 3 + h) * 2 + w])


def test_images_alone_change_when_things_stay_as_they_are():
    layout, image, rows = AsTheyAre(), np.zeros((2, 3, 4, 5)), np.zeros((2, 3))
    assert layout.to_ours(image).shape == (2, 4, 5, 3)
    assert layout.to_theirs(layout.to_ours(image)).shape == image.shape
    assert layout.to_ours(rows) is rows


@pytest.mark.parametrize("pattern", ["a b -> a", "a -> a b", "a a -> a a", "a b -> b c", "a b -> a b b"])
def test_a_layout_that_is_not_one_to_one_is_refused(pattern):
    with pytest.raises(ValueError, match="the same letters on both sides, each once"):
        Layout(pattern)


@pytest.mark.parametrize(
    ("pattern", "words"), [("a b", "one arrow"), ("a -> b -> a", "one arrow"), ("(a -> a", "letters")]
)
def test_a_layout_that_cannot_be_read_is_refused(pattern, words):
    with pytest.raises(ValueError, match=words):
        Layout(pattern)


@pytest.mark.parametrize(
    ("layout", "shape"),
    [
        (Layout("m d -> d m"), (3,)),
        (Layout("m (c h w) -> (h w c) m", {"h": 4, "w": 2}), (3, 41)),
        (Layout("m (c h w) -> (h w c) m"), (3, 40)),
        (Layout("m -> 1 m"), (3, 1)),
    ],
)
def test_an_array_that_does_not_fit_is_refused(layout, shape):
    with pytest.raises(ValueError, match="Layout"):
        layout.to_ours(np.zeros(shape))


def test_a_row_that_is_no_row_is_refused():
    with pytest.raises(ValueError, match="does not split"):
        Layout("m -> 1 m").to_theirs(np.zeros((2, 5)))


ENTRIES = (Weight("W", "weight", Layout("m d -> d m")), Weight("b", "bias", Layout("m -> 1 m")))


def test_a_one_to_one_map_is_accepted():
    require_one_to_one("Dense", ENTRIES, {"W", "b"}, {"weight", "bias"})


@pytest.mark.parametrize(
    ("entries", "ours", "theirs", "words"),
    [
        (ENTRIES[:1], {"W", "b"}, {"weight"}, "Dense: .* ours: not mapped: b"),
        (ENTRIES, {"W", "b"}, {"weight", "bias", "scale"}, "theirs: not mapped: scale"),
        (ENTRIES, {"W"}, {"weight", "bias"}, "ours: unknown: b"),
        ((*ENTRIES, ENTRIES[0]), {"W", "b"}, {"weight", "bias"}, "ours: twice: W"),
        ((ENTRIES[0], Weight("b", "weight", ENTRIES[1].layout)), {"W", "b"}, {"weight"}, "theirs: twice: weight"),
    ],
)
def test_a_map_that_is_not_one_to_one_is_refused(entries, ours, theirs, words):
    with pytest.raises(ValueError, match=words):
        require_one_to_one("Dense", entries, ours, theirs)
