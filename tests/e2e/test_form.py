"""esp32-ota's web form from outside: curl -F as people type it, the original's habits at both ends, and its weak places."""
import os
import socket
import subprocess
import threading
import unittest

from harness import PATIENCE, Case, updraft
from web_upload import HOST, Slow, curl, form, once_free, post

PASSWORD = "correct horse battery staple"
OK = "OTA OK, restarting..."


class FormCase(Case):
    def setUp(self):
        super().setUp()
        self.v2 = self.image("v2.bin", "--version", "2.0.0")
        self.data = self.v2.read_bytes()

    def start(self, *arguments, policy=("--allow-unsigned",)):
        device = self.device("--http", 0, "--form", *policy, *arguments)
        return device, device.port("form")

    def boots(self, device, version="2.0.0"):
        device.wait("boot", version=version)
        device.wait("confirm")


class Curl(FormCase):
    def test_as_it_was_typed_before(self):
        """-H 'Expect:' is what the original needed; ours needs no such thing."""
        device, port = self.start()
        for number, extra in enumerate((("-H", "Expect:"), ())):
            file = self.image(f"{number}.bin", "--version", f"{number + 2}.0.0")
            status, body = curl(f"http://{HOST}:{port}/upload", *extra, "-F", f"file=@{file}")
            self.assertEqual(status, 200)
            self.assertIn(OK, body)
            self.assertEqual(device.wait("update", result="ok")["scheme"], "form")
            self.boots(device, f"{number + 2}.0.0")

    def test_failures_are_said_and_have_a_status(self):
        other = self.image("other.bin", "--chip", "esp32s3")
        device, port = self.start()
        status, body = curl(f"http://{HOST}:{port}/upload", "-F", f"file=@{other}")
        self.assertEqual(status, 422)
        self.assertIn("OTA write fail [0x1503]", body)
        self.assertIn("wrong_chip", body)
        status, body = curl(f"http://{HOST}:{port}/upload", "-F", "file=nothing")
        self.assertEqual(status, 422, "the part named file is one, also without a file's name")
        status, body = curl(f"http://{HOST}:{port}/upload", "-F", "other=nothing")
        self.assertEqual(status, 400)
        self.assertIn("Fail to find start of file", body)

    def test_strict_answers_200_whatever_happens(self):
        other = self.image("other.bin", "--chip", "esp32s3")
        device, port = self.start("--form-strict")
        status, body = curl(f"http://{HOST}:{port}/upload", "-F", f"file=@{other}")
        self.assertEqual(status, 200)
        self.assertTrue(body.endswith("OTA write fail [0x1503]</body></html>\r\n"), body)

    def test_the_page(self):
        device, port = self.start()
        status, body = curl(f"http://{HOST}:{port}/")
        self.assertEqual(status, 200)
        for part in ("<title>ESP32 Generic OTA</title>", "<b>APP Version:</b> 1.0.0<br>", "<b>Current APP:</b> ota_0<br>",
                     'action="/upload"', 'name="file"'):
            self.assertIn(part, body)
        self.assertEqual(curl(f"http://{HOST}:{port}/ota", "-o", "/dev/null")[0], 200, "our own page stays beside it")

    def test_it_is_there_only_where_it_was_asked_for(self):
        device = self.device("--http", 0, "--allow-unsigned")
        port = device.port("ws")
        self.assertEqual(curl(f"http://{HOST}:{port}/upload", "-H", "X-Updraft: 1", "-F", f"file=@{self.v2}")[0], 404)
        done = updraft("device", "--state", self.dir / "x", "--form", "--raw", 0, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--http", done.stderr)


class Senders(FormCase):
    def test_a_boundary_of_hex_digits_and_an_image_with_dashes(self):
        """Python's requests; the original writes the trailer to flash, and cuts the image at the dashes."""
        trap = self.data[:2000] + b"\r\n---" + self.data[2005:]
        device, port = self.start()
        status, body, _ = post(port, "/upload", *form(trap))
        self.assertEqual(status, 422)
        self.assertNotIn("size_mismatch", body, "all of it arrived")
        status, body, _ = post(port, "/upload", *form(self.data))
        self.assertEqual((status, OK in body), (200, True))
        self.boots(device)

    def test_slow_ones_and_long_heads(self):
        body, content_type = form(self.data, filename="n" * 900 + ".bin")
        device, port = self.start()
        with Slow(port, "/upload", len(body), f"Content-Type: {content_type}", "Cookie: " + "c" * 1500) as client:
            client.send(body[:1], pause=0.3)  # after the head: the original looks once
            client.send(body[1:700], pause=0.3)
            client.send(body[700:3000], pause=0.3)
            client.send(body[3000:])
            status, _, said = client.answer()
        self.assertEqual((status, OK in said), (200, True))
        self.boots(device)

    def test_a_broken_upload_leaves_nothing_behind(self):
        body, content_type = form(self.data)
        device, port = self.start()
        for cut in (0, 100, 300, 5000, len(body) - 1):
            with Slow(port, "/upload", len(body), f"Content-Type: {content_type}") as client:
                client.send(body[:cut])
            device.settle()
        self.assertEqual(once_free(lambda: post(port, "/upload", body, content_type))[0], 200)
        self.boots(device)

    def test_two_at_a_time(self):
        body, content_type = form(self.data)
        device, port = self.start()
        with Slow(port, "/upload", len(body), f"Content-Type: {content_type}") as first:
            first.send(body[:5000])
            device.wait("progress")
            self.assertEqual(post(port, "/upload", body, content_type)[0], 503)
            first.send(body[5000:])
            self.assertEqual(first.answer()[0], 200)
        self.boots(device)


class WhoMayAsk(FormCase):
    def test_pages_of_other_sites_may_not(self):
        body, content_type = form(self.data)
        device, port = self.start()
        here = f"http://{HOST}:{port}"
        for path in ("/upload", "/factory"):
            for fields in ({"Origin": "http://evil.test"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"},
                           {"Origin": "http://evil.test", "X_Updraft": "1"}):
                self.assertEqual(post(port, path, body, content_type, **fields)[0], 403, (path, fields))
            self.assertEqual(post(port, path, body, content_type, Host="evil.test")[0], 421)
        self.assertEqual(self.slot_bytes("ota_1")[:4], b"\xff" * 4)
        self.assertEqual(post(port, "/upload", body, content_type, Origin=here, Sec_Fetch_Site="same-origin")[0], 200)
        self.boots(device)

    def test_nothing_unsigned_without_being_let_in(self):
        device, port = self.start(policy=())
        status, body, _ = post(port, "/upload", *form(self.data))
        self.assertEqual(status, 403)
        self.assertIn("OTA begin fail [0x103]", body)
        self.assertEqual(post(port, "/factory", b"")[0], 403)

    def test_a_login_where_there_is_one(self):
        secret = self.dir / "secret"
        secret.write_text(PASSWORD + "\n")
        secret.chmod(0o600)
        device, port = self.start("--login", "--password-file", secret, policy=())
        url = f"http://{HOST}:{port}/upload"
        self.assertEqual(curl(url, "-F", f"file=@{self.v2}")[0], 401)
        status, body = curl(url, "-F", f"file=@{self.v2}", "--digest", "-u", f"any:{PASSWORD}")
        self.assertEqual((status, OK in body), (200, True))
        self.assertEqual(device.wait("update", result="ok")["trust"], "sender")
        self.boots(device)
        file = self.image("v3.bin", "--version", "3.0.0")
        done = updraft("push", file, f"form://{HOST}:{port}", env=dict(os.environ, UPDRAFT_PASSWORD=PASSWORD))
        self.assertNotIn(PASSWORD, done.stdout + done.stderr)
        self.boots(device, "3.0.0")


class Encrypted(FormCase):
    AES = ("--aes-key", "12345678901234567890123456789012", "--aes-iv", "0123456789012345")

    def sealed(self, file):
        """As people do it on a desk."""
        path = self.dir / "sealed"
        subprocess.run(["openssl", "enc", "-aes-256-cbc", "-nosalt", "-nopad", "-K", self.AES[1].encode().hex(), "-iv",
                        self.AES[3].encode().hex(), "-in", file, "-out", path], check=True)
        return path

    def test_the_file_part_alone(self):
        device, port = self.start(*self.AES)
        status, body = curl(f"http://{HOST}:{port}/upload", "-F", f"file=@{self.v2}")
        self.assertEqual(status, 422, "plain, which is a wrong key")
        self.assertIn("wrong_key", body)
        status, body = curl(f"http://{HOST}:{port}/upload", "-F", f"file=@{self.sealed(self.v2)}")
        self.assertEqual((status, OK in body), (200, True))
        self.boots(device)
        file = self.image("v3.bin", "--version", "3.0.0")
        updraft("push", file, f"form://{HOST}:{port}", *self.AES)
        self.boots(device, "3.0.0")


class Factory(FormCase):
    CSV = "otadata,data,ota,0xd000,0x2000\nsafeboot,app,factory,0x10000,1M\nota_0,app,ota_0,0x110000,1M\n"

    def test_restarts_into_it(self):
        table = self.dir / "table.csv"
        table.write_text(self.CSV)
        device, port = self.start("--partitions", table)
        self.assertEqual(post(port, "/upload", *form(self.data))[0], 200)
        self.boots(device)
        status, body, _ = post(port, "/factory", b"")
        self.assertEqual(status, 200, body)
        self.assertIn("Sucess! Restarting to factory APP...", body)
        device.wait("boot", slot="safeboot")

    def test_where_there_is_none(self):
        device, port = self.start()
        status, body, _ = post(port, "/factory", b"")
        self.assertEqual(status, 422)
        self.assertIn("Fail to find factory partition, restarting...", body)
        device.settle()


class Original(threading.Thread):
    """Answers as the original does, from its specification: one read of 1024 bytes, a head before the body, NULs, and the
    connection's end as the answer's. `reset`: it restarts so fast that its last words are cut off."""

    def __init__(self, outcome=OK, reset=False):
        super().__init__(daemon=True)
        self.server = socket.create_server((HOST, 0))
        self.port, self.outcome, self.reset = self.server.getsockname()[1], outcome, reset
        self.image = None
        self.start()

    def run(self):
        while not self.serve(self.server.accept()[0]):
            pass

    def serve(self, peer):
        """True: it was an upload. Every path of a GET gives the status page."""
        with peer:
            peer.settimeout(2)  # its idle limit
            first = peer.recv(1024)
            if first.startswith(b"GET "):
                return peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><body>status</body></html>\r\n\0")
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><head><title>ESP32 Generic OTA</title></head>\0")
            peer.sendall(b"<body><b>Auto-refresh in 20sec...</b><br><br>\0")
            mark = b"octet-stream\r\n\r\n"
            at = first.find(mark)
            if not first.startswith(b"POST /upload") or at < 0:
                peer.sendall(b"Fail to find start of file</body></html>\r\n\0")
                return True
            data = first[at + len(mark):]
            try:
                while b"\r\n---" not in data[-2048:] and (more := peer.recv(1024)):
                    data += more
            except TimeoutError:
                pass
            self.image = data[:data.rfind(b"\r\n---")]
            peer.sendall(self.outcome.encode() + b"\0")
            if self.reset:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                threading.Event().wait(0.2)
            else:
                peer.sendall(b"</body></html>\r\n\0")
            return True

    def close(self):
        self.join(PATIENCE)
        self.server.close()


class Push(FormCase):
    def test_to_ours(self):
        device, port = self.start()
        updraft("push", self.v2, f"form://{HOST}:{port}")
        self.boots(device)
        other = self.image("other.bin", "--chip", "esp32s3")
        done = updraft("push", other, f"form://{HOST}:{port}", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("OTA write fail [0x1503]", done.stderr)

    def test_in_tls_and_by_curl_as_well(self):
        device = self.device("--https", 0, "--form", "--allow-unsigned")
        listening = device.wait("listening", scheme="forms")
        port = listening["port"]
        status, body = curl(f"https://{HOST}:{port}/upload", "-k", "-F", f"file=@{self.v2}")
        self.assertEqual((status, OK in body), (200, True), body)
        self.boots(device)
        self.assertIn("Current Device info", curl(f"https://{HOST}:{port}/", "-k")[1])
        v3 = self.image("v3.bin", "--version", "3.0.0")
        done = updraft("push", v3, f"forms://{HOST}:{port}", check=False)
        self.assertIn("shows a certificate that is not trusted", " ".join(done.stderr.split()))
        updraft("push", v3, f"forms://{HOST}:{port}", "--fingerprint", listening["fingerprint"])
        self.boots(device, "3.0.0")

    def test_to_the_original(self):
        for reset in (False, True):
            device = Original(reset=reset)
            done = updraft("push", self.v2, f"form://{HOST}:{device.port}", check=False)
            device.close()
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(device.image, self.data)

    def test_what_the_original_says(self):
        device = Original("OTA end fail [0x1503]")
        done = updraft("push", self.v2, f"form://{HOST}:{device.port}", check=False)
        device.close()
        self.assertEqual(done.returncode, 1)
        self.assertIn("said: OTA end fail [0x1503]", done.stderr)


if __name__ == "__main__":
    unittest.main()
