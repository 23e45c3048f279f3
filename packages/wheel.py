"""The Python door as a wheel: by setuptools, through its PEP 517 backend. It loads libupdraft_host.so.0 where the loader finds it."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from packages import files

BUILD = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"


def python() -> str:
    """One that has setuptools and wheel: ours, or Debian's."""
    for one in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([one, "-c", "import setuptools, wheel"], capture_output=True).returncode == 0:
            return one
    sys.exit("package: a wheel needs python3-setuptools and python3-wheel; tools/install check installs them")


def make() -> list:
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        shutil.copytree(files.ROOT / "host/python", work, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        project = work / "pyproject.toml"
        project.write_text(re.sub(r'^dynamic = .*$', f'version = "{files.version()}"', project.read_text(), flags=re.MULTILINE))
        (work / "_location.py.in").unlink()
        # Nothing lies beside the package, so the loader's own places are looked through.
        (work / "updraft/_location.py").write_text('"""Where the shared library is: nowhere beside this folder."""\nWAY = "none"\n')
        done = subprocess.run([python(), "-c", BUILD, folder], cwd=work, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"package: setuptools could not build the wheel\n{done.stdout}{done.stderr}")
        made = next(work.glob("*.whl"))
        return [files.put(made.name, made.read_bytes())]
