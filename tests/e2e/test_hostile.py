"""Servers, devices and files that never end: each command gives up at a limit, with little memory."""
import base64
import contextlib
import functools
import hashlib
import itertools
import json
import os
import pathlib
import pty
import re
import select
import socket
import subprocess
import threading
import time
import tty
import unittest

from harness import PATIENCE, UPDRAFT, Case
from web_server import Server, give

os.environ.setdefault("ASAN_OPTIONS", "quarantine_size_mb=1:thread_local_quarantine_size_kb=64")  # what is freed is free
MORE_KIB = 64 * 1024  # what a command may ever hold beyond the program itself, but for a file that it reads whole
INPUTS = pathlib.Path(__file__).resolve().parents[3] / "shared" / "inputs"


def measured(*arguments, stdin=subprocess.DEVNULL):
    """Its exit status, standard error, and the most memory that it ever had, in KiB."""
    process = subprocess.Popen([UPDRAFT, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               stdin=stdin)
    killer = threading.Timer(PATIENCE, process.kill)
    killer.start()
    out, err = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    killer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    process.stderr.close()
    return process.returncode, (out + err).decode(), usage.ru_maxrss


@functools.cache
def most_kib():
    return measured("--version")[2] + MORE_KIB  # the program itself is large under a sanitizer


class Flood(threading.Thread):
    """Answers every connection with `head` and then `piece` without end."""

    def __init__(self, case, head, piece):
        super().__init__(daemon=True)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port, self.head, self.piece = self.server.getsockname()[1], head, piece
        case.addCleanup(self.server.close)
        self.start()

    def run(self):
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.flood, args=(peer,), daemon=True).start()

    def flood(self, peer):
        with peer, contextlib.suppress(OSError):
            peer.recv(65536)
            peer.sendall(self.head)
            while True:
                peer.sendall(self.piece)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
MANY = 1 << 16
FLOODS = {
    "a chunk extension": (CHUNKED + b"5;", b"a=b;" * MANY),
    "trailers": (CHUNKED + b"5\r\nhello\r\n0\r\n", b"X-More: yes\r\n" * MANY),
    "one trailer": (CHUNKED + b"5\r\nhello\r\n0\r\nX-More: ", b"yes " * MANY),
    "a head": (b"HTTP/1.1 200 OK\r\n", b"X-More: yes\r\n" * MANY),
    "heads": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * MANY),
    "a field": (b"HTTP/1.1 200 OK\r\nX-More: ", b"yes " * MANY),
    "a status line": (b"HTTP/1.1 200 ", b"OK " * MANY),
    "a body": (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", b"hello" * MANY),
    "chunks of nothing": (CHUNKED, b"1;aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nx\r\n" * MANY),
}


class Endless(Case):
    def expect_given_up(self, *arguments):
        status, said, kib = measured(*arguments)
        self.assertIn(status, (1, 3), said)
        self.assertLess(kib, most_kib(), said)

    def test_answers_of_a_device(self):
        file = self.image("v2")
        for name, flood in FLOODS.items():
            with self.subTest(name):
                port = Flood(self, *flood).port
                self.expect_given_up("push", file, f"ws://127.0.0.1:{port}")
                self.expect_given_up("confirm", f"ws://127.0.0.1:{port}")

    def test_answers_of_a_web_server(self):
        for name, flood in FLOODS.items():
            if name == "a body":
                continue  # a length is a length: what follows is not read
            with self.subTest(name):
                self.expect_given_up("push", f"http://127.0.0.1:{Flood(self, *flood).port}/a",
                                     "control:/nowhere", "--json")

    def test_words_of_a_raw_device(self):
        file = self.image("v2")
        self.expect_given_up("push", file, f"raw://127.0.0.1:{Flood(self, b'', b'hello' * MANY).port}")


class LongHeads(Case):
    def test_of_a_redirect_are_followed(self):
        """What large sites answer with: more than 5 KB."""
        path = INPUTS / "http-redirect-long-head.txt"
        head = path.read_bytes() if path.exists() else (
            b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /ok?sig=" + b"s" * 900 + b"\r\n" +
            b"".join(b"X-Policy-%d: %s\r\n" % (i, b"p" * 1000) for i in range(5)) + b"\r\n")
        asked = []

        def answer(handler):
            asked.append(handler.path)
            if handler.path == "/app.bin":
                handler.wfile.write(head)
            else:
                give(handler, b"x" * 100)
        status, said, _ = measured("push", Server(self, answer).url, "raw://127.0.0.1:1", "--wait", 0)
        self.assertEqual(len(asked), 2, said)
        self.assertIn("did not answer", said)


