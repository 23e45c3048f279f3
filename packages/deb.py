"""A package for this Debian: program, manual pages, completions, libraries with headers, and the Python package, in one.

What cmake installs is taken as it is. Pages and completions are what the program itself prints, from the tables of its --help.
"""
import email.utils
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from packages import files

COMPONENTS = ("updraft_program", "updraft_library", "updraft_host")
COMPLETIONS = {"bash": "usr/share/bash-completion/completions/updraft", "zsh": "usr/share/zsh/vendor-completions/_updraft",
               "fish": "usr/share/fish/vendor_completions.d/updraft.fish"}
DESCRIPTION = """over-the-air firmware updates for ESP32-class devices
 Sends firmware to devices over the protocols that are in the field, serves
 it to those that fetch, signs packages, makes patches, explains images and
 flash dumps, and runs a virtual ESP32 to try it all on.
 .
 The device library, the host library for co-processors with its C and
 Python doors, and their headers are in it as well."""


def run(*words, **options) -> str:
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"package: {' '.join(map(str, words))}\n{done.stdout}{done.stderr}")
    return done.stdout


def built() -> pathlib.Path:
    run("cmake", "--preset", "release", cwd=files.ROOT)
    run("cmake", "--build", "--preset", "release", cwd=files.ROOT)
    return files.ROOT / "build/release"


def put(tree: pathlib.Path, path: str, content: bytes) -> None:
    (tree / path).parent.mkdir(parents=True, exist_ok=True)
    (tree / path).write_bytes(content)


def compressed(text: bytes) -> bytes:
    return gzip.compress(text, 9, mtime=0)


def strip(tree: pathlib.Path) -> None:
    for path in tree.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        if path.suffix == ".a":
            run("strip", "--strip-debug", "--enable-deterministic-archives", path)
        elif path.read_bytes()[:4] == b"\x7fELF":
            run("strip", "--strip-unneeded", "--remove-section=.comment", "--remove-section=.note", path)


def words_of_the_program(tree: pathlib.Path) -> None:
    program = tree / "usr/bin/updraft"
    for shell, path in COMPLETIONS.items():
        put(tree, path, run(program, "completion", shell).encode())
    known = re.search(r"local known='([^']*)'", run(program, "completion", "bash"))[1]
    for command in filter(None, known.split("|")):
        words = command.split()
        put(tree, f"usr/share/man/man1/{'-'.join(words)}.1.gz", compressed(run(program, "man", *words[1:]).encode()))


def maintainer() -> str:
    """As Debian's own tools find it."""
    name, address = os.environ.get("DEBFULLNAME"), os.environ.get("DEBEMAIL")
    return f"{name or 'Updraft'} <{address}>" if address else run("git", "log", "-1", "--format=%an <%ae>", cwd=files.ROOT).strip()


def papers(tree: pathlib.Path) -> None:
    change = (f"updraft ({files.version()}) unstable; urgency=medium\n\n  * What changed stands in CHANGELOG.md beside this file.\n\n"
              f" -- {maintainer()}  {email.utils.formatdate(files.moment())}\n")
    home = f"Source: {files.home()}\n" if files.home() else ""
    rights = ("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: Updraft\n"
              f"{home}\nFiles: *\nCopyright: 2026 The Updraft authors\nLicense: Apache-2.0\n"
              " On Debian systems, the full text of the Apache License 2.0 is in\n /usr/share/common-licenses/Apache-2.0.\n")
    put(tree, "usr/share/doc/updraft/changelog.gz", compressed(change.encode()))
    put(tree, "usr/share/doc/updraft/CHANGELOG.md.gz", compressed(files.read("CHANGELOG.md")))
    put(tree, "usr/share/doc/updraft/copyright", rights.encode())


def needs(tree: pathlib.Path) -> str:
    """The packages of the shared libraries that ours need, as Debian's tools find them."""
    objects = [path for path in tree.rglob("*") if not path.is_symlink() and path.is_file() and path.suffix != ".a"
               and path.read_bytes()[:4] == b"\x7fELF"]
    with tempfile.TemporaryDirectory() as folder:
        put(pathlib.Path(folder), "debian/control", b"Source: updraft\n\nPackage: updraft\nArchitecture: any\n")
        said = run("dpkg-shlibdeps", "-O", "--ignore-missing-info", f"-l{tree}/usr/lib", *objects, cwd=folder)
    return re.search(r"^shlibs:Depends=(.*)$", said, re.MULTILINE)[1]


def control(tree: pathlib.Path) -> None:
    size = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file() and not path.is_symlink()) // 1024
    home = f"Homepage: {files.home()}\n" if files.home() else ""
    put(tree, "DEBIAN/control", (
        f"Package: updraft\nVersion: {files.version()}\nArchitecture: {run('dpkg', '--print-architecture').strip()}\n"
        f"Maintainer: {maintainer()}\nInstalled-Size: {size}\nDepends: {needs(tree)}\nSuggests: python3, libssl-dev, zlib1g-dev, libnanopb-dev\n"
        f"Section: utils\nPriority: optional\n{home}Description: {DESCRIPTION}\n").encode())
    put(tree, "DEBIAN/shlibs", f"libupdraft_host 0 updraft (>= {files.version()})\n".encode())
    put(tree, "DEBIAN/triggers", b"activate-noawait ldconfig\n")
    sums = [f"{run('md5sum', path).split()[0]}  {path.relative_to(tree)}\n" for path in sorted(tree.rglob("usr/**/*"))
            if path.is_file() and not path.is_symlink()]
    put(tree, "DEBIAN/md5sums", "".join(sums).encode())


def make(build: pathlib.Path | None) -> list:
    build = build.resolve() if build else built()
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder) / "tree"
        for component in COMPONENTS:
            run("cmake", "--install", build, "--prefix", "/usr", "--component", component, env={**os.environ, "DESTDIR": str(tree)})
        strip(tree)
        words_of_the_program(tree)
        papers(tree)
        control(tree)
        for path in [tree, *tree.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
                os.utime(path, (files.moment(), files.moment()))
        files.OUT.mkdir(parents=True, exist_ok=True)
        made = pathlib.Path(folder) / "made"
        made.mkdir()
        run("dpkg-deb", "--root-owner-group", "-Zxz", "-z3", "--build", tree, made,
            env={**os.environ, "SOURCE_DATE_EPOCH": str(files.moment())})
        return [shutil.copy(path, files.OUT) for path in made.iterdir()]
