"""The serial control path through the real program: the virtual co-processor on a pty, hosts that die and
devices that restart at every step, original hosts byte for byte."""
import os
import subprocess
import unittest

from control_case import OPEN, Control
from control_host import OlderHost, frame, request
from harness import PATIENCE, UPDRAFT, updraft
from web_server import Held


class Push(Control):
    def test_brings_an_image_and_says_what_runs_then(self):
        device = self.coprocessor(OPEN)
        v2 = self.image("v2", "--version", "2.1.7", "--size", "300K")
        done = self.push(v2)
        self.assertIn("runs demo-2.1.7.0.0", done.stdout)
        device.wait("update", result="ok", version="2.1.7", scheme="control", trust="unsigned")
        device.wait("reboot", reason="update")
        device.wait("boot", version="2.1.7")
        device.wait("listening", address=str(self.link))
        device.wait("confirm")

    def test_refusals_have_status_1_and_a_way_to_the_reason(self):
        device = self.coprocessor()  # nothing unsigned
        done = self.push(self.image("v2", "--version", "2.0.0"), "--json", status=1)
        self.assertIn('"code":"not_wanted"', done.stdout)
        self.assertIn("said no to begin", done.stderr)
        self.assertEqual(device.wait("update")["code"], "unsigned")

    def test_what_cannot_be_opened_says_why(self):
        self.link = self.dir / "none"
        image = self.image("v2")
        done = self.push(image, "--wait", 0, status=3)
        self.assertIn("No such file", done.stderr)
        self.link = image
        self.assertIn("cannot be opened", self.push(image, "--wait", 0, status=3).stderr)
        done = updraft("push", image, "control:", check=False)
        self.assertEqual(done.returncode, 2)

    def test_two_at_once_is_one_too_many(self):
        device = self.coprocessor(OPEN)
        v2 = self.image("v2", "--version", "2.0.0", "--size", "50K")
        self.pushing(Held(self, v2.read_bytes(), 20000).url)
        device.wait("progress")  # the first one has it
        done = self.push(v2, "--wait", 0, status=3)
        self.assertIn("in use", done.stderr)


class Originals(Control):
    def install(self, image, host=None):
        host = host or self.host()
        self.assertTrue(host.update(image.read_bytes()))

    def test_filled_up_chunks_and_extra_chunks_are_no_part_of_the_image(self):
        for size in ("10000", "12000"):
            with self.subTest(size):
                device = self.coprocessor(OPEN, state=f"device{size}")
                self.install(self.image("v2", "--version", "2.0.0", "--size", size))
                device.wait("update", result="ok", version="2.0.0")
                device.stop()

    def test_end_after_a_failed_write_boots_nothing(self):
        device = self.coprocessor(OPEN)
        broken = bytearray(self.image("v2", "--version", "2.0.0", "--size", "50K").read_bytes())
        broken[12] ^= 9  # another chip
        self.assertFalse(self.host().update(bytes(broken)))
        self.assertEqual(device.wait("update")["code"], "wrong_chip")
        self.expect_old_firmware_and_a_good_next_try(device)

    def test_the_older_form_opens_and_closes_for_every_request(self):
        device = self.coprocessor(OPEN)
        image = self.image("v2", "--version", "2.0.0", "--size", "20K").read_bytes()
        host = OlderHost(self.link)
        self.assertFalse(host.ask(32), "nothing began")
        self.assertTrue(host.update(image))
        device.wait("update", result="ok", version="2.0.0")

    def test_who_never_drops_stale_bytes_finds_none(self):
        """The device starts, restarts and answers the dead while nobody has the line open: all of it is dropped."""
        device = self.coprocessor(OPEN)
        host = OlderHost(self.link)
        self.assertFalse(host.ask(32), "nothing began, and the first answer is to this request")
        for version in ("2.0.0", "3.0.0"):
            self.assertTrue(host.update(self.image(version, "--version", version, "--size", "20K").read_bytes()))
            device.wait("update", result="ok", version=version)
            device.wait("boot", version=version)
            device.wait("confirm")
        device.say("reboot")
        device.wait("listening", scheme="control")
        self.assertTrue(host.ask(28))
        host.open()
        host.send(32)  # and dies before the answer
        host.close()
        self.assertEqual(device.wait("update", scheme="control")["result"], "failed")
        device.settle()
        self.assertTrue(host.ask(28), "the answer to this request, not to the one before")

    def test_our_host_speaks_the_older_form(self):
        device = self.coprocessor(OPEN)
        v2 = self.image("v2", "--version", "2.0.0", "--size", "20K")
        self.push(v2, "--control-form", "older")
        device.wait("update", result="ok", version="2.0.0")

    def test_a_frame_of_65535_bytes_is_dropped_and_the_next_request_answered(self):
        self.coprocessor(OPEN)
        host = self.host()
        head = frame(b"x")[:-3]
        host.send(head + b"\xff\xff" + b"\xaa" * 65535)
        self.assertTrue(host.ask(123))


