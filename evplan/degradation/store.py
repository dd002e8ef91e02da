"""Trained models on disk: plain arrays for prediction, estimators behind a hash, and the card that vouches for both.

`NAME.npz` holds arrays only (numpy reads it without running anything). `NAME-direct.joblib` holds the scikit-learn
estimators kept for comparison; joblib runs code, so it is opened only when its SHA-256 is the card's. That stops damage
and mixed-up files; it does not make a stranger's estimators and card safe.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from evplan.errors import InputError
from evplan.paths import MOST_BYTES, models_dir, replacing, sized

REBUILD = "rebuild it with `evplan train`"
NEEDED = {"artefact_sha256", "chemistry", "time_exponent", "cycle_exponent", "valid_range", "interval", "rates"}


def write_model(
    arrays: Mapping[str, np.ndarray], estimators: Mapping[str, Any] | None, card: dict, out_dir: Path
) -> dict:
    """Write arrays, estimators (left out where None), then the card with their SHA-256, each whole or not at all.

    Returns the card.
    """
    import joblib

    name = card["chemistry"]
    with replacing(out_dir / f"{name}.npz") as temporary:
        _write_arrays(arrays, temporary)
        card = card | {"artefact": f"{name}.npz", "artefact_sha256": sha256(temporary)}
    if estimators is not None:
        with replacing(out_dir / f"{name}-direct.joblib") as temporary:
            joblib.dump(dict(estimators), temporary, compress=("zlib", 6))
            card = card | {"estimators": f"{name}-direct.joblib", "estimators_sha256": sha256(temporary)}
    with replacing(out_dir / f"{name}.json") as temporary:
        temporary.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return card


def _write_arrays(arrays: Mapping[str, np.ndarray], path: Path) -> None:
    """Write an .npz whose bytes depend on the arrays alone: entries carry no time of day."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getvalue(), zipfile.ZIP_DEFLATED)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_model(name_or_path: str | Path) -> tuple[dict[str, np.ndarray], dict]:
    """Return arrays and card of a chemistry ("lfp") or of a path that ends in `.npz`.

    Raises: InputError when either file is missing, damaged, or not the other's.
    """
    path = artefact_path(name_or_path)
    card = read_card(path)
    if sha256(_sized(path)) != card["artefact_sha256"]:
        raise InputError(f"{path}: is not the model its card describes (SHA-256 differs); {REBUILD}")
    try:
        with np.load(path, allow_pickle=False) as found:
            if sum(part.file_size for part in found.zip.infolist()) > MOST_BYTES:
                raise ValueError(f"unpacks to more than {MOST_BYTES // 10**6} MB")
            return {key: found[key] for key in found.files}, card
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: cannot be read ({error}); {REBUILD}") from error


def _sized(path: Path) -> Path:
    try:
        return sized(path)
    except ValueError as error:
        raise InputError(f"{path}: {error}; {REBUILD}") from None


def read_estimators(name_or_path: str | Path) -> dict[str, Any]:
    """Return the direct estimators kept for comparison; raise `InputError` unless they are the card's own."""
    import joblib

    path = artefact_path(name_or_path)
    card, beside = read_card(path), path.with_name(f"{path.stem}-direct.joblib")
    if not beside.is_file() or "estimators_sha256" not in card:
        raise InputError(f"{beside}: no estimators were kept for comparison; {REBUILD}")
    content = beside.read_bytes()
    if hashlib.sha256(content).hexdigest() != card["estimators_sha256"]:
        raise InputError(f"{beside}: are not the estimators the card describes (SHA-256 differs); {REBUILD}")
    return joblib.load(io.BytesIO(content))


def artefact_path(name_or_path: str | Path) -> Path:
    """Return the path of a model's arrays."""
    path = Path(name_or_path)
    return path if path.suffix == ".npz" else models_dir() / f"{name_or_path}.npz"


def read_card(path: Path) -> dict:
    """Return the card beside an artefact; raise `InputError` when either is missing or the card is damaged."""
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in models_dir().glob("*.npz"))) or "none"
        raise InputError(f"{path}: no such ageing model (trained: {known}); {REBUILD}")
    card_path = path.with_suffix(".json")
    try:
        card = json.loads(card_path.read_text(encoding="utf-8"))
        missing = NEEDED - set(card)
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{card_path}: the model's card cannot be read ({error}); {REBUILD}") from error
    if missing or not isinstance(card, dict):
        raise InputError(f"{card_path}: the model's card lacks {', '.join(sorted(missing))}; {REBUILD}")
    return card
