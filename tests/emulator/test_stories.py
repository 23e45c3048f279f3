"""Updates of the examples on the emulated ESP32-C3, with ESP-IDF's own bootloader. Before each start the
flash file is read with `updraft inspect`: it must name what the bootloader starts then."""
import pathlib
import shutil
import socket
import subprocess
import tempfile
import unittest

from chip import PATIENCE, Chip
from harness import UPDRAFT, inspect, updraft
from product import CRASHES, NEVER, product, release

RAW = 8032
SHORT_TRIAL = "CONFIG_UPDRAFT_CONFIRM_WITHIN=5\n"
STARTED = "Project name:"  # the app's own start; the bootloader has chosen
VERSION = "App version:"
TRIED_AGAIN = "it is refused until"
OLD, NEW = "1.0.0", "2.0.0"


class Story(unittest.TestCase):
    port = RAW
    product = ("tcp_push", SHORT_TRIAL)

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="updraft-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
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

    def url(self, scheme="raw"):
        return f"{scheme}://127.0.0.1:{self.chip.ports[self.port]}"

    def push(self, file, *more, scheme="raw", status=0):
        done = subprocess.run([UPDRAFT, "push", file, self.url(scheme), *more], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, status, done.stdout)


class TcpPush(Story):
    def install(self, file, version):
        self.ready()
        self.push(file)
        self.chip.wait("it boots next")
        self.restarts(version)

    def test_an_update_is_installed_and_kept(self):
        self.install(self.release(NEW), NEW)
        self.chip.wait("this image is confirmed")
        self.chip.kill()
        self.power_on(NEW)

    def test_an_image_that_is_never_confirmed_goes_and_is_refused_from_then_on(self):
        bad = self.release("3.0.0", NEVER)
        self.install(bad, "3.0.0")
        self.chip.wait("this image is on trial")
        self.chip.wait("rolling back")
        self.restarts(OLD)
        self.ready()
        self.push(bad)
        self.chip.wait("known_bad")
        self.assertEqual(self.boots(), OLD)

    def test_an_image_that_crashes_on_trial_goes(self):
        bad = self.release("4.0.0", CRASHES)
        self.install(bad, "4.0.0")
        self.chip.wait("abort() was called")
        self.restarts(OLD)
        self.chip.wait(TRIED_AGAIN)
        self.ready()
        self.push(bad)
        self.chip.wait("known_bad")

    def test_an_image_for_another_chip_is_refused_before_anything_is_written(self):
        other = self.dir / "esp32.bin"
        updraft("image", "make", "--chip", "esp32", "--version", NEW, "-o", other)
        self.ready()
        before = self.flash.read_bytes()
        self.push(other)
        self.chip.wait("wrong_chip")
        self.assertEqual(self.flash.read_bytes(), before)

    def test_power_cut_at_ten_points_of_an_update(self):
        image = self.release(NEW).read_bytes()
        eighths = [(len(image) * part // 8, "writing") for part in range(1, 8)]
        for size, point in [*eighths, (len(image), "verifying"), (len(image), "it boots next"),
                            (len(image), "Loaded app from partition")]:
            with self.subTest(bytes=size, point=point):
                self.ready()
                with socket.create_connection(("127.0.0.1", self.chip.ports[RAW]), PATIENCE) as sender:
                    sender.sendall(image[:size])
                    if size == len(image):
                        sender.shutdown(socket.SHUT_WR)
                    self.chip.wait(point)
                    self.chip.kill()
                if self.power_on(OLD, NEW) == NEW:
                    self.chip.kill()
                    self.written_by_cable()
