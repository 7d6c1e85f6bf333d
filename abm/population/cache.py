"""Built populations kept on disk, so that workers map the same arrays instead of building them.

An entry is a folder of .npy files and a manifest with their SHA-256 sums. It is
written under another name and then renamed, so that readers see all of it or
nothing, and of several builders at once the first one wins.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from abm.errors import OmlandError
from abm.language import say
from abm.population.population import Population

if TYPE_CHECKING:
    from abm.region.region import Region

CODE_VERSION = 2
"""Raise this whenever the same region, seed and scale give another population than before."""

SECONDS_A_DAY = 86_400.0
_DRAFT = ".draft-"
_MANIFEST = "manifest.json"
_ARRAYS = tuple(f.name for f in fields(Population) if f.name != "weight")


def cache_folder() -> Path:
    """Folder of the cache: the environment variable OMLAND_CACHE, else the user's cache folder."""
    if chosen := os.environ.get("OMLAND_CACHE"):
        try:
            return Path(chosen).expanduser()
        except RuntimeError:
            raise OmlandError(
                say("OMLAND_CACHE is {folder}, and there is no user of that name.", folder=chosen)
            ) from None
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("omland"))


def population_for(region: Region, seed: int = 0, scale: float = 1.0) -> Population:
    """Load the population of a region from the cache, building it first if needed.

    Args:
        region: official margins.
        seed: see :func:`abm.population.build_population`.
        scale: see there.

    Returns:
        The population. Its arrays are read-only and mapped from disk, so that processes share the
        memory; copy what is to be changed. Where the cache folder cannot be written they are
        ordinary arrays.
    """
    entry = cache_folder() / "population" / cache_key(region, seed, scale)
    found = load_population(entry)
    if found is not None:
        return found
    from abm.population.build import build_population

    built = build_population(region, seed, scale)
    try:
        save_population(built, entry)
    except OSError:
        return built
    return load_population(entry) or built


def cache_key(region: Region, seed: int, scale: float) -> str:
    """Name of a cache entry: SHA-256 over all that decides the population.

    The numpy version is part of it, because its generators may change what they draw.
    """
    text = json.dumps([region.content_hash, int(seed), float(scale), CODE_VERSION, np.__version__])
    return hashlib.sha256(text.encode()).hexdigest()


def save_population(population: Population, entry: Path) -> None:
    """Write a cache entry, replacing a damaged one.

    Raises:
        OSError: the folder cannot be written.
    """
    entry.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(entry.parent)
    draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=entry.parent))
    try:
        sums = {}
        for name in _ARRAYS:
            file = draft / f"{name}.npy"
            np.save(file, getattr(population, name))
            sums[name] = _digest(file)
        manifest = {"weight": population.weight, "sha256": sums}
        (draft / _MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        if entry.exists() and load_population(entry) is None:
            shutil.rmtree(entry, ignore_errors=True)
        # Renaming onto a full folder fails: then another builder was faster, with the same content.
        with suppress(OSError):
            draft.rename(entry)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _remove_abandoned(folder: Path) -> None:
    """Remove the drafts of builders that were killed: no builder takes a day."""
    for draft in folder.glob(f"{_DRAFT}*"):
        with suppress(OSError):
            if time.time() - draft.stat().st_mtime > SECONDS_A_DAY:
                shutil.rmtree(draft, ignore_errors=True)


def load_population(entry: Path) -> Population | None:
    """Map the arrays of a cache entry; None if it is missing, incomplete or damaged."""
    try:
        manifest = json.loads((entry / _MANIFEST).read_text(encoding="utf-8"))
        arrays = {}
        for name in _ARRAYS:
            file = entry / f"{name}.npy"
            if _digest(file) != manifest["sha256"][name]:
                return None
            arrays[name] = np.load(file, mmap_mode="r", allow_pickle=False)
        return Population(weight=float(manifest["weight"]), **arrays)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
