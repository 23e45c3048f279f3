"""Trials, refusals and power cuts of an app that came over the air, with ESP-IDF's own bootloader."""
import socket

from chip import PATIENCE
from harness import updraft
from product import CRASHES, NEVER
from story import NEW, OLD, RAW, Story

SHORT_TRIAL = "CONFIG_UPDRAFT_CONFIRM_WITHIN=5\n"
TRIED_AGAIN = "it is refused until"


class TcpPush(Story):
    product = ("tcp_push", SHORT_TRIAL)

    def test_an_update_is_installed_and_kept(self):
        self.install(self.release(NEW), NEW)
        self.kept(NEW)

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
