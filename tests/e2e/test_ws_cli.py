"""updraft push, confirm and rollback over ws:// and wss://, also against a device that runs the original."""
import base64
import gzip
import hashlib
import json
import signal
import socket
import ssl
import struct
import subprocess
import threading
import unittest

from harness import UPDRAFT, inspect, updraft
from test_ws import WsCase
from ws_client import WebSocket, status


def result(done):
    return json.loads(done.stdout.splitlines()[-1])


class CliCase(WsCase):
    def file(self, version="2.0.0", *arguments):
        return self.image(version, "--version", version, *arguments)

    def run_on(self, port, command, *arguments, file=None, status=0, scheme="ws"):
        done = updraft(command, *([file] if file else []), f"{scheme}://127.0.0.1:{port}", "--json", *arguments,
                       check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return result(done)

    def push(self, port, file, *arguments, **options):
        return self.run_on(port, "push", *arguments, file=file, **options)


class Push(CliCase):
    def test_in_place_until_the_next_restart(self):
        device, port = self.start()
        done = updraft("push", self.file(), f"ws://127.0.0.1:{port}/ota/ws")
        self.assertIn("verified", done.stdout)
        self.assertEqual(device.wait("update")["result"], "ok")
        self.assertEqual(status(port)["update"], "installed")

    def test_restart_says_what_runs(self):
        file = self.file()
        device, port = self.start()
        done = self.push(port, file, "--restart")
        self.assertEqual((done["result"], done["version"], done["state"]), ("ok", "2.0.0", "valid"))
        self.assertEqual(done["digest"], inspect(file)["digest"][:16])

    def test_a_signal_while_it_restarts_says_what_is_selected(self):
        device, port = self.start("--confirm-after", 30)
        done = subprocess.Popen([UPDRAFT, "push", self.file(), f"ws://127.0.0.1:{port}", "--restart"],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(done.wait)
        self.addCleanup(done.kill)
        while "on trial" not in done.stdout.readline():
            self.assertIsNone(done.poll())
        done.send_signal(signal.SIGINT)
        out, said = done.communicate()
        self.assertEqual(done.returncode, 3, out + said)
        self.assertIn("stopped; the device has selected demo 2.0.0 and starts it", said)

    def test_a_device_that_gives_an_image_up_says_when(self):
        device, port = self.start("--confirm", "never", "--confirm-within", 60)
        done = updraft("push", self.file(), f"ws://127.0.0.1:{port}", "--restart")
        self.assertIn("on trial; given up in", done.stdout)
        self.assertGreater(status(port)["give_up_in_ms"], 0)

    def test_restart_waits_for_the_self_test(self):
        device, port = self.start("--confirm-after", 1)
        done = self.push(port, self.file(), "--restart")
        self.assertEqual((done["result"], done["state"]), ("ok", "valid"))

    def test_packed_where_the_device_unpacks(self):
        file = self.file("2.0.0", "--size", "200000")
        device, port = self.start()
        self.assertEqual(status(port)["inflate_window"], 32768)
        lines = updraft("push", file, f"ws://127.0.0.1:{port}", "--compress", "--restart", "--json").stdout.splitlines()
        done = json.loads(lines[-1])
        self.assertEqual((done["result"], done["version"]), ("ok", "2.0.0"))
        totals = {json.loads(line)["total"] for line in lines if '"progress"' in line}
        self.assertEqual(len(totals), 1)
        self.assertLess(totals.pop(), file.stat().st_size)

    def test_packed_as_the_device_has_memory(self):
        file = self.file("2.0.0", "--size", "20000")
        refuses = [["hear", '{"name":"otaError","value":"Error start ota"}', "hear"]]
        facts = {"boot": "1", "state": "valid", "version": "1.0.0"}
        for window in (0, 256, 4096):
            device = Original(refuses, status=facts | {"inflate_window": window})
            done = self.push(device.port, file, "--compress", status=1)
            self.assertEqual(done["code"], "not_wanted" if window == 4096 else "alg_unsupported")
            self.assertEqual(bool(device.heard), window == 4096)

    def test_image_that_does_not_survive(self):
        device, port = self.start()
        done = self.push(port, self.file("6.6.6", "--app", "crash"), "--restart", status=3)
        self.assertEqual((done["result"], done["code"], done["version"]), ("failed", "rolled_back", "1.0.0"))

    def test_confirms_where_nobody_else_does(self):
        device, port = self.start("--confirm", "manual")
        done = self.push(port, self.file(), "--confirm")
        self.assertEqual((done["result"], done["version"], done["state"]), ("ok", "2.0.0", "valid"))
        device.wait("confirm")

    def test_reasons_of_a_refusal(self):
        device, port = self.start()
        for name, arguments, code, numbers in (
                ("s3", ["--chip", "esp32s3"], "wrong_chip", r"image: esp32s3, device: esp32c3"),
                ("big", ["--size", str(4 << 20)], "too_big", r"4\.0 MiB needed, [0-9.]+ MiB there")):
            done = self.push(port, self.image(name, *arguments), status=1)
            self.assertEqual((done["result"], done["code"]), ("refused", code))
            self.assertRegex(done["message"], numbers)
        device.stop()
        device, port = self.start(unsigned=False)
        self.assertEqual(self.push(port, self.file(), status=1)["code"], "unsigned")

    def test_busy(self):
        device, port = self.start()
        with WebSocket(port) as client:
            image = self.file("3.0.0").read_bytes()
            chunk = client.start(len(image))
            client.send(image[:chunk])
            self.assertIn("otaGetChunk", client.hear())
            self.assertEqual(self.push(port, self.file(), status=3)["code"], "busy")

    def test_trial_is_decided_first(self):
        device, port = self.start("--confirm", "manual")
        self.push(port, self.file(), "--restart")
        third = self.file("3.0.0")
        done = self.push(port, third, status=1)
        self.assertEqual(done["code"], "pending_confirm")
        done = self.push(port, third, "--restart", "--pending", "rollback")
        self.assertEqual(done["version"], "3.0.0")
        device.wait("reboot", reason="rollback")
        done = self.push(port, self.file("4.0.0"), "--restart", "--pending", "keep")
        self.assertEqual(done["version"], "4.0.0")

    def test_nobody_there_and_not_that(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        self.assertEqual(self.push(port, self.file(), "--wait", "0", status=3)["code"], "unreachable")
        device, port = self.start()
        done = updraft("push", self.file(), f"ws://127.0.0.1:{port}/other/ws", "--json", check=False)
        self.assertEqual((done.returncode, result(done)["code"]), (3, "http_status"))
        raw = self.device("--raw", 0, "--allow-unsigned", state="another").port()
        done = updraft("push", self.file(), f"ws://127.0.0.1:{raw}", check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("closed the connection without an answer; look at the port.", done.stderr)

    def test_usage(self):
        for target in ("ws://", "ws://host:0/", "ws://host:1/a b", "raw://host/path", "ftp://host"):
            self.assertEqual(updraft("push", self.file(), target, check=False).returncode, 2, target)
        self.assertEqual(updraft("push", self.file(), "ws://h", "--insecure", check=False).returncode, 2)
        self.assertEqual(updraft("confirm", "raw://host", check=False).returncode, 2)


class Judged(CliCase):
    """What the device says about itself is asked before anything is sent."""

    def test_what_runs_already_is_not_sent(self):
        v1 = self.file("1.0.0")
        device, port = self.start("--firmware", v1)
        done = self.push(port, v1, "--restart")
        self.assertEqual((done["result"], done["version"]), ("current", "1.0.0"))
        self.assertIsNone(status(port)["last"], "the device was not asked for anything")
        done = self.push(port, v1, "--restart", "--force")
        self.assertEqual(done["result"], "ok")
        self.assertEqual(device.wait("update")["result"], "ok")

    def test_what_runs_already_is_known_when_it_is_unpacked(self):
        v1 = self.file("1.0.0")
        device, port = self.start("--firmware", v1)
        packed = self.dir / "v1.gz"
        packed.write_bytes(gzip.compress(v1.read_bytes()))
        boot = status(port)["boot"]
        self.assertEqual(self.push(port, packed, "--restart")["result"], "current")
        self.assertEqual(device.wait("update")["result"], "current")
        now = status(port)
        self.assertEqual((now["boot"], now["last"]), (boot, {"result": "current"}), "it did not restart")

    def test_an_older_version_needs_force(self):
        device, port = self.start()
        old = self.file("0.9.0")
        self.assertEqual(self.push(port, old, status=1)["code"], "downgrade")
        self.assertIsNone(status(port)["last"])
        self.assertEqual(self.push(port, old, "--restart", "--force")["version"], "0.9.0")

    def test_a_device_that_takes_none_refuses_it_in_any_case(self):
        device, port = self.start("--refuse-downgrade")
        self.assertEqual(self.push(port, self.file("0.9.0"), "--force", status=1)["code"], "downgrade")
        self.assertEqual(device.wait("update")["code"], "downgrade")

    def test_who_went_back_is_asked_first(self):
        device, port = self.start("--confirm", "manual")
        file = self.file()
        self.push(port, file, "--restart")
        self.run_on(port, "rollback")
        digest = inspect(file)["digest"][:16]
        self.assertEqual(status(port)["remembered"], [{"digest": digest, "why": "went_back"}])
        done = self.push(port, file, status=1)
        self.assertEqual(done["code"], "known_bad")
        self.assertIn("went back", done["message"])
        self.assertEqual(status(port)["last"]["code"], "rolled_back", "nothing was sent")
        self.assertEqual(self.push(port, file, "--retry", "--confirm")["version"], "2.0.0")
        self.assertEqual(status(port)["remembered"], [])

    def test_the_console_lets_in_as_well(self):
        device, port = self.start("--app", "crash")
        file = self.file()
        self.push(port, file, "--restart", status=3)
        digest = inspect(file)["digest"][:16]
        self.assertEqual(status(port)["remembered"], [{"digest": digest, "why": "failed"}])
        self.assertEqual(self.push(port, file, status=1)["code"], "known_bad")
        device.say(f"retry {digest}")
        device.wait("let_in", digest=digest)
        self.assertEqual(status(port)["remembered"], [])
        self.push(port, file)


class Trial(CliCase):
    def test_confirm(self):
        device, port = self.start("--confirm", "manual")
        self.push(port, self.file(), "--restart")
        done = self.run_on(port, "confirm")
        self.assertEqual((done["result"], done["version"], done["state"]), ("ok", "2.0.0", "valid"))
        self.assertEqual(self.run_on(port, "confirm", status=1)["code"], "not_pending")

    def test_rollback(self):
        device, port = self.start("--confirm", "manual")
        file = self.file()
        self.push(port, file, "--restart")
        done = self.run_on(port, "rollback")
        self.assertEqual((done["result"], done["version"]), ("ok", "1.0.0"))
        self.assertEqual(self.run_on(port, "rollback", status=1)["code"], "not_pending")
        self.assertEqual(self.push(port, file, status=1)["code"], "known_bad")


class Https(CliCase):
    def start_tls(self, *arguments):
        device = self.device("--https", 0, "--allow-unsigned", *arguments)
        return device, device.wait("listening", scheme="wss")

    def tls(self, fingerprint):
        """Connects as a browser does that was told to trust this certificate."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE

        def connect(address, timeout):
            peer = context.wrap_socket(socket.create_connection(address, timeout=timeout))
            self.assertEqual(hashlib.sha256(peer.getpeercert(True)).hexdigest(), fingerprint)
            return peer
        return connect

    def test_update_and_the_same_certificate_afterwards(self):
        device, first = self.start_tls()
        image = self.file().read_bytes()
        connect = self.tls(first["fingerprint"])
        port = first["port"]
        self.assertEqual(status(port, connect=connect)["version"], "1.0.0")
        with WebSocket(port, connect=connect, Origin=f"https://127.0.0.1:{port}") as client:
            self.assertEqual(client.push(image)["value"], "OK")
            client.send('{"name":"otaRestartEsp","value":"restart"}')
            self.assertEqual(client.close_code(), 1001)
        again = device.wait("listening", scheme="wss")
        self.assertEqual((again["port"], again["fingerprint"]), (port, first["fingerprint"]))
        self.assertEqual(inspect(self.dir / "device")["https_fingerprint"], first["fingerprint"])
        self.assertEqual((self.dir / "device" / "https.pem").stat().st_mode & 0o777, 0o600)

    def test_push_trusts_whom_it_was_told_to(self):
        device, there = self.start_tls()
        port, file = there["port"], self.file()
        done = self.push(port, file, scheme="wss", status=1)
        self.assertEqual(done["code"], "auth_failed")
        done = self.push(port, file, "--fingerprint", "0" * 64, scheme="wss", status=1)
        self.assertEqual(done["code"], "auth_failed")
        self.assertEqual(status(port, connect=self.tls(there["fingerprint"]))["update"], "idle")
        done = self.push(port, file, "--fingerprint", there["fingerprint"], "--restart", scheme="wss")
        self.assertEqual(done["version"], "2.0.0")
        done = self.push(port, self.file("3.0.0"), "--insecure", "--restart", scheme="wss")
        self.assertEqual(done["version"], "3.0.0")

    def test_no_way_back_to_plain(self):
        device, there = self.start_tls("--http", 0)
        plain = next(e["port"] for e in device.events if e.get("scheme") == "ws")
        file = self.file()
        self.assertEqual(self.push(plain, file, "--insecure", scheme="wss", status=3)["result"], "failed")
        self.assertEqual(self.push(there["port"], file, scheme="ws", status=3)["result"], "failed")
        self.assertEqual(status(plain)["update"], "idle")

    def test_given_certificate(self):
        key, cert = self.dir / "key.pem", self.dir / "cert.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", key, "-out", cert, "-subj", "/CN=dev", "-days", "2"], check=True,
                       capture_output=True)
        out = subprocess.run(["openssl", "x509", "-in", cert, "-noout", "-fingerprint", "-sha256"], check=True,
                             capture_output=True, text=True).stdout.strip().split("=")[1]
        device, there = self.start_tls("--tls-cert", cert, "--tls-key", key)
        self.assertEqual(there["fingerprint"], out.replace(":", "").lower())
        done = self.push(there["port"], self.file(), "--fingerprint", out, scheme="wss")
        self.assertEqual(done["result"], "ok")
        self.assertFalse((self.dir / "device" / "https.pem").exists())
        wrong = updraft("device", "--state", self.dir / "x", "--https", 0, "--tls-cert", cert, "--tls-key", cert,
                        check=False)
        self.assertEqual(wrong.returncode, 3)
        self.assertIn("key", wrong.stderr)


class Original(threading.Thread):
    """A device that runs ota_ws_update: its recorded words, one connection after another; no status page but `status`."""

    def __init__(self, words, image=b"", chunk=4096, status=None):
        super().__init__(daemon=True)
        self.status = status
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.words, self.image, self.chunk = words, image, chunk
        self.heard, self.got = [], b""
        self.start()

    def run(self):
        for words in self.words:
            while True:
                peer, _ = self.server.accept()
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    head += peer.recv(1)
                if b"Upgrade: websocket" in head:
                    break
                peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + json.dumps(self.status).encode() if self.status
                             else b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                peer.close()
            self.serve(peer, head, words)
        self.server.close()

    def serve(self, peer, head, words):
        key = next(line.split(b": ")[1] for line in head.split(b"\r\n") if line.startswith(b"Sec-WebSocket-Key"))
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        peer.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        for word in words:
            if word == "hear":
                self.hear(peer)
            else:
                peer.sendall(bytes([0x81, len(word)]) + word.encode())
        peer.close()

    def exactly(self, peer, size):
        data = b""
        while len(data) < size:
            data += peer.recv(size - len(data)) or self.fail()
        return data

    @staticmethod
    def fail():
        raise ConnectionError

    def hear(self, peer):
        first, size = self.exactly(peer, 2)
        assert size & 0x80, "a client masks"
        size &= 0x7f
        if size == 126:
            size, = struct.unpack(">H", self.exactly(peer, 2))
        mask = self.exactly(peer, 4)
        payload = bytes(b ^ mask[i % 4] for i, b in enumerate(self.exactly(peer, size)))
        if first & 15 == 2:
            self.got += payload
        self.heard.append(payload.decode() if first & 15 == 1 else first & 15)


class ToAnOriginal(CliCase):
    def words(self, size, chunk=4096):
        told = ["hear", f'{{"name":"otaSetChunkSize","value":{chunk}}}', '{"name":"otaGetChunk","value":0}', "hear"]
        for at in range(chunk, size, chunk):
            told += [f'{{"name":"otaGetChunk","value": {at} }}', "hear"]
        return told + ['{"name":"otaEnd","value":"OK" }']

    def test_update_and_restart(self):
        file = self.file("2.0.0", "--size", "10000")
        image = file.read_bytes()
        device = Original([self.words(len(image)) + ["hear"], ["hear"]])
        done = self.push(device.port, file, "--restart")
        self.assertEqual(done["result"], "ok")
        self.assertNotIn("version", done, "it does not say")
        self.assertEqual(device.got, image)
        self.assertEqual([w for w in device.heard if isinstance(w, str)],
                         [f'{{"name":"otaSize","value":{len(image)}}}',
                          '{"name":"otaRestartEsp","value":"restart"}'])

    def trial_words(self, image, form):
        """An update, then it is back with its image on trial and greets; `form`: what its library lets it say."""
        trial = form == "greets" and ['{"name":"otaCheckRollback","value":"true" }'] or []
        return [self.words(len(image)) + ["hear"], trial + ["hear"]], trial

    def test_one_that_greets_is_back(self):
        file = self.file("2.0.0", "--size", "10000")
        first, _ = self.trial_words(file.read_bytes(), "greets")
        done = self.push(Original(first).port, file, "--restart")
        self.assertEqual((done["result"], done["state"]), ("ok", "pending_verify"))
        first, _ = self.trial_words(file.read_bytes(), "greets")
        done = updraft("push", file, f"ws://127.0.0.1:{Original(first).port}", "--restart")
        self.assertIn("on trial", done.stdout)

    def test_one_that_greets_is_confirmed(self):
        file = self.file("2.0.0", "--size", "10000")
        for form, state in (("greets", "valid"), ("silent", None)):
            with self.subTest(form):
                words, trial = self.trial_words(file.read_bytes(), form)
                device = Original(words + [trial + ["hear", "hear"], ["hear"]])
                done = self.push(device.port, file, "--confirm")
                self.assertEqual((done["result"], done.get("state")), ("ok", state))
                self.assertIn('{"name":"otaProcessRollback","value":"false"}', device.heard)

    def test_one_that_still_asks_has_not_confirmed(self):
        file = self.file("2.0.0", "--size", "10000")
        words, trial = self.trial_words(file.read_bytes(), "greets")
        device = Original(words + [trial + ["hear", "hear"], trial + ["hear"]])
        self.assertEqual(self.push(device.port, file, "--confirm", status=3)["code"], "protocol")

    def test_its_own_words_are_all_there_is(self):
        device = Original([["hear", '{"name":"otaError","value":"Error start ota"}', "hear"]])
        done = self.push(device.port, self.file(), status=1)
        self.assertEqual((done["code"], done["device_said"]), ("not_wanted", "Error start ota"))

    def test_countdown_that_no_device_has_is_none(self):
        for wrong in (-1, 86_400_001, 2**63 - 1):
            device = Original([["hear", '{"name":"otaError","value":"Error start ota"}', "hear"]],
                              status={"boot": "1", "state": "pending_verify", "version": "1.0.0", "pending": True,
                                      "confirm_in_ms": wrong})
            done = updraft("push", self.file(), f"ws://127.0.0.1:{device.port}", check=False)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("on trial until somebody confirms it", done.stdout)

    def test_confirm_and_roll_back(self):
        trial = '{"name":"otaCheckRollback","value":"true" }'
        device = Original([[trial, "hear", "hear"]])
        self.run_on(device.port, "confirm")
        self.assertEqual(device.heard[0], '{"name":"otaProcessRollback","value":"false"}')
        device = Original([[trial, "hear"], ["hear"]])
        self.run_on(device.port, "rollback")
        self.assertEqual(device.heard[0], '{"name":"otaProcessRollback","value":"true"}')


if __name__ == "__main__":
    unittest.main()
