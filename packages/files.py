"""One version number, one list of files, and archives that come out the same from the same files.

The version is that of `project(... VERSION)` in CMakeLists.txt. What a chip's build needs is said once, by `files: exclude:` in
idf_component.yml, which ESP-IDF's component manager reads as well.
"""
import gzip
import io
import json
import os
import pathlib
import re
import subprocess
import tarfile
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "build/package"
Files = dict[str, bytes]  # a path in the package, and what is there
EXECUTABLE = re.compile(r"^(tools/[\w-]+|usr/bin/.*)$")


def version() -> str:
    return re.search(r"^project\(updraft VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)[1]


def tracked() -> list[str]:
    """What git knows or would take, so that a file that was just written is packed as well."""
    said = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
                          capture_output=True, text=True).stdout
    return sorted({line for line in said.splitlines() if (ROOT / line).is_file()})


def matcher(pattern: str) -> re.Pattern:
    """A glob as the component manager reads it: `**` is any number of folders, `*` a part of one name."""
    parts = {"**/": r"(?:[^/]+/)*", "**": r".*", "*": r"[^/]*"}
    return re.compile("".join(parts.get(part, re.escape(part)) for part in re.split(r"(\*\*/|\*\*|\*)", pattern)))


def manifest() -> str:
    return (ROOT / "idf_component.yml").read_text()


def chip_files() -> list[str]:
    excluded = [matcher(one) for one in json.loads(re.search(r"exclude: (\[.*?\])", manifest(), re.DOTALL)[1])]
    return [path for path in tracked() if not any(one.fullmatch(path) for one in excluded)]


def read(path: str) -> bytes:
    return (ROOT / path).read_bytes()


def moment() -> int:
    """When the last commit was made: the time of every file in an archive."""
    said = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return int(said)


def home() -> str | None:
    """Where this project is published: UPDRAFT_HOME_PAGE, else the repository that this one was cloned from, if it is on the web."""
    said = os.environ.get("UPDRAFT_HOME_PAGE") or subprocess.run(["git", "remote", "get-url", "origin"], cwd=ROOT, capture_output=True,
                                                                 text=True).stdout.strip().removesuffix(".git")
    return said if said.startswith("https://") else None


def mode_of(path: str) -> int:
    return 0o755 if EXECUTABLE.match(path) else 0o644


def tar_gz(folder: str, files: Files) -> bytes:
    """All of it below `folder`; "": at the top."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path, content in sorted(files.items()):
            entry = tarfile.TarInfo(f"{folder}/{path}" if folder else path)
            entry.size, entry.mtime, entry.mode = len(content), moment(), mode_of(path)
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), 9, mtime=0)


def zipped(folder: str, files: Files) -> bytes:
    out = io.BytesIO()
    when = time.gmtime(moment())[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{folder}/{path}", when)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, mode_of(path) << 16
            archive.writestr(entry, content)
    return out.getvalue()


def put(name: str, content: bytes) -> pathlib.Path:
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / name).write_bytes(content)
    return OUT / name
