"""The main job, from outside: update, restart, confirm, roll back, refuse, survive."""
import contextlib
import gzip
import hashlib
import json
import signal
import socket
import subprocess
import time
import unittest
import zlib

from harness import FIRMWARE, PATIENCE, UPDRAFT, Case, inspect, netcat, send, updraft

KEY = "12345678901234567890123456789012"
IV = "0123456789012345"
OPEN = ("--raw", 0, "--allow-unsigned")


class MainJob(Case):
    def test_a_device_that_is_told_to_stop_while_it_restarts_stops(self):
        for _ in range(8):
            device = self.device(*OPEN)
            device.wait("listening")
            device.say("reboot")
            device.wait("reboot")
            device.stop()

    def test_update_restarts_into_the_other_slot_and_confirms(self):
        v1, v2 = self.image("v1", "--version", "1.0.0"), self.image("v2", "--version", "1.1.0")
        device = self.device("--firmware", v1, *OPEN)
        boot = device.wait("boot")
        self.assertEqual((boot["slot"], boot["version"], boot["state"]), ("ota_0", "1.0.0", "valid"))
        self.assertEqual(boot["digest"], v1.read_bytes()[-32:].hex()[:16])
        port = device.port()
        done = updraft("push", v2, f"raw://127.0.0.1:{port}", "--json")
        self.assertIn('"result":"sent"', done.stdout.splitlines()[-1])
        update = device.wait("update")
        self.assertEqual((update["result"], update["slot"], update["version"], update["trust"]),
                         ("ok", "ota_1", "1.1.0", "unsigned"))
        self.assertEqual(device.wait("reboot")["reason"], "update")
        boot = device.wait("boot")
        self.assertEqual((boot["slot"], boot["version"], boot["state"]),
                         ("ota_1", "1.1.0", "pending_verify"))
        self.assertEqual(device.port(), port, "the device is found where it was")
        device.wait("confirm")
        device.stop()
        self.assertEqual(inspect(self.dir / "device")["boots"], "ota_1")
        self.assertTrue(self.slot_bytes("ota_1").startswith(v2.read_bytes()))

    def test_a_compressed_image_installs_like_a_plain_one(self):
        v1, v2 = self.image("v1", "--version", "1.0.0"), self.image("v2", "--version", "1.1.0")
        once = self.dir / "v2.gz"
        once.write_bytes(subprocess.run(["gzip", "-c", v2], capture_output=True, check=True).stdout)
        twice = self.dir / "v2.gz.gz"
        twice.write_bytes(gzip.compress(once.read_bytes()))
        for payload in (once, twice):
            with self.subTest(payload.name):
                state = "takes-" + payload.name
                device = self.device("--firmware", v1, *OPEN, state=state)
                netcat(device.port(), payload)
                self.assertEqual(device.wait("update")["version"], "1.1.0")
                self.assertEqual(device.wait("boot", slot="ota_1")["version"], "1.1.0")
                device.stop()
                self.assertTrue(self.slot_bytes("ota_1", state).startswith(v2.read_bytes()))

    def test_a_fresh_device_without_firmware_runs_a_demo(self):
        device = self.device(*OPEN)
        boot = device.wait("boot")
        self.assertEqual((boot["version"], boot["project"], boot["chip"]), ("1.0.0", "demo", "esp32c3"))

    def test_pull_fetches_once_and_settles(self):
        v2 = self.image("v2", "--version", "2.0.0")
        serve = subprocess.Popen([*self.command("serve", v2, "--raw", 0, "--json")],
                                 stdout=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (serve.kill(), serve.wait(), serve.stdout.close()))
        port = json.loads(serve.stdout.readline())["port"]
        device = self.device("--pull", f"raw://127.0.0.1:{port}", "--allow-unsigned")
        device.wait("update", result="ok")
        self.assertEqual(device.wait("boot")["version"], "2.0.0")
        device.wait("confirm")
        time.sleep(0.5)
        device.stop()
        self.assertEqual(sum(e["event"] == "pulling" for e in device.events), 1)

    def command(self, *arguments):
        return [UPDRAFT, *map(str, arguments)]


class Current(Case):
    def test_a_device_that_fetches_what_it_runs_does_not_even_restart(self):
        v1 = self.image("v1", "--version", "1.0.0", "--size", 50_000)
        for scheme in ("raw", "req"):
            with self.subTest(scheme=scheme):
                serve = subprocess.Popen([UPDRAFT, "serve", v1, f"--{scheme}", "0", "--json"], stdout=subprocess.PIPE, text=True)
                self.addCleanup(serve.stdout.close)
                self.addCleanup(serve.wait)
                self.addCleanup(serve.kill)
                port = json.loads(serve.stdout.readline())["port"]
                for day in range(2):
                    device = self.device("--firmware", v1, "--pull", f"{scheme}://127.0.0.1:{port}", f"--allow-unsigned={scheme}",
                                         state=scheme)
                    update = device.wait("update")
                    self.assertEqual((update["result"], update["version"]), ("current", "1.0.0"))
                    device.stop()
                    before = before if day else (self.dir / scheme / "flash.bin").read_bytes()
                self.assertEqual((self.dir / scheme / "flash.bin").read_bytes(), before)


