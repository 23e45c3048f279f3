"""ElegantOTA's routes from outside, by clients and devices written from the specification alone."""
import base64
import hashlib
import http.server
import os
import re
import threading
import unittest
import urllib.parse

from harness import Case, updraft
from test_signed_device import Signed
from web_upload import HOST, Slow, curl, form, once_free, post
from ws_client import WebSocket, request, status

PASSWORD = "correct horse"


def md5(data):
    return hashlib.md5(data).hexdigest()


class ElegantCase(Case):
    def setUp(self):
        super().setUp()
        self.v2 = self.image("v2.bin", "--version", "2.0.0")
        self.data = self.v2.read_bytes()

    def start(self, *arguments, policy=("--allow-unsigned",)):
        device = self.device("--http", 0, "--elegant", *policy, *arguments)
        return device, device.port("elegant")

    def boots(self, device, version="2.0.0"):
        device.wait("boot", version=version)
        device.wait("confirm")

    def begin(self, port, query, **fields):
        got, _, body = request(port, f"/ota/start{query}", **fields)
        return got, body.decode()

    def upload(self, port, data, **fields):
        got, body, _ = post(port, "/ota/upload", *form(data, "------------------------7d3b1c9f0a"), **fields)
        return got, body


class Clients(ElegantCase):
    def test_start_and_upload_as_its_page_does(self):
        device, port = self.start()
        self.assertEqual(self.begin(port, f"?mode=fr&hash={md5(self.data)}"), (200, "OK"))
        self.assertEqual(self.upload(port, self.data), (200, "OK"))
        update = device.wait("update")
        self.assertEqual((update["result"], update["scheme"]), ("ok", "elegant"))
        self.boots(device)
        got, fields, body = request(port, "/update")
        self.assertEqual((got, fields["Content-Encoding"]), (200, "gzip"))
        self.assertTrue(body.startswith(b"\x1f\x8b"))

    def test_the_helper_of_platformio_sends_a_text_first(self):
        before = b'--b\r\nContent-Disposition: form-data; name="MD5"\r\n\r\n' + md5(self.data).encode() + b"\r\n"
        body, content_type = form(self.data, "b", name="firmware", filename="firmware.bin", before=before)
        device, port = self.start()
        self.begin(port, f"?mode=fr&hash={md5(self.data)}")
        self.assertEqual(post(port, "/ota/upload", body, content_type)[:2], (200, "OK"))
        self.boots(device)

    def test_what_is_wrong_is_said(self):
        device, port = self.start()
        for query, reason in (("?mode=fr&hash=12", "MD5 parameter invalid\n"),
                              ("?mode=fs", "This device has no file system to update\n")):
            self.assertEqual(self.begin(port, query), (400, reason))
        self.assertEqual(self.upload(port, self.data), (400, "Start the update first: GET /ota/start\n"))
        self.begin(port, f"?mode=fr&hash={md5(b'another file')}")
        got, body = self.upload(port, self.data)
        self.assertEqual(got, 400)
        self.assertIn("MD5", body)
        self.assertEqual(device.wait("update")["result"], "failed")
        other = self.image("other.bin", "--chip", "esp32s3").read_bytes()
        self.begin(port, f"?mode=fr&hash={md5(other)}")
        got, body = self.upload(port, other)
        self.assertEqual(got, 400)
        self.assertIn("built for another chip", body)
        self.begin(port, "?mode=fr")
        with Slow(port, "/ota/upload", 1 << 30) as client:
            self.assertEqual(client.answer()[0], 413)

    def test_a_broken_upload_leaves_nothing_behind(self):
        """The original appends the next upload to it."""
        body, content_type = form(self.data)
        device, port = self.start()
        for cut in (0, 100, 5000, len(body) - 1):
            self.begin(port, f"?mode=fr&hash={md5(self.data)}")
            with Slow(port, "/ota/upload", len(body), f"Content-Type: {content_type}") as client:
                client.send(body[:cut])
            device.settle()

        def next_one():
            self.begin(port, f"?mode=fr&hash={md5(self.data)}")
            answer = self.upload(port, self.data)
            return (503, "") if "Another update is running" in answer[1] else answer  # it is not seen to have gone yet

        self.assertEqual(once_free(next_one), (200, "OK"), "the very next one works")
        self.boots(device)

    def test_a_second_client_does_not_disturb_the_first(self):
        body, content_type = form(self.data)
        device, port = self.start()
        self.begin(port, f"?mode=fr&hash={md5(self.data)}")
        with Slow(port, "/ota/upload", len(body), f"Content-Type: {content_type}") as first:
            first.send(body[:5000])
            device.wait("progress")
            got, reason = self.begin(port, f"?mode=fr&hash={md5(self.data)}")
            self.assertEqual(got, 400)
            self.assertIn("Another update is running", reason)
            first.send(body[5000:])
            self.assertEqual(first.answer()[0], 200)
        self.boots(device)

    def test_our_page_stands_at_update(self):
        device, port = self.start()
        self.assertEqual(status(port, target="/update/status")["version"], "1.0.0")
        with WebSocket(port, path="/update/ws") as client:
            self.assertEqual(client.push(self.data)["name"], "otaEnd")
        device.wait("update", result="ok", scheme="ws")


