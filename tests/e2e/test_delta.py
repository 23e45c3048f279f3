"""Updates by patch, through the real program."""
import gzip
import json
import unittest
import zlib

from harness import SOURCE, Case, inspect, netcat, updraft
from test_sealed import HMAC_KEY, RSA_KEY
from ws_client import WebSocket

OPEN = ("--raw", 0, "--allow-unsigned")


class Demo(Case):
    def setUp(self):
        super().setUp()
        self.v1 = self.image("v1", "--version", "1.0.0")
        self.v2 = self.image("v2", "--version", "1.1.0")
        self.patch = self.dir / "patch"

    def make(self, *arguments):
        done = updraft("delta", "make", self.v1, self.v2, "-o", self.patch, "--json", *arguments)
        return json.loads(done.stdout)

    def test_make_apply_inspect(self):
        for restart in (0, "64K"):
            made = self.make("--restart", restart)
            self.assertEqual(made["bytes"], self.patch.stat().st_size)
            report = inspect(self.patch)
            self.assertEqual((report["kind"], report["valid"], report["mode"], report["target_bytes"]),
                             ("delta", True, "image", self.v2.stat().st_size))
            self.assertEqual(len(report["chunks"]), 4 if restart else 1)
            out = self.dir / "out"
            updraft("delta", "apply", self.v1, self.patch, "-o", out)
            self.assertEqual(out.read_bytes(), self.v2.read_bytes())

    def test_another_base_makes_nothing(self):
        self.make()
        out = self.dir / "out"
        done = updraft("delta", "apply", self.v2, self.patch, "-o", out, "--json", check=False)
        self.assertEqual((done.returncode, json.loads(done.stdout)["code"]), (1, "wrong_base"))
        self.assertFalse(out.exists())

    def test_a_damaged_patch_is_said_to_be_one(self):
        self.make()
        self.patch.write_bytes(self.patch.read_bytes()[:-1])
        self.assertEqual(updraft("inspect", self.patch, check=False).returncode, 1)

    def test_what_makes_no_patch_says_so(self):
        empty = self.dir / "empty"
        empty.touch()
        out = self.dir / "out"
        for words, said in ((("make", self.v1, empty), "is empty"), (("apply", self.v1, self.v2), "is no patch"),
                            (("apply", self.v1, empty), "is no patch")):
            done = updraft("delta", *words, "-o", out, check=False)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn(said, done.stderr)
            self.assertFalse(out.exists())

    def test_restart_is_a_power_of_two(self):
        for bad in ("100K", "32K", "32M", "junk"):
            done = updraft("delta", "make", self.v1, self.v2, "-o", self.patch, "--restart", bad, check=False)
            self.assertEqual(done.returncode, 2, bad)

    def test_a_patch_is_an_update(self):
        self.make()
        device = self.device("--firmware", self.v1, *OPEN)
        port = device.port()
        netcat(port, self.patch)
        self.assertEqual(device.wait("update")["version"], "1.1.0")
        device.wait("confirm")
        erased = inspect(self.dir / "device")
        netcat(port, self.patch)  # its base is not what runs now, but what it makes is
        self.assertEqual(device.wait("update", result="current")["version"], "1.1.0")
        self.assertEqual(inspect(self.dir / "device"), erased, "and nothing is written")
        v3 = self.image("v3", "--version", "1.2.0")
        updraft("delta", "make", self.v1, v3, "-o", self.patch)
        netcat(port, self.patch)
        self.assertEqual(device.wait("update", result="refused")["code"], "wrong_base")

    def test_push_names_both_identities_where_the_base_is_another(self):
        device = self.device("--firmware", self.v2, "--http", 0, *OPEN)
        port = device.port("ws")
        raw = device.port()
        runs, other = inspect(self.v2)["digest"][:16], inspect(self.v1)["digest"][:16]
        self.make()
        foreign = self.dir / "esp_patch"
        lines = (SOURCE / "tests/golden/esp_patch_1.hex").read_text().splitlines()
        foreign.write_bytes(bytes.fromhex("".join(line.split("#")[0] for line in lines)))
        v3 = self.image("v3", "--version", "1.2.0")
        page = f"ws://127.0.0.1:{port}"
        for words, base in (((foreign, f"raw://127.0.0.1:{raw}", "--confirm-at", page), inspect(foreign)["base_digest"]),
                            ((foreign, page), inspect(foreign)["base_digest"]),
                            ((v3, page, "--delta-from", self.v1), other),
                            ((self.made_for_another(v3), page), None)):
            with self.subTest(words=words):
                done = updraft("push", *words, "--json", check=False)
                self.assertEqual(done.returncode, 1, done.stderr)
                event = json.loads(done.stdout.splitlines()[-1])
                self.assertEqual(event["code"], "wrong_base")
                said = f"It is for the image {base}, and the device runs " if base else "The device runs "
                self.assertIn(said + f"demo 1.1.0, {runs}", event["message"])
                self.assertIn("send the full image", done.stderr)

    def made_for_another(self, image):
        other = self.image("other", "--version", "0.9.0")
        updraft("delta", "make", other, image, "-o", self.patch)
        return self.patch

    def test_push_makes_it(self):
        device = self.device("--firmware", self.v1, *OPEN)
        done = updraft("push", self.v2, f"raw://127.0.0.1:{device.port()}", "--delta-from", self.v1, "--json")
        patch = next(line for line in map(json.loads, done.stdout.splitlines()) if line["event"] == "patch")
        self.assertLess(patch["bytes"], 2000)
        self.assertEqual(device.wait("update")["version"], "1.1.0")

    def test_unsigned_stays_unsigned(self):
        self.make()
        device = self.device("--firmware", self.v1, "--raw", 0)
        netcat(device.port(), self.patch)
        self.assertEqual(device.wait("update")["code"], "unsigned")