class DamagedRecord(Case):
    def test_the_boot_event_says_what_it_chose(self):
        device = self.device("--firmware", self.image("v1", "--version", "1.0.0"), *OPEN)
        netcat(device.port(), self.image("v2", "--version", "2.0.0"))
        device.wait("confirm")
        device.stop()
        flash = self.dir / "device" / "flash.bin"
        data = bytearray(flash.read_bytes())
        otadata = next(p for p in inspect(flash)["partitions"] if p["label"] == "otadata")["offset"]
        self.assertEqual(data[otadata + 4096], 2)
        data[otadata + 4096] ^= 0x40
        flash.write_bytes(data)
        boot = self.device(*OPEN).wait("boot")
        self.assertEqual((boot["version"], boot["damaged_record"], boot["it_chose"]), ("1.0.0", 1, "ota_1"))


class RollBack(Case):
    def start_with_update(self, image, *knobs):
        device = self.device("--firmware", self.image("v1", "--version", "1.0.0"), *OPEN, *knobs)
        netcat(device.port(), image)
        device.wait("update", result="ok")
        self.assertEqual(device.wait("boot")["state"], "pending_verify")
        return device

    def test_an_image_that_crashes_is_rolled_back_and_remembered(self):
        bad = self.image("bad", "--version", "6.6.6")
        device = self.start_with_update(bad, "--app", "crash")
        self.assertEqual(device.wait("reboot")["reason"], "panic")
        self.assertEqual(device.wait("rollback")["to"], "ota_0")
        boot = device.wait("boot")
        self.assertEqual((boot["version"], boot["state"]), ("1.0.0", "valid"))
        netcat(device.port(), bad)
        refused = device.wait("update")
        self.assertEqual((refused["result"], refused["code"]), ("refused", "known_bad"))
        device.stop()
        again = self.device(*OPEN, "--retry", bad.read_bytes()[-32:].hex()[:16])
        netcat(again.port(), bad)
        again.wait("update", result="ok")

    def test_a_demo_image_that_crashes_needs_no_knob(self):
        device = self.start_with_update(self.image("bad", "--version", "6.6.6", "--app", "crash"))
        self.assertEqual(device.wait("rollback")["to"], "ota_0")

    def test_an_image_that_nobody_confirms_is_rolled_back(self):
        bad = self.image("bad", "--version", "6.6.6")
        device = self.start_with_update(bad, "--confirm", "never", "--confirm-within", 0.5)
        self.assertEqual(device.wait("reboot")["reason"], "not confirmed")
        self.assertEqual(device.wait("rollback")["to"], "ota_0")
        self.assertEqual(device.wait("boot")["version"], "1.0.0")
        netcat(device.port(), bad)
        self.assertEqual(device.wait("update")["code"], "known_bad")

    def test_a_kill_before_confirming_is_a_reset(self):
        bad = self.image("bad", "--version", "6.6.6")
        device = self.start_with_update(bad, "--confirm", "manual")
        device.kill()
        again = self.device(*OPEN)
        self.assertEqual(again.wait("rollback")["to"], "ota_0")
        self.assertEqual(again.wait("boot")["version"], "1.0.0")
        netcat(again.port(), bad)  # the power went away: that says nothing about the image
        again.wait("update", result="ok")

    def test_the_console_confirms_or_rolls_back(self):
        good = self.image("good", "--version", "1.1.0")
        device = self.start_with_update(good, "--confirm", "manual")
        netcat(device.port(), self.image("next", "--version", "1.2.0"))
        self.assertEqual(device.wait("update")["code"], "pending_confirm")
        device.say("confirm")
        device.wait("confirm")
        netcat(self.port_of(device), self.image("third", "--version", "1.3.0"))
        device.wait("update", result="ok")
        device.wait("boot", version="1.3.0")
        device.port()
        device.say("rollback")
        self.assertEqual(device.wait("rollback")["to"], "ota_1")
        self.assertEqual(device.wait("boot")["version"], "1.1.0")

    def port_of(self, device):
        return [e["port"] for e in device.events if e["event"] == "listening"][-1]


