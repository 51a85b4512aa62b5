"""The catalogue of every weight set the studio can use: where it comes from, its hash, its licence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from studio.core.errors import ModelError
from studio.core.tables import build, read_toml, suggestion

UNPINNED = "unpinned"
FILE = Path(__file__).with_name("catalogue.toml")


@dataclass(frozen=True, slots=True)
class WeightSet:
    """One downloadable thing.

    Parameters
    ----------
    name : how the studio calls it
    job : what it is for, in words for the user
    licence : of the weights, not of the code that runs them
    place : file or folder below the shelf's root
    url : direct address of the file; empty for a whole repository
    repository : Hugging Face repository, for sets that are a folder of files
    revision : release or commit of the source; "main" where not pinned
    sha256 : of the downloaded file, or "unpinned"
    size_bytes : of the downloaded file, 0 while unknown
    non_commercial : the licence must be accepted once before use
    unpack : the file is a zip, its content goes into the folder ``place``
    """

    name: str
    job: str
    licence: str
    place: str
    url: str = ""
    repository: str = ""
    revision: str = "main"
    sha256: str = UNPINNED
    size_bytes: int = 0
    non_commercial: bool = False
    unpack: bool = False

    @property
    def source(self) -> str:
        """Address for people."""
        return self.url or f"https://huggingface.co/{self.repository}"


@dataclass(frozen=True, slots=True)
class _Catalogue:
    weights: tuple[WeightSet, ...]


@cache
def everything() -> dict[str, WeightSet]:
    """All weight sets by name."""
    return {item.name: item for item in build(_Catalogue, read_toml(FILE), file=FILE.name).weights}


def get(name: str) -> WeightSet:
    """One weight set.

    Raises
    ------
    ModelError : unknown name, with a suggestion
    """
    try:
        return everything()[name]
    except KeyError:
        raise ModelError(f"There are no weights called '{name}'.", suggestion(name, everything())) from None