class Real(Case):
    """ratgdo32 3.3.6 becomes 3.3.7 by less than 3 KiB."""

    def setUp(self):
        super().setUp()
        self.old, self.new = (self.real(f"ratgdo32-esp32/v3.3.{n}.bin") for n in (6, 7))

    def start(self, *arguments):
        return self.device("--chip", "esp32", "--firmware", self.old, *arguments)

    def push(self, target, *arguments):
        done = updraft("push", self.new, target, "--delta-from", self.old, "--json", *arguments)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        patch = next(event for event in events if event["event"] == "patch")
        self.assertLess(patch["bytes"], 3 * 1024)
        self.assertEqual(patch["target_bytes"], self.new.stat().st_size)
        return events[-1]

    def assert_installed(self):
        self.assertEqual(self.slot_bytes("ota_1")[:self.new.stat().st_size], self.new.read_bytes())

    def test_over_raw_tcp(self):
        device = self.start(*OPEN)
        self.push(f"raw://127.0.0.1:{device.port()}")
        self.assertEqual(device.wait("update")["result"], "ok")
        device.wait("confirm")
        self.assert_installed()

    def test_over_websocket_and_says_which_image_runs(self):
        device = self.start("--http", 0, "--allow-unsigned")
        done = self.push(f"ws://127.0.0.1:{device.port('ws')}", "--restart")
        self.assertEqual((done["result"], done["state"]), ("ok", "valid"))
        self.assertEqual(done["digest"], inspect(self.new)["digest"][:16])
        self.assert_installed()

    def test_over_the_control_path(self):
        link = self.dir / "esps0"
        device = self.start("--control", link, "--allow-unsigned=control")
        device.wait("listening", scheme="control")
        self.push(f"control:{link}")
        self.assertEqual(device.wait("update")["result"], "ok")
        device.wait("confirm")
        self.assert_installed()