class Files(Case):
    def test_that_are_none(self):
        loop = self.dir / "loop"
        loop.symlink_to(loop)
        for name in ("/dev/zero", loop, self.dir):
            for words in (("inspect", name), ("push", name, "raw://127.0.0.1:1"), ("serve", name, "--raw", 0),
                          ("encrypt", name, "-o", self.dir / "o", "--aes-key", f"@{name}"),
                          ("image", "verify", name), ("delta", "make", name, name, "-o", self.dir / "o"),
                          ("key", "id", name), ("keyset", "show", name), ("suit", "tbs", name), ("suit", "verify", name, "--keyset", name)):
                with self.subTest(words):
                    status, said, kib = measured(*words)
                    self.assertEqual(status, 1 if name == "/dev/zero" else 2, said)  # the name is wrong, or what it holds
                    self.assertLess(kib, most_kib(), said)
                    self.assertNotIn("filesystem error", said)

    def test_a_pipe_is_read(self):
        image = self.image("v1")
        fifo = self.dir / "fifo"
        os.mkfifo(fifo)

        def write():
            time.sleep(0.3)
            with open(fifo, "wb") as pipe:
                pipe.write(image.read_bytes())
        threading.Thread(target=write, daemon=True).start()
        status, said, _ = measured("inspect", fifo, "--json")
        self.assertEqual((status, json.loads(said)["valid"]), (0, True))
        with open(image, "rb") as file:
            self.assertEqual(measured("inspect", "-", stdin=file)[0], 0)

    def test_an_endless_pipe_is_given_up_at_the_largest_flash(self):
        with subprocess.Popen(["cat", "/dev/zero"], stdout=subprocess.PIPE) as zeros:
            status, said, kib = measured("inspect", "-", stdin=zeros.stdout)
            zeros.kill()
        self.assertEqual(status, 1)
        self.assertIn("128 MiB", said)
        self.assertLess(kib, 320 * 1024)


class Claims(Case):
    """A patch of 111 bytes that makes 120 MiB of a base of 8: no device has a slot for it."""
    PATCH = bytes.fromhex(
        "55444c540200200000008000000080072daeb1f36095b44b5c4fb902a2d45300919e27920c96fa090d0a3e42f7ee8e778ca852a30a2905b2"
        "34000000fe34d431271004ccde32136e18b3105f7bd68516f6ff5cb61691980b4e841780e3e13527615dff9fdf6199739afc6238f38a84")

    def test_more_than_a_chip_can_map_are_refused(self):
        (self.dir / "base").write_bytes(bytes(8 << 20))
        (self.dir / "patch").write_bytes(self.PATCH)
        made = self.dir / "made"
        status, said, kib = measured("delta", "apply", self.dir / "base", self.dir / "patch", "-o", made)
        self.assertEqual(status, 1, said)
        self.assertIn("120.0 MiB needed, 16.0 MiB there", said)
        self.assertLess(kib, most_kib(), said)
        self.assertFalse(made.exists())
        status, said, kib = measured("inspect", self.dir / "patch", "--from", self.dir / "base")
        self.assertEqual(status, 1, said)
        self.assertLess(kib, most_kib(), said)

    def test_nobody_makes_such_a_patch(self):
        with open(self.dir / "new", "wb") as file:
            file.truncate((16 << 20) + 1)
        status, said, _ = measured("delta", "make", self.image("v1"), self.dir / "new", "-o", self.dir / "made")
        self.assertEqual(status, 1, said)
        self.assertIn("16.0 MiB", said)


