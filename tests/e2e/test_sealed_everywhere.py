"""Pre-encrypted images over every protocol: from each the same verdict, and the running firmware unharmed."""
import hashlib
import json
import os
import shutil
import subprocess
import unittest

from harness import PATIENCE, UPDRAFT, inspect, updraft
from mqtt_broker import IS_HERE, Broker
from test_sealed import OTHER_KEY, SealedCase
from web_upload import form, post
from ws_client import request

AES = ("--aes-key", "12345678901234567890123456789012", "--aes-iv", "0123456789012345")
PASSWORD = ("--password", "hunter2")
ALL = ("--raw", 0, "--bundle", 0, "--arduino", 0, "--esphome", 0, *PASSWORD, "--native", 0, "--http", 0, "--https", 0, "--form",
       "--elegant")
DOORS = ("raw", "raw with AES", "req", "bundle", "ws", "wss", "control", "arduino", "esphome", "form", "http", "https", "elegant",
         "uart", "sd", *(("mqtt",) if IS_HERE else ()))
PROVING = ("bundle", "arduino", "esphome")  # whose senders answer with a password
ALONE = ("req", "uart", "sd")  # a device of its own each time: it fetches, or is deaf for seconds after a refusal
SILENT = ("raw", "raw with AES", "mqtt", *ALONE)  # their sender is not told
UNHURRIED = ("mqtt", "uart")  # only silence, for seconds, ends what is no plain image


