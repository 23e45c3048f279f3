"""Bare images over a serial line through the real program: our push, hosts and devices as esp32-ota's OTA_UART has them,
and programs that just write."""
import os
import pty
import select
import threading
import time
import tty
import unittest

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from harness import PATIENCE, Case, inspect, updraft
from test_signed_device import Signed

OPEN = "--allow-unsigned=uart"
KEY, IV = "12345678901234567890123456789012", "0123456789012345"
AES = ("--aes-key", KEY, "--aes-iv", IV)
PIECE = 1024


def sealed(data):
    data += b"\xff" * (-len(data) % 16)
    encryptor = Cipher(algorithms.AES(KEY.encode()), modes.CBC(IV.encode())).encryptor()
    return encryptor.update(data) + encryptor.finalize()


class Uart(Case):
    def on_a_line(self, *knobs, state="device", version="1.0.0"):
        self.link = self.dir / "ttyS0"
        device = self.device("--firmware", self.image("v1", "--version", version), "--uart", self.link, *knobs,
                             state=state)
        device.wait("listening", scheme="uart", address=str(self.link))
        return device

    def push(self, file, *options, status=0):
        done = updraft("push", file, f"uart:{self.link}", *options, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def line(self):
        fd = os.open(self.link, os.O_RDWR | os.O_NOCTTY)
        self.addCleanup(os.close, fd)
        tty.setraw(fd)
        return fd

    def write(self, file):
        """A piece of it, by a program that waits for nothing."""
        fd = os.open(self.link, os.O_RDWR | os.O_NOCTTY)
        os.write(fd, file.read_bytes()[:PIECE])
        self.addCleanup(os.close, fd)

    def expect_runs(self, device, version):
        device.wait("update", result="ok", version=version, scheme="uart", trust="unsigned")
        device.wait("reboot", reason="update")
        device.wait("boot", version=version)
        device.wait("listening", scheme="uart")
        device.wait("confirm")


class Push(Uart):
    def test_brings_one_image_after_the_other_over_the_same_line(self):
        device = self.on_a_line(OPEN)
        for version in ("2.0.0", "3.0.0"):
            done = self.push(self.image(version, "--version", version, "--size", "70001"), "--json")
            self.assertIn('"result":"sent"', done.stdout)
            self.expect_runs(device, version)

    def test_what_runs_already_changes_nothing(self):
        device = self.on_a_line(OPEN)
        self.push(self.dir / "v1")
        device.wait("update", result="current")
        self.push(self.image("v2", "--version", "2.0.0"))
        self.expect_runs(device, "2.0.0")

    def test_encrypted(self):
        device = self.on_a_line(OPEN, *AES)
        self.push(self.image("v2", "--version", "2.0.0"), *AES)
        self.expect_runs(device, "2.0.0")
        self.write(self.image("v3", "--version", "3.0.0"))
        self.assertEqual(device.wait("update")["code"], "wrong_key")

    def test_encrypted_with_ecb(self):
        device = self.on_a_line(OPEN, "--aes-key", "short", "--aes-mode", "ecb")
        self.push(self.image("v2", "--version", "2.0.0"), "--aes-key", "short", "--aes-mode", "ecb")
        self.expect_runs(device, "2.0.0")

    def test_nothing_unsigned_unless_it_is_named(self):
        for number, policy in enumerate(((), ("--raw", 0, "--allow-unsigned=raw"))):
            device = self.on_a_line(*policy, state=f"device{number}")
            before = self.slot_bytes("ota_1", f"device{number}")
            self.write(self.image("v2", "--version", "2.0.0"))
            self.assertEqual(device.wait("update")["code"], "unsigned")
            self.assertEqual(self.slot_bytes("ota_1", f"device{number}"), before)
            self.assertEqual(inspect(self.dir / f"device{number}")["boots"], "ota_0")
            device.stop()

    def test_what_cannot_be(self):
        self.link = self.dir / "none"
        image = self.image("v2")
        self.assertIn("No such file", self.push(image, "--wait", 0, status=3).stderr)
        self.assertIn("usual speed", self.push(image, "--baud", "115201", status=2).stderr)
        self.assertEqual(updraft("push", image, "uart:", check=False).returncode, 2)
        self.assertIn("has no use for it", updraft("push", image, "raw://h", "--baud", 9600, check=False).stderr)

    def test_two_at_once_is_one_too_many(self):
        device = self.on_a_line(OPEN)
        first = threading.Thread(target=lambda: self.push(self.image("v2", "--version", "2.0.0", "--size", "300K")))
        first.start()
        device.wait("progress")
        self.assertIn("in use", self.push(self.dir / "v1", "--wait", 0, status=3).stderr)
        first.join(PATIENCE)
        self.expect_runs(device, "2.0.0")


class Packages(Uart, Signed):
    def test_a_package_passes_and_nothing_else(self):
        device = self.on_a_line(*self.trusts)
        self.push(self.signed("2.0.0", 2))
        device.wait("update", result="ok", version="2.0.0", trust="signed", scheme="uart")
        device.wait("boot", version="2.0.0")
        device.wait("confirm")
        done = self.push(self.image("v3", "--version", "3.0.0"), "--json", status=3)
        self.assertIn('"code":"timeout"', done.stdout)
        self.assertIn("refused the image", done.stderr)
        self.assertEqual(device.wait("update")["code"], "unsigned")


class Writers(Uart):
    """Programs that know nothing of confirmations, or only that there are some."""

    def test_a_program_that_just_writes(self):
        device = self.on_a_line(OPEN)
        data = self.image("v2", "--version", "2.0.0", "--size", "200K").read_bytes()
        fd = self.line()
        while data:
            data = data[os.write(fd, data[:500]):]
        self.expect_runs(device, "2.0.0")

    def host(self, device, data):
        """The documented sender: a piece, then `\\r\\n`, then the next one. Returns whether all was taken."""
        fd = self.line()
        for at in range(0, len(data), PIECE):
            os.write(fd, data[at:at + PIECE])
            if not select.select([fd], [], [], 2)[0]:
                return False
            self.assertEqual(os.read(fd, 100), b"\r\n", "one for a piece")
        return True

    def test_an_original_host(self):
        device = self.on_a_line(OPEN)
        data = self.image("v2", "--version", "2.0.0", "--size", "50001").read_bytes()
        self.assertTrue(self.host(device, data))
        self.expect_runs(device, "2.0.0")

    def test_an_original_host_with_a_key(self):
        device = self.on_a_line(OPEN, *AES)
        data = self.image("v2", "--version", "2.0.0", "--size", "50K").read_bytes()
        self.assertTrue(self.host(device, sealed(data)))
        self.expect_runs(device, "2.0.0")

    def test_a_host_that_dies_leaves_the_old_firmware(self):
        device = self.on_a_line(OPEN)
        data = self.image("v2", "--version", "2.0.0", "--size", "50K").read_bytes()
        for cut, code in ((17, "timeout"), (1024, "timeout"), (30_000, "timeout")):
            fd = os.open(self.link, os.O_RDWR | os.O_NOCTTY)
            os.write(fd, data[:cut]) if cut < 2000 else self.host(device, data[:cut])
            self.assertEqual(device.wait("update", scheme="uart")["code"], code)
            os.close(fd)
        self.assertTrue(self.host(device, data))
        self.expect_runs(device, "2.0.0")

    def test_noise_is_no_update(self):
        device = self.on_a_line(OPEN)
        fd = self.line()
        os.write(fd, b"\r\nlogin: ")
        time.sleep(2.5)  # longer than what ends an image
        self.push(self.image("v2", "--version", "2.0.0"))
        self.expect_runs(device, "2.0.0")
        self.assertEqual([e for e in device.events if e["event"] == "update" and e["result"] != "ok"], [])


class OriginalDevice:
    """OTA_UART: confirms before it reads, reads what is there, and says `\\r\\n` as often as that takes."""

    def __init__(self, case, key=False, erases=0.0):
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        self.name, self.key, self.erases = os.ttyname(slave), key, erases
        case.addCleanup(os.close, slave)
        case.addCleanup(os.close, self.master)
        self.taken, self.confirmations = b"", 0
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        select.select([self.master], [], [], PATIENCE)
        time.sleep(self.erases)  # the whole slot, before the first read
        buffered = b""
        while True:
            while not buffered or (self.key and len(buffered) % 16):
                if not select.select([self.master], [], [], 2)[0]:
                    return
                buffered += os.read(self.master, 100)  # as bytes trickle in
                os.write(self.master, b"\r\n")
                self.confirmations += 1
                if len(buffered) > PIECE + 128:
                    return  # more than its ring holds: an original has lost bytes by now
            self.taken += buffered
            buffered = b""


class ToAnOriginal(Uart):
    def send(self, device, data, *options):
        self.link = device.name
        file = self.dir / "image"
        file.write_bytes(data)
        self.push(file, *options)
        device.thread.join(PATIENCE)
        self.assertFalse(device.thread.is_alive())

    def test_every_byte_arrives_however_often_it_confirms(self):
        data = self.image("v2", "--size", "20001").read_bytes()
        device = OriginalDevice(self, erases=1.0)
        self.send(device, data)
        self.assertEqual(device.taken, data)
        self.assertGreater(device.confirmations, len(data) // PIECE)

    def test_with_a_key(self):
        data = self.image("v2", "--size", "20000").read_bytes()
        device = OriginalDevice(self, key=True)
        self.send(device, data, *AES)
        self.assertEqual(device.taken, sealed(data))

    def test_one_that_stops_confirming_is_told_of(self):
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        tty.setraw(slave)
        self.link = os.ttyname(slave)

        def one_piece_then_a_console():
            got = b""
            while len(got) < PIECE:
                got += os.read(master, PIECE)
            os.write(master, b"\r\nE (912) ota: write failed\r\n")
        threading.Thread(target=one_piece_then_a_console, daemon=True).start()
        done = self.push(self.image("v2"), "--json", status=3)
        os.close(slave)
        self.assertIn("stopped confirming after 1.0 KiB", done.stderr)
        self.assertIn("write failed", done.stderr)


if __name__ == "__main__":
    unittest.main()