class Cut(Case):
    def test_only_what_lies_behind_the_restart_point_is_asked_for(self):
        """Over ws://, after a lost link and after a power cut."""
        v1 = self.image("v1", "--version", "1.0.0", "--size", "300K")
        v2 = self.image("v2", "--version", "1.1.0", "--size", "300K", "--seed", 7)
        updraft("delta", "make", v1, v2, "-o", self.dir / "patch", "--restart", "64K")
        patch = (self.dir / "patch").read_bytes()
        arguments = ("--firmware", v1, "--http", 0, "--allow-unsigned")
        device = self.device(*arguments)
        with WebSocket(device.port("ws")) as client:
            client.push(patch[:250_000], of=len(patch))
        device.wait("update", result="failed", code="aborted")
        device.kill()
        device = self.device(*arguments)
        port = device.port("ws")
        sent = 0
        with WebSocket(port) as client:
            chunk = client.start(len(patch))
            at = 0
            while at is not None:
                piece = patch[at:at + chunk]
                client.send(piece)
                sent += len(piece)
                answer = json.loads(client.hear())
                at = answer["value"] if answer["name"] == "otaGetChunk" else None
        self.assertEqual(answer, {"name": "otaEnd", "value": "OK"})
        self.assertLess(sent, 130_000)  # a piece of each chunk that was made, and the rest
        self.assertEqual(self.slot_bytes("ota_1")[:v2.stat().st_size], v2.read_bytes())

    def test_a_push_sets_restart_points_where_the_link_can_seek(self):
        """And where they are worth it: above 16 KiB of patch."""
        v1 = self.image("v1", "--version", "1.0.0", "--size", "300K")
        large = self.image("large", "--version", "1.1.0", "--size", "300K", "--seed", 7)
        small = self.image("small", "--version", "1.1.0", "--size", "300K")
        for new, door, expected in ((large, "ws", 256 * 1024), (large, "raw", 0), (small, "ws", 0)):
            with self.subTest(new=new.name, door=door):
                device = self.device("--firmware", v1, "--http", 0, "--raw", 0, "--allow-unsigned",
                                     state=f"{new.name}-{door}")
                done = updraft("push", new, f"{door}://127.0.0.1:{device.port(door)}", "--delta-from", v1, "--json")
                patch = next(line for line in map(json.loads, done.stdout.splitlines()) if line["event"] == "patch")
                self.assertEqual(patch["restart"], expected)
                device.kill()


class WrappedCut(Case):
    """Patches inside gzip, zlib and both containers: cut off by the link or the power, then sent again."""

    def setUp(self):
        super().setUp()
        self.v1 = self.image("v1", "--version", "1.0.0", "--size", "300K")
        self.v2 = self.image("v2", "--version", "1.1.0", "--size", "300K", "--seed", 7)
        updraft("delta", "make", self.v1, self.v2, "-o", self.dir / "patch", "--restart", "64K")
        self.hmac, self.rsa = self.secret("hmac.bin", HMAC_KEY), self.secret("rsa.pem", RSA_KEY.read_bytes())
        self.keys = ("--ecies-key", self.hmac, "--rsa-key", self.rsa)

    def secret(self, name, content):
        path = self.dir / name
        path.write_bytes(content)
        path.chmod(0o600)
        return path

    def payloads(self):
        patch = (self.dir / "patch").read_bytes()
        yield "gzip", gzip.compress(patch)
        yield "zlib", zlib.compress(patch)
        for option, key in (("--ecies-key", self.hmac), ("--rsa-key", self.rsa)):
            updraft("encrypt", self.dir / "patch", "-o", self.dir / "sealed", option, key)
            yield option, (self.dir / "sealed").read_bytes()

    def start(self, name, *arguments):
        return self.device("--firmware", self.v1, "--http", 0, "--allow-unsigned", *self.keys, *arguments, state=name)

    def expect_taken(self, device, port, payload, name):
        with WebSocket(port) as client:
            self.assertEqual(client.push(payload), {"name": "otaEnd", "value": "OK"})
        self.assertEqual(device.wait("update")["version"], "1.1.0")
        self.assertEqual(self.slot_bytes("ota_1", name)[:self.v2.stat().st_size], self.v2.read_bytes())
        device.kill()

    def test_a_lost_link(self):
        for name, payload in self.payloads():
            with self.subTest(name):
                device = self.start(name)
                port = device.port("ws")
                with WebSocket(port) as client:
                    client.push(payload[:250_000], of=len(payload))
                self.assertEqual(device.wait("update")["code"], "aborted")
                self.expect_taken(device, port, payload, name)

    def test_a_power_cut(self):
        for name, payload in list(self.payloads())[::2]:  # one compressed, one sealed
            with self.subTest(name):
                state = "power" + name
                device = self.start(state, "--cut-power-at", 900)
                with WebSocket(device.port("ws")) as client, self.assertRaises(OSError):
                    client.push(payload)
                device.end()
                self.assertNotEqual(self.slot_bytes("ota_1", state)[:64 * 1024], b"\xff" * 64 * 1024)
                again = self.start(state)
                self.expect_taken(again, again.port("ws"), payload, state)


if __name__ == "__main__":
    unittest.main()
