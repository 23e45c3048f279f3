"""A device that fetches from a plain web server: comes to rest, goes on, and takes nothing that it should not."""
import base64
import random
import subprocess
import unittest
import unittest.mock

from file_server import FileServer
from harness import Case, sampled, updraft
from waiting import until
from web_server import PrivateCa, give, redirect

OPEN = "--allow-unsigned=http"


class Pulls(Case):
    def setUp(self):
        super().setUp()
        self.v2 = self.image("v2", "--version", "2.0.0", "--size", "300K").read_bytes()
        self.v3 = self.image("v3", "--version", "3.0.0", "--size", "300K").read_bytes()

    def pull(self, url, *options, **more):
        return self.device("--pull", url, *options, **more)

    def runs(self, device, version):
        device.wait("boot", version=version)
        device.wait("confirm")


class Plain(Pulls):
    def test_fetches_comes_to_rest_and_takes_what_is_new(self):
        server = FileServer(self, self.v2)
        device = self.pull(server.url, OPEN, "--pull-every", 1)
        update = device.wait("update")
        self.assertEqual((update["result"], update["scheme"], update["trust"]), ("ok", "http", "unsigned"))
        self.runs(device, "2.0.0")
        sent = server.sent
        self.assertEqual(sent, len(self.v2), "nothing was sent twice")
        for _ in range(3):
            device.wait("pulled", result="unchanged")
        self.assertEqual(server.sent, sent, "and nothing is sent for nothing new")
        self.assertEqual(server.asked("If-None-Match")[-3:], ['"v1"'] * 3)
        server.replace(self.v3)
        self.runs(device, "3.0.0")
        device.wait("pulled", result="unchanged")
        device.stop()
        again = self.pull(server.url, OPEN)  # a power cycle
        self.assertEqual(again.wait("pulled")["result"], "unchanged", "it knows what it runs")
        self.assertGreater(again.events[-1]["next"], 2800)

    def test_a_rolled_back_image_costs_one_sector(self):
        server = FileServer(self, self.v2)
        device = self.pull(server.url, OPEN, "--app", "crash", "--pull-every", 1)
        device.wait("rollback")
        sent = server.sent
        self.assertEqual(device.wait("pulled", result="failed")["code"], "known_bad")
        self.assertLessEqual(server.sent - sent, 2 * 4096)

    def test_without_ranges_or_length(self):
        for name, server in (("no ranges", FileServer(self, self.v2, ranges=False)),
                             ("no length", FileServer(self, self.v2, spoil=lambda h: give(h, self.v2, length=None) or True))):
            with self.subTest(name):
                device = self.pull(server.url, OPEN, state=name.replace(" ", "-"))
                self.runs(device, "2.0.0")
                device.kill()

    def test_query_header_token_and_login(self):
        token, password = self.dir / "token", self.dir / "password"
        for file, text in ((token, "t0ken-of-the-device\n"), (password, "pa55-of-the-device\n")):
            file.write_text(text)
            file.chmod(0o600)
        login = "Basic " + base64.b64encode(b"me:pa55-of-the-device").decode()
        rows = [(("--bearer-file", token), {}, "Bearer t0ken-of-the-device"),
                ((), {"UPDRAFT_BEARER": "t0ken-in-a-variable"}, "Bearer t0ken-in-a-variable"),
                (("--pull-user", "me", "--pull-password-file", password), {}, login)]
        for number, (options, variables, said) in enumerate(rows):
            with self.subTest(said.split()[0]), unittest.mock.patch.dict("os.environ", variables):
                server = FileServer(self, self.v2)
                device = self.pull(server.url + "?chip=esp32c3", OPEN, *options, "--header", "X-Device: kitchen",
                                   state=f"d{number}")
                self.runs(device, "2.0.0")
                self.assertEqual(server.asked("Authorization")[0], said)
                self.assertEqual(server.asked("X-Device")[0], "kitchen")
                device.kill()
                self.assertNotIn(said.split()[1], device.said)

    def test_a_redirect_does_not_carry_the_token_away(self):
        token = self.dir / "token"
        token.write_text("t0ken-of-the-device")
        token.chmod(0o600)
        there = FileServer(self, self.v2)
        here = FileServer(self, b"", spoil=lambda h: redirect(h, there.url) or True)
        device = self.pull(here.url, OPEN, "--bearer-file", token)
        self.runs(device, "2.0.0")
        self.assertEqual(here.asked("Authorization")[0], "Bearer t0ken-of-the-device")
        self.assertEqual(set(there.asked("Authorization")), {None})

    def test_options_that_make_no_sense(self):
        state = ("device", "--state", self.dir / "no")
        for options, words in (
                (("--pull", "https://h/a"), "whom does the device trust"),
                (("--pull", "https://h", "--system-ca"), "name the file as well"),
                (("--pull", "https://me:secret@h/a", "--system-ca"), "holds no login"),
                (("--pull", "https://h/a", "--ca", __file__), "no certificate in PEM form"),
                (("--pull", "https://h/a", "--fingerprint", "ab"), "64 hex digits"),
                (("--pull", "http://h/a", "--trust-server"), "option of https"),
                (("--raw", 0, "--pull-every", 5), "--pull fetches by it"),
                (("--pull", "http://h/a", "--header", "X: a\r\nY: b"), "want a field"),
                (("--pull", "http://h/a", "--header", "no colon"), "want a field"),
                (("--pull", "http://h/a", "--pull-user", "me"), "needs a password"),
                (("--pull", "http://h/a", "--pull-password-file", "x"), "says whose")):
            with self.subTest(words):
                done = updraft(*state, *options, check=False)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(words, done.stderr)
        self.assertFalse((self.dir / "no").exists())
        done = updraft(*state, "--pull", 'http://127.0.0.1/a"b', check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no URL of a web server", done.stderr)


class Secure(Pulls):
    def setUp(self):
        super().setUp()
        self.ca = PrivateCa(self.dir)

    def fails(self, server, *options, state):
        device = self.pull(server.url, "--allow-unsigned=https", *options, state=state)
        got = device.wait("pulled")
        self.assertEqual((got["result"], got["code"]), ("failed", "auth_failed"))
        self.assertIn("certificate is not trusted", got["message"])
        self.assertEqual(server.requests, [], "nothing was said to it")
        device.kill()

    def test_only_a_server_with_the_right_certificate(self):
        server = FileServer(self, self.v2, self.ca.tls())
        other = FileServer(self, self.v2, self.ca.tls("DNS:other.test"))
        (self.dir / "stranger").mkdir()
        stranger = PrivateCa(self.dir / "stranger")
        self.fails(server, "--ca", stranger.cert, state="another-ca")
        self.fails(server, "--system-ca", state="system")
        self.fails(server, "--fingerprint", "ab" * 32, state="fingerprint")
        self.fails(other, "--ca", self.ca.cert, state="name")
        device = self.pull(server.url, "--allow-unsigned=https", "--ca", self.ca.cert)
        self.assertEqual(device.wait("update")["scheme"], "https")
        self.runs(device, "2.0.0")

    def test_a_certificate_by_itself_or_by_its_fingerprint(self):
        server = FileServer(self, self.v2, self.ca.tls())
        leaf = self.dir / "server.pem"
        shown = subprocess.run(["openssl", "x509", "-in", leaf, "-noout", "-fingerprint", "-sha256"],
                               check=True, capture_output=True, text=True).stdout
        for state, options in (("leaf", ("--ca", leaf)), ("print", ("--fingerprint", shown.split("=")[1].strip()))):
            device = self.pull(server.url, "--allow-unsigned=https", *options, state=state)
            self.runs(device, "2.0.0")
            device.kill()

    def test_a_certificate_is_no_signature_unless_the_product_says_so(self):
        server = FileServer(self, self.v2, self.ca.tls())
        trusts = ("--ca", self.ca.cert)
        device = self.pull(server.url, *trusts)
        self.assertEqual(device.wait("update")["code"], "unsigned")
        self.assertEqual(server.sent, 4096)
        device.kill()
        device = self.pull(server.url, *trusts, "--trust-server", state="trusting")
        self.assertEqual(device.wait("update")["trust"], "sender")
        self.runs(device, "2.0.0")
        device.kill()
        away = FileServer(self, b"", self.ca.tls(), spoil=lambda h: redirect(h, server.url) or True)
        device = self.pull(away.url, *trusts, "--trust-server", state="away")
        self.assertEqual(device.wait("update")["code"], "unsigned", "another server than the one that is trusted")


def cut(handler, body, after):
    give(handler, body, cut=after)


class Hostile(Pulls):
    """Each has its code, and the old image runs."""

    def spoiled(self, first=None, rest=None):
        """One whose first answer, or those after it, are spoiled."""
        def spoil(handler):
            is_first = handler.headers.get("Range") == "bytes=0-4095"
            what = first if is_first else rest
            return bool(what) and (what(handler) or True)
        return FileServer(self, self.v2, spoil=spoil)

    def part(self, handler, first, last, total, body=None, more=()):
        give(handler, self.v2[first:last + 1] if body is None else body, status=206,
             headers=[("ETag", '"v1"'), ("Content-Range", f"bytes {first}-{last}/{total}"), *more])

    def test_each_has_its_code(self):
        size = len(self.v2)
        rows = {
            "404": (self.spoiled(lambda h: give(h, b"no", status=404)), "http_status", "answered with an error"),
            "500": (self.spoiled(lambda h: give(h, b"", status=500)), "http_status", "answered with an error"),
            "login": (self.spoiled(lambda h: give(h, b"", status=401)), "auth_failed", "wants to know who asks"),
            "empty": (self.spoiled(lambda h: give(h, b"")), "payload_missing", ""),
            "gzip": (self.spoiled(lambda h: give(h, self.v2, headers=[("Content-Encoding", "gzip")])), "protocol",
                     "packs the file"),
            "endless head": (self.spoiled(lambda h: give(h, self.v2, headers=[("X-A", "a" * 900)] * 100)), "protocol",
                             "its head is too long"),
            "no HTTP": (self.spoiled(lambda h: h.wfile.write(b"SSH-2.0-me\r\n")), "protocol", "breaks the rules"),
            "circles": (self.spoiled(lambda h: redirect(h, "/app.bin")), "http_status", "more than three times"),
            "cut at once": (self.spoiled(lambda h: None), "aborted", "cut off"),
            "cut": (self.spoiled(lambda h: cut(h, self.v2, 9)), "aborted", "cut off"),
            "wrong range": (self.spoiled(rest=lambda h: self.part(h, 8192, size - 1, size)), "protocol",
                            "other bytes of the file"),
            "wrong total": (self.spoiled(rest=lambda h: self.part(h, 4096, size - 1, size + 1)),
                            "size_mismatch", "changed while"),
            "gzip later": (self.spoiled(rest=lambda h: self.part(h, 4096, size - 1, size,
                                                                 more=[("Content-Encoding", "gzip")])),
                           "protocol", "packs the file"),
            "another file": (self.spoiled(rest=lambda h: give(h, self.v3, headers=[("ETag", '"v9"')], cut=5000)),
                             "size_mismatch", "changed while"),
            "web page": (self.spoiled(lambda h: give(h, b"<!doctype html>" * 999)), "not_an_image", "web page"),
        }
        devices = {name: self.pull(server.url, OPEN, state=name.replace(" ", "-"))
                   for name, (server, _, _) in rows.items()}
        for name, (_, code, words) in rows.items():
            with self.subTest(name):
                got = devices[name].wait("update")
                self.assertEqual(got["code"], code)
                self.assertIn(words, got["message"])
                devices[name].say("status")
                devices[name].wait("status", version="1.0.0")

    def test_https_does_not_lead_to_http(self):
        ca = PrivateCa(self.dir)
        plain = FileServer(self, self.v2)
        away = FileServer(self, b"", ca.tls(), spoil=lambda h: redirect(h, plain.url) or True)
        device = self.pull(away.url, "--allow-unsigned=https", "--ca", ca.cert)
        got = device.wait("update")
        self.assertEqual(got["code"], "http_status")
        self.assertIn("from https to http", got["message"])
        self.assertEqual(plain.requests, [])

    def test_the_whole_file_for_a_part_is_read_on(self):
        def spoil(handler):
            if handler.headers.get("Range") != "bytes=0-4095":
                give(handler, self.v2, headers=[("ETag", '"v1"')])
                return True
            return False
        device = self.pull(FileServer(self, self.v2, spoil=spoil).url, OPEN)
        self.runs(device, "2.0.0")
        self.assertEqual([e["result"] for e in device.events if e["event"] == "update"], ["ok"])


class Cut(Pulls):
    def test_a_server_that_goes_away_at_random_moments(self):
        """Nothing is sent twice: the device waits, and asks for the byte after the last one."""
        for number in sampled(range(8), 4):
            with self.subTest(number):
                after = random.randrange(5000, len(self.v2))
                server = FileServer(self, self.v2)
                taken = []

                def spoil(handler, server=server, after=after, taken=taken):
                    wanted = handler.headers.get("Range")
                    if wanted == "bytes=0-4095" or taken:
                        return False
                    taken.append(wanted)
                    first, last = 4096, len(self.v2) - 1
                    give(handler, self.v2[first:], cut=after - first, status=206,
                         headers=[("ETag", server.etag()), ("Content-Range", f"bytes {first}-{last}/{len(self.v2)}")])
                    return True

                server.spoil = spoil
                device = self.pull(server.url, OPEN, state=f"d{number}")
                self.runs(device, "2.0.0")
                self.assertEqual(server.asked("Range")[2], f"bytes={after}-{len(self.v2) - 1}")
                device.kill()

    def test_a_device_that_is_killed_at_random_moments(self):
        """At most the block that was not recorded yet is sent twice, and the first sector."""
        for number in sampled(range(8), 4):
            with self.subTest(number):
                server = FileServer(self, self.v2, pause=0.005)
                device = self.pull(server.url, OPEN, state=f"d{number}")
                at = random.randrange(8192, len(self.v2) - 8192)
                until(lambda server=server, at=at: server.sent >= at, "so much is sent")
                device.kill()
                until(lambda server=server: server.settled(), "what was on its way is lost")
                before, server.pause = server.sent, 0
                device = self.pull(server.url, OPEN, state=f"d{number}")
                self.runs(device, "2.0.0")
                twice = server.sent + at - before - len(self.v2)
                self.assertLessEqual(server.sent - before, len(self.v2) - at + 2 * 65536 + 4096, twice)
                device.kill()


if __name__ == "__main__":
    unittest.main()
