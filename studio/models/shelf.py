"""The shelf: the one folder where weights live, and which of their licences the user has accepted.

It does not load models and it never downloads: `fetch` puts things on it when the user asks.
"""

from __future__ import annotations

import json
import os
from datetime import datetime, timezone
from pathlib import Path

from studio.core.errors import ModelError
from studio.models.catalogue import WeightSet, get


def root() -> Path:
    """The shelf's folder: ``$STUDIO_MODELS``, else ``~/.cache/self-hug-studio/models``.  It need not exist."""
    chosen = os.environ.get("STUDIO_MODELS")
    return Path(chosen).expanduser() if chosen else Path.home() / ".cache" / "self-hug-studio" / "models"


def place(weights: WeightSet) -> Path:
    """Where a weight set belongs, present or not."""
    return root() / weights.place


def present(weights: WeightSet) -> bool:
    """Whether its file, or a folder with something in it, is on the shelf."""
    where = place(weights)
    return where.is_file() or (where.is_dir() and any(where.iterdir()))


def path(name: str) -> Path:
    """Where the weights lie.

    Raises
    ------
    ModelError : unknown, not on the shelf, or their non-commercial licence was not accepted
    """
    weights = get(name)
    if not present(weights):
        raise ModelError(f"The weights '{name}' ({weights.job}) are not on this machine.", how_to_get(weights))
    if not accepted(weights):
        raise ModelError(
            f"The weights '{name}' may only be used non-commercially: {weights.licence}.",
            f"If that suits you: python -m studio fetch {name} --accept-licence",
        )
    return place(weights)


def how_to_get(weights: WeightSet) -> str:
    """The sentence that tells the user how to put a weight set on the shelf."""
    if not weights.url:
        return f"Download {weights.source} into {place(weights)}, for example with the `hf download` command."
    licence = " --accept-licence" if not accepted(weights) else ""
    pin = " --allow-unpinned" if weights.sha256 == "unpinned" else ""
    return f"python -m studio fetch {weights.name}{licence}{pin}"


def accepted(weights: WeightSet) -> bool:
    """Whether the weights may be used: free ones always, non-commercial ones once the user has said yes."""
    return not weights.non_commercial or weights.name in _licences()


def accept(weights: WeightSet) -> None:
    """Remember the user's yes to a licence."""
    licences = _licences()
    licences[weights.name] = {
        "licence": weights.licence,
        "accepted": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }
    file = _licence_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_suffix(".part")
    aside.write_text(json.dumps(licences, indent=2) + "\n", encoding="utf-8")
    aside.replace(file)


def _licence_file() -> Path:
    return root() / "licences.json"


def _licences() -> dict[str, dict[str, str]]:
    """What was accepted so far.  A damaged file counts as nothing accepted: it asks again, it never assumes a yes."""
    try:
        read = json.loads(_licence_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}
