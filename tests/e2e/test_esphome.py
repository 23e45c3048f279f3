"""esphome:// from outside: by us, by hosts as the specification describes them, and, where UPDRAFT_ESPHOME names it, by ESPHome's
own uploader, espota2.py (several, with a colon between them); our sender with devices as they were."""
import base64
import hashlib
import os
import pathlib
import socket
import subprocess
import sys
import textwrap
import threading
import unittest

from cryptography.exceptions import InvalidTag

from esphome_device import OriginalDevice
from esphome_noise import Noise
from harness import PATIENCE, inspect, updraft
from password_case import PASSWORD, PasswordCase

ORIGINALS = [path for path in os.environ.get("UPDRAFT_ESPHOME", "").split(":") if path]


class Host:
    """A host of one generation, by the byte of what it can: 1 before SHA-256, 3 with it, 7 with the longer header."""

    def __init__(self, case, port, features=7, address="127.0.0.1"):
        self.case, self.features = case, features
        self.peer = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE, source_address=(address, 0))
        case.addCleanup(self.peer.close)

    def hear(self, size):
        got = b""
        while len(got) < size:
            part = self.peer.recv(size - len(got))
            if not part:
                return got
            got += part
        return got

    def say(self, words, size):
        self.peer.sendall(words)
        return self.hear(size)

    def greet(self, wants=0):
        version = self.say(b"\x6C\x26\xF7\x5C\x45", 2)
        self.case.assertEqual(version[0], 0)
        self.version = version[1]
        header = self.say(bytes([self.features]), 1)
        self.extended = header == b"\x48"
        if self.extended:
            self.case.assertEqual(self.hear(1), bytes([wants]))

    def log_in(self, password=PASSWORD):
        asks = self.hear(1)
        if asks in (b"\x41", b"\x82"):
            return asks
        hash_of, chars = (hashlib.md5, 32) if asks == b"\x01" else (hashlib.sha256, 64)
        nonce = self.hear(chars)
        cnonce = hash_of(b"client").hexdigest().encode()
        return self.say(cnonce + hash_of(password.encode() + nonce + cnonce).hexdigest().encode(), 1)

    def announce(self, size):
        return self.say((b"\0" if self.extended else b"") + size.to_bytes(4, "big"), 1)

    def send(self, image, md5=None):
        """What came of it: "47" for each block, then the rest, in hex."""
        said = self.say((md5 or hashlib.md5(image).hexdigest()).encode(), 1)
        self.case.assertEqual(said, b"\x43")
        for at in range(0, len(image), 8192):
            self.peer.sendall(image[at:at + 8192])
            if self.version == 2:
                said = self.hear(1)
                if said != b"\x47":
                    return said.hex()
        return self.hear(2).hex()


class EsphomeCase(PasswordCase):
    scheme = "esphome"


class Push(EsphomeCase):
    def test_twice_with_a_password(self):
        device, port = self.start()
        for version in ("2.0.0", "3.0.0"):
            _, result = self.push(port, self.image(version, "--version", version))
            self.assertEqual((result["result"], result["version"], result["login"], result["extended"]),
                             ("ok", 2, "sha256", True))
            update = device.wait("update")
            self.assertEqual((update["result"], update["scheme"], update["trust"]), ("ok", "esphome", "sender"))
            self.assertEqual(device.wait("boot")["version"], version)
            self.assertEqual(device.port("esphome"), port, "the device is found where it was")
            device.wait("confirm")

    def test_devices_of_each_generation(self):
        for number, (options, version, login) in enumerate(((("--esphome-version", 1), 1, "sha256"),
                                                            (("--esphome-legacy",), 2, "md5"),
                                                            (("--esphome-version", 1, "--esphome-legacy"), 1, "md5"))):
            with self.subTest(options):
                device, port = self.start(*options, state=f"device-{number}")
                _, result = self.push(port, self.image("v2", "--version", "2.0.0"))
                self.assertEqual((result["result"], result["version"], result["login"], result["extended"]),
                                 ("ok", version, login, False))
                device.wait("update", result="ok")

    def test_without_a_password_the_policy_decides(self):
        v2 = self.image("v2", "--version", "2.0.0")
        device, port = self.start(password=None)
        done, result = self.push(port, v2, password=None, check=False)
        self.assertEqual((done.returncode, result["device_said"]), (1, "0x8D"))
        self.assertEqual(device.wait("update")["code"], "unsigned")
        open_device, port = self.start("--allow-unsigned=esphome", password=None, state="open")
        self.push(port, v2, password=None)
        self.assertEqual(open_device.wait("update")["trust"], "unsigned")

    def test_refusals(self):
        device, port = self.start()
        done, result = self.push(port, self.image("v2"), password="wrong", check=False)
        self.assertEqual((done.returncode, result["code"]), (1, "auth_failed"))
        self.assertEqual(device.wait("update")["code"], "auth_failed")
        done, result = self.push(port, self.image("v2"), password=None, check=False)
        self.assertEqual((done.returncode, result["code"]), (1, "auth_failed"))
        self.assertIn("asks for a password", done.stderr)
        done, result = self.push(port, self.image("other", "--chip", "esp32s3"), check=False)
        self.assertEqual((done.returncode, result["device_said"]), (1, "0x84"))
        self.assertEqual(device.wait("update", code="wrong_chip")["result"], "refused")
        self.assertEqual(inspect(self.dir / "device")["boots"], "ota_0")

    def test_people_are_told_which_generation_it_is(self):
        device, port = self.start()
        done = updraft("push", self.image("v2", "--version", "2.0.0"), f"esphome://127.0.0.1:{port}", "--password", PASSWORD)
        self.assertIn("version 2, login by SHA-256, extended header", done.stdout)
        device.wait("update", result="ok")


