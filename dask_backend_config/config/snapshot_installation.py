"""The packages of another process, from its snapshot, and the modules that its interpreter has."""

from __future__ import annotations

import base64
import inspect
import json
import re
import zlib
from collections.abc import Mapping
from typing import Any

from ..catalogue import installed_modules
from ..catalogue.installation import Installation
from ..catalogue.package_files import OUR_FILES, OURS, PACKAGES, PackageFiles
from ..schedulers.run import run

#: Seconds for an interpreter to start and answer.
LIMIT = 60.0


class SnapshotInstallation(Installation):
    """The installed packages of a snapshot.

    Parameters
    ----------
    packages : mapping
        The member ``packages`` of the snapshot.
    interpreter : str, optional
        The path of its interpreter, which is asked for its modules.
    """

    def __init__(self, packages: Mapping[str, Mapping[str, Any]], interpreter: str = "") -> None:
        super().__init__()
        self._packages = packages
        self._interpreter = interpreter
        self.dask_version = packages["dask"]["version"]

    def other_packages(self) -> tuple[PackageFiles, ...]:
        """Return the packages beside dask, distributed, dask-jobqueue and this one."""
        known = (OURS, *(files.package for files in PACKAGES))
        return tuple(
            PackageFiles(name, entry["defaults"], entry["schema"])
            for name, entry in self._packages.items()
            if name not in known
        )

    def text(self, package: str, file: str) -> str | None:
        """Return the text of a file of a package; None if it is not installed."""
        packed = self._packages.get(package, {}).get("files", {}).get(file)
        return zlib.decompress(base64.b64decode(packed)).decode() if packed else None

    def renamed(self, files: PackageFiles) -> Mapping[str, str | None]:
        """Return the renamed keys of a package: old -> new, None for a removed one."""
        found: Mapping[str, str | None] = self._packages.get(files.package, {}).get("renamed", {})
        return found

    def is_importable(self, name: str) -> bool:
        """Return whether its interpreter finds a module; True if it cannot be asked."""
        return bool(self._answer("is_importable", name, True))

    def plugins(self, group: str) -> list[str]:
        """Return the names of the entry points in a group, none if it cannot be asked."""
        return list(self._answer("plugins", group, ()))

    def _answer(self, question: str, name: str, unknown: Any) -> Any:
        if not self._interpreter:
            return unknown
        command = [self._interpreter, "-B", "-", question, name]
        program = inspect.getsource(installed_modules)
        output = run(command, LIMIT, program.encode())
        found = re.search(rf"(?m)^{installed_modules.ANSWER}(.*)$", output.stdout)
        return json.loads(found[1]) if found else unknown

    def own_texts(self) -> tuple[str, ...]:
        """Return the default files of this package, none if it is not installed there."""
        texts = (self.text(OURS, name) for name in OUR_FILES)
        return tuple(text for text in texts if text is not None)
