"""The serial control path through the real program: the virtual co-processor on a pty, hosts that die and
devices that restart at every step, original hosts byte for byte, images from a web server."""
import contextlib
import http.server
import os
import socketserver
import ssl
import subprocess
import threading
import unittest

from control_host import OlderHost, OriginalHost, frame, request
from harness import PATIENCE, UPDRAFT, Case, updraft

OPEN = "--allow-unsigned=control"


class Control(Case):
    def coprocessor(self, *knobs, version="1.0.0", state="device"):
        self.link = self.dir / "esps0"
        device = self.device("--firmware", self.image("v1", "--version", version), "--control",
                             self.link, *knobs, state=state)
        device.wait("listening", scheme="control", address=str(self.link))
        return device

    def push(self, source, *options, status=0):
        done = updraft("push", source, f"control:{self.link}", *options, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def host(self, kind=OriginalHost):
        host = kind(self.link)
        self.addCleanup(lambda: getattr(host, "close", int)())
        return host

    def expect_old_firmware_and_a_good_next_try(self, device):
        v2 = self.image("next", "--version", "2.0.0", "--size", "50K")
        host = self.host()
        self.assertTrue(host.update(v2.read_bytes()))
        device.wait("update", result="ok", version="2.0.0")


class Push(Control):
    def test_brings_an_image_and_says_what_runs_then(self):
        device = self.coprocessor(OPEN)
        v2 = self.image("v2", "--version", "2.1.7", "--size", "300K")
        done = self.push(v2)
        self.assertIn("runs demo-2.1.7.0.0", done.stdout)
        device.wait("update", result="ok", version="2.1.7", scheme="control", trust="unsigned")
        device.wait("reboot", reason="update")
        device.wait("boot", version="2.1.7")
        device.wait("listening", address=str(self.link))
        device.wait("confirm")

    def test_refusals_have_status_1_and_a_way_to_the_reason(self):
        device = self.coprocessor()  # nothing unsigned
        done = self.push(self.image("v2", "--version", "2.0.0"), "--json", status=1)
        self.assertIn('"code":"not_wanted"', done.stdout)
        self.assertIn("said no to write", done.stderr)
        self.assertEqual(device.wait("update")["code"], "unsigned")

    def test_what_cannot_be_opened_says_why(self):
        self.link = self.dir / "none"
        image = self.image("v2")
        done = self.push(image, "--wait", 0, status=3)
        self.assertIn("No such file", done.stderr)
        self.link = image
        self.assertIn("cannot be opened", self.push(image, "--wait", 0, status=3).stderr)
        done = updraft("push", image, "control:", check=False)
        self.assertEqual(done.returncode, 2)

    def test_two_at_once_is_one_too_many(self):
        device = self.coprocessor(OPEN)
        stdin_push = subprocess.Popen([UPDRAFT, "push", "-", f"control:{self.link}"],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE)
        v2 = self.image("v2", "--version", "2.0.0", "--size", "50K")
        stdin_push.stdin.write(v2.read_bytes()[:20000])
        stdin_push.stdin.flush()
        device.wait("progress")  # the first one has it
        done = self.push(v2, "--wait", 0, status=3)
        self.assertIn("in use", done.stderr)
        stdin_push.kill()
        stdin_push.communicate()


class Originals(Control):
    def install(self, image, host=None):
        host = host or self.host()
        self.assertTrue(host.update(image.read_bytes()))

    def test_filled_up_chunks_and_extra_chunks_are_no_part_of_the_image(self):
        for size in ("10000", "12000"):
            with self.subTest(size):
                device = self.coprocessor(OPEN, state=f"device{size}")
                self.install(self.image("v2", "--version", "2.0.0", "--size", size))
                device.wait("update", result="ok", version="2.0.0")
                device.stop()

    def test_end_after_a_failed_write_boots_nothing(self):
        device = self.coprocessor(OPEN)
        broken = bytearray(self.image("v2", "--version", "2.0.0", "--size", "50K").read_bytes())
        broken[12] ^= 9  # another chip
        self.assertFalse(self.host().update(bytes(broken)))
        self.assertEqual(device.wait("update")["code"], "wrong_chip")
        self.expect_old_firmware_and_a_good_next_try(device)

    def test_the_older_form_opens_and_closes_for_every_request(self):
        device = self.coprocessor(OPEN)
        image = self.image("v2", "--version", "2.0.0", "--size", "20K").read_bytes()
        host = OlderHost(self.link)
        self.assertFalse(host.ask(32), "nothing began")
        self.assertTrue(host.ask(28))
        for at in range(0, len(image), 4000):
            self.assertTrue(host.ask(30, image[at:at + 4000]))
        self.assertTrue(host.ask(32))
        device.wait("update", result="ok", version="2.0.0")

    def test_our_host_speaks_the_older_form(self):
        device = self.coprocessor(OPEN)
        v2 = self.image("v2", "--version", "2.0.0", "--size", "20K")
        self.push(v2, "--control-form", "older")
        device.wait("update", result="ok", version="2.0.0")

    def test_a_frame_of_65535_bytes_is_dropped_and_the_next_request_answered(self):
        self.coprocessor(OPEN)
        host = self.host()
        head = frame(b"x")[:-3]
        host.send(head + b"\xff\xff" + b"\xaa" * 65535)
        self.assertTrue(host.ask(123))


class Killed(Control):
    """The host dies at each step: the device keeps its old firmware and takes the next attempt."""

    def test_at_each_step(self):
        device = self.coprocessor(OPEN)
        image = self.image("v2", "--version", "3.0.0", "--size", "20K").read_bytes()
        steps = [[116], [116, (117, 0)], [116, (117, 0), (117, 1)],
                 [116] + [(117, i) for i in range(6)]]
        for steps_taken in steps:
            host = self.host()
            for step in steps_taken:
                msg_id, part = step if isinstance(step, tuple) else (step, None)
                data = None if part is None else image[part * 4000:part * 4000 + 4000]
                self.assertTrue(host.ask(msg_id, data))
            host.close()
        for cut in (5, 20, 3000):  # within a write: a second later it is given up
            host = self.host()
            self.assertTrue(host.ask(116))
            host.send(request(117, 9, image[:4000])[:cut])
            host.close()
        again = self.host()
        again.uid = 50
        self.assertTrue(again.ask(123), "which fills up nothing of what was cut")
        self.expect_old_firmware_and_a_good_next_try(device)

    def test_by_a_real_kill(self):
        device = self.coprocessor(OPEN)
        v2 = self.image("v2", "--version", "3.0.0", "--size", "50K")
        push = subprocess.Popen([UPDRAFT, "push", "-", f"control:{self.link}"], stdin=subprocess.PIPE,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        push.stdin.write(v2.read_bytes()[:20000])
        push.stdin.flush()
        device.wait("progress")
        push.kill()
        push.communicate()
        self.expect_old_firmware_and_a_good_next_try(device)


class Restarted(Control):
    """The device restarts at each step: the host says so, and its status shows it."""

    def pushing(self, image, sent):
        push = subprocess.Popen([UPDRAFT, "push", "-", f"control:{self.link}"], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(lambda: push.poll() is None and push.kill())
        push.stdin.write(image[:sent])
        push.stdin.flush()
        return push

    def finish(self, push, image, sent):
        with contextlib.suppress(BrokenPipeError):
            push.stdin.write(image[sent:])
        with contextlib.suppress(BrokenPipeError):
            push.stdin.close()
        push.stdin = None
        errors = push.communicate(timeout=PATIENCE)[1].decode()
        self.assertEqual(push.returncode, 3, errors)
        return errors

    def test_in_order(self):
        device = self.coprocessor(OPEN)
        image = self.image("v2", "--version", "2.0.0", "--size", "50K").read_bytes()
        for sent in (4000, 30000):
            push = self.pushing(image, sent)
            device.wait("progress")
            device.say("reboot")
            device.wait("listening", scheme="control")
            self.assertIn("restarted in the middle", self.finish(push, image, sent))

    def test_by_a_power_cut(self):
        device = self.coprocessor(OPEN, "--cut-power-at", 60)
        image = self.image("v2", "--version", "2.0.0", "--size", "50K").read_bytes()
        push = self.pushing(image, len(image))
        device.process.wait(PATIENCE)
        device.end()
        self.assertIn("went away", self.finish(push, image, len(image)))
        device = self.coprocessor(OPEN)  # the same state: power comes back
        self.expect_old_firmware_and_a_good_next_try(device)

    def test_with_the_last_flash_operation_of_the_end(self):
        v2 = self.image("v2", "--version", "2.0.0", "--size", "50K")
        probe = self.coprocessor(OPEN, "--flash-timing", "w25q32jv", state="probe")
        self.assertTrue(self.host().update(v2.read_bytes(), fill_up=False))
        counted = probe.wait("flash_time")
        probe.kill()
        last = sum(counted[kind]["count"] for kind in ("erase_sector", "erase_block", "program"))
        device = self.coprocessor(OPEN, "--cut-power-at", last)
        push = self.pushing(v2.read_bytes(), 60000)
        self.finish(push, v2.read_bytes(), 60000)
        device.process.wait(PATIENCE)
        device.end()
        self.expect_old_firmware_and_a_good_next_try(self.coprocessor(OPEN))


class Server:
    """One page under /app.bin, and whatever `answer` does with it."""

    def __init__(self, case, answer, context=None):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                with contextlib.suppress(OSError):
                    answer(self)

            def log_message(self, *_):
                pass

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        case.addCleanup(self.server.server_close)
        case.addCleanup(self.server.shutdown)
        self.host = f"127.0.0.1:{self.server.server_address[1]}"


def give(handler, body, length=True, cut=None, status=200, headers=()):
    handler.send_response(status)
    if length:
        handler.send_header("Content-Length", str(len(body)))
    for name, value in headers:
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body[:cut])


class FromUrl(Control):
    def setUp(self):
        super().setUp()
        self.v2 = self.image("v2", "--version", "2.0.0", "--size", "200K").read_bytes()
        self.link = self.dir / "esps0"

    def certificate(self):
        key, cert = self.dir / "key.pem", self.dir / "cert.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                        "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                       check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        return cert, context

    def test_without_a_length_from_a_redirect(self):
        device = self.coprocessor(OPEN)
        paths = []

        def answer(handler):
            paths.append(handler.path)
            if handler.path != "/3":
                return give(handler, b"", status=302,
                            headers=[("Location", f"/{int(handler.path[1:]) + 1}")])
            give(handler, self.v2, length=False)

        server = Server(self, answer)
        self.push(f"http://{server.host}/0")
        self.assertEqual(paths, ["/0", "/1", "/2", "/3"])
        device.wait("update", result="ok", version="2.0.0")

    def test_over_tls(self):
        device = self.coprocessor(OPEN)
        cert, context = self.certificate()
        server = Server(self, lambda handler: give(handler, self.v2), context)
        url = f"https://{server.host}/app.bin"
        self.assertIn("--cafile", self.push(url, "--wait", 0, status=3).stderr)
        plain = Server(self, lambda handler: give(handler, self.v2))
        away = Server(self, lambda handler: give(handler, b"", status=302, headers=[
            ("Location", f"http://{plain.host}/app.bin")]), context)
        self.assertIn("https may only lead to https",
                      self.push(f"https://{away.host}/", "--cafile", cert, status=3).stderr)
        device.say("status")
        device.wait("status", version="1.0.0")
        self.push(url, "--cafile", cert)
        device.wait("update", result="ok", version="2.0.0")

    def test_what_goes_wrong_says_so_and_costs_nothing(self):
        device = self.coprocessor(OPEN)
        again = lambda handler: give(handler, b"", status=302, headers=[("Location", "/again")])
        packed = lambda handler: give(handler, self.v2, headers=[("Content-Encoding", "gzip")])
        long_head = lambda handler: give(handler, self.v2, headers=[("X-A", "a" * 5000)])
        rows = [
            (lambda handler: give(handler, b"no", status=404), "http_status", "404"),
            (lambda handler: give(handler, b"", status=500), "http_status", "500"),
            (lambda handler: give(handler, b"", status=204, length=False), "http_status", "204"),
            (again, "protocol", "more than 3 redirects"),
            (lambda handler: give(handler, b""), "payload_missing", "is empty"),
            (packed, "protocol", "packed for browsers"),
            (long_head, "protocol", "too long"),
            (lambda handler: give(handler, self.v2, cut=100000), "size_mismatch",
             "stopped in the middle"),
            (lambda handler: handler.wfile.write(b"SSH-2.0-me\r\n"), "protocol", ""),
        ]
        for answer, code, words in rows:
            with self.subTest(code + words):
                server = Server(self, answer)
                done = self.push(f"http://me:secret@{server.host}/a", "--json", status=3)
                self.assertIn(f'"code":"{code}"', done.stdout)
                self.assertIn(words, done.stderr)
                self.assertNotIn("secret", done.stdout + done.stderr)
        self.assertIn("unreachable", self.push("http://127.0.0.1:1/a", "--json", status=3).stdout)
        self.assertIn("web page", " ".join(
            event.get("message", "") for event in [self.after_a_web_page(device)]))
        self.expect_old_firmware_and_a_good_next_try(device)

    def after_a_web_page(self, device):
        server = Server(self, lambda handler: give(handler, b"<!doctype html>" * 1000))
        self.push(f"http://{server.host}/a", status=1)
        return device.wait("update", code="not_an_image")

    def test_raw_targets_take_urls_too(self):
        device = self.device("--firmware", self.image("v1", "--version", "1.0.0"), "--raw", 0,
                             "--allow-unsigned")
        port = device.port()
        for length in (True, False):
            server = Server(self, lambda handler: give(handler, self.v2, length=length))
            updraft("push", f"http://{server.host}/a", f"raw://127.0.0.1:{port}")
            device.wait("update", result="ok")
            device.wait("confirm")
        server = Server(self, lambda handler: give(handler, self.v2, cut=100000))
        done = updraft("push", f"http://{server.host}/a", f"raw://127.0.0.1:{port}", check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("stopped in the middle", done.stderr)


class Line(Control):
    def test_the_link_stays_over_restarts_and_goes_at_the_end(self):
        device = self.coprocessor(OPEN)
        before = os.readlink(self.link)
        host = self.host()
        device.say("reboot")
        device.wait("listening", scheme="control")
        self.assertEqual(os.readlink(self.link), before)
        self.assertEqual(host.hear(), (b"ctrlEvnt", bytes.fromhex("080310ad02ea1200")))
        self.assertTrue(host.ask(123), "whoever had it open still has it")
        device.stop()
        self.assertFalse(os.path.lexists(self.link))

    def test_a_link_of_a_dead_device_is_replaced_and_a_file_is_not(self):
        device = self.coprocessor(OPEN)
        device.kill()
        self.assertTrue(os.path.lexists(self.link))
        self.coprocessor(OPEN).stop()
        self.link.write_text("mine")
        done = updraft("device", "--state", self.dir / "device", "--control", self.link, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("something else has that name", done.stderr)
        self.assertEqual(self.link.read_text(), "mine")


if __name__ == "__main__":
    unittest.main()
