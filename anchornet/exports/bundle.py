"""Files that are put somewhere together: as a folder, or as one ZIP."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from anchornet.store.network import NotPossible

Files = Mapping[str, bytes]  # by their path in the folder, with forward slashes
LIST = "anchornet-made.txt"  # in a folder: what was put there, and nothing else is ever taken away
EPOCH = (1980, 1, 1, 0, 0, 0)


def zipped(files: Files) -> bytes:
    """The same bytes for the same files."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in sorted(files):
            about = zipfile.ZipInfo(name, EPOCH)
            about.compress_type = zipfile.ZIP_DEFLATED
            about.external_attr = 0o644 << 16
            archive.writestr(about, files[name])
    return data.getvalue()


def put(files: Files, target: Path) -> None:
    """Writes a .zip, or a folder; what an earlier export put there and is no more is taken away.
    Raises NotPossible for a folder that holds anything else."""
    if target.suffix.lower() == ".zip":
        target.write_bytes(zipped(files))
        return
    names = target / LIST
    if target.exists() and (not target.is_dir() or (any(target.iterdir()) and not names.is_file())):
        raise NotPossible(f"{target} holds something else. Name a folder that is empty or new.")
    before = names.read_text(encoding="utf-8").splitlines() if names.is_file() else []
    target.mkdir(exist_ok=True)
    # Listed before they are written: an export that breaks off can be made again.
    names.write_text("\n".join(sorted({*before, *files})) + "\n", encoding="utf-8")
    home = target.resolve()
    for name in before:
        old = (target / name).resolve()
        if name not in files and old.is_relative_to(home) and old.is_file():
            old.unlink()
    for name, data in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    names.write_text("\n".join(sorted(files)) + "\n", encoding="utf-8")
