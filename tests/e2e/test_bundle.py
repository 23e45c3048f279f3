"""bundle:// from outside: many files and firmware, pushed by us and by a client like the original."""
import hashlib
import json
import os
import random
import socket
import subprocess
import threading
import time
import unittest
import zlib

from bundle_device import OriginalDevice
from harness import PATIENCE, Case, inspect, updraft
from ws_client import WebSocket

PASSWORD = "hunter2"


class BundleCase(Case):
    def setUp(self):
        super().setUp()
        self.src = self.dir / "src"
        self.src.mkdir()

    def start(self, *arguments, **options):
        device = self.device("--bundle", 0, "--password", PASSWORD, *arguments, **options)
        return device, device.port("bundle")

    def write(self, path, content):
        target = self.src / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def fill(self, count=50, total=2_000_000, seed=1):
        noise = random.Random(seed)
        for i in range(count):
            size = total // count
            half = noise.randbytes(size // 2)
            self.write(f"lib/m{i % 7}/file{i:02}.py", half + b"x = 1\n" * ((size - len(half)) // 6))
        self.write("empty.txt", b"")

    def files(self, state="device"):
        root = self.dir / state / "fs"
        return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}

    def sources(self):
        return {str(p.relative_to(self.src)): p.read_bytes() for p in self.src.rglob("*") if p.is_file()}

    def push(self, port, *arguments, password=PASSWORD, check=True):
        environment = dict(os.environ, UPDRAFT_PASSWORD=password)
        return updraft("push", self.src, f"bundle://127.0.0.1:{port}", "--json", *arguments,
                       check=check, env=environment)


class Push(BundleCase):
    def test_fifty_files_twice(self):
        self.fill()
        device, port = self.start()
        for seed in (1, 2):
            self.fill(seed=seed)
            done = json.loads(self.push(port).stdout.splitlines()[-1])
            self.assertEqual((done["result"], done["files"]), ("ok", 51))
            update = device.wait("update")
            self.assertEqual((update["result"], update["files"], update["trust"]), ("ok", 51, "sender"))
            device.wait("reboot", reason="update")
            self.assertEqual(device.port("bundle"), port, "the device is found where it was")
            self.assertEqual(self.files(), self.sources())
        self.assertEqual(sorted(p.name for p in (self.dir / "device").iterdir()),
                         ["device.json", "flash.bin", "fs", "lock"], "nothing is left over")

    def test_what_is_there_already_restarts_nothing(self):
        self.fill(count=5, total=20_000)
        device, port = self.start()
        self.push(port)
        device.wait("update", result="ok")
        device.wait("boot")
        for hour in range(3):
            with self.subTest(hour):
                self.assertEqual(json.loads(self.push(port).stdout.splitlines()[-1])["result"], "ok")
                update = device.wait("update")
                self.assertEqual((update["result"], update["files"], update["scheme"]), ("current", 6, "bundle"))
        self.write("empty.txt", b"no more")
        self.push(port)
        device.wait("update", result="ok")
        device.wait("reboot", reason="update")
        self.assertEqual(sum(event["event"] == "reboot" for event in device.events), 2, "one for each change")

    def test_files_that_are_not_sent_stay(self):
        self.write("a.txt", b"one")
        device, port = self.start()
        self.push(port)
        device.wait("update", result="ok")
        device.port("bundle")
        (self.src / "a.txt").unlink()
        self.write("b.txt", b"two")
        self.push(port)
        device.wait("update", result="ok")
        device.port("bundle")
        self.assertEqual(self.files(), {"a.txt": b"one", "b.txt": b"two"})

    def test_pymakr_conf_leaves_files_out(self):
        self.write("main.py", b"1")
        self.write("tests/main.py", b"2")
        self.write("notes.md", b"3")
        self.write("pymakr.conf", json.dumps({"py_ignore": ["tests/", ".md"]}).encode())
        device, port = self.start()
        self.push(port)
        device.wait("update", result="ok")
        device.port("bundle")
        self.assertEqual(sorted(self.files()), ["main.py", "pymakr.conf"])

    def test_firmware_and_files_go_together(self):
        firmware = self.image("v2", "--version", "2.0.0").read_bytes()
        self.write("firmware.bin", firmware)
        self.write("main.py", b"new")
        device, port = self.start()
        self.push(port)
        update = device.wait("update")
        self.assertEqual((update["result"], update["version"], update["scheme"], update["trust"]),
                         ("ok", "2.0.0", "bundle", "sender"))
        self.assertEqual(device.wait("boot", slot="ota_1")["version"], "2.0.0")
        device.wait("confirm")
        device.stop()
        self.assertEqual(self.files(), {"main.py": b"new"})
        self.assertTrue(self.slot_bytes("ota_1").startswith(firmware))

    def test_firmware_that_crashes_takes_its_files_along(self):
        self.write("main.py", b"old")
        device, port = self.start()
        self.push(port)
        device.wait("update", result="ok")
        device.port("bundle")
        self.write("main.py", b"new")
        bad = self.image("bad", "--version", "6.6.6", "--app", "crash")
        self.write("firmware.bin", bad.read_bytes())
        self.push(port)
        device.wait("rollback")
        device.port("bundle")
        self.assertEqual(self.files(), {"main.py": b"old"})

    def test_bad_firmware_leaves_the_files(self):
        self.write("main.py", b"new")
        firmware = bytearray(self.image("v2", "--version", "2.0.0").read_bytes())
        firmware[5000] ^= 1
        self.write("firmware.bin", firmware)
        device, port = self.start()
        done = self.push(port, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(device.wait("update")["code"], "bad_checksum")
        self.assertEqual(self.files(), {})
        self.assertEqual(inspect(self.dir / "device")["boots"], "ota_0")

    def test_wrong_password(self):
        self.write("main.py", b"1")
        device, port = self.start()
        done = self.push(port, password="wrong", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(json.loads(done.stdout.splitlines()[-1])["code"], "auth_failed")
        self.assertEqual(device.wait("update")["code"], "auth_failed")
        self.push(port)
        device.wait("update", result="ok")

    def test_password_from_a_file_and_none_at_all(self):
        self.write("main.py", b"1")
        device, port = self.start()
        secret = self.dir / "secret"
        secret.write_text(PASSWORD + "\n")
        secret.chmod(0o600)
        environment = {k: v for k, v in os.environ.items() if k != "UPDRAFT_PASSWORD"}
        target = f"bundle://127.0.0.1:{port}"
        none = updraft("push", self.src, target, check=False, env=environment, stdin=subprocess.DEVNULL)
        self.assertEqual(none.returncode, 2)
        done = updraft("push", self.src, target, "--password-file", secret, env=environment)
        self.assertNotIn("warning", done.stderr)
        device.wait("update", result="ok")

    def test_kill_while_the_bundle_arrives(self):
        self.fill()
        device, port = self.start()
        original = Original(port)
        original.log_in(PASSWORD)
        metadata, stream = original.bundle(self.sources())
        original.announce(metadata)
        original.peer.sendall(stream[:len(stream) // 2])
        device.wait("progress")
        device.kill()
        original.peer.close()
        again, port = self.start()
        self.assertEqual(self.files(), {})
        self.push(port)
        again.wait("update", result="ok")
        again.port("bundle")
        self.assertEqual(self.files(), self.sources())


class Crowd(BundleCase):
    """Who can have nothing accepted, or proved nothing, does not keep the owner of the password out."""

    def crowd(self, *arguments, **options):
        device, port = self.start("--http", 0, *arguments, **options)
        return device, port, device.port("ws")

    def test_an_announcement_does_not_take_the_device(self):
        self.write("main.py", b"new")
        for arguments in ((), ("--allow-unsigned=ws",)):
            with self.subTest(arguments=arguments):
                device, port, http = self.crowd(*arguments, state=f"device{len(arguments)}")
                with WebSocket(http) as stranger:
                    stranger.send('{"name":"otaSize","value":100000}')
                    stranger.hear()
                    self.push(port)
                device.wait("update", result="ok", scheme="bundle")

    def test_nor_do_first_bytes_of_one_who_proved_nothing(self):
        self.write("main.py", b"new")
        device, port, http = self.crowd("--allow-unsigned=ws")
        image = self.image("v2", "--version", "2.0.0").read_bytes()
        with WebSocket(http) as stranger:
            stranger.start(len(image))
            stranger.send(image[:100])
            self.assertIn("otaGetChunk", stranger.hear())
            self.push(port)
        self.assertEqual(device.wait("update")["code"], "busy")
        device.wait("update", result="ok", scheme="bundle")

    def test_an_update_that_writes_is_busy_and_that_may_be_tried_again(self):
        self.write("main.py", b"new")
        device, port, http = self.crowd("--allow-unsigned=ws")
        image = self.image("v2", "--version", "2.0.0", "--size", 20_000).read_bytes()
        with WebSocket(http) as writer:
            chunk = writer.start(len(image))
            writer.send(image[:chunk])
            self.assertIn("otaGetChunk", writer.hear())
            done = self.push(port, check=False)
            self.assertEqual(done.returncode, 3)
            self.assertEqual(json.loads(done.stdout.splitlines()[-1])["code"], "busy")


class Original:
    """The client of micropython-socket-ota, as it reads and writes; its bugs are not repeated."""

    def __init__(self, port, source="127.0.0.1"):
        self.peer = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE, source_address=(source, 0))

    def log_in(self, password):
        challenge = self.peer.recv(8).decode()
        self.peer.send(hashlib.sha256((challenge + password).encode()).hexdigest().encode())
        return self.peer.recv(9)

    @staticmethod
    def bundle(files):
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        stream = b"".join(packer.compress(content) for content in files.values()) + packer.flush()
        listed = [{"path": path, "size": len(content), "full_path": "/home/u/src/" + path}
                  for path, content in files.items()]
        return json.dumps({"compressed_size": len(stream), "files": listed,
                           "total_uncompressed": sum(map(len, files.values()))}).encode(), stream

    def announce(self, metadata):
        self.peer.send(f"{len(metadata):>10}".encode())
        ready = self.peer.recv(2)
        self.peer.sendall(metadata)
        return ready, self.peer.recv(2)

    def stream(self, content):
        for at in range(0, len(content), 1024):
            self.peer.sendall(content[at:at + 1024])
        return self.peer.recv(14)


class Guessers(BundleCase):
    """Who guesses locks out himself."""

    def guess(self, port, source, heard):
        """Until it is locked out."""
        while True:
            client = Original(port, source)
            with client.peer:
                for _ in range(3):
                    challenge = client.peer.recv(8)
                    if challenge == b"LOCKED":
                        heard.append(source)
                        return
                    if not challenge:
                        break
                    client.peer.send(hashlib.sha256(challenge + b"guess").hexdigest().encode())
                    if client.peer.recv(9) != b"AUTH_FAIL":
                        return

    def test_leave_the_owner_elsewhere_alone(self):
        device, port = self.start()
        heard = []
        guessers = [threading.Thread(target=self.guess, args=(port, f"127.0.0.{n}", heard)) for n in (2, 3, 4)]
        for guesser in guessers:
            guesser.start()
        logins = 0
        while any(guesser.is_alive() for guesser in guessers):
            with Original(port).peer as peer:
                challenge = peer.recv(8)
                peer.send(hashlib.sha256(challenge + PASSWORD.encode()).hexdigest().encode())
                self.assertEqual(peer.recv(9), b"OK", f"after {logins} logins")
            logins += 1
            time.sleep(0.05)
        self.assertEqual(sorted(heard), ["127.0.0.2", "127.0.0.3", "127.0.0.4"])
        self.assertGreater(logins, 10)
        self.write("main.py", b"1")
        self.push(port)
        device.wait("update", result="ok")

    def test_who_is_locked_out_hears_so(self):
        self.write("main.py", b"1")
        _, port = self.start()
        self.guess(port, "127.0.0.1", [])
        done = self.push(port, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(json.loads(done.stdout.splitlines()[-1])["code"], "locked")
        self.assertIn("wait a minute", done.stderr)


class ToAnOriginal(BundleCase):
    """What is said of a device that writes in place is true."""

    def setUp(self):
        super().setUp()
        self.original = OriginalDevice(self, self.dir / "original", PASSWORD)

    def send(self, status, *words):
        done = self.push(self.original.port, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_more_files_than_a_device_of_ours_takes(self):
        for number in range(301):
            self.write(f"file{number}.py", b"x = %d\n" % number)
        self.send(0)
        self.assertEqual(self.original.files(), self.sources())
        device, port = self.start()
        done = self.push(port, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("said FAIL to the list of files", done.stderr)
        self.assertIn("Nothing was changed there.", done.stderr)
        verdict = device.wait("update")
        self.assertEqual((verdict["code"], verdict["found"], verdict["expected"]), ("too_big", 257, 256))
        self.assertIn("more files than this device takes", verdict["message"])

    def test_half_of_it_is_there_after_a_failure(self):
        self.write("a.py", b"new")
        self.write("deep/er/b.py", b"new")  # it makes one level
        self.send(1, "said FAIL to the content", "an original has written what came")
        self.assertEqual(self.original.files(), {"a.py": b"new"})

    def test_no_room(self):
        self.write("a.py", b"new")
        self.original.free = 3
        self.send(1, "said FAIL to the content")
        self.assertEqual(self.original.files(), {})

    def test_a_wrong_password(self):
        self.write("a.py", b"new")
        self.original.password = "another"
        self.send(1, "password")


class OriginalClient(BundleCase):
    def test_is_served(self):
        self.fill(10, 100_000)
        self.write("\u00fc.txt", b"umlaut")
        device, port = self.start()
        client = Original(port)
        self.addCleanup(client.peer.close)
        self.assertEqual(client.log_in("wrong"), b"AUTH_FAIL")
        self.assertEqual(client.log_in(PASSWORD), b"OK")
        metadata, stream = client.bundle(self.sources())
        self.assertEqual(client.announce(metadata), (b"OK", b"OK"))
        self.assertEqual(client.stream(stream), b"UPDATE_SUCCESS")
        device.wait("update", result="ok")
        device.port("bundle")
        self.assertEqual(self.files(), self.sources())

    def test_hears_of_traversal_at_the_metadata(self):
        device, port = self.start()
        client = Original(port)
        self.addCleanup(client.peer.close)
        client.log_in(PASSWORD)
        metadata, _ = client.bundle({"../../escaped": b"x"})
        self.assertEqual(client.announce(metadata), (b"OK", b"FA"))
        self.assertEqual(device.wait("update")["code"], "bad_path")
        self.assertFalse((self.dir / "escaped").exists())

    def test_hears_of_a_bomb_after_its_last_byte(self):
        _, bomb = Original.bundle({"a": bytes(200 << 20)})  # takes longer than the device waits for a client
        device, port = self.start()
        client = Original(port)
        self.addCleanup(client.peer.close)
        client.log_in(PASSWORD)
        metadata = json.dumps({"compressed_size": len(bomb), "total_uncompressed": 100,
                               "files": [{"path": "a", "size": 100}]}).encode()
        self.assertEqual(client.announce(metadata), (b"OK", b"OK"))
        self.assertEqual(client.stream(bomb), b"FAIL")
        self.assertEqual(device.wait("update")["code"], "too_big")
        self.assertEqual(self.files(), {})

    def test_second_client_is_told(self):
        device, port = self.start()
        first, second = Original(port), Original(port)
        self.addCleanup(first.peer.close)
        self.addCleanup(second.peer.close)
        for client in (first, second):
            self.assertEqual(client.log_in(PASSWORD), b"OK")
        metadata, stream = first.bundle({"a": b"x" * 1000})
        self.assertEqual(first.announce(metadata), (b"OK", b"OK"))
        self.assertEqual(second.announce(metadata), (b"OK", b"BU"))
        self.assertEqual(first.stream(stream), b"UPDATE_SUCCESS")
        device.wait("update", result="ok")


if __name__ == "__main__":
    unittest.main()
