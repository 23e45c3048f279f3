"""What the stories of tests/emulator have in common: a chip with an example on it, updated over the air. Before each start the
flash file is read with `updraft inspect`: it must name what the bootloader starts then."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from chip import PATIENCE, Chip
from harness import UPDRAFT, inspect
from product import product, release

RAW = 8032
STARTED = "Project name:"  # the app's own start; the bootloader has chosen
VERSION = "App version:"
CONFIRMED = "this image is confirmed"
STACK = "bytes of this task's stack were never used"
LEAST_STACK = 1024  # of the task that receives: room for the application's callbacks
OLD, NEW = "1.0.0", "2.0.0"


class Story(unittest.TestCase):
    port = RAW
    product = ("tcp_push",)

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="updraft-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        os.environ["XDG_CACHE_HOME"] = str(self.dir / "cache")  # what earlier pushes left would change this one
        self.flash = self.dir / "flash.bin"
        self.written_by_cable()

    def release(self, version, *self_test):
        return release(self.product, version, *self_test)

    def written_by_cable(self):
        image = self.release(OLD)
        product(*self.product).flash(image, self.flash)
        self.power_on(OLD)

    def power_on(self, *versions):
        """Starts the chip; returns which of these versions runs."""
        boots = self.boots()
        self.chip = Chip(self.flash, self.port)
        self.addCleanup(self.chip.kill)
        return self.started(boots, versions)

    def restarts(self, *versions):
        """The chip is about to; returns which of these versions runs then."""
        return self.started(self.boots(), versions)

    def started(self, boots, versions):
        self.chip.wait(STARTED)
        line = self.chip.wait(VERSION)
        self.assertEqual(line.split()[-1], boots, "inspect and the bootloader do not agree")
        self.assertIn(boots, versions)
        return boots

    def boots(self):
        """The version that the next reset starts, as the flash file says."""
        report = inspect(self.flash)
        return next(slot["version"] for slot in report["slots"] if slot["slot"] == report["boots"])

    def ready(self):
        self.chip.wait("updraft: memory:")

    def push(self, file, *more, to="raw://{}", status=0):
        """`to`: the URL, with a place for host and port."""
        url = to.format(f"127.0.0.1:{self.chip.ports[self.port]}")
        done = subprocess.run([UPDRAFT, "push", file, url, *more], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=PATIENCE)
        self.assertEqual(done.returncode, status, done.stdout)

    def install(self, file, version, *more, **options):
        self.ready()
        self.push(file, *more, **options)
        self.installed()
        self.restarts(version)

    def installed(self):
        self.stack_is_left()
        self.chip.wait("it boots next")

    def stack_is_left(self):
        line = self.chip.wait(STACK)
        left = int(re.search(r"(\d+) " + STACK, line).group(1))
        print(f"{self.id()}: {left} {STACK}", flush=True)
        self.assertGreaterEqual(left, LEAST_STACK)

    def kept(self, version):
        """It confirms itself, and the next power-on starts it again."""
        self.chip.wait(CONFIRMED)
        self.chip.kill()
        self.power_on(version)
