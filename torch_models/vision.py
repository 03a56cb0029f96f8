"""torchvision, also where its compiled operators do not load.

PyPI's torchvision is built for CUDA PyTorch. Beside the CPU build its library of operators (non-maximum suppression of
boxes and the like) does not load, and then the import ends with "operator torchvision::nms does not exist", because it
registers shapes for two of them; data sets and transforms use none. The cure is to declare those two by name and
signature. They stay empty: torchvision itself tells whoever calls one that its operators are not there.

Everything in the project that needs torchvision gets it here.
"""

import sys
from types import ModuleType

from torch.library import Library

OPERATORS = ("nms", "qnms")
SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
SYMPTOM = "operator torchvision::nms does not exist"

declarations: list[Library] = []  # an operator is declared for as long as its Library object lives


def import_torchvision() -> ModuleType:
    """The module torchvision. Any failure but the one above is torchvision's own, and passes unchanged."""
    try:
        import torchvision
    except ModuleNotFoundError as error:
        if error.name != "torchvision":  # something that torchvision itself needs
            raise
        message = "torchvision is needed here and is not installed: run `python -m pip install torchvision`"
        raise ModuleNotFoundError(message, name="torchvision") from None
    except RuntimeError as error:
        if str(error) != SYMPTOM or declarations:  # another failure, or one that the declarations did not cure
            raise
        forget_half_import()
        declare_operators()
        import torchvision
    return torchvision


def forget_half_import() -> None:
    """Without torchvision's modules that were already imported, the next import starts from the beginning."""
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]


def declare_operators() -> None:
    library = Library("torchvision", "FRAGMENT")
    for operator in OPERATORS:
        library.define(operator + SIGNATURE)
    declarations.append(library)
