"""Plain HTTP for scripts: POST /ota by curl and others, its answers and its login (protocols/http/SPEC.md)."""
import json
import os
import unittest

from harness import Case, updraft
from web_upload import Slow, curl, form, once_free, post, said

MARK = ("-H", "X-Updraft: 1")
PASSWORD = "correct horse battery staple"


class HttpCase(Case):
    def setUp(self):
        super().setUp()
        self.v2 = self.image("v2.bin", "--version", "2.0.0")
        self.data = self.v2.read_bytes()

    def start(self, *arguments, policy=("--allow-unsigned",), https=False):
        device = self.device("--https" if https else "--http", 0, *policy, *arguments)
        return device, device.port("https" if https else "http")

    def boots(self, device, version="2.0.0"):
        device.wait("boot", version=version)
        device.wait("confirm")

    def nothing_is_left(self, port):
        """The next upload works, from its first byte."""
        status, body, _ = once_free(lambda: post(port, "/ota", self.data, X_Updraft="1"))
        self.assertEqual((status, said(body)["result"]), (200, "ok"), body)


class Curl(HttpCase):
    def test_the_file_as_it_is(self):
        device, port = self.start()
        status, body = curl(f"http://127.0.0.1:{port}/ota", *MARK, "--data-binary", f"@{self.v2}")
        self.assertEqual((status, said(body)["result"]), (200, "ok"))
        update = device.wait("update")
        self.assertEqual((update["result"], update["scheme"], update["trust"]), ("ok", "http", "unsigned"))
        device.wait("boot", version="2.0.0")
        self.assertEqual(device.port("http"), port, "it is found where it was")
        device.wait("confirm")
        status, body = curl(f"http://127.0.0.1:{port}/ota", *MARK, "--data-binary", f"@{self.v2}")
        self.assertEqual((status, said(body)["result"]), (200, "current"))

    def test_a_form(self):
        device, port = self.start()
        status, body = curl(f"http://127.0.0.1:{port}/ota", *MARK, "-F", f"file=@{self.v2}")
        self.assertEqual((status, said(body)["result"]), (200, "ok"))
        self.boots(device)

    def test_more_than_a_mebibyte_which_curl_announces(self):
        big = self.image("big.bin", "--version", "3.0.0", "--size", "1500K")
        device, port = self.start()
        status, body = curl(f"http://127.0.0.1:{port}/ota", *MARK, "-F", f"file=@{big}")
        self.assertEqual((status, said(body)["result"]), (200, "ok"))
        self.boots(device, "3.0.0")

    def test_https_is_a_protocol_of_its_own(self):
        device, port = self.start(https=True)
        status, body = curl(f"https://127.0.0.1:{port}/ota", "-k", *MARK, "--data-binary", f"@{self.v2}")
        self.assertEqual((status, said(body)["result"]), (200, "ok"))
        self.assertEqual(device.wait("update")["scheme"], "https")
        self.boots(device)

    def test_a_policy_of_one_does_not_let_in_the_other(self):
        device = self.device("--http", 0, "--https", 0, "--allow-unsigned=https")
        http = device.wait("listening", scheme="http")
        https = device.wait("listening", scheme="https")
        self.assertEqual((http["policy"], https["policy"]), ("signed", "unsigned"))
        status, body = curl(f"http://127.0.0.1:{http['port']}/ota", *MARK, "--data-binary", f"@{self.v2}")
        self.assertEqual((status, said(body)["code"]), (403, "unsigned"))
        self.assertEqual(device.wait("update")["result"], "refused")

    def test_f_fails_on_a_refusal(self):
        other = self.image("other.bin", "--chip", "esp32s3", "--version", "2.0.0")
        device, port = self.start()
        status, body = curl(f"http://127.0.0.1:{port}/ota", *MARK, "--data-binary", f"@{other}")
        self.assertEqual((status, said(body)["code"]), (422, "wrong_chip"))
        self.assertEqual(device.wait("update")["code"], "wrong_chip")
        curl(f"http://127.0.0.1:{port}/ota", "-f", *MARK, "--data-binary", f"@{self.v2}")
        self.boots(device)


