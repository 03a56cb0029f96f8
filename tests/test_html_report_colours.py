"""The palettes: every text can be read on every ground, in light and in dark (WCAG 2, AA)."""

import numpy as np
import pytest

from parity_tests.report.html.style import DARK, LIGHT


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_on_every_ground(palette):
    on_grounds = ["text", "quiet", "link", "bad-text", "noted-text", "good", *"xwbyudg"]
    pairs = [(text, ground) for text in on_grounds for ground in ("ground", "raised")]
    pairs += [("text", f"t{i}") for i in range(5)] + [("bad-text", "bad"), ("noted-text", "noted")]
    low = {pair: contrast(palette[pair[0]], palette[pair[1]]) for pair in pairs}
    assert {pair: ratio for pair, ratio in low.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_tints_are_ordered_by_lightness(palette):
    steps = [luminance(palette[f"t{i}"]) for i in range(5)]
    assert steps == sorted(steps, reverse=palette is LIGHT)
    assert np.all(np.abs(np.diff(steps)) > 0.004)