class Packages(Signed):
    """What is signed passes; the rest, as everywhere, does not."""

    def test_what_the_owner_signed_comes_in(self):
        device = self.device("--http", 0, "--elegant", *self.trusts, "--allow-unsigned")
        url = f"elegant://{HOST}:{device.port('elegant')}"
        done = updraft("push", self.image("2.0.0", "--version", "2.0.0"), url, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("The device takes what its owner signed", done.stderr)
        updraft("push", self.signed("3.0.0", 1), url)
        self.confirmed(device, "3.0.0", 1)


class WhoMayAsk(ElegantCase):
    def test_pages_of_other_sites_may_not(self):
        device, port = self.start()
        for fields in ({"Origin": "http://evil.test"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"},
                       {"Sec_Fetch_Site": "same-site"}):
            self.assertEqual(self.begin(port, "?mode=fr", **fields)[0], 403, fields)
            self.assertEqual(self.upload(port, self.data, **fields)[0], 403, fields)
        self.assertEqual(self.begin(port, "?mode=fr", Host="evil.test")[0], 421)
        self.assertEqual(self.begin(port, "?mode=fr", Sec_Fetch_Site="same-origin")[0], 200)

    def test_nothing_unsigned_without_being_let_in(self):
        device, port = self.start(policy=())
        got, reason = self.begin(port, f"?mode=fr&hash={md5(self.data)}")
        self.assertEqual(got, 400)
        self.assertIn("Unsigned images are refused", reason)

    def test_it_is_there_only_where_it_was_asked_for(self):
        device = self.device("--http", 0, "--allow-unsigned")
        port = device.port("ws")
        for path in ("/update", "/ota/start?mode=fr", "/update/status"):
            self.assertEqual(request(port, path)[0], 404, path)

    def test_the_login_is_digest_on_both_routes(self):
        secret = self.dir / "secret"
        secret.write_text(PASSWORD + "\n")
        secret.chmod(0o600)
        device, port = self.start("--login", "--password-file", secret, policy=())
        start = f"http://{HOST}:{port}/ota/start?mode=fr&hash={md5(self.data)}"
        upload = f"http://{HOST}:{port}/ota/upload"
        self.assertEqual(curl(start)[0], 401)
        self.assertEqual(curl(upload, "-F", f"file=@{self.v2}")[0], 401)
        login = ("--digest", "-u", f"admin:{PASSWORD}")
        self.assertEqual(curl(start, *login), (200, "OK"))
        self.assertEqual(curl(upload, *login, "-F", f"file=@{self.v2}"), (200, "OK"))
        self.assertEqual(device.wait("update", result="ok")["trust"], "sender")
        self.boots(device)
        v3 = self.image("v3.bin", "--version", "3.0.0")
        done = updraft("push", v3, f"elegant://{HOST}:{port}", env=dict(os.environ, UPDRAFT_PASSWORD=PASSWORD))
        self.assertNotIn(PASSWORD, done.stdout + done.stderr)
        self.boots(device, "3.0.0")
        done = updraft("push", self.v2, f"elegant://{HOST}:{port}", check=False, env=dict(os.environ, UPDRAFT_PASSWORD="guess"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("The password is wrong or missing.", done.stderr)


class Secure(ElegantCase):
    def start(self, *arguments):
        device = self.device("--https", 0, "--elegant", *arguments)
        listening = device.wait("listening", scheme="elegants")
        return device, f"elegants://{HOST}:{listening['port']}", listening["fingerprint"]

    def test_a_certificate_has_to_be_known(self):
        device, url, fingerprint = self.start("--allow-unsigned")
        done = updraft("push", self.v2, url, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("shows a certificate that is not trusted, " + fingerprint, " ".join(done.stderr.split()))
        updraft("push", self.v2, url, "--fingerprint", fingerprint)
        self.boots(device)

    def test_the_login_is_basic_there(self):
        secret = self.dir / "secret"
        secret.write_text(PASSWORD + "\n")
        secret.chmod(0o600)
        device, url, fingerprint = self.start("--login", "--password-file", secret)
        done = updraft("push", self.v2, url, "--insecure", "--password-file", secret)
        self.assertNotIn(PASSWORD, done.stdout + done.stderr)
        self.assertEqual(device.wait("update", result="ok")["trust"], "sender")
        self.boots(device)
        env = dict(os.environ, UPDRAFT_PASSWORD="guess")
        done = updraft("push", self.image("v3.bin", "--version", "3.0.0"), url, "--insecure", check=False, env=env)
        self.assertEqual(done.returncode, 1)
        self.assertIn("The password is wrong or missing.", done.stderr)


class Original(threading.Thread):
    """A device with ElegantOTA 3.x: start, upload, the login of one of its two servers, and what an upload that broke off leaves
    behind: the next one ends in 400."""

    def __init__(self, login=None, broken=False, refuses=""):
        super().__init__(daemon=True)
        self.login, self.broken, self.refuses = login, broken, refuses
        self.image, self.log, self.nonce = None, [], "0123456789abcdef0123456789abcdef"
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.log.append(self.path)
                if self.path == "/update":
                    return self.say(200, "page")
                if not outer.passes(self):
                    return self.ask()
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                outer.hash = query.get("hash", [None])[0]
                self.say(200, "OK")

            def do_POST(self):
                outer.log.append(self.path)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not outer.passes(self):
                    return self.ask()
                boundary = self.headers["Content-Type"].split("boundary=")[1].encode()
                data = body.split(b"\r\n\r\n", 1)[1].split(b"\r\n--" + boundary)[0]
                if outer.broken:
                    outer.broken = False  # what was left behind is cleared now
                    return self.say(400, "Not Enough Space\n")
                if outer.refuses:
                    return self.say(400, outer.refuses + "\n")
                outer.image = data
                self.say(200, "OK")

            def ask(self):
                self.send_response(401)
                scheme = 'Basic realm="Login Required"' if outer.login == "basic" else (
                    f'Digest realm="Login Required", qop="auth", nonce="{outer.nonce}", opaque="abc"')
                self.send_header("WWW-Authenticate", scheme)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def say(self, code, text):
                self.send_response(code)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((HOST, 0), Handler)
        self.port = self.server.server_address[1]
        self.counts = []
        self.start()

    def run(self):
        self.server.serve_forever()

    def passes(self, handler):
        field = handler.headers.get("Authorization", "")
        if self.login is None:
            return True
        if self.login == "basic":
            return field == "Basic " + base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
        given = dict(re.findall(r'(\w+)="?([^",]+)"?', field))
        if not field.startswith("Digest") or given.get("uri") != handler.path or given.get("nonce") != self.nonce:
            return False
        self.counts.append(given["nc"])
        ha1, ha2 = md5(f"admin:Login Required:{PASSWORD}".encode()), md5(f"{handler.command}:{handler.path}".encode())
        right = md5(f"{ha1}:{self.nonce}:{given['nc']}:{given['cnonce']}:auth:{ha2}".encode())
        return given["response"] == right and given.get("opaque") == "abc"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Push(ElegantCase):
    def original(self, **options):
        device = Original(**options)
        self.addCleanup(device.close)
        return device

    def push(self, device, check=True):
        return updraft("push", self.v2, f"elegant://{HOST}:{device.port}", "--json", check=check,
                       env=dict(os.environ, UPDRAFT_PASSWORD=PASSWORD))

    def test_to_ours(self):
        device, port = self.start()
        updraft("push", self.v2, f"elegant://{HOST}:{port}")
        self.boots(device)

    def test_to_both_servers_of_the_original(self):
        for login in (None, "basic", "digest"):
            device = self.original(login=login)
            self.push(device)
            self.assertEqual(device.image, self.data, login)
            self.assertEqual(device.hash, md5(self.data))
            if login == "digest":
                self.assertEqual(device.counts, ["00000001", "00000002", "00000003"],
                                 "one challenge for the question after a status, the start and the upload, counted up")
                self.assertEqual(len([path for path in device.log if path == "/ota/upload"]), 1,
                                 "a 401 in an upload would reset the connection")

    def test_what_was_left_behind_costs_one_more_try(self):
        device = self.original(broken=True)
        self.push(device)
        self.assertEqual(device.image, self.data)

    def test_a_start_that_is_refused_is_not_tried_again(self):
        device, port = self.start(policy=())
        done = updraft("push", self.v2, f"elegant://{HOST}:{port}", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Unsigned images are refused", done.stderr)
        self.assertEqual(device.wait("update")["code"], "unsigned")
        device.settle()
        self.assertEqual(len([e for e in device.events if e["event"] == "update"]), 1)

    def test_a_reason_is_shown(self):
        device = self.original(refuses="Could Not Activate The Firmware")
        done = self.push(device, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Could Not Activate The Firmware", done.stderr)


if __name__ == "__main__":
    unittest.main()
