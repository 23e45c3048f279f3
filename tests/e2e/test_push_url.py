"""Firmware from a web server to every target: TLS, redirects, no length, and servers that go wrong."""
import json
import unittest

from control_case import Control
from harness import updraft
from web_server import PrivateCa, Server, give, redirect


def chunked(handler, body, end=b"0\r\n\r\n"):
    handler.protocol_version = "HTTP/1.1"
    handler.close_connection = True
    give(handler, b"%x\r\n%s\r\n%s" % (len(body), body, end), length=None,
         headers=[("Transfer-Encoding", "chunked")])


def endless(handler):
    give(handler, b"\xe9", length=None)
    while True:
        handler.wfile.write(bytes(1 << 20))


class FromUrl(Control):
    def setUp(self):
        super().setUp()
        self.v2 = self.image("v2", "--version", "2.0.0", "--size", "200K").read_bytes()

    def a_device(self, state="device"):
        """One with every door that takes a push of a file."""
        device = self.coprocessor("--raw", 0, "--http", 0, "--allow-unsigned", state=state)
        ports = {e["scheme"]: e["port"] for e in device.events if e.get("port")}
        while len(ports) < 2:
            event = device.wait("listening")
            ports[event["scheme"]] = event["port"]
        self.targets = {"control": f"control:{self.link}", "raw": f"raw://127.0.0.1:{ports['raw']}",
                        "ws": f"ws://127.0.0.1:{ports['ws']}"}
        return device

    def to(self, target, url, *options, status=0):
        done = updraft("push", url, self.targets[target], *options, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def expect_untouched(self, device):
        device.say("status")
        device.wait("status", version="1.0.0")
        self.assertEqual([e for e in device.events if e["event"] == "update" and e["result"] == "ok"], [])


class Brings(FromUrl):
    """To each target in another way, which the targets have in common."""

    def test_without_a_length_after_three_redirects(self):
        device = self.a_device()
        paths = []

        def answer(handler):
            paths.append(handler.path)
            if handler.path == "/3":
                return give(handler, self.v2, length=None)
            redirect(handler, f"/{int(handler.path[1:]) + 1}")

        server = Server(self, answer)
        self.to("control", f"http://{server.host}/0")
        self.assertEqual(paths, ["/0", "/1", "/2", "/3"])
        device.wait("update", result="ok", version="2.0.0", scheme="control")

    def test_in_chunks_to_raw_and_with_a_length(self):
        for state, answer in (("a", lambda h: chunked(h, self.v2)), ("b", lambda h: give(h, self.v2))):
            device = self.a_device(state)
            self.to("raw", Server(self, answer).url)
            device.wait("update", result="ok", version="2.0.0", scheme="raw")
            device.kill()

    def test_over_tls_to_ws_and_who_is_not_trusted_gives_nothing(self):
        device = self.a_device()
        ca = PrivateCa(self.dir)
        server = Server(self, lambda handler: give(handler, self.v2), ca.tls())
        other = Server(self, lambda handler: give(handler, self.v2), ca.tls("DNS:other.test"))
        plain = Server(self, lambda handler: give(handler, self.v2))
        away = Server(self, lambda handler: redirect(handler, plain.url), ca.tls())
        rows = [(server, [], "name its issuer with --cafile"), (other, ["--cafile", ca.cert], "127.0.0.1"),
                (away, ["--cafile", ca.cert], "https may only lead to https")]
        for target in self.targets:
            for from_whom, options, words in rows:
                with self.subTest(target + " " + words):
                    self.assertIn(words, self.to(target, from_whom.url, *options, status=3).stderr)
        self.expect_untouched(device)
        self.to("ws", server.url, "--cafile", ca.cert, "--restart")
        device.wait("update", result="ok", version="2.0.0", scheme="ws")
        device.wait("confirm")
        self.to("ws", other.url, "--insecure-url")


class GoesWrong(FromUrl):
    """The result says what went wrong, in words for people, and no device's flash is touched."""

    def test_for_every_target(self):
        device = self.a_device()
        half = self.v2[:100000]
        rows = [
            (lambda h: give(h, b"no", status=404), 3, "http_status", "404 (not found)"),
            (lambda h: give(h, b"", status=500), 3, "http_status", "500"),
            (lambda h: give(h, b"", status=204, length=None), 3, "http_status", "204"),
            (lambda h: redirect(h, "/again"), 3, "protocol", "more than 3 redirects"),
            (lambda h: redirect(h, "ftp://127.0.0.1/a"), 3, "protocol", "must not come from"),
            (lambda h: give(h, b""), 3, "payload_missing", "is empty"),
            (lambda h: give(h, self.v2, headers=[("Content-Encoding", "gzip")]), 3, "protocol",
             "packed for browsers"),
            (lambda h: give(h, self.v2, headers=[("X-A", "a" * 9000)] * 8), 3, "protocol", "too long"),
            (lambda h: give(h, self.v2, cut=100000), 3, "size_mismatch", "stopped in the middle"),
            (lambda h: chunked(h, half, end=b""), 3, "size_mismatch", "stopped in the middle"),
            (lambda h: give(h, self.v2, length=(128 << 20) + 1), 1, "too_big", "larger than any flash"),
            (lambda h: h.wfile.write(b"SSH-2.0-me\r\n"), 3, "protocol", ""),
            (lambda h: None, 3, "protocol", ""),
        ]
        for answer, status, code, words in rows:
            server = Server(self, answer)
            url = server.url.replace("http://", "http://me:secret@")
            for target in self.targets:
                with self.subTest(f"{target} {code} {words}"):
                    self.expect(self.to(target, url, "--json", status=status), code, words)
        for target in self.targets:
            self.expect(self.to(target, "http://127.0.0.1:1/a", "--json", status=3), "unreachable", "")
        self.expect_untouched(device)
        self.expect_old_firmware_and_a_good_next_try(device)

    def expect(self, done, code, words):
        results = [json.loads(line) for line in done.stdout.splitlines() if '"result"' in line]
        self.assertEqual([result["code"] for result in results], [code], done.stdout)
        self.assertIn(words, done.stderr)
        self.assertIn(words, results[0]["message"])
        self.assertNotIn("secret", done.stdout + done.stderr)

    def test_a_body_that_never_ends_is_given_up_at_the_limit(self):
        device = self.a_device()
        server = Server(self, endless)
        self.expect(self.to("ws", server.url, "--json", status=1), "too_big", "128 MiB")
        self.to("control", server.url, status=1)
        # A raw device reads a while for a sender that it refused, and then closes: a slow one sees that first.
        self.assertIn(updraft("push", server.url, self.targets["raw"], check=False).returncode, (1, 3))
        self.expect_untouched(device)

    def test_a_body_without_a_length_that_stops_is_seen_by_the_device(self):
        device = self.a_device()
        server = Server(self, lambda handler: give(handler, self.v2, length=None, cut=100000))
        self.to("control", server.url, status=1)
        self.assertEqual(device.wait("update")["result"], "failed")
        self.to("ws", server.url, status=3)
        self.expect_untouched(device)

    def test_a_page_for_people_is_no_firmware(self):
        device = self.a_device()
        server = Server(self, lambda handler: give(handler, b"<!doctype html>" * 1000))
        done = self.to("control", server.url, status=1)
        self.assertIn("web page", device.wait("update", code="not_an_image")["message"])
        self.assertIn("its console tells why", done.stderr)


if __name__ == "__main__":
    unittest.main()
