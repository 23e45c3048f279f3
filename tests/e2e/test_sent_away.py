"""A device whose places are all taken sends a push away before it has heard a byte: the push tries again by itself."""
import json
import os
import socket
import threading
import unittest

from harness import PATIENCE, Case, updraft

PASSWORD = "hunter2"
AWAY = 3  # connections, before one is let in


class Crowded:
    """In front of a device's port: ends the first connections as soon as they are there, then passes everything on."""

    def __init__(self, port):
        self.port, self.connects = port, 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self):
        self._listener.close()

    def _run(self):
        while True:
            try:
                peer = self._listener.accept()[0]
            except OSError:
                return
            self.connects += 1
            if self.connects <= AWAY:
                peer.close()
                continue
            threading.Thread(target=self._let_in, args=(peer,), daemon=True).start()

    def _let_in(self, peer):
        with peer, socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as device:
            back = threading.Thread(target=self._pass_on, args=(device, peer), daemon=True)
            back.start()
            self._pass_on(peer, device)
            back.join()

    @staticmethod
    def _pass_on(one, other):
        try:
            while part := one.recv(65536):
                other.sendall(part)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other direction has ended both


class SentAway(Case):
    def setUp(self):
        super().setUp()
        self.source = self.dir / "src"
        self.source.mkdir()
        (self.source / "main.py").write_bytes(b"new")

    def push(self, scheme, file, *options):
        device = self.device("--bundle", 0, "--password", PASSWORD, "--http", 0, "--allow-unsigned=ws", state=scheme)
        crowded = Crowded(device.port(scheme))
        self.addCleanup(crowded.close)
        done = updraft("push", file, f"{scheme}://{crowded.address}", "--json", *options, check=False,
                       env={**os.environ, "UPDRAFT_PASSWORD": PASSWORD})
        return device, crowded, done

    def expect_installed(self, device, crowded, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertGreater(crowded.connects, AWAY)
        self.assertEqual(device.wait("update")["result"], "ok")

    def test_a_bundle_tries_again(self):
        self.expect_installed(*self.push("bundle", self.source, "--wait", 20))

    def test_so_does_a_push_by_ws(self):
        self.expect_installed(*self.push("ws", self.image("v2", "--version", "2.0.0"), "--restart", "--wait", 20))

    def test_not_for_ever(self):
        _, crowded, done = self.push("bundle", self.source, "--wait", 0)
        self.assertEqual((done.returncode, json.loads(done.stdout.splitlines()[-1])["code"]), (3, "aborted"), done.stderr)
        self.assertEqual(crowded.connects, 1)


if __name__ == "__main__":
    unittest.main()
