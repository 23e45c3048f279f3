"""arduino:// from outside: by us, by hosts as the specification describes them, and, where UPDRAFT_ESPOTA names it, by espota.py
itself (several, with a colon between them); our sender with devices as they were."""
import hashlib
import os
import socket
import subprocess
import sys
import unittest

from arduino_device import OriginalDevice, hex_of, response
from harness import PATIENCE, inspect, updraft
from password_case import PASSWORD, PasswordCase

ORIGINALS = [path for path in os.environ.get("UPDRAFT_ESPOTA", "").split(":") if path]


class Host:
    """A host of one generation: chunks of 1024 bytes, one read of 10 bytes after each."""

    def __init__(self, case, port, image, command=0, md5=None, address="127.0.0.1"):
        self.case, self.image, self.device = case, image, ("127.0.0.1", port)
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((address, 0))
        self.udp.settimeout(PATIENCE)
        self.tcp = socket.create_server((address, 0))
        self.tcp.settimeout(PATIENCE)
        case.addCleanup(self.udp.close)
        case.addCleanup(self.tcp.close)
        digest = md5 or hashlib.md5(image).hexdigest()
        self.invitation = f"{command} {self.tcp.getsockname()[1]} {len(image)} {digest}\n"

    def say(self, text):
        self.udp.sendto(text.encode(), self.device)
        return self.udp.recv(1500).decode()

    def invite(self):
        return self.say(self.invitation)

    def log_in(self, password=PASSWORD, generation="current", hashed=None):
        said = self.invite()
        self.case.assertTrue(said.startswith("AUTH "), said)
        nonce = said[5:][:32 if generation == "legacy" else 64]
        hash_of = hashlib.md5 if generation == "legacy" else hashlib.sha256
        cnonce = hex_of(hash_of, "firmware.bin")
        return self.say(f"200 {cnonce} {response(generation, hex_of(hashed or hash_of, password), nonce, cnonce)}\n")

    def serve(self, most=None):
        """What the device said, all of it."""
        peer, _ = self.tcp.accept()
        heard = b""
        with peer:
            peer.settimeout(PATIENCE)
            for at in range(0, len(self.image), 1024):
                if most is not None and at >= most:
                    return heard
                try:
                    peer.sendall(self.image[at:at + 1024])
                    heard += peer.recv(10)
                except OSError:
                    break
            try:
                while part := peer.recv(32):
                    heard += part
            except OSError:
                pass
        return heard


class ArduinoCase(PasswordCase):
    scheme = "arduino"


