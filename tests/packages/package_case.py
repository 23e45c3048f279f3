"""Makes a package by its command, and unpacks it elsewhere."""
import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["UPDRAFT_BUILD"]).resolve()
VERSION = re.search(r"^project\(updraft VERSION ([\d.]+)", (SOURCE / "CMakeLists.txt").read_text(), re.MULTILINE)[1]


class PackageCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="updraft-package-"))
        self.addCleanup(shutil.rmtree, self.dir)

    def run_it(self, *words, status=0, **options):
        done = subprocess.run(list(map(str, words)), capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)
        self.assertEqual(done.returncode, status, f"{words}\n{done.stdout}{done.stderr}")
        return done.stdout


@functools.cache
def package(name, *words):
    """The file that `tools/package NAME` prints; made once for all tests of a program."""
    return make(name, *words)


def make(name, *words):
    done = subprocess.run([sys.executable, SOURCE / "tools/package", name, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return pathlib.Path(done.stdout.removesuffix("\n"))