class Killed(Control):
    """The host dies at each step: the device keeps its old firmware and takes the next attempt."""

    def test_at_each_step(self):
        device = self.coprocessor(OPEN)
        image = self.image("v2", "--version", "3.0.0", "--size", "20K").read_bytes()
        steps = [[116], [116, (117, 0)], [116, (117, 0), (117, 1)],
                 [116] + [(117, i) for i in range(6)]]
        for steps_taken in steps:
            host = self.host()
            for step in steps_taken:
                msg_id, part = step if isinstance(step, tuple) else (step, None)
                data = None if part is None else image[part * 4000:part * 4000 + 4000]
                self.assertTrue(host.ask(msg_id, data))
            host.close()
        for cut in (5, 20, 3000):  # within a write: a second later it is given up
            host = self.host()
            self.assertTrue(host.ask(116))
            host.send(request(117, 9, image[:4000])[:cut])
            host.close()
        again = self.host()
        again.uid = 50
        self.assertTrue(again.ask(123), "which fills up nothing of what was cut")
        self.expect_old_firmware_and_a_good_next_try(device)

    def test_by_a_real_kill(self):
        device = self.coprocessor(OPEN)
        v2 = self.image("v2", "--version", "3.0.0", "--size", "50K")
        push = self.pushing(Held(self, v2.read_bytes(), 20000).url)
        device.wait("progress")
        push.kill()
        push.communicate()
        self.expect_old_firmware_and_a_good_next_try(device)


class Restarted(Control):
    """The device restarts at each step: the host says so, and its status shows it."""

    def fails(self, push, words=""):
        errors = push.communicate(timeout=PATIENCE)[1]
        self.assertEqual(push.returncode, 3, errors)
        self.assertIn(words, errors)

    def test_in_order(self):
        device = self.coprocessor(OPEN)
        image = self.image("v2", "--version", "2.0.0", "--size", "68000").read_bytes()
        for sent in (4000, 28000, 68000):  # the last one is the whole image, before the end
            server = Held(self, image + b"\xff", sent)
            push = self.pushing(server.url, "--json")
            device.wait("progress")
            while sent == len(image) and '"sent":68000' not in push.stdout.readline():
                pass
            device.say("reboot")
            device.wait("listening", scheme="control")
            server.released.set()
            self.fails(push, "restarted in the middle")
        self.expect_old_firmware_and_a_good_next_try(device)

    def test_by_a_power_cut_at_each_step(self):
        v2 = self.image("v2", "--version", "2.0.0", "--size", "50K")
        probe = self.coprocessor(OPEN, "--flash-timing", "w25q32jv", state="probe")
        self.assertTrue(self.host().update(v2.read_bytes(), fill_up=False))
        counted = probe.wait("flash_time")
        probe.kill()
        last = sum(counted[kind]["count"] for kind in ("erase_sector", "erase_block", "program"))
        for at in (last // 4, last // 2, last):  # the last one is the end's
            state = f"cut-at-{at}"
            device = self.coprocessor(OPEN, "--cut-power-at", at, state=state)
            push = self.pushing(v2)
            device.process.wait(PATIENCE)
            device.end()
            self.fails(push, "went away")
            again = self.coprocessor(OPEN, state=state)
            self.assertEqual(again.events[0]["version"], "1.0.0")
            self.expect_old_firmware_and_a_good_next_try(again)
            again.kill()


class Line(Control):
    def test_the_link_stays_over_restarts_and_goes_at_the_end(self):
        device = self.coprocessor(OPEN)
        before = os.readlink(self.link)
        host = self.host()
        device.say("reboot")
        device.wait("listening", scheme="control")
        self.assertEqual(os.readlink(self.link), before)
        self.assertEqual(host.hear(), (b"ctrlEvnt", bytes.fromhex("080310ad02ea1200")))
        self.assertTrue(host.ask(123), "whoever had it open still has it")
        device.stop()
        self.assertFalse(os.path.lexists(self.link))

    def test_a_link_of_a_dead_device_is_replaced_and_a_file_is_not(self):
        device = self.coprocessor(OPEN)
        device.kill()
        self.assertTrue(os.path.lexists(self.link))
        self.coprocessor(OPEN).stop()
        self.link.write_text("mine")
        done = updraft("device", "--state", self.dir / "device", "--control", self.link, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("something else has that name", done.stderr)
        self.assertEqual(self.link.read_text(), "mine")


if __name__ == "__main__":
    unittest.main()