class Push(ArduinoCase):
    def test_twice_with_a_password(self):
        device, port = self.start()
        for version in ("2.0.0", "3.0.0"):
            done, result = self.push(port, self.image(version, "--version", version))
            self.assertEqual((result["result"], result["login"]), ("ok", "pbkdf2"), done.stdout)
            update = device.wait("update")
            self.assertEqual((update["result"], update["scheme"], update["trust"]), ("ok", "arduino", "sender"))
            self.assertEqual(device.wait("boot")["version"], version)
            self.assertEqual(device.port("arduino"), port, "the device is found where it was")
            device.wait("confirm")

    def test_a_device_that_asks_as_it_was(self):
        device, port = self.start("--arduino-legacy")
        _, result = self.push(port, self.image("v2", "--version", "2.0.0"))
        self.assertEqual((result["result"], result["login"]), ("ok", "md5"))
        self.assertEqual(device.wait("boot", slot="ota_1")["version"], "2.0.0")

    def test_what_runs_already_changes_nothing(self):
        v1 = self.image("v1", "--version", "1.0.0")
        device, port = self.start("--firmware", v1)
        self.push(port, v1)
        self.assertEqual(device.wait("update")["result"], "current")
        self.push(port, v1)
        self.assertEqual(device.wait("update")["result"], "current")
        self.assertNotIn("reboot", [event["event"] for event in device.events])

    def test_without_a_password_the_policy_decides(self):
        v2 = self.image("v2", "--version", "2.0.0")
        device, port = self.start(password=None)
        done, result = self.push(port, v2, password=None, check=False)
        self.assertEqual((done.returncode, result["result"], result["code"]), (1, "refused", "unsigned"))
        self.assertEqual(device.wait("update")["code"], "unsigned")
        open_device, port = self.start("--allow-unsigned=arduino", password=None, state="open")
        _, result = self.push(port, v2, password=None)
        self.assertEqual((result["result"], result["login"]), ("ok", "none"))
        self.assertEqual(open_device.wait("update")["trust"], "unsigned")

    def test_wrong_and_missing_passwords(self):
        v2 = self.image("v2", "--version", "2.0.0")
        device, port = self.start()
        done, result = self.push(port, v2, password="wrong", check=False)
        self.assertEqual((done.returncode, result["code"]), (1, "auth_failed"))
        self.assertEqual(device.wait("update")["code"], "auth_failed")
        done, result = self.push(port, v2, password=None, check=False)
        self.assertEqual((done.returncode, result["code"]), (1, "auth_failed"))
        self.assertIn("asks for a password", done.stderr)
        self.push(port, v2)
        device.wait("update", result="ok")

    def test_an_image_that_is_refused_says_why(self):
        device, port = self.start()
        other = self.image("other", "--chip", "esp32s3")
        done, result = self.push(port, other, check=False)
        self.assertEqual((done.returncode, result["code"]), (1, "wrong_chip"))
        self.assertEqual(device.wait("update")["code"], "wrong_chip")
        self.assertEqual(inspect(self.dir / "device")["boots"], "ota_0")

    def test_nobody_there(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            done, result = self.push(silent.getsockname()[1], self.image("v2"), "--wait", 2, check=False)
            self.assertEqual((done.returncode, result["code"]), (3, "unreachable"))
            silent.settimeout(PATIENCE)
            self.assertEqual(len([silent.recv(100) for _ in range(2)]), 2, "two invitations")


class Espota(ArduinoCase):
    def espota(self, port, file, *arguments, check=True):
        return updraft("espota", "-i", "127.0.0.1", "-p", port, "-f", file, *arguments, check=check)

    def test_the_flags_of_the_original(self):
        device, port = self.start()
        done = self.espota(port, self.image("v2", "--version", "2.0.0"), "-I", "0.0.0.0", "-P", 0, "-a", PASSWORD, "-r", "-d",
                           "-t", 10)
        self.assertRegex(done.stderr, r"[\r\n]Uploading: \[={60}\] 100% Done...")
        device.wait("update", result="ok")
        device.wait("confirm")
        done = self.espota(port, self.image("v3", "--version", "3.0.0"), f"--auth={PASSWORD}", "--md5-target",
                           "--host_ip", "127.0.0.1")
        self.assertIn("Uploading....", done.stderr)
        device.wait("update", result="ok")

    def test_an_empty_password_as_build_tools_pass_it(self):
        device, port = self.start("--allow-unsigned=arduino", password=None)
        self.espota(port, self.image("v2", "--version", "2.0.0"), "--auth=")
        device.wait("update", result="ok")

    def test_every_failure_is_status_1(self):
        device, port = self.start()
        v2 = self.image("v2")
        for arguments, said in ((("-a", "wrong"), "password"), ((), "asks for a password"), (("-s", "-a", PASSWORD), "component"),
                                (("-a", PASSWORD, "-f", self.dir / "none"), "none")):
            with self.subTest(arguments):
                done = self.espota(port, v2, *arguments, check=False)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(said, done.stderr)
        self.assertEqual(updraft("espota", "-f", v2, check=False).returncode, 1)
        self.assertEqual(inspect(self.dir / "device")["boots"], "ota_0")


class ToAnOriginal(ArduinoCase):
    """Our sender, with devices that have never heard of us."""

    def expect(self, status, said="", file=None, password=PASSWORD, wait=10, **how):
        device = OriginalDevice(self, **how)
        done, result = self.push(device.port, file or self.image("v2"), "--wait", wait, password=password, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertIn(said, done.stderr)
        return device, result

    def test_each_login(self):
        image = self.image("v2").read_bytes()
        for how, login in (({}, "none"), ({"password": PASSWORD}, "pbkdf2"), ({"password": PASSWORD, "stored": "md5"}, "pbkdf2-md5"),
                           ({"password": PASSWORD, "generation": "legacy"}, "md5")):
            with self.subTest(login):
                device = OriginalDevice(self, **how)
                _, result = self.push(device.port, self.dir / "v2")
                self.assertEqual((result["result"], result["login"]), ("ok", login))
                self.assertEqual(device.images, [(0, image)])

    def test_a_file_system(self):
        device = OriginalDevice(self)
        image = self.dir / "fs.bin"
        image.write_bytes(os.urandom(10_000))
        updraft("espota", "-i", "127.0.0.1", "-p", device.port, "-f", image, "--spiffs")
        self.assertEqual(device.images, [(100, image.read_bytes())])

    def test_one_that_was_left_in_its_login(self):
        for generation in ("legacy", "current"):
            with self.subTest(generation):
                original = OriginalDevice(self, password=PASSWORD, generation=generation, habit="waits")
                _, result = self.push(original.port, self.image("v2"))
                self.assertEqual(result["result"], "ok")

    def test_a_lost_reply(self):
        original = OriginalDevice(self, password=PASSWORD, habit="drops")
        self.assertEqual(self.push(original.port, self.image("v2"))[1]["result"], "ok")
        self.assertEqual(original.invitations, 2)

    def test_one_that_cannot_call_back(self):
        device, result = self.expect(3, "did not call this machine", habit="deaf")
        self.assertEqual(result["code"], "timeout")

    def test_words_of_its_own(self):
        _, result = self.expect(1, "Not Enough Space", habit="slot too small")
        self.assertEqual((result["code"], result["device_said"]), ("not_wanted", "ERROR[4]: Not Enough Space"))

    def test_no_result(self):
        self.expect(3, "look at it before you send it again", habit="no result")

    def test_a_stranger_who_connects_first_gets_nothing(self):
        device = OriginalDevice(self, habit="deaf")
        with subprocess.Popen([os.environ.get("UPDRAFT", "build/dev/updraft"), "espota", "-i", "127.0.0.1", "-p", str(device.port),
                               "-f", str(self.image("v2")), "-P", "0", "-I", "127.0.0.1"],
                              stderr=subprocess.PIPE, stdout=subprocess.PIPE) as sender:
            while device.invitation is None:
                pass
            with socket.socket() as stranger:
                stranger.bind(("127.0.0.2", 0))
                stranger.settimeout(PATIENCE)
                stranger.connect(("127.0.0.1", device.invitation[1]))
                self.assertEqual(stranger.recv(100), b"")
            with socket.create_connection(("127.0.0.1", device.invitation[1]), timeout=PATIENCE) as right:
                self.assertEqual(right.recv(1), b"\xe9")
            sender.communicate(timeout=PATIENCE)


class ByHosts(ArduinoCase):
    """Our device, with hosts written from the specification."""

    def setUp(self):
        super().setUp()
        self.v2 = self.image("v2", "--version", "2.0.0").read_bytes()

    def test_every_login_on_one_device(self):
        for number, (generation, hashed) in enumerate((("legacy", None), ("current", None), ("current", hashlib.md5))):
            with self.subTest(generation=generation, hashed=hashed):
                device, port = self.start(state=f"device-{number}")
                host = Host(self, port, self.v2)
                self.assertEqual(host.log_in(generation=generation, hashed=hashed), "OK")
                heard = host.serve()
                self.assertTrue(heard.endswith(b"OK"), heard[-100:])
                self.assertEqual(device.wait("update")["trust"], "sender")
                device.kill()

    def test_a_wrong_digest(self):
        device, port = self.start("--allow-unsigned=arduino", password=None)
        host = Host(self, port, self.v2, md5="0" * 32)
        self.assertEqual(host.invite(), "OK")
        self.assertIn(b"digest_mismatch: ", host.serve())
        self.assertEqual(device.wait("update")["code"], "digest_mismatch")

    def test_the_second_one_is_told(self):
        device, port = self.start("--allow-unsigned=arduino", password=None)
        first, second = Host(self, port, self.v2), Host(self, port, self.v2)
        self.assertEqual(first.invite(), "OK")
        peer, _ = first.tcp.accept()
        with peer:
            peer.sendall(first.image[:5000])
            device.wait("progress")
            self.assertTrue(second.invite().startswith("busy: "))
            peer.sendall(first.image[5000:])
            heard = b""
            while part := peer.recv(100):
                heard += part
        self.assertTrue(heard.endswith(b"OK"), heard)
        device.wait("update", result="ok")

    def test_a_cut_leaves_nothing_behind(self):
        device, port = self.start()
        host = Host(self, port, self.v2)
        self.assertEqual(host.log_in(), "OK")
        host.serve(most=40_000)
        self.assertEqual(device.wait("update")["code"], "aborted")
        self.assertEqual(inspect(self.dir / "device")["boots"], "ota_0")
        again = Host(self, port, self.v2)
        self.assertEqual(again.log_in(), "OK")
        self.assertTrue(again.serve().endswith(b"OK"))
        device.wait("update", result="ok")

    def test_guessing_locks_out_the_guesser_alone(self):
        device, port = self.start()
        guesser = Host(self, port, self.v2, address="127.0.0.2")
        for _ in range(10):
            self.assertEqual(guesser.log_in("guess"), "Authentication Failed")
        self.assertTrue(guesser.invite().startswith("locked: "))
        owner = Host(self, port, self.v2)
        self.assertEqual(owner.log_in(), "OK")
        self.assertTrue(owner.serve().endswith(b"OK"))

    def test_strangers_who_are_called_and_say_nothing_keep_nobody_out(self):
        device, port = self.start("--allow-unsigned=arduino", password=None)
        strangers = [Host(self, port, self.v2, address=f"127.0.0.{last}") for last in range(2, 18)]
        for stranger in strangers:
            stranger.invite()
        _, result = self.push(port, self.dir / "v2", password=None)
        self.assertEqual(result["result"], "ok")
        device.wait("update", result="ok")

    def test_noise_is_not_answered(self):
        device, port = self.start()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            for noise in (b"", b"\n", b"\xff" * 1472, b"0 1 2", b"200 a b\n", b"GET / HTTP/1.1\r\n\r\n", b"0 1 2 " + b"f" * 31):
                peer.sendto(noise, ("127.0.0.1", port))
            device.settle()
            peer.setblocking(False)
            self.assertRaises(BlockingIOError, peer.recv, 100)


@unittest.skipUnless(ORIGINALS, "UPDRAFT_ESPOTA names no espota.py")
class Original(ArduinoCase):
    def espota(self, tool, port, file, *arguments):
        return subprocess.run([sys.executable, tool, "-i", "127.0.0.1", "-p", str(port), "-f", str(file), *map(str, arguments)],
                              capture_output=True, text=True, timeout=PATIENCE, check=False)

    def test_each_updates_our_device(self):
        for number, tool in enumerate(ORIGINALS):
            for login in ("none", "wrong", "right", "legacy"):
                with self.subTest(tool=tool, login=login):
                    more = ("--allow-unsigned=arduino",) if login == "none" else ()
                    more += ("--arduino-legacy",) if login == "legacy" else ()
                    device, port = self.start(*more, password=None if login == "none" else PASSWORD,
                                              state=f"device-{number}-{login}")
                    given = () if login == "none" else ("-a", "guess" if login == "wrong" else PASSWORD)
                    done = self.espota(tool, port, self.image("v2", "--version", "2.0.0"), *given)
                    self.assertEqual(done.returncode, 1 if login == "wrong" else 0, done.stderr)
                    update = device.wait("update")
                    self.assertEqual(update.get("code", update["result"]), "auth_failed" if login == "wrong" else "ok")
                    device.kill()

    def test_each_hears_of_a_refusal(self):
        for number, tool in enumerate(ORIGINALS):
            with self.subTest(tool):
                device, port = self.start(state=f"device-{number}")
                done = self.espota(tool, port, self.image("other", "--chip", "esp32s3"), "-a", PASSWORD)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertEqual(device.wait("update")["code"], "wrong_chip")
                done = self.espota(tool, port, self.image("v2"), "-a", PASSWORD, "-s")
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("component_unknown", done.stderr)
                device.kill()


if __name__ == "__main__":
    unittest.main()
