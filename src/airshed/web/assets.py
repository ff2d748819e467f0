"""What Vite built: the manifest that says which file is which."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

__all__ = ["Assets", "assets"]

_ENTRY = "src/airshed/web/islands/console.ts"
_ADVICE = "npm ci && npm run build"


@dataclass(frozen=True)
class Assets:
    """Paths below ``/assets/`` of the one script and its style sheets; empty where nothing was built."""

    folder: Path
    script: str | None
    styles: tuple[str, ...]
    digest: str

    @property
    def built(self) -> bool:
        """Whether the console has its style and its islands."""
        return self.script is not None

    @property
    def advice(self) -> str:
        """What to run where they are absent."""
        return _ADVICE


@cache
def assets() -> Assets:
    """The assets this package carries."""
    folder = Path(str(files("airshed.web").joinpath("assets")))
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        return Assets(folder, None, (), "unbuilt")
    text = manifest.read_bytes()
    entry = json.loads(text)[_ENTRY]
    return Assets(folder, entry["file"], tuple(entry.get("css", ())), sha256(text).hexdigest()[:16])
