"""Updates from a card through the real program: the folder that is the card, what people copy there, and what push puts there."""
import hashlib
import os
import shutil
import subprocess
import time
import unittest

from harness import UPDRAFT, Case, inspect, updraft
from test_signed_device import Signed
from test_uart import AES, sealed
from waiting import until
from web_server import Held

OPEN = "--allow-unsigned=sd"


class Sd(Case):
    def setUp(self):
        super().setUp()
        self.card = self.dir / "card"
        self.card.mkdir()

    def with_card(self, *knobs, state="device"):
        device = self.device("--firmware", self.image("v1", "--version", "1.0.0"), "--sd", self.card, *knobs, state=state)
        device.wait("listening", scheme="sd", address=str(self.card))
        return device

    def push(self, file, *options, status=0):
        done = updraft("push", file, f"sd:{self.card}", *options, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def names(self):
        return sorted(os.listdir(self.card))

    def expect_runs(self, device, version):
        device.wait("update", result="ok", version=version, scheme="sd", trust="unsigned")
        device.wait("reboot", reason="update")
        device.wait("boot", version=version)
        device.wait("confirm")

    def comes_to_rest(self, device):
        """Nothing more is tried, now and after a restart."""
        for _ in range(2):
            seen = len(device.events)
            time.sleep(2)  # several looks
            device.settle()
            self.assertEqual([e for e in device.events[seen:] if e["event"] in ("update", "reboot", "boot")], [])
            device.say("reboot")
            device.wait("listening", scheme="sd")


class Taken(Sd):
    def test_a_file_that_somebody_copied(self):
        shutil.copy(self.image("v2", "--version", "2.0.0"), self.card / "OTA.BIN")
        device = self.with_card(OPEN)
        self.expect_runs(device, "2.0.0")
        self.assertEqual(self.names(), ["OTA.BIN.taken"])
        self.comes_to_rest(device)

    def test_what_push_puts_there_with_its_digest(self):
        device = self.with_card(OPEN)
        v2 = self.image("v2", "--version", "2.0.0")
        self.assertIn("v2.bin", self.push(v2).stdout)
        self.expect_runs(device, "2.0.0")
        self.assertEqual(self.names(), ["v2.bin.taken", "v2.bin.taken.sha256"])
        self.assertEqual((self.card / "v2.bin.taken.sha256").read_text(),
                         f"{hashlib.sha256(v2.read_bytes()).hexdigest()}  v2.bin\n")
        self.push(self.image("v3", "--version", "3.0.0"))
        self.expect_runs(device, "3.0.0")
        self.comes_to_rest(device)

    def test_sha256sum_agrees(self):
        self.push(self.image("v2", "--version", "2.0.0"))
        done = subprocess.run(["sha256sum", "-c", "v2.bin.sha256"], cwd=self.card, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_encrypted_by_push_and_by_openssl(self):
        device = self.with_card(OPEN, *AES)
        self.push(self.image("v2", "--version", "2.0.0"), *AES)
        self.expect_runs(device, "2.0.0")
        (self.card / "cbc.bin").write_bytes(sealed(self.image("v3", "--version", "3.0.0").read_bytes()))
        self.expect_runs(device, "3.0.0")

    def test_what_runs_already_is_no_loop(self):
        shutil.copy(self.image("v1", "--version", "1.0.0"), self.card / "app.bin")
        device = self.with_card(OPEN)
        device.wait("update", result="current")
        self.assertEqual(until(lambda: self.names() == ["app.bin.taken"] and self.names(), "renamed"), ["app.bin.taken"])
        self.comes_to_rest(device)

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_a_locked_card_is_no_loop(self):
        shutil.copy(self.image("v2", "--version", "2.0.0"), self.card / "app.bin")
        self.card.chmod(0o500)
        self.addCleanup(self.card.chmod, 0o700)
        device = self.with_card(OPEN)
        self.expect_runs(device, "2.0.0")
        device.wait("update", result="current")
        seen = len(device.events)
        time.sleep(2)
        device.settle()
        self.assertEqual([e for e in device.events[seen:] if e["event"] in ("update", "reboot")], [])

    def test_one_after_the_other_by_their_names(self):
        for version in ("2.0.0", "3.0.0"):
            shutil.copy(self.image(version, "--version", version), self.card / f"{version}.bin")
        device = self.with_card(OPEN)
        self.expect_runs(device, "2.0.0")
        self.expect_runs(device, "3.0.0")

    def test_a_card_that_comes_later(self):
        self.card.rmdir()
        device = self.with_card(OPEN)
        self.card.mkdir()
        self.push(self.image("v2", "--version", "2.0.0"))
        self.expect_runs(device, "2.0.0")


class Refused(Sd):
    def refused(self, device, code):
        self.assertEqual(device.wait("update", scheme="sd").get("code"), code)
        device.settle()
        self.assertEqual(inspect(self.dir / "device")["boots"], "ota_0")

    def test_nothing_unsigned_unless_it_is_named(self):
        shutil.copy(self.image("v2", "--version", "2.0.0"), self.card / "app.bin")
        device = self.with_card()
        before = self.slot_bytes("ota_1")
        self.refused(device, "unsigned")
        self.assertEqual(self.slot_bytes("ota_1"), before)
        self.assertEqual(self.names(), ["app.bin"])

    def test_what_is_wrong_is_said_once_and_left_alone(self):
        v2 = self.image("v2", "--version", "2.0.0", "--size", "50K").read_bytes()
        device = self.with_card(OPEN)
        rows = (("page.bin", b"<html>" + bytes(500), "not_an_image"), ("empty.bin", b"", "payload_missing"),
                ("cut.bin", v2[:30_000], "size_mismatch"), ("large.bin", v2 + bytes(4 << 20), "too_big"))
        for name, data, code in rows:
            with self.subTest(name):
                (self.card / name).write_bytes(data)
                self.refused(device, code)
        seen = len(device.events)
        time.sleep(2)
        device.settle()
        self.assertEqual([e for e in device.events[seen:] if e["event"] == "update"], [])
        self.assertEqual(self.names(), sorted(name for name, _, _ in rows))
        (self.card / "cut.bin").write_bytes(v2)  # mended: it is another file
        self.expect_runs(device, "2.0.0")

    def test_another_files_digest(self):
        v2 = self.image("v2", "--version", "2.0.0").read_bytes()
        device = self.with_card(OPEN)
        before = self.slot_bytes("ota_1")
        (self.card / "app.bin.sha256").write_text("00" * 32 + "  app.bin\n")
        (self.card / "app.bin").write_bytes(v2)
        self.refused(device, "digest_mismatch")
        (self.card / "other.bin.sha256").write_text("no digest\n")
        (self.card / "other.bin").write_bytes(v2)
        self.refused(device, "malformed")
        self.assertEqual(self.slot_bytes("ota_1"), before)

    def test_a_key_that_is_missing_or_wrong(self):
        device = self.with_card(OPEN, *AES)
        shutil.copy(self.image("v2", "--version", "2.0.0"), self.card / "plain.bin")
        self.refused(device, "wrong_key")
        (self.card / "odd.bin").write_bytes(bytes(1001))
        self.refused(device, "size_mismatch")

    def test_other_files_of_the_card_are_left_alone(self):
        good = self.image("v2", "--version", "2.0.0").read_bytes()
        for name in ("photo.jpg", "app.bin.taken", ".app.bin", "app.bin.sha256", "log.txt", "a" * 80 + ".bin"):
            (self.card / name).write_bytes(good)
        (self.card / "folder.bin").mkdir()
        os.mkfifo(self.card / "fifo.bin")
        outside = self.dir / "outside.bin"
        outside.write_bytes(good)
        (self.card / "link.bin").symlink_to(outside)
        (self.card / "near.bin").symlink_to(self.card / "photo.jpg")
        before = self.names()
        device = self.with_card(OPEN)
        self.comes_to_rest(device)
        self.assertEqual(self.names(), before)
        self.assertEqual(outside.read_bytes(), good)


class Packages(Sd, Signed):
    def test_a_package_passes_and_nothing_else(self):
        device = self.with_card(*self.trusts)
        shutil.copy(self.signed("2.0.0", 2), self.card / "app.suit")
        device.wait("update", result="ok", version="2.0.0", trust="signed", scheme="sd")
        device.wait("boot", version="2.0.0")
        device.wait("confirm")
        shutil.copy(self.image("v3", "--version", "3.0.0"), self.card / "v3.bin")
        self.assertEqual(device.wait("update")["code"], "unsigned")

    def test_what_is_let_in_by_name_needs_an_armed_device(self):
        device = self.with_card(*self.trusts, OPEN)
        v2 = self.image("v2", "--version", "2.0.0")
        shutil.copy(v2, self.card / "first.bin")
        self.assertEqual(device.wait("update")["code"], "not_armed")
        device.say("arm")
        device.wait("armed")
        shutil.copy(v2, self.card / "second.bin")
        self.expect_runs(device, "2.0.0")
        self.assertEqual(self.names(), ["first.bin", "second.bin.taken"])


class Push(Sd):
    def test_never_half_a_file(self):
        v2 = self.image("v2", "--version", "2.0.0", "--size", "300K")
        server = Held(self, v2.read_bytes(), 100_000)
        push = subprocess.Popen([UPDRAFT, "push", server.url, f"sd:{self.card}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        until(lambda: any(n.startswith(".") for n in self.names()), "half of it")
        self.assertEqual([n for n in self.names() if not n.startswith(".")], [])
        push.kill()
        push.communicate()
        device = self.with_card(OPEN)
        self.comes_to_rest(device)
        self.push(v2)
        self.expect_runs(device, "2.0.0")

    def test_a_link_that_somebody_put_there_is_not_followed(self):
        victim = self.dir / "victim"
        victim.write_text("mine")
        for name in (".v2.bin.part", "v2.bin", "v2.bin.sha256", ".v2.bin.sha256.part"):
            (self.card / name).symlink_to(victim)
        v2 = self.image("v2", "--version", "2.0.0")
        self.push(v2)
        self.assertEqual(victim.read_text(), "mine")
        self.assertEqual((self.card / "v2.bin").read_bytes(), v2.read_bytes())
        self.assertFalse((self.card / "v2.bin").is_symlink())

    def test_standard_input_and_odd_names(self):
        v2 = self.image("v2", "--version", "2.0.0")
        with v2.open("rb") as file:
            updraft("push", "-", f"sd:{self.card}", stdin=file)
        odd = self.dir / "..ä b.bin"
        shutil.copy(v2, odd)
        self.push(odd)
        self.assertEqual([n for n in self.names() if n.endswith(".bin")], ["___b.bin", "update.bin"])

    def test_what_cannot_be(self):
        v2 = self.image("v2")
        shutil.rmtree(self.card)
        self.assertIn("No such file", self.push(v2, status=3).stderr)
        self.card.write_text("a file")
        self.assertIn("Not a directory", self.push(v2, status=3).stderr)


if __name__ == "__main__":
    unittest.main()
