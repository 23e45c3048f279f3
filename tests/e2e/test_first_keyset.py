"""A device that was delivered without keys: who is paired with it brings the first KeySet, and nobody else does."""
import unittest

from harness import inspect, send, updraft
from test_native import NativeCase
from test_signed_device import CLASS, VENDOR, Signed

PASSWORD = ("--password", "hunter2")


class First(Signed, NativeCase):
    def setUp(self):
        super().setUp()
        self.device_ = self.start("--raw", 0, "--bundle", 0, *PASSWORD, "--allow-unsigned", "--vendor", VENDOR, "--class", CLASS)
        ports = {event["scheme"]: event["port"] for event in self.device_.events if "port" in event}
        self.raw = ports.get("raw") or self.device_.port("raw")
        self.bundle = ports.get("bundle") or self.device_.port("bundle")
        line = next((event["string"] for event in self.device_.events if event["event"] == "pairing"), None)
        self.pair(line or self.device_.wait("pairing")["string"])

    def given(self, key_set):
        return self.push(key_set, check=False)

    def sent(self, file):
        send(self.raw, file.read_bytes())
        return self.device_.wait("update").get("code", "ok")

    def test_comes_from_its_owner_and_holds_at_once(self):
        device = self.device_
        # The network, and a sender that knows a password, bring none.
        self.assertEqual(self.sent(self.keyset), "keyset_missing")
        folder = self.dir / "bundle"
        folder.mkdir()
        (folder / "firmware.bin").write_bytes(self.keyset.read_bytes())
        updraft("push", folder, f"bundle://127.0.0.1:{self.bundle}", *PASSWORD, check=False)
        self.assertEqual(device.wait("update").get("code"), "keyset_missing")
        device.say("arm")  # there is nothing to arm
        device.settle()
        self.assertNotIn("armed", [event["event"] for event in device.events])

        done = self.given(self.keyset)
        self.assertEqual((done["result"], done["keyset"]), ("ok", 1), done)
        self.assertEqual(device.wait("update").get("keyset"), 1)
        self.assertEqual(self.sent(self.image("evil", "--version", "6.6.6")), "not_armed")
        self.assertEqual(self.push(self.image("build", "--version", "1.5.0"), check=False)["code"], "not_armed")
        device.wait("update", code="not_armed")
        self.assertEqual(self.sent(self.signed("6.6.6", 2, key="stranger")), "key_unknown")
        self.install(device, self.raw, "2.0.0", 2)
        device.say("arm")
        device.wait("armed")

    def test_comes_once(self):
        self.assertEqual(self.given(self.key_set(3, "release"))["keyset"], 3)
        again = self.given(self.key_set(3, "release"))
        self.assertEqual((again["result"], again["code"]), ("refused", "keyset_version"), "other bytes: signatures differ")
        updraft("key", "gen", self.dir / "other-root.pem")
        for version in (1, 3, 4, 5):
            other = self.dir / f"other-{version}.keyset"
            updraft("keyset", "make", "--version", version, "--root", self.key("other-root"), "--release", self.key("stranger"), "-o", other)
            code = "key_unknown" if version == 4 else "keyset_version"
            self.assertEqual(self.given(other).get("code"), code, version)
        self.assertEqual(self.given(self.key_set(4, "next"))["keyset"], 4)
        self.device_.kill()
        self.device_ = self.start("--raw", 0, "--allow-unsigned")
        self.assertEqual(next(e for e in self.device_.events if e["event"] == "keyset")["version"], 4)
        self.assertEqual(self.sent_to_again("2.0.0", 2, "next"), "ok")

    def sent_to_again(self, version, sequence, key):
        self.raw = next((e["port"] for e in self.device_.events if e.get("scheme") == "raw"), None) or self.device_.port("raw")
        return self.sent(self.signed(version, sequence, key=key))

    def test_one_that_nobody_would_hold_is_refused(self):
        damaged = self.dir / "damaged.keyset"
        data = bytearray(self.keyset.read_bytes())
        data[-1] ^= 1
        damaged.write_bytes(data)
        unsigned = self.dir / "unsigned.keyset"
        updraft("key", "pub", self.key("root"), "-o", self.dir / "root.pub.pem")
        updraft("keyset", "make", "--root", self.dir / "root.pub.pem", "--release", self.key("release"), "-o", unsigned)
        for file, code in ((damaged, "signature_invalid"), (unsigned, "unsigned")):
            self.assertEqual(self.given(file).get("code"), code)
            self.assertEqual(self.device_.wait("update").get("code"), code)
        self.assertEqual(self.sent(self.image("build", "--version", "1.5.0")), "ok", "it is as open as it was")
        self.assertIsNone(inspect(self.dir / "device").get("signing"))


if __name__ == "__main__":
    unittest.main()
