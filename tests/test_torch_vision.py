"""The import of torchvision: cured where its operators are missing, and otherwise left alone.

Each question is asked in a process of its own, of the real torchvision or of small ones that stand in for it.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def ask(code, *arguments):
    """What the code prints, as JSON; any warning is an error there."""
    command = [sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (result.returncode, result.stderr) == (0, "")
    return json.loads(result.stdout)


# --- the real one ---------------------------------------------------------------------------------------------------

REAL = """
import json
import torch
try:
    import torchvision  # as anyone would; where it fails, it leaves half of itself in sys.modules
    works_alone = True
except RuntimeError:
    works_alone = False
from torch_models import import_torchvision, vision
torchvision = import_torchvision()
from torchvision.transforms import v2
try:
    torchvision.ops.nms(torch.rand(2, 4), torch.rand(2), 0.5)
    boxes = "computed"
except RuntimeError as error:
    boxes = str(error)
print(json.dumps({
    "works_alone": works_alone,
    "declarations": len(vision.declarations),
    "again": import_torchvision() is torchvision,
    "classes": torchvision.datasets.FashionMNIST.classes[:2],
    "crop": list(v2.RandomCrop(4)(torch.zeros(3, 8, 8)).shape),
    "boxes": boxes,
}))
"""


def test_torchvision_is_usable_here():
    answer = ask(REAL)
    assert answer["classes"] == ["T-shirt/top", "Trouser"]
    assert answer["crop"] == [3, 4, 4]
    assert answer["again"]
    assert answer["declarations"] == (0 if answer["works_alone"] else 1), "declared only where it is needed"
    assert answer["works_alone"] or "Couldn't load custom C++ ops" in answer["boxes"], (
        "a declared operator is no operator"
    )


# --- stand-ins --------------------------------------------------------------------------------------------------------

SYMPTOM = "operator torchvision::nms does not exist"
STAND_INS = {
    "healthy": "answer = 42",
    "other_operator": "raise RuntimeError('operator torchvision::roi_align does not exist')",
    "other_error": "raise OSError('libpng16.so.16: cannot open shared object file')",
    "other_class": f"raise ValueError('{SYMPTOM}')",
    "needs_pillow": "import no_such_pillow",
    "absent": None,
    "sick": f"""
import sys
from torchvision import part
import torch
if not hasattr(torch.ops.torchvision, "nms"):
    raise RuntimeError("{SYMPTOM}")
answer = sys.parts_run
""",
    "incurable": f"import sys; sys.tries += 1; raise RuntimeError('{SYMPTOM}')",
}
PART = "import sys; sys.parts_run = getattr(sys, 'parts_run', 0) + 1"

TRY_EACH = """
import json, sys, torch
from pathlib import Path
from torch_models import import_torchvision, vision
sys.tries, answers = 0, {}
for name in sys.argv[2:]:
    folder = str(Path(sys.argv[1]) / name)
    sys.path.insert(0, folder)
    if name == "absent":
        sys.modules["torchvision"] = None
    try:
        outcome = import_torchvision().answer
    except Exception as error:
        outcome = f"{type(error).__name__}: {error}"
    declared = [operator for operator in ("nms", "qnms") if hasattr(torch.ops.torchvision, operator)]
    answers[name] = {"outcome": outcome, "declared": declared}
    sys.path.remove(folder)
    vision.forget_half_import()
answers["tries"] = sys.tries
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What came of each stand-in, in the order of STAND_INS: the two that are declared for come last."""
    root = tmp_path_factory.mktemp("torchvisions")
    for name, code in STAND_INS.items():
        package = root / name / "torchvision"
        package.mkdir(parents=True)
        if code is not None:
            (package / "__init__.py").write_text(code, encoding="utf-8")
            (package / "part.py").write_text(PART, encoding="utf-8")
    return ask(TRY_EACH, root, *STAND_INS)


UNTOUCHED = {
    "healthy": 42,
    "other_operator": "RuntimeError: operator torchvision::roi_align does not exist",
    "other_error": "OSError: libpng16.so.16: cannot open shared object file",
    "other_class": f"ValueError: {SYMPTOM}",
    "needs_pillow": "ModuleNotFoundError: No module named 'no_such_pillow'",
}


@pytest.mark.parametrize("name", UNTOUCHED)
def test_what_is_not_the_known_failure_is_left_alone(answers, name):
    assert answers[name] == {"outcome": UNTOUCHED[name], "declared": []}


def test_an_absent_torchvision_says_how_to_get_it(answers):
    assert answers["absent"]["declared"] == []
    assert re.fullmatch(
        r"ModuleNotFoundError: torchvision .* not installed: run `python -m pip install torchvision`",
        answers["absent"]["outcome"],
    )


def test_the_cure_declares_both_operators_and_imports_everything_again(answers):
    assert answers["sick"] == {"outcome": 2, "declared": ["nms", "qnms"]}, "its part must have run twice"


def test_what_the_cure_does_not_cure_keeps_its_own_error(answers):
    assert answers["incurable"]["outcome"] == f"RuntimeError: {SYMPTOM}"
    assert answers["tries"] == 1


def test_torchvision_is_imported_in_one_place_only():
    importers = [
        path.name
        for path in sorted((ROOT / "torch_models").glob("*.py"))
        if re.search(r"^\s*(import|from) torchvision", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    ]
    assert importers == ["vision.py"]
