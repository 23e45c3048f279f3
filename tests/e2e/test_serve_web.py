"""`updraft serve FOLDER --https`: curl and our own devices fetch from it, and nothing outside the folder."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import unittest
import unittest.mock

from harness import PATIENCE, UPDRAFT, Case, updraft
from test_req import Serve


class Web(Case):
    def setUp(self):
        super().setUp()
        self.home = self.dir / "home"
        self.home.mkdir()
        patch = unittest.mock.patch.dict("os.environ", HOME=str(self.home), XDG_CONFIG_HOME="")
        patch.start()
        self.addCleanup(patch.stop)
        self.folder = self.dir / "releases"
        (self.folder / "lamp").mkdir(parents=True)
        self.v2 = self.image("v2", "--version", "2.0.0", "--size", "300K").read_bytes()
        self.file = self.folder / "lamp" / "app 1.bin"
        self.file.write_bytes(self.v2)

    def serve(self, *arguments):
        return Serve(self, *(arguments or (self.folder, "--http", 0)))

    def curl(self, url, *options):
        done = subprocess.run(["curl", "-sS", "--path-as-is", "-D", self.dir / "head", "-o", self.dir / "body", *options, url],
                              capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        head = (self.dir / "head").read_text().splitlines()
        fields = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
        body = (self.dir / "body").read_bytes() if (self.dir / "body").exists() else b""
        return int(head[0].split()[1]), fields, body


class Curl(Web):
    def test_whole_parts_and_not_modified(self):
        url = f"http://127.0.0.1:{self.serve().port('http')}/lamp/app%201.bin?chip=esp32c3"
        status, fields, body = self.curl(url)
        self.assertEqual((status, body, fields["Accept-Ranges"]), (200, self.v2, "bytes"))
        rows = [("0-4095", 206, self.v2[:4096]), ("300000-", 206, self.v2[300000:]), ("-100", 206, self.v2[-100:]),
                ("307000-999999", 206, self.v2[307000:]), ("307200-", 416, b""), ("9-5", 200, self.v2), ("0-1,3-4", 200, self.v2)]
        for part, wanted, content in rows:
            with self.subTest(part):
                status, got, body = self.curl(url, "-r", part)
                self.assertEqual((status, body), (wanted, content))
                if status == 206:
                    at = self.v2.index(content)
                    self.assertEqual(got["Content-Range"], f"bytes {at}-{at + len(content) - 1}/{len(self.v2)}")
        for field in (f"If-None-Match: {fields['ETag']}", f"If-Modified-Since: {fields['Last-Modified']}"):
            self.assertEqual(self.curl(url, "-H", field)[0], 304)
        self.assertEqual(self.curl(url, "-r", "5-9", "-H", f"If-Range: {fields['ETag']}")[0], 206)
        self.assertEqual(self.curl(url, "-r", "5-9", "-H", 'If-Range: "another"')[0], 200)
        self.assertEqual(self.curl(url, "-I")[1]["Content-Length"], str(len(self.v2)))
        self.file.write_bytes(self.v2[:1000])
        self.assertNotEqual(self.curl(url)[1]["ETag"], fields["ETag"])

    def test_nothing_outside_the_folder(self):
        (self.dir / "secret").write_text("s3cret of somebody")
        (self.folder / ".hidden").write_text("s3cret of somebody")
        (self.folder / "out").symlink_to(self.dir / "secret")
        (self.folder / "above").symlink_to(self.dir)
        (self.folder / "inside").symlink_to(self.file)
        os.mkfifo(self.folder / "pipe")
        base = f"http://127.0.0.1:{self.serve().port('http')}"
        for path in ("/../secret", "/lamp/../../secret", "/%2e%2e/secret", "/..%2fsecret", "/lamp/..%2f..%2fsecret", "/out",
                     "/above/secret", "/.hidden", "/", "/lamp", "/lamp/", "//etc/passwd", "/%2fetc/passwd", "/etc/passwd",
                     "/%00", "/%zz", "/pipe", "/..%5csecret", "/lamp/./../../secret", "/no"):
            with self.subTest(path):
                status, _, body = self.curl(base + path)
                self.assertEqual(status, 404)
                self.assertNotIn(b"s3cret", body)
        self.assertEqual(self.curl(base + "/inside")[2], self.v2, "a link that stays inside")

    def test_no_private_key_is_given_out(self):
        """The key that signs releases often lies beside them."""
        updraft("key", "gen", self.folder / "release.pem")
        (self.dir / "password").write_text("a long one\n")
        updraft("key", "gen", self.folder / "locked.pem", "--encrypt", "--password-file", self.dir / "password")
        public = updraft("key", "pub", self.folder / "release.pem").stdout
        both = self.folder / "both.pem"
        both.write_text(public * 20 + (self.folder / "release.pem").read_text())
        (self.folder / "release.pub.pem").write_text(public)
        app = self.folder / "with-a-key.bin"
        app.write_bytes(self.v2 + both.read_bytes())
        base = f"http://127.0.0.1:{self.serve().port('http')}"
        for name in ("release.pem", "locked.pem", "both.pem"):
            with self.subTest(name):
                status, _, body = self.curl(f"{base}/{name}")
                self.assertEqual(status, 404)
                self.assertNotIn(b"PRIVATE", body)
        self.assertEqual(self.curl(f"{base}/release.pub.pem")[2].decode(), public)
        self.assertEqual(self.curl(f"{base}/with-a-key.bin")[2], app.read_bytes())

    def test_what_is_no_request_for_a_file(self):
        port = self.serve().port("http")
        rows = [(b"POST /lamp HTTP/1.1\r\nHost: a\r\n\r\n", b"405"), (b"GET /a HTTP/1.1\r\n\r\n", b"400"),
                (b"GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"400"), (b"GET a HTTP/1.1\r\nHost: a\r\n\r\n", b"400"),
                (b"GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", b"400"),
                (b"GET /a HTTP/1.1\r\nHost : a\r\n\r\n", b"400"), (b"nonsense\r\n\r\n", b"400"),
                (b"GET /a HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 9000, b"431")]
        for words, status in rows:
            with self.subTest(words[:40]), socket.create_connection(("127.0.0.1", port), PATIENCE) as peer:
                peer.sendall(words)
                peer.shutdown(socket.SHUT_WR)
                self.assertEqual(peer.recv(4096).split()[1], status)

    def test_what_was_not_sent_is_not_told_as_sent(self):
        for path, word in (("no", "answered"), ("lamp/app%201.bin", "sent")):
            words = [UPDRAFT, "serve", self.folder, "--http", "0", "--listen", "127.0.0.1", "--once"]
            with self.subTest(path), subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as serve:
                port = re.search(r"127\.0\.0\.1:(\d+),", serve.stdout.readline()).group(1)
                self.curl(f"http://127.0.0.1:{port}/{path}")
                self.assertEqual([line.split()[0] for line in serve.stdout], ["client", word])

    def test_one_file_is_there_by_its_name_alone(self):
        (self.folder / "other").write_text("not served")
        base = f"http://127.0.0.1:{self.serve(self.file, '--http', 0).port('http')}"
        self.assertEqual(self.curl(base + "/app%201.bin")[2], self.v2)
        for path in ("/other", "/lamp/app%201.bin", "/"):
            self.assertEqual(self.curl(base + path)[0], 404)


class Devices(Web):
    def test_by_certificate_or_by_fingerprint(self):
        serve = self.serve(self.folder, "--https", 0)
        told = serve.wait("listening", scheme="https")
        url = f"https://127.0.0.1:{told['port']}/lamp/app%201.bin"
        own = pathlib.Path(told["certificate"])
        self.assertTrue(own.is_relative_to(self.home))
        self.assertNotIn("PRIVATE", own.read_text())
        self.assertEqual((own.parent / "https.pem").stat().st_mode & 0o777, 0o600)
        for state, options in (("ca", ("--ca", own)), ("print", ("--fingerprint", told["fingerprint"]))):
            device = self.device("--pull", url, "--allow-unsigned=https", *options, state=state)
            device.wait("boot", version="2.0.0")
            device.wait("pulled", result="unchanged")
            device.kill()
        self.assertEqual(self.curl(url, "--cacert", own)[2], self.v2)
        again = self.serve(self.folder, "--https", 0).wait("listening", scheme="https")
        self.assertEqual(again["fingerprint"], told["fingerprint"], "the certificate is kept")

    def test_a_server_that_is_killed_and_comes_back(self):
        serve = self.serve()
        port = serve.port("http")
        device = self.device("--pull", f"http://127.0.0.1:{port}/lamp/app%201.bin", "--allow-unsigned=http",
                             "--flash-timing", "w25q32jv", "--realtime")
        device.wait("progress", total=len(self.v2))
        serve.process.send_signal(signal.SIGKILL)
        device.wait("pulled", result="cut")
        self.serve(self.folder, "--http", port)
        device.wait("boot", version="2.0.0")
        self.assertEqual([e["result"] for e in device.events if e["event"] == "update"], ["ok"], "one session")

    def test_what_cannot_be_served(self):
        for arguments, words in (((self.folder, "--raw", 0), "is a folder"), (("-", "--http", 0), "not standard input")):
            serve = self.serve(*arguments)
            said = serve.process.communicate(input=None, timeout=PATIENCE)[1]
            self.assertIn(words, said)
            self.assertEqual(serve.process.returncode, 2)


if __name__ == "__main__":
    unittest.main()
