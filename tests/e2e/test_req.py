"""Package requests from outside: our two ends together, and each with the other end as it was."""
import json
import socket
import subprocess
import threading
import unittest

from harness import PATIENCE, UPDRAFT, Case, inspect, send, updraft

NEXT, AGAIN = b"req0\r\n\r\n", b"req1\r\n\r\n"
OPEN = "--allow-unsigned=req"


class Serve:
    """A running `updraft serve --json`."""

    def __init__(self, case, *arguments):
        self.process = subprocess.Popen([UPDRAFT, "serve", *map(str, arguments), "--json"],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        case.addCleanup(self.stop)

    def stop(self):
        self.process.kill()
        self.process.communicate()

    def wait(self, event, **members):
        for line in self.process.stdout:
            got = json.loads(line)
            if got["event"] == event and all(got.get(k) == v for k, v in members.items()):
                return got
        raise AssertionError(f"serve ended, waiting for {event}")

    def port(self, scheme="req"):
        return self.wait("listening", scheme=scheme)["port"]


def original_client(port):
    """As the original: one recv is one package, whatever it holds; stops at the total."""
    image, total = b"", None
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as host:
        while total is None or len(image) < total:
            host.sendall(NEXT)
            block = host.recv(768)
            head, _, data = block.partition(b"\r\n\r\n")
            if total is None:
                total = int(head.split(b"total: ")[1].split(b"\r")[0])
            length = int(head.split(b"length: ")[1].split(b"\r")[0])
            image += data[:length].ljust(length, b"\0")
    return image


class OriginalServer:
    """As the original: exactly 8 bytes in one recv are a request; at the end it leaves the connection
    without closing it, and waits for the next client. Counts what was asked."""

    def __init__(self, case, image, spoil=None):
        self.image, self.spoil, self.requests = image, spoil or {}, []
        listener = socket.create_server(("127.0.0.1", 0), backlog=5)
        self.port = listener.getsockname()[1]
        self.sockets = [listener]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        case.addCleanup(self.stop)

    def run(self):
        try:
            while True:
                client, _ = self.sockets[0].accept()
                self.sockets.append(client)  # stays open
                self.serve(client)
        except OSError:
            pass  # stopped

    def stop(self):
        for peer in self.sockets:  # wakes the thread, which close() would not
            try:
                peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the other side was faster
        self.thread.join(PATIENCE)
        for peer in self.sockets:
            peer.close()

    def serve(self, client):
        sent, package = 0, b""
        while sent < len(self.image):
            request = client.recv(1024)
            if request == b"":
                return
            self.requests.append(request)
            if request == NEXT:
                data = self.image[sent:sent + 512]
                package = b"total: %d\r\nlength: %d\r\n\r\n" % (len(self.image), len(data)) + data
                sent += len(data)
            if request in (NEXT, AGAIN):
                spoil = self.spoil.pop(len(self.requests), None)
                client.sendall(spoil if spoil is not None else package)


class BothEnds(Case):
    def test_two_devices_pull_at_once(self):
        v2 = self.image("v2", "--version", "2.0.0", "--size", "300K")
        serve = Serve(self, v2, "--req", 0)
        url = f"req://127.0.0.1:{serve.port()}"
        devices = [self.device("--pull", url, OPEN, state=name) for name in ("one", "two")]
        for device in devices:
            self.assertEqual(device.wait("pulling")["from"], url)
            update = device.wait("update")
            self.assertEqual((update["result"], update["scheme"], update["trust"]),
                             ("ok", "req", "unsigned"))
            self.assertEqual(device.wait("boot")["version"], "2.0.0")
            device.wait("confirm")
            device.stop()
        for name in ("one", "two"):
            self.assertTrue(self.slot_bytes("ota_1", name).startswith(v2.read_bytes()))
        for _ in devices:
            self.assertEqual(serve.wait("result")["result"], "ok")

    def test_progress_on_both_sides(self):
        v2 = self.image("v2", "--version", "2.0.0", "--size", "300K")
        size = v2.stat().st_size
        serve = Serve(self, v2, "--req", 0)
        device = self.device("--pull", f"req://127.0.0.1:{serve.port()}", OPEN)
        self.assertEqual(device.wait("progress")["total"], size)
        self.assertEqual(serve.wait("progress", sent=size)["total"], size)

    def test_raw_and_req_from_one_server(self):
        v2 = self.image("v2", "--version", "2.0.0")
        serve = Serve(self, v2, "--raw", 0, "--req", 0)
        for scheme in ("raw", "req"):
            device = self.device("--pull", f"{scheme}://127.0.0.1:{serve.port(scheme)}",
                                 f"--allow-unsigned={scheme}", state=scheme)
            self.assertEqual(device.wait("update")["scheme"], scheme)

    def test_a_device_that_listens_and_pulls(self):
        v2, v3 = self.image("v2", "--version", "2.0.0"), self.image("v3", "--version", "3.0.0")
        serve = Serve(self, v2, "--req", 0)
        device = self.device("--pull", f"req://127.0.0.1:{serve.port()}", "--raw", 0,
                             "--allow-unsigned")
        device.wait("boot", version="2.0.0")
        port = device.port()
        device.wait("confirm")
        send(port, v3.read_bytes())
        device.wait("boot", version="3.0.0")


class OldClient(Case):
    def test_takes_one_recv_for_one_package(self):
        v2 = self.image("v2", "--version", "2.0.0", "--size", "100K")
        serve = Serve(self, v2, "--req", 0)
        port = serve.port()
        images = []
        threads = [threading.Thread(target=lambda: images.append(original_client(port)))
                   for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        self.assertEqual(images, [v2.read_bytes()] * 3)
        for _ in threads:
            self.assertEqual(serve.wait("result")["result"], "ok")

    def test_that_leaves_early_harms_nobody(self):
        v2 = self.image("v2", "--version", "2.0.0", "--size", "100K")
        serve = Serve(self, v2, "--req", 0)
        port = serve.port()
        with socket.create_connection(("127.0.0.1", port)) as early:
            early.sendall(NEXT)
            early.recv(768)
        self.assertEqual(serve.wait("result")["code"], "aborted")
        self.assertEqual(original_client(port), v2.read_bytes())

    def test_that_speaks_nonsense_is_closed(self):
        serve = Serve(self, self.image("v2"), "--req", 0)
        with socket.create_connection(("127.0.0.1", serve.port()), timeout=PATIENCE) as host:
            host.sendall(b"GET / HTTP/1.1\r\n\r\n")
            self.assertEqual(host.recv(100), b"")
        self.assertEqual(serve.wait("result")["code"], "protocol")


class OldServer(Case):
    def pull(self, server, *knobs):
        device = self.device("--firmware", self.image("v1", "--version", "1.0.0"),
                             "--pull", f"req://127.0.0.1:{server.port}", OPEN, *knobs)
        self.assertEqual(device.wait("boot")["version"], "1.0.0")
        return device

    def test_never_answers_after_the_last_package(self):
        v2 = self.image("v2", "--version", "2.0.0", "--size", "100K").read_bytes()
        server = OriginalServer(self, v2)
        device = self.pull(server)
        device.wait("update", result="ok")
        device.wait("boot", version="2.0.0")
        device.wait("confirm")
        self.assertEqual(server.requests, [NEXT] * -(-len(v2) // 512), "no farewell, none too many")

    def test_is_asked_again_for_a_broken_package(self):
        v2 = self.image("v2", "--version", "2.0.0", "--size", "20K").read_bytes()
        server = OriginalServer(self, v2, spoil={3: b"total: oops\r\n\r\n"})
        device = self.pull(server)
        device.wait("update", result="ok")
        self.assertEqual(server.requests.count(AGAIN), 1)

    def test_that_breaks_the_last_package_is_asked_from_the_first_one_on(self):
        v2 = self.image("v2", "--version", "2.0.0", "--size", "20K").read_bytes()
        last = -(-len(v2) // 512)
        server = OriginalServer(self, v2, spoil={last: b"total: oops\r\n\r\n"})
        device = self.pull(server)
        self.assertEqual(device.wait("update")["code"], "protocol")
        device.wait("update", result="ok")
        self.assertEqual(server.requests, [NEXT] * 2 * last)

    def test_that_brings_nothing_is_given_up(self):
        server = OriginalServer(self, b"x" * 600, spoil=dict.fromkeys(range(1, 20), b"oops\r\n\r\n"))
        device = self.pull(server)
        self.assertEqual(device.wait("pull_given_up")["attempts"], 5)
        self.assertEqual(server.requests, [NEXT] * 5)

    def test_of_a_file_that_is_no_image_is_asked_once(self):
        server = OriginalServer(self, b"<!doctype html>" * 100)
        device = self.pull(server)
        self.assertEqual(device.wait("update")["code"], "not_an_image")
        device.stop()
        self.assertEqual(server.requests, [NEXT])

    def test_of_a_file_above_the_slot_is_asked_once(self):
        server = OriginalServer(self, bytes(4 << 20))
        self.assertEqual(self.pull(server).wait("update")["code"], "too_big")
        self.assertEqual(server.requests, [NEXT])

    def test_needs_its_name_in_allow_unsigned(self):
        v2 = self.image("v2", "--version", "2.0.0").read_bytes()
        server = OriginalServer(self, v2)
        device = self.device("--pull", f"req://127.0.0.1:{server.port}")
        self.assertEqual(device.wait("update")["code"], "unsigned")

    def test_killed_device_starts_over(self):
        v2 = self.image("v2", "--version", "2.0.0", "--size", "100K").read_bytes()
        device = self.pull(OriginalServer(self, v2), "--cut-power-at", 100)
        device.process.wait(PATIENCE)
        device.end()
        again = self.pull(OriginalServer(self, v2))
        again.wait("update", result="ok")
        again.wait("boot", version="2.0.0")
        again.wait("confirm")
        again.stop()
        self.assertEqual(inspect(self.dir / "device")["boots"], "ota_1")


class Usage(Case):
    def refuse(self, *arguments, status=2):
        done = updraft(*arguments, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr

    def test_what_is_not_possible_says_what_is(self):
        image, state = self.image("v2"), self.dir / "device"
        self.assertIn("updraft serve", self.refuse("push", image, "req://127.0.0.1"))
        self.assertIn("--req", self.refuse("serve", image))
        self.assertIn("req://", self.refuse("push", image, "rec://127.0.0.1"))
        self.assertIn("not opened", self.refuse("device", "--state", state, "--raw", 0, OPEN))
        self.assertIn("AES", self.refuse("serve", image, "--req", 0, "--aes-key", "k"))
        self.assertIn("AES", self.refuse("device", "--state", state, "--aes-key", "k",
                                         "--pull", "req://127.0.0.1"))
        empty = self.dir / "empty"
        empty.touch()
        self.assertIn("empty", self.refuse("serve", empty, "--req", 0, status=1))


if __name__ == "__main__":
    unittest.main()