class Doors:
    """One device with every way in, and two more if a way in excludes others."""

    def __init__(self, case, name, *keys, policy=("--allow-unsigned",), pull_with=()):
        self.pull_with = pull_with
        self.case, self.name, self.keys, self.pulls = case, name, (*policy, *keys), 0
        self.tty = case.dir / f"{name}-tty"
        self.broker = Broker(case) if IS_HERE else None
        topic = ("--mqtt", self.broker.url()) if self.broker else ()
        self.main = case.device(*ALL, *topic, "--control", self.tty, *self.keys, state=name)
        self.with_aes = case.device("--raw", 0, *AES, *self.keys, state=f"{name}-aes")
        self.main.port("https")  # the last door that opens by itself
        local = {e["scheme"]: f"{e['scheme']}://127.0.0.1:{e['port']}" for e in self.main.events if "port" in e}
        self.pushes = {
            "raw": (self.main, (local["raw"],)),
            "raw with AES": (self.with_aes, (f"raw://127.0.0.1:{self.with_aes.port()}", *AES)),
            "bundle": (self.main, (local["bundle"], *PASSWORD)),
            "ws": (self.main, (local["ws"],)),
            "wss": (self.main, (local["wss"], "--insecure")),
            "form": (self.main, (local["form"],)),
            "http": (self.main, (local["http"],)),
            "https": (self.main, (local["https"], "--insecure")),
            "control": (self.main, (f"control:{self.tty}",)),
            "arduino": (self.main, (local["arduino"], *PASSWORD)),
            "esphome": (self.main, (local["esphome"], *PASSWORD)),
            "native": (self.main, (local["native"],)),
            "elegant": (self.main, None),
            "mqtt": (self.main, None),
        }
        self.elegant = int(local["elegant"].rpartition(":")[2])

    def send(self, door, file, *more):
        """The device's verdict, and the sender's exit status: None if the device fetches."""
        if door in ALONE:
            return (self.fetched(file) if door == "req" else self.brought(door, file)), None
        device, target = self.pushes[door]
        env = self.paired() if door == "native" else None
        if door == "mqtt":
            self.is_subscribed()
            self.broker.publish("-f", file)
            return device.wait("update"), None
        if door == "elegant":
            return self.uploaded(file)
        if door == "bundle":
            folder = self.case.dir / "bundle"
            folder.mkdir(exist_ok=True)
            (folder / "firmware.bin").write_bytes(file.read_bytes())
            file = folder
        done = updraft("push", file, *target, *more, check=False, env=env)
        return device.wait("update"), done.returncode

    def paired(self):
        """The environment of a computer that has typed the device's line."""
        env = {**os.environ, "XDG_CONFIG_HOME": str(self.case.dir / f"{self.name}-config")}
        if not os.path.isdir(env["XDG_CONFIG_HOME"]):
            updraft("pair", next(event["string"] for event in self.main.events if event["event"] == "pairing"), env=env)
        return env

    def is_subscribed(self):
        """Since its last start."""
        events = self.main.events
        boot = max((i for i, event in enumerate(events) if event["event"] == "boot"), default=0)
        if not any(event.get("scheme") == "mqtt" and event["event"] == "listening" for event in events[boot:]):
            self.main.wait("listening", scheme="mqtt")

    def uploaded(self, file):
        """As ElegantOTA's page does it."""
        data = file.read_bytes()
        status, _, _ = request(self.elegant, f"/ota/start?mode=fr&hash={hashlib.md5(data).hexdigest()}")
        if status == 200:
            status, _, _ = post(self.elegant, "/ota/upload", *form(data, "------------------------7d3b1c9f0a"))
        return self.main.wait("update"), 0 if status == 200 else 1

    def brought(self, door, file):
        """To a device that finds it on its card, or is wired to who sends it."""
        self.pulls += 1
        place = self.case.dir / f"{self.name}-{door}-{self.pulls}"
        sender = None
        if door == "sd":
            place.mkdir()
            shutil.copy(file, place / "update.bin")
        device = self.case.device(f"--{door}", place, *self.pull_with, *self.keys, state=f"{self.name}-pull-{self.pulls}")
        if door == "uart":
            device.wait("listening", scheme="uart")
            sender = subprocess.Popen([UPDRAFT, "push", file, f"uart:{place}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return device.wait("update")
        finally:
            device.kill()
            if sender:
                sender.kill()  # it waits for a word
                sender.wait(PATIENCE)

    def fetched(self, file):
        serve = subprocess.Popen([UPDRAFT, "serve", str(file), "--req", "0", "--json"], stdout=subprocess.PIPE,
                                 text=True)
        try:
            port = json.loads(serve.stdout.readline())["port"]
            self.pulls += 1
            device = self.case.device("--pull", f"req://127.0.0.1:{port}", *self.pull_with, *self.keys,
                                      state=f"{self.name}-pull-{self.pulls}")
            verdict = device.wait("update")
            device.kill()
        finally:
            serve.terminate()
            serve.wait(PATIENCE)
            serve.stdout.close()
        return verdict


AT_THE_END = ("last-block", "tag", "cut", "cut-head", "ciphertext", "trailing")  # what is wrong shows only there


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1:]


class Everywhere(SealedCase):
    def setUp(self):
        super().setUp()
        self.by_rsa, self.by_ecies = ("--rsa-key", self.rsa), ("--ecies-key", self.hmac)
        self.both = (*self.by_rsa, *self.by_ecies)

    def made(self, version, keys, *arguments):
        return self.sealed(self.image(version, "--version", version, *arguments), *keys)

    def changed(self, file, name, change):
        path = self.dir / name
        path.write_bytes(change(file.read_bytes()))
        return path

    def expect_refusals(self, doors, rows):
        before = self.slot_bytes("ota_0", doors.name)
        for number, (file, code, said) in enumerate(rows):
            for door in DOORS:
                if door == ("ws", "wss")[number % 2]:
                    continue  # the same machine in other clothes, and half a second each
                if door in UNHURRIED and file.name in AT_THE_END or door in ALONE[1:] and number % 3:
                    continue  # seconds each
                with self.subTest(file=file.name, door=door):
                    verdict, status = doors.send(door, file)
                    self.assertEqual(verdict.get("code"), code, verdict)
                    self.assertIn(said, verdict["message"])
                    if door not in SILENT:
                        self.assertIn(status, (1, 3))
        for device in (doors.main, doors.with_aes):
            device.say("status")
            now = device.wait("status")
            self.assertEqual((now["version"], now["state"]), ("1.0.0", "valid"))
        self.assertEqual(self.slot_bytes("ota_0", doors.name), before)
        self.assertEqual(inspect(self.dir / doors.name)["boots"], "ota_0")

    def test_damaged_ones(self):
        rsa, ecies = self.made("2.0.0", self.by_rsa), self.made("2.1.0", self.by_ecies)
        self.expect_refusals(Doors(self, "device", *self.both), (
            (self.changed(rsa, "wrapped-key", lambda d: flipped(d, 200)), "wrong_key", "for another key"),
            (self.changed(ecies, "point", lambda d: flipped(d, 30)), "malformed", "breaks its format's rules"),
            (self.changed(ecies, "salt", lambda d: flipped(d, 70)), "wrong_key", "for another key"),
            (self.changed(rsa, "iv", lambda d: flipped(d, 390)), "wrong_key", "for another key"),
            (self.changed(rsa, "ciphertext", lambda d: flipped(d, 40_000)), "bad_checksum", "checksum is wrong"),
            (self.changed(ecies, "last-block", lambda d: flipped(d, len(d) - 1)), "bad_hash", "damaged or changed"),
            (self.changed(rsa, "tag", lambda d: flipped(d, 410)), "bad_hash", "damaged or changed"),
            (self.changed(ecies, "cut", lambda d: d[:-16]), "size_mismatch", "ended before"),
            (self.changed(rsa, "cut-head", lambda d: d[:496]), "size_mismatch", "ended before"),
            (self.changed(ecies, "trailing", lambda d: d + bytes(8192)), "malformed", "breaks its format's rules")))

    def test_no_key(self):
        rows = [(self.made(name, keys), "wrong_key", "has no key for that")
                for name, keys in (("2.0.0", self.by_rsa), ("2.1.0", self.by_ecies))]
        self.expect_refusals(Doors(self, "none"), rows)
        self.expect_refusals(Doors(self, "one", *self.by_ecies), rows[:1])

    def test_another_key(self):
        others = ("--rsa-key", self.key_file("other.pem", OTHER_KEY.read_bytes()),
                  "--ecies-key", self.key_file("other.bin", bytes(32)))
        rows = [(self.made(name, keys), "wrong_key", "for another key")
                for name, keys in (("2.0.0", self.by_rsa), ("2.1.0", self.by_ecies))]
        self.expect_refusals(Doors(self, "device", *others), rows)

    def test_the_right_key(self):
        doors = Doors(self, "device", *self.both)
        for number, door in enumerate(DOORS):
            with self.subTest(door=door):
                version = f"2.{number}.0"
                file = self.made(version, (self.by_rsa, self.by_ecies)[number % 2])
                verdict, status = doors.send(door, file, *(["--restart"] if door in ("ws", "wss") else []))
                self.assertEqual((verdict["result"], verdict.get("version")), ("ok", version))
                self.assertIn(status, (0, None))
                if door not in ALONE:
                    device = doors.pushes[door][0]
                    self.assertEqual(device.wait("boot")["version"], version)
                    device.wait("confirm")

    # A container is 512 bytes larger than what is inside, and only that may be more than the slot has.
    def test_as_large_as_the_slot(self):
        table = self.dir / "table.csv"
        table.write_text("otadata, data, ota, 0x9000, 0x2000\nupdraft, data, undefined, 0xb000, 0x4000\n"
                         "ota_0, app, ota_0, 0x10000, 128K\nota_1, app, ota_1, 0x30000, 128K\n")
        slot = 128 * 1024
        first = self.image("first", "--version", "1.0.0", "--size", 65536)
        doors = Doors(self, "device", "--partitions", table, "--firmware", first, *self.both)
        self.expect_refusals(doors, ((self.made("3.0.0", self.by_rsa, "--size", slot + 16), "too_big", "fit"),
                                     (self.made("3.1.0", self.by_ecies, "--size", slot + 16), "too_big", "fit"),
                                     (self.image("plain", "--size", slot + 512), "too_big", "fit")))
        for number, door in enumerate(("raw", "raw with AES", "req", "bundle", "ws", "wss")):
            with self.subTest(door=door):
                version = f"4.{number}.0"
                file = self.made(version, (self.by_rsa, self.by_ecies)[number % 2], "--size", slot)
                self.assertEqual(file.stat().st_size, slot + 512)
                verdict, _ = doors.send(door, file, *(["--restart"] if door in ("ws", "wss") else []))
                self.assertEqual((verdict["result"], verdict.get("version")), ("ok", version), verdict)
                if door != "req":
                    doors.pushes[door][0].wait("confirm")


if __name__ == "__main__":
    unittest.main()
