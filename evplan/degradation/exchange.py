"""Estimators to give away and to take: files of skops (extra `exchange`) instead of joblib's, which run code when they are opened.

A file says which types it is made of. One that needs any but scikit-learn's own, and the few of its inner ones that ours use, is refused
before anything of it is made.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evplan.errors import InputError
from evplan.paths import replacing, sized

INNER = frozenset(
    {
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    }
)  # of trees and of a network: scikit-learn's, but not its public ones
MOST_UNPACKED = 1_000_000_000  # bytes


def write_exchange(estimators: Mapping[str, Any], path: Path) -> Path:
    """Write estimators by name for others to open; return the file's path."""
    with replacing(path) as temporary:
        require_skops().dump(dict(estimators), temporary)
    return path


def read_exchange(path: Path) -> dict[str, Any]:
    """Return the estimators of a file of skops, by name.

    Raises: InputError for a file that cannot be read, and for one made of types that are not known to be harmless.
    """
    skops = require_skops()
    try:
        with zipfile.ZipFile(sized(path)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
                raise InputError(f"{path}: unpacks to more than {MOST_UNPACKED // 10**6} MB; it is not opened")
        unknown = sorted(set(skops.get_untrusted_types(file=path)) - INNER)
        if unknown:
            raise InputError(f"{path}: needs {', '.join(unknown)}, which may run code; it is not opened")
        found = skops.load(path, trusted=sorted(INNER))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; `evplan train --exchange` writes one") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: is no file of skops that can be read ({error})") from None
    if not isinstance(found, dict) or not all(hasattr(one, "predict") for one in found.values()):
        raise InputError(f"{path}: holds no estimators by name")
    return found


def require_skops() -> Any:
    """Return what reads and writes such files. Raises: InputError where it is not installed."""
    try:
        import skops.io
    except ImportError:
        raise InputError("files of skops need skops: pip install 'evplan[exchange]'") from None
    return skops.io
