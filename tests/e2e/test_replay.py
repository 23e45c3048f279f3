"""Security row 5: what somebody has recorded and sends again. A release that was followed by another is `sequence_old`, and a login
that was right once is a wrong one."""
import os
import socket
import unittest

from harness import PATIENCE, Case, send, updraft
from recording_proxy import RecordingProxy, RecordingRelay, replay
from test_native import NativeCase
from test_sealed_everywhere import AES, PASSWORD
from test_signed_device import Signed

WORD = PASSWORD[1]
# Door, options of the device, its scheme, options of push.
OPEN_TO_ALL = (("raw", ("--raw", 0), "raw", ()),
               ("raw with AES", ("--raw", 0, *AES), "raw", AES),
               ("ws", ("--http", 0), "ws", ("--restart",)),
               ("http", ("--http", 0), "http", ()),
               ("form", ("--http", 0, "--form"), "form", ()),
               ("elegant", ("--http", 0, "--elegant"), "elegant", ()))


class Sessions(Signed):
    """Of a device that asks for signatures and for no login."""

    def test_an_older_release_is_old_whoever_sends_its_session_again(self):
        first, second = self.signed("2.0.0", 2, size="64K"), self.signed("3.0.0", 3, size="64K")
        for door, options, scheme, more in OPEN_TO_ALL:
            with self.subTest(door=door):
                state = door.replace(" ", "-")
                device = self.device(*options, *self.trusts, state=state)
                port = device.port(scheme)
                proxy = RecordingProxy(self, port)
                updraft("push", first, f"{scheme}://127.0.0.1:{proxy.port}", *more)
                self.confirmed(device, "2.0.0", 2)
                recorded = [list(turns) for turns in proxy.sessions]
                updraft("push", second, f"{scheme}://127.0.0.1:{port}", *more)
                self.confirmed(device, "3.0.0", 3)
                before = self.slot_bytes("ota_1", state)
                for turns in recorded:
                    replay(port, turns)
                self.assertEqual(device.wait("update", scheme=scheme)["code"], "sequence_old")
                device.settle()
                self.assertEqual(device.events[-1]["version"], "3.0.0")
                self.assertEqual(self.slot_bytes("ota_1", state), before, "no erase, no write")
                device.kill()

    def test_a_key_set_that_was_followed_is_no_step_back(self):
        device = self.device("--raw", 0, *self.trusts)
        port = device.port()
        for version in (2, 3):
            send(port, self.key_set(version, "next").read_bytes())
            self.assertEqual(device.wait("update").get("keyset"), version)
        for version in (1, 2):
            send(port, self.key_set(version, "release").read_bytes())
            self.assertEqual(device.wait("update")["code"], "keyset_version")