class Requests(HttpCase):
    """What is said to requests of all kinds; nothing of them is left behind."""

    def test_who_may_ask(self):
        device, port = self.start()
        here = f"127.0.0.1:{port}"
        for status, fields in ((403, {}), (403, {"X_Updraft": "0"}),
                               (403, {"X_Updraft": "1", "Origin": "http://evil.test"}),
                               (403, {"X_Updraft": "1", "Origin": "null"}),
                               (421, {"X_Updraft": "1", "Host": "evil.test"}),
                               (200, {"X_Updraft": "1", "Origin": f"http://{here}"})):
            with self.subTest(fields=fields):
                self.assertEqual(post(port, "/ota", self.data, **fields)[0], status)
        self.boots(device)
        self.assertEqual(curl(f"http://{here}/ota", "-X", "OPTIONS")[0], 405)
        self.assertEqual(curl(f"http://{here}/elsewhere", *MARK, "--data-binary", "x")[0], 404)
        self.assertEqual(curl(f"http://{here}/ota", *MARK, "-X", "PUT", "--data-binary", "x")[0], 405)

    def test_lengths(self):
        device, port = self.start()
        with Slow(port, "/ota", None, "X-Updraft: 1", "Transfer-Encoding: chunked") as client:
            self.assertEqual(client.answer()[0], 411)
        with Slow(port, "/ota", None, "X-Updraft: 1") as client:
            self.assertEqual(client.answer()[0], 411)
        status, body = curl(f"http://127.0.0.1:{port}/ota", *MARK, "-H", "Transfer-Encoding: chunked", "--data-binary",
                            f"@{self.v2}")
        self.assertEqual(status, 411)
        self.assertIn("Content-Length", body)
        for lie in (1 << 24, 1 << 32, (1 << 64) - 1):
            with Slow(port, "/ota", lie, "X-Updraft: 1") as client:
                status, _, body = client.answer()
                self.assertEqual((status, said(body)["code"]), (413, "too_big"))
        with Slow(port, "/ota", 0, "X-Updraft: 1") as client:
            self.assertEqual(client.answer()[0], 400)
        self.assertEqual(self.slot_bytes("ota_1")[:4], b"\xff" * 4, "nothing was erased or written")
        self.nothing_is_left(port)

    def test_a_hundred_continue_comes_before_the_body(self):
        device, port = self.start()
        with Slow(port, "/ota", len(self.data), "X-Updraft: 1", "Expect: 100-continue") as client:
            self.assertEqual(client.answer()[0], 100)
            client.send(self.data)
            self.assertEqual(client.answer()[0], 200)
        self.boots(device)
        with Slow(port, "/ota", len(self.data), "Expect: 100-continue") as client:
            self.assertEqual(client.answer()[0], 403, "and not where the answer stands already")

    def test_boundaries_of_all_kinds_and_pieces_of_all_sizes(self):
        trap = self.data[:2000] + b"\r\n-----\r\n--" + self.data[2000:]  # what the original stops at
        device, port = self.start()
        for boundary in (None, "----geckoformboundary1fd5", "x", "------------------------7d3b1c9f0a"):
            status, body, _ = post(port, "/ota", *form(trap, boundary), X_Updraft="1")
            self.assertEqual((status, said(body)["result"]), (422, "refused"), "all of it arrived: its checksum is wrong")
        body, content_type = form(self.data)
        with Slow(port, "/ota", len(body), "X-Updraft: 1", f"Content-Type: {content_type}") as client:
            for at in range(300):
                client.send(body[at:at + 1])
            client.send(body[300:-3], pause=0.2)
            client.send(body[-3:])
            self.assertEqual(client.answer()[0], 200)
        self.boots(device)

    def test_what_is_cut_leaves_nothing_behind(self):
        device, port = self.start()
        body, content_type = form(self.data)
        for cut in (0, 1, 150, 300, 5000, len(body) - 30, len(body) - 1):
            with Slow(port, "/ota", len(body), "X-Updraft: 1", f"Content-Type: {content_type}") as client:
                client.send(body[:cut])
            device.settle()
        self.nothing_is_left(port)
        self.boots(device)

    def test_who_closes_its_side_hears_why(self):
        device, port = self.start()
        with Slow(port, "/ota", len(self.data), "X-Updraft: 1") as client:
            client.send(self.data[:5000])
            client.sock.shutdown(1)
            status, _, body = client.answer()
        self.assertEqual((status, said(body)["code"]), (400, "aborted"))

    def test_a_second_one_is_told(self):
        """Security row 18."""
        device, port = self.start()
        with Slow(port, "/ota", len(self.data), "X-Updraft: 1") as first:
            first.send(self.data[:5000])
            device.wait("progress")
            status, body, _ = post(port, "/ota", self.data, X_Updraft="1")
            self.assertEqual((status, said(body)["code"]), (503, "busy"))
            first.send(self.data[5000:])
            self.assertEqual(first.answer()[0], 200)
        self.boots(device)