class RealFirmware(Case):
    OLD, NEW = "ratgdo32-esp32/v3.3.6.bin", "ratgdo32-esp32/v3.3.7.bin"

    def check(self, transfer, *knobs):
        old, new = self.real(self.OLD), self.real(self.NEW)
        device = self.device("--chip", "esp32", "--firmware", old, *OPEN, *knobs)
        self.assertEqual(device.wait("boot")["digest"], old.read_bytes()[-32:].hex()[:16])
        transfer(device.port(), new)
        device.wait("update", result="ok")
        boot = device.wait("boot")
        self.assertEqual((boot["slot"], boot["digest"]), ("ota_1", new.read_bytes()[-32:].hex()[:16]))
        device.wait("confirm")
        device.stop()
        data = new.read_bytes()
        self.assertEqual(hashlib.sha256(self.slot_bytes("ota_1")[:len(data)]).hexdigest(),
                         hashlib.sha256(data).hexdigest())

    def openssl(self, path, *arguments):
        sealed = self.dir / "sealed"
        subprocess.run(["openssl", "enc", *arguments, "-nosalt", "-nopad", "-in", path, "-out", sealed],
                       check=True)
        return sealed

    def test_netcat(self):
        self.check(netcat)

    def test_netcat_that_keeps_its_side_open(self):
        self.check(lambda port, path: send(port, path.read_bytes(), half_close=False))

    def test_push(self):
        self.check(lambda port, path: updraft("push", path, f"raw://127.0.0.1:{port}"))

    def test_openssl_cbc(self):
        self.check(lambda port, path: netcat(port, self.openssl(
            path, "-aes-256-cbc", "-K", KEY.encode().hex(), "-iv", IV.encode().hex())),
            "--aes-key", KEY, "--aes-mode", "cbc", "--aes-iv", IV)

    def test_openssl_ecb_with_a_short_key(self):
        self.check(lambda port, path: netcat(port, self.openssl(
            path, "-aes-256-ecb", "-K", b"1234567890".hex().ljust(64, "0"))),
            "--aes-key", "1234567890", "--aes-mode", "ecb")

    def test_encrypted_push(self):
        key = ("--aes-key", KEY, "--aes-iv", IV)
        self.check(lambda port, path: updraft("push", path, f"raw://127.0.0.1:{port}", *key), *key)

    def test_every_product_boots_and_takes_its_next_version(self):
        self.real(self.OLD)
        for folder in sorted(p for p in FIRMWARE.iterdir() if p.is_dir()):
            old, new = sorted(folder.glob("*.bin"))[:2]
            with self.subTest(folder.name):
                device = self.device("--firmware", old, *OPEN, state=folder.name)
                send(device.port(), new.read_bytes())
                device.wait("update", result="ok")
                device.wait("confirm")
                device.stop()
                data = new.read_bytes()
                self.assertEqual(self.slot_bytes("ota_1", folder.name)[:len(data)], data)