class ToAnOriginal(EsphomeCase):
    """Our sender, with devices that have never heard of us."""

    def test_each_generation_with_and_without_a_password(self):
        image = self.image("v2")
        for generation in ("v1", "v2", "sha256", "extended"):
            for password in (None, PASSWORD):
                for wants_gzip in (False, True) if generation != "extended" else (False,):
                    with self.subTest(generation=generation, password=password, gzip=wants_gzip):
                        device = OriginalDevice(self, password, generation, wants_gzip)
                        _, result = self.push(device.port, image)
                        self.assertEqual((result["result"], result["gzip"]), ("ok", wants_gzip))
                        self.assertEqual(device.images, [image.read_bytes()])

    def expect(self, status, said, **how):
        device = OriginalDevice(self, **how)
        done, result = self.push(device.port, self.image("v2"), check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertIn(said, done.stderr)
        return result

    def test_what_it_refuses(self):
        self.expect(1, "password", password=PASSWORD, fails="login")
        self.expect(1, "slot is too small", fails="prepare", byte=0x89)
        self.expect(3, "wants a restart first", fails="prepare", byte=0x81)
        self.expect(1, "insists on Noise", fails="prepare", byte=0x94)
        self.expect(1, "judged the file", fails="end", byte=0x84)
        self.expect(3, "", fails="magic")

    def test_no_result(self):
        self.expect(3, "look at it before you send it again", fails="leaves")


class ByHosts(EsphomeCase):
    """Our device, with hosts written from the specification."""

    def setUp(self):
        super().setUp()
        self.v2 = self.image("v2", "--version", "2.0.0").read_bytes()

    def test_each_generation(self):
        for features, version in ((1, 2), (3, 2), (7, 2), (1, 1), (7, 1)):
            with self.subTest(features=features, version=version):
                device, port = self.start("--esphome-version", version, state=f"device-{features}-{version}")
                host = Host(self, port, features)
                host.greet()
                self.assertEqual((host.version, host.extended), (version, features == 7 and version == 2))
                self.assertEqual(host.log_in(), b"\x41")
                self.assertEqual(host.announce(len(self.v2)), b"\x42")
                self.assertEqual(host.send(self.v2), "4445")
                host.peer.sendall(b"\0")
                self.assertEqual(device.wait("update")["trust"], "sender")
                device.kill()

    def test_error_bytes(self):
        device, port = self.start("--allow-unsigned=esphome", password=None)
        self.assertEqual(Host(self, port).say(b"HELLO", 1), b"\x80")

        def ready():
            host = Host(self, port)
            host.greet()
            self.assertEqual(host.log_in(), b"\x41")
            return host

        self.assertEqual(ready().say(b"\x01\0\0\x10\0", 1), b"\x8e")
        self.assertEqual(ready().announce(1 << 30), b"\x89")
        host = ready()
        host.announce(len(self.v2))
        self.assertEqual(host.send(self.v2, md5="0" * 32), "448b")
        self.assertEqual(device.wait("update", code="digest_mismatch")["result"], "refused")
        self.assertEqual(inspect(self.dir / "device")["boots"], "ota_0")

    def test_the_second_one_is_told(self):
        device, port = self.start("--allow-unsigned=esphome", password=None)
        first, second = Host(self, port), Host(self, port)
        for host in (first, second):
            host.greet()
            self.assertEqual(host.log_in(), b"\x41")
        self.assertEqual(first.announce(len(self.v2)), b"\x42")
        first.say(hashlib.md5(self.v2).hexdigest().encode(), 1)
        first.peer.sendall(self.v2[:20_000])
        device.wait("progress")
        self.assertEqual(second.announce(len(self.v2)), b"\x81")
        first.peer.sendall(self.v2[20_000:])
        blocks = -(-len(self.v2) // 8192)
        self.assertEqual(first.hear(blocks + 2), b"\x47" * blocks + b"\x44\x45")
        device.wait("update", result="ok")

    def test_strangers_that_leave_do_not_cut_off_the_last_words(self):
        """The device restarts when the sender has heard all, not when just any connection ends."""
        device, port = self.start("--allow-unsigned=esphome", password=None)
        owner, stranger = Host(self, port), Host(self, port)
        owner.greet()
        self.assertEqual(owner.log_in(), b"\x41")
        self.assertEqual(owner.announce(len(self.v2)), b"\x42")
        self.assertEqual(owner.send(self.v2), "4445")
        device.wait("update", result="ok")
        stranger.peer.close()
        device.settle()  # this start goes on
        self.assertNotIn("boot", [event["event"] for event in device.events[1:]])
        owner.peer.sendall(b"\0")
        self.assertEqual(owner.hear(1), b"")
        device.wait("boot", version="2.0.0")

    def test_a_cut_leaves_nothing_behind(self):
        device, port = self.start()
        host = Host(self, port)
        host.greet()
        host.log_in()
        host.announce(len(self.v2))
        host.say(hashlib.md5(self.v2).hexdigest().encode(), 1)
        host.peer.sendall(self.v2[:40_000])
        device.wait("progress")
        host.peer.close()
        self.assertEqual(device.wait("update")["code"], "aborted")
        self.push(port, self.dir / "v2")
        device.wait("update", result="ok")

    def test_guessing_locks_out_the_guesser_alone(self):
        device, port = self.start()
        for _ in range(10):
            guesser = Host(self, port, address="127.0.0.2")
            guesser.greet()
            self.assertEqual(guesser.log_in("guess"), b"\x82")
        guesser = Host(self, port, address="127.0.0.2")
        guesser.greet()
        self.assertEqual(guesser.hear(1), b"\x82", "nobody is asked")
        owner = Host(self, port)
        owner.greet()
        self.assertEqual(owner.log_in(), b"\x41")


KEY = bytes(range(32))
NOISE = ("--esphome-key", base64.b64encode(KEY).decode())


class NoiseDevice:
    """A device that insists on Noise, written from the specifications."""

    def __init__(self, case, key=KEY):
        self.images, self.key = [], key
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        case.addCleanup(self.listener.close)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        peer, _ = self.listener.accept()
        with peer:
            peer.settimeout(PATIENCE)

            def read(size):
                got = b""
                while len(got) < size:
                    part = peer.recv(size - len(got))
                    if not part:
                        return got
                    got += part
                return got

            magic = read(5)
            peer.sendall(b"\0\2")
            features = read(1)
            if features[0] & 12 != 12:
                peer.sendall(b"\x94")
                return
            peer.sendall(b"\x48\x04")
            try:
                noise = Noise(read, peer.sendall, self.key, magic + b"\0\2" + features + b"\x48\x04", initiator=False)
            except InvalidTag:
                return
            noise.say(b"\x41")
            size = int.from_bytes(noise.hear(5)[1:], "big")
            noise.say(b"\x42")
            noise.hear(32)
            noise.say(b"\x43")
            data = noise.hear(size)
            self.images.append(data)
            noise.say(b"\x47" * -(-size // 8192) + b"\x44\x45")
            noise.hear(1)


class InNoise(EsphomeCase):
    def test_both_ends(self):
        device, port = self.start(*NOISE, password=None)
        _, result = self.push(port, self.image("v2", "--version", "2.0.0"), *NOISE, password=None)
        self.assertEqual((result["result"], result["noise"], result["login"]), ("ok", True, "none"))
        self.assertEqual(device.wait("update")["trust"], "sender")

    def test_our_sender_with_another_device(self):
        device = NoiseDevice(self)
        image = self.image("v2")
        self.assertEqual(self.push(device.port, image, *NOISE, password=None)[1]["result"], "ok")
        self.assertEqual(device.images, [image.read_bytes()])
        for options, said in ((("--esphome-key", base64.b64encode(bytes(32)).decode()), "another key"), ((), "insists on Noise")):
            with self.subTest(said):
                done, _ = self.push(NoiseDevice(self).port, image, *options, password=None, check=False)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(said, done.stderr)

    def test_no_fall_back_to_the_clear(self):
        original = OriginalDevice(self, generation="extended")
        done, result = self.push(original.port, self.image("v2"), *NOISE, password=None, check=False)
        self.assertEqual((done.returncode, result["code"], original.images), (1, "alg_unsupported", []))
        device, port = self.start(*NOISE, password=None)
        done, result = self.push(port, self.image("v2"), password=None, check=False)
        self.assertEqual(result["device_said"], "0x94")

    def test_our_device_with_another_host(self):
        device, port = self.start(*NOISE, password=None)
        image = self.image("v2", "--version", "2.0.0").read_bytes()
        for key in (bytes(32), KEY):
            host = Host(self, port, features=15)
            host.greet(wants=4)
            clear = b"\x6C\x26\xF7\x5C\x45\0\2\x0f\x48\4"
            if key != KEY:
                with self.assertRaisesRegex(PermissionError, "Handshake MAC failure"):
                    Noise(host.hear, host.peer.sendall, key, clear, initiator=True)
                continue
            noise = Noise(host.hear, host.peer.sendall, key, clear, initiator=True)
            self.assertEqual(noise.hear(1), b"\x41")
            noise.say(b"\0" + len(image).to_bytes(4, "big"))
            self.assertEqual(noise.hear(1), b"\x42")
            noise.say(hashlib.md5(image).hexdigest().encode())
            self.assertEqual(noise.hear(1), b"\x43")
            noise.say(image)
            blocks = -(-len(image) // 8192)
            self.assertEqual(noise.hear(blocks + 2), b"\x47" * blocks + b"\x44\x45")
        self.assertEqual(device.wait("update", result="ok")["trust"], "sender")

    def test_what_is_no_key(self):
        for key in ("short", "=" * 44, base64.b64encode(bytes(33)).decode()):
            done = updraft("push", self.image("v2"), "esphome://127.0.0.1", "--esphome-key", key, check=False)
            self.assertEqual(done.returncode, 2, done.stderr)


# The module alone, unmodified: what it takes from the rest of ESPHome is here, from what it is called with.
RUN = textwrap.dedent("""
    import importlib.util, sys, types, socket, pathlib
    core, helpers = types.ModuleType("esphome.core"), types.ModuleType("esphome.helpers")
    class EsphomeError(Exception): pass
    core.EsphomeError, core.CORE = EsphomeError, types.SimpleNamespace(address_cache=None)
    helpers.is_ip_address = lambda host: True
    def resolve(host, port=None, **more):
        return host if port is None else socket.getaddrinfo(host, port, proto=socket.IPPROTO_TCP)
    helpers.resolve_ip_address = resolve
    package = types.ModuleType("esphome")
    package.__path__ = []
    sys.modules.update({"esphome": package, "esphome.core": core, "esphome.helpers": helpers})
    spec = importlib.util.spec_from_file_location("esphome.espota2", sys.argv[1])
    module = importlib.util.module_from_spec(spec)
    sys.modules["esphome.espota2"] = module
    spec.loader.exec_module(module)
    ended = module.run_ota(sys.argv[2], int(sys.argv[3]), sys.argv[4] or None, pathlib.Path(sys.argv[5]))
    sys.exit(ended[0] if isinstance(ended, tuple) else ended)
""")


@unittest.skipUnless(ORIGINALS, "UPDRAFT_ESPHOME names no espota2.py")
class Original(EsphomeCase):
    def run_original(self, tool, port, file, password):
        return subprocess.run([sys.executable, "-c", RUN, tool, "127.0.0.1", str(port), password or "", str(file)],
                              capture_output=True, text=True, timeout=PATIENCE, check=False)

    def test_each_updates_our_device(self):
        for number, tool in enumerate(ORIGINALS):
            for login, options in (("none", ("--allow-unsigned=esphome",)), ("right", ()), ("wrong", ()), ("old", ("--esphome-legacy",)),
                                   ("v1", ("--esphome-version", 1))):
                if login != "v1" and "OTA_VERSION_2_0" not in pathlib.Path(tool).read_text():
                    options += ("--esphome-version", 1)  # all that this one knows
                with self.subTest(tool=tool, login=login):
                    password = None if login == "none" else PASSWORD
                    device, port = self.start(*options, password=password, state=f"device-{number}-{login}")
                    done = self.run_original(tool, port, self.image("v2", "--version", "2.0.0"),
                                             "guess" if login == "wrong" else password)
                    self.assertEqual(done.returncode, 1 if login == "wrong" else 0, done.stderr)
                    update = device.wait("update")
                    self.assertEqual(update.get("code", update["result"]), "auth_failed" if login == "wrong" else "ok")
                    device.kill()

    def test_each_hears_of_a_refusal(self):
        for number, tool in enumerate(ORIGINALS):
            with self.subTest(tool):
                device, port = self.start("--esphome-version", 1, state=f"device-{number}")
                done = self.run_original(tool, port, self.image("other", "--chip", "esp32s3"), PASSWORD)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertEqual(device.wait("update")["code"], "wrong_chip")
                device.kill()


if __name__ == "__main__":
    unittest.main()