class Login(HttpCase):
    def setUp(self):
        super().setUp()
        self.secret = self.dir / "secret"
        self.secret.write_text(PASSWORD + "\n")
        self.secret.chmod(0o600)

    def start(self, *arguments, **options):
        return super().start("--login", "--password-file", self.secret, *arguments, policy=(), **options)

    def test_digest_on_http(self):
        device, port = self.start()
        url = f"http://127.0.0.1:{port}/ota"
        status, body = curl(url, *MARK, "--data-binary", f"@{self.v2}")
        self.assertEqual((status, said(body)["code"]), (401, "auth_failed"))
        status, body = curl(url, *MARK, "--data-binary", f"@{self.v2}", "-u", f"updraft:{PASSWORD}")
        self.assertEqual(status, 401, "Basic would be the password in clear: it is not looked at")
        for how, version in (("--digest", "2.0.0"), ("--anyauth", "3.0.0")):
            file = self.image(f"{version}.bin", "--version", version)
            status, body = curl(url, *MARK, "-F", f"file=@{file}", how, "-u", f"anybody:{PASSWORD}")
            self.assertEqual((status, said(body)["result"]), (200, "ok"))
            self.assertEqual(device.wait("update", result="ok")["trust"], "sender")
            self.boots(device, version)

    def test_basic_on_https(self):
        device, port = self.start(https=True)
        url = f"https://127.0.0.1:{port}/ota"
        self.assertEqual(curl(url, "-k", *MARK, "--data-binary", f"@{self.v2}")[0], 401)
        status, body = curl(url, "-k", *MARK, "--data-binary", f"@{self.v2}", "-u", f"updraft:{PASSWORD}")
        self.assertEqual((status, said(body)["result"]), (200, "ok"))
        self.boots(device)

    def test_the_eleventh_guess_is_not_asked(self):
        """Security row 16, over new connections."""
        device, port = self.start()
        url = f"http://127.0.0.1:{port}/ota"
        answers = []
        while answers.count(401) < 10:
            status, body = curl(url, *MARK, "--data-binary", "x", "--digest", "-u", "updraft:guess")
            answers.append(status)
            self.assertIn(status, (401, 429))
            self.assertEqual(said(body)["code"], "auth_failed")
        status, body = curl(url, *MARK, "--data-binary", "x", "--digest", "-u", f"updraft:{PASSWORD}")
        self.assertEqual((status, said(body)["code"]), (429, "locked"))

    def test_push_logs_in(self):
        for https, more in ((False, ()), (True, ("--insecure",))):
            device = self.device("--https" if https else "--http", 0, "--login", "--password-file", self.secret,
                                 state=f"device-{https}")
            scheme = "https" if https else "http"
            url = f"{scheme}://127.0.0.1:{device.port(scheme)}"
            done = self.push(url, PASSWORD, *more)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn(PASSWORD, done.stdout + done.stderr)
            device.wait("update", result="ok", trust="sender")
            self.boots(device)
            wrong = self.push(url, "wrong", "--plain", *more)  # without, nothing is sent: it runs there
            self.assertEqual(wrong.returncode, 1)
            self.assertIn("The password is wrong or missing.", wrong.stderr)

    def push(self, url, password, *arguments):
        return updraft("push", self.v2, url, "--json", *arguments, check=False, env=dict(os.environ, UPDRAFT_PASSWORD=password))


class Push(HttpCase):
    def result(self, done):
        return json.loads(done.stdout.splitlines()[-1])

    def test_to_a_device(self):
        device, port = self.start()
        done = updraft("push", self.v2, f"http://127.0.0.1:{port}/ota", "--json")
        self.assertEqual(self.result(done)["result"], "ok")
        self.boots(device)
        done = updraft("push", self.v2, f"http://127.0.0.1:{port}", "--json")
        self.assertEqual(self.result(done)["result"], "current")

    def test_what_the_device_says(self):
        device, port = self.start(policy=())
        done = updraft("push", self.v2, f"http://127.0.0.1:{port}", "--json", check=False)
        self.assertEqual((done.returncode, self.result(done)["result"]), (1, "refused"))
        self.assertIn("Unsigned images are refused", self.result(done)["message"])
        done = updraft("push", self.v2, f"http://localhost:{port}/ota/nowhere", "--json", check=False)
        self.assertEqual((done.returncode, self.result(done)["code"]), (3, "http_status"))
        self.assertIn("HTTP status 404", done.stderr)

    def test_https_wants_to_know_the_certificate(self):
        device = self.device("--https", 0, "--allow-unsigned")
        heard = device.wait("listening", scheme="https")
        url = f"https://127.0.0.1:{heard['port']}"
        done = updraft("push", self.v2, url, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(heard["fingerprint"], done.stderr)
        updraft("push", self.v2, url, "--fingerprint", heard["fingerprint"])
        self.boots(device)

    def test_nobody_is_there(self):
        done = updraft("push", self.v2, "http://127.0.0.1:1", "--wait", 0, "--json", check=False)
        self.assertEqual((done.returncode, self.result(done)["code"]), (3, "unreachable"))


class Crowded(HttpCase):
    def test_slow_clients_do_not_keep_the_owner_out(self):
        """Security row 14."""
        device, port = self.start()
        clients = [Slow(port, "/ota", 100_000, "X-Updraft: 1") for _ in range(16)]
        try:
            for client in clients:
                client.send(b"\xe9")
            updraft("push", self.v2, f"http://127.0.0.1:{port}", "--wait", 15)
            self.boots(device)
        finally:
            for client in clients:
                client.sock.close()


if __name__ == "__main__":
    unittest.main()