class Refusals(Case):
    """Each with its own code; the old version keeps running and the next good push works."""

    def check(self, payload, *codes, knobs=(), next_works=True):
        v1, v2 = self.image("v1", "--version", "1.0.0"), self.image("v2", "--version", "1.1.0")
        device = self.device("--firmware", v1, *(knobs or OPEN))
        port = device.port()
        send(port, payload(v2.read_bytes()))
        ended = device.wait("update")
        self.assertIn(ended["code"], codes)
        self.assertIn(ended["result"], ("refused", "failed"))
        self.assertTrue(ended["message"].strip())
        device.say("status")
        self.assertEqual(device.wait("status")["version"], "1.0.0", "the old one runs on")
        self.assertNotIn("reboot", [e["event"] for e in device.events])
        if next_works:
            send(port, v2.read_bytes())
            device.wait("update", result="ok")
            self.assertEqual(device.wait("boot")["version"], "1.1.0")
        return ended

    def test_another_chip(self):
        other = self.image("s3", "--chip", "esp32s3").read_bytes()
        self.check(lambda _: other, "wrong_chip")

    def test_truncated(self):
        self.check(lambda good: good[:-1], "size_mismatch")

    def test_flipped_bit(self):
        def flip(good):
            return good[:5000] + bytes([good[5000] ^ 4]) + good[5001:]
        self.check(flip, "bad_checksum")

    def test_flipped_bit_in_the_hash(self):
        self.check(lambda good: good[:-1] + bytes([good[-1] ^ 1]), "bad_hash")

    def test_web_page(self):
        ended = self.check(lambda _: b"<!doctype html><title>Login</title>" * 100, "not_an_image")
        self.assertIn("web page", ended["message"])

    def test_compressed_three_times(self):
        self.check(lambda good: gzip.compress(gzip.compress(gzip.compress(good))), "malformed")

    def test_compressed_bomb(self):
        bomb = zlib.compress(self.image("big", "--size", "2M").read_bytes() + bytes(64 << 20), 9)
        self.check(lambda _: bomb, "too_big")

    def test_compressed_and_damaged(self):
        self.check(lambda good: gzip.compress(good)[:-8] + bytes(8), "bad_checksum")

    def test_zeros(self):
        self.check(lambda _: bytes(1 << 20), "not_an_image")

    def test_empty(self):
        device = self.device(*OPEN)
        send(device.port(), b"")
        self.assertEqual(device.wait("strangers"), {"event": "strangers", "connections": 1})
        self.assertFalse([event for event in device.events if event["event"] == "update"], "no update was meant")

    def test_too_big(self):
        big = self.image("big", "--size", "4M").read_bytes()
        self.check(lambda _: big, "too_big")

    def test_endless_after_a_good_head(self):
        self.check(lambda good: good + bytes(4 << 20), "too_big")

    def test_wrong_key(self):
        self.check(lambda good: good, "wrong_key", next_works=False,
                   knobs=(*OPEN, "--aes-key", KEY, "--aes-iv", IV))

    def test_half_a_block(self):
        def seal(good):
            return subprocess.run(["openssl", "enc", "-aes-256-cbc", "-nosalt", "-nopad",
                                   "-K", KEY.encode().hex(), "-iv", IV.encode().hex()],
                                  input=good, capture_output=True, check=True).stdout[:-5]
        self.check(seal, "size_mismatch", next_works=False,
                   knobs=(*OPEN, "--aes-key", KEY, "--aes-iv", IV))

    def test_unsigned_by_default(self):
        ended = self.check(lambda good: good, "unsigned", next_works=False, knobs=("--raw", 0))
        self.assertIn("--allow-unsigned", ended["message"])

    def test_dev_zero_without_end(self):
        device = self.device(*OPEN)
        port = device.port()
        with open("/dev/zero", "rb") as zero:
            endless = subprocess.Popen(["nc", "-N", "127.0.0.1", str(port)], stdin=zero,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.addCleanup(lambda: (endless.kill(), endless.wait()))
            self.assertEqual(device.wait("update")["code"], "not_an_image")
            netcat(port, self.image("v2", "--version", "1.1.0"))
            device.wait("update", result="ok")

    def test_a_stall_ends_the_attempt_within_seconds(self):
        good = self.image("v2", "--version", "1.1.0").read_bytes()
        device = self.device(*OPEN)
        port = device.port()
        with socket.create_connection(("127.0.0.1", port)) as stalled:
            stalled.sendall(good[:100_000])
            self.assertEqual(device.wait("update")["code"], "timeout")
            send(port, good)
            device.wait("update", result="ok")

    def test_a_thousand_connections_that_say_nothing(self):
        device = self.device(*OPEN)
        port = device.port()
        idle = []
        for _ in range(1000):
            with contextlib.suppress(OSError):
                idle.append(socket.create_connection(("127.0.0.1", port), timeout=5))
        self.addCleanup(lambda: [peer.close() for peer in idle])
        send(port, self.image("v2", "--version", "1.1.0").read_bytes())
        device.wait("update", result="ok")

    def test_busy(self):
        good = self.image("v2", "--version", "1.1.0").read_bytes()
        device = self.device(*OPEN)
        port = device.port()
        with socket.create_connection(("127.0.0.1", port)) as first:
            first.sendall(good[:5000])
            device.wait("progress")
            send(port, good)
            self.assertEqual(device.wait("update")["code"], "busy")
            first.sendall(good[5000:])
            first.shutdown(socket.SHUT_WR)
            device.wait("update", result="ok")


class PowerCuts(Case):
    def test_sigkill_at_any_moment_of_an_update(self):
        v1, v2 = self.image("v1", "--version", "1.0.0"), self.image("v2", "--version", "1.1.0")
        self.device("--firmware", v1, *OPEN).wait("boot")
        for operation in (0, 1, 100, 1023, 1024, 1025, 1026, 1027, 1028, 1029, 1030, 1031, 1032, 1033):
            for variant in ("before", "torn", "after", "weak"):
                with self.subTest(operation=operation, variant=variant):
                    state = f"cut-{operation}-{variant}"
                    device = self.device("--firmware", v1, *OPEN, "--cut-power-at", operation,
                                         "--cut", variant, state=state)
                    with contextlib.suppress(AssertionError):  # the first operations are the boot's
                        send(device.port(), v2.read_bytes())
                    self.assertEqual(device.process.wait(PATIENCE), -signal.SIGKILL, "it was cut")
                    device.end()
                    again = self.device("--firmware", v1, *OPEN, state=state)
                    version = again.wait("boot")["version"]
                    self.assertIn(version, ("1.0.0", "1.1.0"))
                    if version == "1.0.0":
                        send(again.port(), v2.read_bytes())
                        again.wait("update", result="ok")
                        again.wait("boot", version="1.1.0")
                    again.wait("confirm")
                    again.kill()


if __name__ == "__main__":
    unittest.main()
