"""What `updraft push raw://` says, against peers of every kind: all of it must be true."""
import json
import socket
import threading
import time
import unittest

from harness import PATIENCE, Case, inspect, updraft

OPEN = ("--raw", 0, "--allow-unsigned")


class Peer(threading.Thread):
    """Listens on a port and does with each connection what `meet` does."""

    def __init__(self, case, meet, buffer=None):
        super().__init__(daemon=True)
        self.server = socket.socket()
        if buffer:
            self.server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.server.bind(("127.0.0.1", 0))
        self.server.listen(4)
        self.port, self.meet = self.server.getsockname()[1], meet
        case.addCleanup(self.server.close)
        self.start()

    def run(self):
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            with peer:
                try:
                    self.meet(peer)
                except OSError:
                    pass


def drain(peer):
    while peer.recv(65536):
        pass


class RawCase(Case):
    def push(self, port, file, *arguments, check=False):
        done = updraft("push", file, f"raw://127.0.0.1:{port}", "--json", *arguments, check=check)
        return done, [json.loads(line) for line in done.stdout.splitlines()]


class Told(RawCase):
    def test_taken_is_not_ok(self):
        file = self.image("v2", "--version", "2.0.0")
        done, events = self.push(Peer(self, drain).port, file)
        self.assertEqual((done.returncode, events[-1]["result"]), (0, "sent"))
        self.assertEqual(events[-1]["sent"], file.stat().st_size)
        said = updraft("push", file, f"raw://127.0.0.1:{Peer(self, drain).port}").stdout
        self.assertIn("taken", said)
        self.assertIn("cannot tell more", said)

    def test_a_peer_that_speaks_is_no_raw_device(self):
        def ssh(peer):
            peer.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
            drain(peer)

        def web(peer):
            peer.recv(1)
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            drain(peer)

        def late(peer):
            drain(peer)
            peer.sendall(b"no")

        def rude(peer):
            peer.sendall(b"\x1b[2J\xff\n")
            drain(peer)
        for meet, said in ((ssh, "SSH-2.0-OpenSSH_9.2"), (web, "HTTP/1.1 400 Bad Request"), (late, "no"),
                           (rude, "\\x1b[2J\\xff")):
            with self.subTest(said):
                done, events = self.push(Peer(self, meet).port, self.image("v2"))
                self.assertEqual((done.returncode, events[-1]["result"], events[-1]["code"]), (3, "failed", "protocol"))
                self.assertEqual(events[-1]["device_said"], said)
                self.assertIn(said, done.stderr)

    def test_a_peer_that_leaves_before_it_has_everything(self):
        def leaves(peer):
            peer.recv(288)
            time.sleep(0.3)  # what is sent meanwhile lies unread

        def ends_first(peer):
            peer.shutdown(socket.SHUT_WR)
            time.sleep(0.5)
        big = self.image("big", "--size", str(8 << 20))
        for meet in (leaves, ends_first):
            with self.subTest(meet.__name__):
                done, events = self.push(Peer(self, meet, buffer=4096).port, big)
                self.assertEqual((done.returncode, events[-1]["code"]), (3, "aborted"))


class Progress(RawCase):
    def test_is_what_the_device_has(self):
        """A device that stops reading: what is shown is no more than it read and its window holds."""
        window, size = 16384, 1 << 20
        read, halt = 65536, threading.Event()

        def stops(peer):
            got = 0
            while got < read:
                got += len(peer.recv(min(4096, read - got)))
            halt.wait(PATIENCE)
        self.addCleanup(halt.set)
        threading.Timer(3, halt.set).start()
        peer = Peer(self, stops, buffer=window)
        _, events = self.push(peer.port, self.image("big", "--size", str(size)))
        shown = max(e["sent"] for e in events if e["event"] == "progress")
        self.assertLess(shown, read + 4 * window)  # the system doubles what it was asked for


class Witness(RawCase):
    def start(self, *arguments):
        device = self.device("--http", 0, *OPEN, *arguments)
        ports = {}
        for _ in range(2):
            got = device.wait("listening")
            ports[got["scheme"]] = got["port"]
        return device, ports["raw"], f"ws://127.0.0.1:{ports['ws']}"

    def test_says_what_runs(self):
        _, port, page = self.start()
        file = self.image("v2", "--version", "2.0.0")
        done, events = self.push(port, file, "--confirm-at", page)
        self.assertEqual((done.returncode, events[-1]["result"], events[-1]["version"], events[-1]["state"]),
                         (0, "ok", "2.0.0", "valid"), done.stderr)
        self.assertEqual(events[-1]["digest"], inspect(file)["digest"][:16])

    def test_says_why_not(self):
        _, port, page = self.start()
        file = self.image("s3", "--chip", "esp32s3")
        for _ in range(2):  # also if the reason is the same as before
            done, events = self.push(port, file, "--confirm-at", page)
            self.assertEqual((done.returncode, events[-1]["result"], events[-1]["code"]),
                             (1, "refused", "wrong_chip"), done.stderr)

    def test_says_that_it_went_back(self):
        _, port, page = self.start()
        file = self.image("bad", "--version", "6.6.6", "--app", "crash")
        done, events = self.push(port, file, "--confirm-at", page)
        self.assertEqual((done.returncode, events[-1]["code"], events[-1]["version"]), (3, "rolled_back", "1.0.0"))

    def test_is_asked_before_anything_is_sent(self):
        _, port, page = self.start()
        done, events = self.push(port, self.image("v2"), "--confirm-at", "ws://127.0.0.1:1", "--wait", 0)
        self.assertEqual((done.returncode, events[-1]["code"]), (3, "unreachable"))
        for wrong in ("wss://127.0.0.1", "raw://127.0.0.1", "nonsense"):
            self.assertEqual(self.push(port, self.image("v2"), "--confirm-at", wrong)[0].returncode, 2)


if __name__ == "__main__":
    unittest.main()