class Logins(Case):
    """Of devices that let in unsigned what a known sender brings: who sends his words again is nobody."""

    def setUp(self):
        super().setUp()
        self.versions = [self.image(version, "--version", version, "--size", "64K") for version in ("2.0.0", "3.0.0")]
        self.env = {**os.environ, "UPDRAFT_PASSWORD": WORD}

    def push(self, file, url, *more):
        if url.startswith("bundle:"):
            folder = self.dir / f"bundle-{file.name}"
            folder.mkdir(exist_ok=True)
            (folder / "firmware.bin").write_bytes(file.read_bytes())
            file = folder
        updraft("push", file, url, *more, env=self.env)

    def runs(self, device, version):
        self.assertEqual(device.wait("update", result="ok")["trust"], "sender")
        device.wait("boot", version=version)
        device.wait("confirm")

    def recorded(self, options, scheme, *more):
        """A device that took 2.0.0 and then 3.0.0, and what was said for the first of them."""
        device = self.device(*options, *PASSWORD)
        port = device.port(scheme)
        proxy = RecordingProxy(self, port)
        self.push(self.versions[0], f"{scheme}://127.0.0.1:{proxy.port}", *more)
        self.runs(device, "2.0.0")
        sessions = [list(turns) for turns in proxy.sessions]
        self.push(self.versions[1], f"{scheme}://127.0.0.1:{port}", *more)
        self.runs(device, "3.0.0")
        return device, port, sessions

    def nothing_came(self, device):
        device.settle()
        self.assertEqual(device.events[-1]["version"], "3.0.0")
        self.assertEqual(sum(event["event"] == "reboot" for event in device.events), 2, "one for each of the owner's")

    def test_of_a_bundle(self):
        device, port, (session,) = self.recorded(("--bundle", 0), "bundle")
        self.assertIn(b"AUTH_FAIL", replay(port, session))
        self.assertEqual(device.wait("update")["code"], "auth_failed")
        self.nothing_came(device)

    def test_of_esphome(self):
        device, port, (session,) = self.recorded(("--esphome", 0), "esphome")
        self.assertTrue(replay(port, session).endswith(b"\x82"), "the error byte of a wrong password")
        self.assertEqual(device.wait("update")["code"], "auth_failed")
        self.nothing_came(device)

    def test_of_the_page(self):
        device, port, sessions = self.recorded(("--http", 0, "--login"), "ws", "--restart")
        said = b"".join(replay(port, turns) for turns in sessions)
        self.assertIn(b'"wrong"', said)
        self.assertEqual(device.wait("update")["code"], "auth_failed")
        self.nothing_came(device)

    def test_of_an_upload(self):
        device, port, sessions = self.recorded(("--http", 0, "--login"), "http")
        self.assertIn(b"HTTP/1.1 200 ", b"".join(data for turns in sessions for who, data in turns if who == "server"))
        said = b"".join(replay(port, turns) for turns in sessions)
        self.assertIn(b"HTTP/1.1 401 ", said)
        self.nothing_came(device)

    # By datagrams; whoever is let in is called back.
    def test_of_an_invitation(self):
        device = self.device("--arduino", 0, *PASSWORD)
        port = device.port("arduino")
        relay = RecordingRelay(self, port)
        self.push(self.versions[0], f"arduino://127.0.0.1:{relay.port}")
        self.runs(device, "2.0.0")
        said = [data for who, data in relay.turns if who == "client"]
        self.push(self.versions[1], f"arduino://127.0.0.1:{port}")
        self.runs(device, "3.0.0")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as thief:
            thief.bind(("127.0.0.1", 0))
            thief.settimeout(PATIENCE)
            answers = []
            for words in said:
                thief.sendto(words, ("127.0.0.1", port))
                answers.append(thief.recv(1500))
        self.assertNotIn(b"OK", [answer.strip() for answer in answers])
        self.assertIn(b"Authentication Failed", answers[-1])
        self.assertEqual(device.wait("update")["code"], "auth_failed")
        self.nothing_came(device)


class Paired(NativeCase):
    """TLS 1.3 has fresh keys in each connection: a recorded one is noise after its first message."""

    def test_a_session_of_the_paired_sender(self):
        device = self.started_and_paired()
        port = self.port
        proxy = RecordingProxy(self, port)
        self.port = proxy.port
        self.push(self.image("v2.bin", "--version", "2.0.0", "--size", "64K"))
        self.port = port
        sessions = [list(turns) for turns in proxy.sessions]
        self.push(self.image("v3.bin", "--version", "3.0.0", "--size", "64K"))
        device.wait("update", result="ok", version="3.0.0")
        device.wait("confirm")
        updates = sum(event["event"] == "update" for event in device.events)
        self.assertGreater(sum(len(data) for turns in sessions for who, data in turns if who == "client"), 64 * 1024)
        for turns in sessions:
            replay(port, turns)
        device.settle()
        self.assertEqual(device.events[-1]["version"], "3.0.0")
        self.assertEqual(sum(event["event"] == "update" for event in device.events), updates)
        self.assertEqual(self.push(self.dir / "v3.bin")["result"], "current", "and its owner is heard")


if __name__ == "__main__":
    unittest.main()
