"""A published data set through torchvision: downloaded once, checksums verified, archives kept below the data root.

Archives that are already there are found and used without a network. CIFAR-10 comes as pickles; torchvision compares
their checksums with the published ones before it opens them.
"""

from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError

import numpy as np

from torch_models.published import Arrays, DatasetError, Published, find_fault
from torch_models.vision import import_torchvision

NO_CONNECTION = (URLError, ConnectionError, TimeoutError, HTTPException)
FAILED_DOWNLOAD = ("Error downloading", "File not found or corrupted")  # how torchvision's RuntimeErrors begin


def download(published: Published, data_root: Path) -> Arrays:
    """The four arrays, as published. While something is downloaded, torchvision shows its progress on stderr."""
    make = getattr(import_torchvision().datasets, published.torchvision_class)
    try:
        train, test = (make(data_root, train=is_train, download=True) for is_train in (True, False))
        arrays = as_arrays(train, test)
    except NO_CONNECTION as error:
        raise out_of_reach(published, data_root, in_words(error)) from error
    except (OSError, MemoryError):  # a full disk, a folder that is not ours: the system's own, clear error
        raise
    except Exception as error:
        failed_download = isinstance(error, RuntimeError) and str(error).startswith(FAILED_DOWNLOAD)
        raise (out_of_reach if failed_download else unreadable)(published, data_root, in_words(error)) from error
    fault = find_fault(arrays, published)
    if fault:
        raise unreadable(published, data_root, fault)
    return arrays


def as_arrays(train, test) -> Arrays:
    return {
        "train_images": np.asarray(train.data),
        "train_labels": np.asarray(train.targets, dtype=np.int64),
        "test_images": np.asarray(test.data),
        "test_labels": np.asarray(test.targets, dtype=np.int64),
    }


def in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")


def out_of_reach(published: Published, data_root: Path, words: str) -> DatasetError:
    if damaged := damaged_archives(published, data_root):
        return DatasetError(
            f"{damaged[0]} is damaged (its checksum is not the published one), and the download failed ({words}): copy "
            "that file again or connect to a network, or take --dataset digits, which needs neither."
        )
    return DatasetError(
        f"{published.name}: there is no {data_root / published.name}.npz and the download failed ({words}): connect to "
        "a network, name the folder that has the file with --data-root, or take --dataset digits, which needs neither."
    )


def damaged_archives(published: Published, data_root: Path) -> list[Path]:
    """FashionMNIST's archives that are there, and are not those that were published."""
    datasets = import_torchvision().datasets
    known = getattr(getattr(datasets, published.torchvision_class), "resources", ())
    there = {data_root / published.folder / name: md5 for name, md5 in known}
    return [path for path, md5 in there.items() if path.exists() and not datasets.utils.check_md5(path, md5)]


def unreadable(published: Published, data_root: Path, fault: str) -> DatasetError:
    folder = data_root / published.folder
    return DatasetError(
        f"{folder}: torchvision cannot read what it unpacked there ({fault}). Delete all but the archives (*.gz) from "
        "this folder and run again."
    )
