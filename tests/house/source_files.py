"""What the guards share: which files are ours, and how a breach is told."""

import pathlib
import sys

NOT_OURS = {".git", ".stack", ".sluice", "build", "__pycache__"}


def files(root, *folders, suffixes=None):
    """The files below the folders (all, when none is named), sorted, without what is built or downloaded."""
    found = []
    for folder in folders or (".",):
        for path in sorted((root / folder).rglob("*")):
            parts = path.relative_to(root).parts
            if NOT_OURS.isdisjoint(parts) and path.is_file() and (suffixes is None or path.suffix in suffixes):
                found.append(path)
    return found


def run(breaches):
    """Prints `breaches(root)`, a list of (path, line, what), and ends with 1 when there is one."""
    root = pathlib.Path(sys.argv[1]).resolve()
    found = breaches(root)
    for path, line, what in found:
        print(f"{path.relative_to(root)}:{line}: {what}")
    sys.exit(1 if found else 0)
