"""Security row 7: whoever is on the way takes TLS off. What a URL says that begins with a secure scheme is never said in the clear,
neither by a sender nor by a device that fetches: a server that speaks no TLS hears a ClientHello, and an alert at most."""
import os
import socket
import threading
import unittest

from accepting import Accepting
from harness import PATIENCE, Case, updraft
from test_native import NativeCase
from test_signed_device import Signed

HANDSHAKE, ALERT = 0x16, 0x15
PLAIN_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class PlainServer(Accepting):
    """Speaks no TLS, and answers whatever is said as if there was no need for it. `heard`: of each connection, all of it."""

    def __init__(self, case, answer=PLAIN_ANSWER):
        self.answer, self.heard, self.over = answer, [], threading.Event()
        super().__init__(case)

    def serve(self, peer):
        with peer:
            peer.settimeout(PATIENCE)
            said = bytearray()
            self.heard.append(said)
            try:
                while part := peer.recv(65536):
                    if not said:
                        peer.sendall(self.answer)
                    said += part
            except OSError:
                pass  # it has gone
        self.over.set()


def records(data):
    """The types of the TLS records that it is made of."""
    at, found = 0, []
    while at < len(data):
        found.append(data[at])
        at += 5 + int.from_bytes(data[at + 3:at + 5], "big")
    assert at == len(data), "cut off, or no TLS"
    return found


class Stripped(Case):
    def expect_a_hello_alone(self, server):
        self.assertTrue(server.over.wait(PATIENCE), "somebody has called")
        for said in server.heard:
            if said:
                self.assertEqual([kind for kind in records(said) if kind != ALERT], [HANDSHAKE])

    def test_of_a_sender(self):
        file = self.image("v2", "--version", "2.0.0")
        password = {**os.environ, "UPDRAFT_PASSWORD": "correct horse"}
        for scheme in ("wss", "https", "forms", "elegants", "mqtts"):
            with self.subTest(scheme=scheme):
                server = PlainServer(self)
                path = "/topic" if scheme == "mqtts" else ""
                done = updraft("push", file, f"{scheme}://127.0.0.1:{server.port}{path}", "--wait", 0, check=False, env=password)
                self.assertNotEqual(done.returncode, 0, done.stdout)
                self.expect_a_hello_alone(server)

    def test_of_who_fetches_a_file_to_send_it(self):
        server = PlainServer(self)
        done = updraft("push", f"https://127.0.0.1:{server.port}/app.bin", "raw://127.0.0.1:1", "--wait", 0, check=False)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.expect_a_hello_alone(server)

    def test_of_a_device_that_fetches(self):
        token = self.dir / "token"
        token.write_text("t0ken-of-the-device\n")
        token.chmod(0o600)
        server = PlainServer(self)
        device = self.device("--pull", f"https://127.0.0.1:{server.port}/app.bin", "--system-ca", "--bearer-file", token)
        self.assertEqual(device.wait("pulled")["result"], "failed")
        device.kill()
        self.expect_a_hello_alone(server)

    def test_of_a_device_that_subscribes(self):
        server = PlainServer(self, answer=b"\x20\x02\x00\x00")  # a broker's "connected"
        password = self.dir / "password"
        password.write_text("pass-of-the-device\n")
        password.chmod(0o600)
        device = self.device("--mqtt", f"mqtts://127.0.0.1:{server.port}/ota", "--user", "me", "--password-file", password)
        self.expect_a_hello_alone(server)
        device.settle()
        self.assertNotIn("mqtts", [event.get("scheme") for event in device.events if event["event"] == "listening"])


class Listeners(Signed):
    """And a listener with TLS hears nothing that comes without."""

    def test_words_in_the_clear_come_to_nothing(self):
        package = self.signed("2.0.0", 2, size="64K")
        device = self.device("--https", 0, "--form", "--elegant", *self.trusts)
        port = device.port("https")
        before = self.slot_bytes("ota_1")
        for scheme in ("ws", "http", "form", "elegant"):
            with self.subTest(scheme=scheme):
                done = updraft("push", package, f"{scheme}://127.0.0.1:{port}", "--wait", 0, check=False)
                self.assertNotEqual(done.returncode, 0, done.stdout)
        device.settle()
        self.assertEqual(device.events[-1]["version"], "1.0.0")
        self.assertEqual(self.slot_bytes("ota_1"), before)
        updraft("push", package, f"https://127.0.0.1:{port}", "--insecure")
        self.confirmed(device, "2.0.0", 2)


class Native(NativeCase):
    """Where both would speak TLS, by what a pairing has agreed: an older version, or no key, is no way in. A plain server:
    test_native.py."""

    def test_an_older_tls_or_none_at_all(self):
        device = self.started_and_paired()
        for words in ((b"GET /updraft/v1/device HTTP/1.1\r\nHost: x\r\n\r\n"), b"\x16\x03\x01\x00\x05hello"):
            with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as peer:
                peer.sendall(words)
                peer.shutdown(socket.SHUT_WR)
                heard = b""
                while part := peer.recv(4096):
                    heard += part
            self.assertNotIn(b"HTTP/1.1", heard)
            self.assertNotIn(b'"v":1', heard)
        self.assertNotIn('"v":1', self.openssl("-no_tls1_3", "-tls1_2", said=b"GET /updraft/v1/device HTTP/1.1\r\n\r\n"))
        device.settle()
        self.assertEqual(device.events[-1]["version"], "1.0.0")


if __name__ == "__main__":
    unittest.main()