class Drips(Case):
    """Devices whose every answer comes in time, and that would take hours: push leaves them."""

    def expect_left(self, *arguments, words="stopped coming"):
        status, said, kib = measured("push", *arguments)
        self.assertEqual(status, 3, said)
        self.assertIn(words, said)
        self.assertLess(kib, most_kib(), said)

    def serve(self, answer, buffer=None):
        server = socket.create_server(("127.0.0.1", 0))
        if buffer:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.addCleanup(server.close)

        def run():
            with contextlib.suppress(OSError):
                while True:
                    peer, _ = server.accept()
                    threading.Thread(target=talk, args=(peer,), daemon=True).start()

        def talk(peer):
            with peer, contextlib.suppress(OSError):
                answer(peer)
        threading.Thread(target=run, daemon=True).start()
        return server.getsockname()[1]

    def test_ws_that_asks_for_a_byte_at_a_time(self):
        def answer(peer):
            head = peer.recv(65536)
            if b"Upgrade" not in head and b"upgrade" not in head:
                return peer.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            key = re.search(rb"(?i)sec-websocket-key: *(\S+)", head).group(1)
            accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
            peer.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                         b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")

            def say(text):
                peer.sendall(bytes([0x81, len(text)]) + text)
            peer.recv(65536)  # otaSize
            say(b'{"name":"otaSetChunkSize","value":1}')
            for offset in itertools.count():
                say(b'{"name":"otaGetChunk","value":%d}' % offset)
                peer.recv(65536)
                time.sleep(0.2)
        self.expect_left(self.image("v2"), f"ws://127.0.0.1:{self.serve(answer)}")

    def test_bundle_that_says_a_letter_at_a_time(self):
        def answer(peer):
            for letter in b"cf0e5890":
                time.sleep(3)
                peer.sendall(bytes([letter]))
        self.dir.joinpath("src").mkdir()
        self.dir.joinpath("src", "main.py").write_text("main")
        self.expect_left(self.dir / "src", f"bundle://127.0.0.1:{self.serve(answer)}", "--password", "p")


    def test_raw_that_takes_a_few_bytes_a_second(self):
        def answer(peer):
            while peer.recv(64):
                time.sleep(0.5)
        port = self.serve(answer, buffer=4096)
        self.expect_left(self.image("v2", "--size", "2M"), f"raw://127.0.0.1:{port}")

    def test_control_that_says_an_answer_a_byte_at_a_time(self):
        link = self.dir / "esps0"
        self.device("--control", link, "--allow-unsigned").wait("listening", scheme="control")
        line = DrippingLine(self, link, after=5000)
        self.expect_left(self.image("v2"), f"control:{line.path}", words="did not answer to write in time")


class DrippingLine(threading.Thread):
    """A serial line to a real device, whose words come a byte a second once it has heard so many."""

    def __init__(self, case, link, after):
        super().__init__(daemon=True)
        self.device = os.open(link, os.O_RDWR | os.O_NOCTTY)
        self.host, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.path, self.after = os.ttyname(self.slave), after
        self.ended = threading.Event()
        case.addCleanup(self.end)
        self.start()

    def run(self):
        waiting = b""
        while not self.ended.wait(1 if waiting else 0):
            for ready in select.select([self.device, self.host], [], [], 0.1)[0]:
                data = os.read(ready, 4096)
                if ready == self.host:
                    os.write(self.device, data)
                    self.after -= len(data)
                else:
                    waiting += data
            now, waiting = (waiting, b"") if self.after > 0 else (waiting[:1], waiting[1:])
            os.write(self.host, now)

    def end(self):
        self.ended.set()
        self.join()
        for fd in (self.device, self.host, self.slave):
            os.close(fd)


class Links(Case):
    def test_in_a_bundle(self):
        folder = self.dir / "src"
        folder.mkdir()
        (folder / "main.py").write_text("main")
        (self.dir / "secret").write_text("secret")
        (folder / "away").symlink_to(self.dir / "secret")
        (folder / "loop").symlink_to(folder / "loop")
        (folder / "again.py").symlink_to("main.py")
        (folder / "up").symlink_to(folder)
        gone = ("bundle://127.0.0.1:1", "--password", "p", "--wait", 0)
        for more, left_out in (((), {"away", "loop", "again.py", "up"}), (("--follow-links",), {"away", "loop", "up"})):
            status, said, _ = measured("push", folder, *gone, "--json", *more)
            self.assertEqual(status, 3, said)
            self.assertEqual({line.split()[2] for line in said.splitlines() if "symbolic link" in line}, left_out)
            event = next(json.loads(line) for line in said.splitlines() if line.startswith("{"))
            self.assertEqual(event["files"], 5 - len(left_out))


if __name__ == "__main__":
    unittest.main()
