"""push sends what is least: nothing, the difference to a build that was pushed before, packed, or plain."""
import hashlib
import http.server
import json
import os
import pathlib
import threading
import unittest

from harness import Case, inspect, updraft
from signed_case import PRODUCT
from test_native import NativeCase
from test_ws_cli import CliCase, Original


def events(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def way_of(said):
    """What push chose; None: it had no choice, or nothing to send."""
    ways = [event for event in said if event["event"] == "way"]
    return ways[-1] if ways else None


class Builds:
    """Builds of one project: each differs from the next by its version, and by what `more` names."""

    def build(self, version, *more):
        return self.image(f"{version}.bin", "--version", version, "--size", "200000", *more)

    def empty_code(self, file):
        """Zeros in the largest segment: random content cannot be packed. Checksum and hash follow (spec/esp32.md section 1)."""
        image = bytearray(file.read_bytes())
        at, zeros = 24, slice(0, 0)
        for length in (segment["length"] for segment in inspect(file)["segments"]):
            if length > zeros.stop - zeros.start:
                zeros = slice(at + 8, at + 8 + length)
            at += 8 + length
        for byte in image[zeros]:
            image[-33] ^= byte
        image[zeros] = bytes(zeros.stop - zeros.start)
        image[-32:] = hashlib.sha256(image[:-32]).digest()
        file.write_bytes(image)

    def cached(self):
        folder = pathlib.Path(os.environ["XDG_CACHE_HOME"]) / "updraft/builds"
        return {file.stem: file for file in folder.glob("*.bin")}


class OverWebSocket(Builds, CliCase):
    def said(self, port, file, *arguments, check=True):
        return events(updraft("push", file, f"ws://127.0.0.1:{port}", "--restart", "--json", *arguments, check=check))

    def test_the_difference_to_what_was_pushed_before(self):
        v1, v2, v3 = self.build("1.0.1"), self.build("1.0.2"), self.build("1.0.3")
        device, port = self.start("--firmware", v1)
        self.assertEqual(self.said(port, v1)[-1]["result"], "current")
        self.assertIn(inspect(v1)["digest"][:16], self.cached(), "what runs there is known from now on")
        said = self.said(port, v2)
        way = way_of(said)
        self.assertEqual((way["way"], way["base"], way["image_bytes"]),
                         ("delta", inspect(v1)["digest"][:16], v2.stat().st_size))
        self.assertLess(way["bytes"], 5000)
        self.assertEqual({event["total"] for event in said if event["event"] == "progress"}, {way["bytes"]})
        self.assertEqual((said[-1]["result"], said[-1]["version"], said[-1]["state"]), ("ok", "1.0.2", "valid"))
        device.wait("boot", version="1.0.2")
        said = self.said(port, v3, "--plain")
        self.assertIsNone(way_of(said))
        self.assertEqual({event["total"] for event in said if event["event"] == "progress"}, {v3.stat().st_size})
        self.assertEqual(said[-1]["version"], "1.0.3")
        self.assertIsNone(way_of(self.said(port, v3)), "it runs there already")
        text = updraft("push", v1, f"ws://127.0.0.1:{port}", "--restart", "--force").stdout
        self.assertRegex(text, r"sends +demo 1\.0\.1, .* as the difference to demo 1\.0\.3: .* in place of 195\.")

    def test_a_build_that_was_changed_is_no_base(self):
        v1, v2 = self.build("1.0.1"), self.build("1.0.2", "--seed", "7")
        _, port = self.start("--firmware", v1)
        self.said(port, v1)
        digest = inspect(v1)["digest"][:16]
        self.cached()[digest].write_bytes(self.build("9.9.9").read_bytes())
        said = self.said(port, v2)
        self.assertNotEqual(way_of(said)["way"], "delta")
        self.assertEqual(said[-1]["version"], "1.0.2")

    def test_packed_where_that_is_worth_it(self):
        v1, v2 = self.build("1.0.1"), self.build("1.0.2", "--seed", "7")
        self.empty_code(v2)
        _, port = self.start("--firmware", v1)
        said = self.said(port, v2)
        self.assertEqual(way_of(said)["way"], "packed")
        self.assertLess(way_of(said)["bytes"], v2.stat().st_size * 7 // 8)
        self.assertEqual(said[-1]["version"], "1.0.2")

    def test_signed_on_the_way(self):
        v1, v2 = self.build("1.0.1"), self.build("1.0.2")
        key, keyset = self.dir / "key.pem", self.dir / "product.keyset"
        updraft("key", "gen", key)
        updraft("keyset", "make", "--root", key, "--release", key, "-o", keyset)
        _, port = self.start("--firmware", v1, "--keyset", keyset, "--vendor", "updraft.example", "--class",
                             "demo/esp32c3/1", unsigned=False)
        sign = ("--sign-key", key, "--product", PRODUCT, "--sequence")
        self.assertEqual(self.said(port, v1, *sign, 1)[-1]["result"], "current")
        said = self.said(port, v2, *sign, 2)
        self.assertEqual((way_of(said)["way"], said[-1]["version"]), ("delta", "1.0.2"))

    def test_a_device_that_refuses_the_way_gets_another(self):
        v1, v2 = self.build("1.0.1"), self.build("1.0.2")
        digest = inspect(v1)["digest"][:16]
        _, port = self.start("--firmware", v1)
        self.said(port, v1)  # so that there is a base
        refused = {"result": "refused", "code": "no_memory", "message": "not now"}
        facts = {"boot": "1", "state": "valid", "version": "1.0.1", "digest": digest, "delta": True, "last": refused}
        no = ["hear", '{"name":"otaError","value":"Error start ota"}', "hear"]
        device = Original([no, no, no], status=facts)
        said = events(updraft("push", v2, f"ws://127.0.0.1:{device.port}", "--json", check=False))
        self.assertEqual([event["way"] for event in said if event["event"] == "way"], ["delta", "plain"])
        self.assertEqual(said[-1]["code"], "no_memory")
        sizes = [json.loads(text)["value"] for text in device.heard if isinstance(text, str) and "otaSize" in text]
        self.assertEqual([int(size) for size in sizes][-1], v2.stat().st_size)


class OverHttp(Builds, Case):
    """By the status beside the page; http:// and form:// have none of their own."""

    def start(self, firmware, *arguments):
        device = self.device("--http", 0, "--form", "--firmware", firmware, "--allow-unsigned", *arguments)
        return device, {scheme: f"{scheme}://127.0.0.1:{device.port(scheme)}" for scheme in ("form", "http")}

    def said(self, file, target, *arguments, check=True):
        return events(updraft("push", file, target, "--json", *arguments, check=check))

    def test_nothing_the_difference_or_all_of_it(self):
        v1, v2, v3 = self.build("1.0.1"), self.build("1.0.2"), self.build("1.0.3")
        device, at = self.start(v1)
        for target in at.values():
            same = self.said(v1, target)
            self.assertEqual((same[-1]["result"], same[-1]["version"], way_of(same)), ("current", "1.0.1", None))
            self.assertEqual([event for event in same if event["event"] == "progress"], [])
        for scheme, file, version in (("http", v2, "1.0.2"), ("form", v3, "1.0.3")):
            way = way_of(self.said(file, at[scheme]))
            self.assertEqual(way["way"], "delta", scheme)
            self.assertLess(way["bytes"], 5000)
            self.assertEqual(device.wait("update")["scheme"], scheme)
            device.wait("boot", version=version)
            device.wait("confirm")
        for scheme, file, version in (("http", v2, "1.0.2"), ("form", v1, "1.0.1")):
            said = self.said(file, at[scheme], "--plain")
            self.assertIsNone(way_of(said))
            self.assertGreaterEqual({event["total"] for event in said if event["event"] == "progress"}.pop(), file.stat().st_size)
            device.wait("boot", version=version)
            device.wait("confirm")

    def test_packed_where_that_is_worth_it(self):
        v1, v2 = self.build("1.0.1"), self.build("1.0.2", "--seed", "7")
        self.empty_code(v2)
        device, at = self.start(v1)
        self.assertEqual(way_of(self.said(v2, at["http"]))["way"], "packed")
        device.wait("boot", version="1.0.2")

    def test_a_device_that_refuses_the_way_gets_another(self):
        v1, v2 = self.build("1.0.1"), self.build("1.0.2")
        digest = inspect(v1)["digest"][:16]
        device, at = self.start(v1)
        self.said(v1, at["http"])  # so that there is a base
        device.stop()
        refused = {"result": "refused", "code": "no_memory", "message": "not now"}
        facts = {"boot": "1", "state": "valid", "version": "1.0.1", "digest": digest, "delta": True, "last": refused}
        for scheme, answer in (("http", (422, json.dumps(refused))),
                               ("form", (200, "<body>Auto-refresh in 20sec...<br>not now</body>"))):
            with self.subTest(scheme), StatusAndUpload(facts, *answer) as there:
                said = self.said(v2, f"{scheme}://127.0.0.1:{there.server_port}", check=False)
                self.assertEqual([event["way"] for event in said if event["event"] == "way"], ["delta", "plain"])
                self.assertEqual(said[-1]["result"], "refused")
                self.assertGreaterEqual(there.uploads[-1], v2.stat().st_size)

    def test_a_device_without_a_status_gets_the_image(self):
        v1 = self.build("1.0.1")
        with StatusAndUpload(None, 200, json.dumps({"result": "ok", "message": "done"})) as there:
            said = self.said(v1, f"http://127.0.0.1:{there.server_port}")
            self.assertEqual((said[-1]["result"], there.uploads), ("ok", [v1.stat().st_size]))


class StatusAndUpload(http.server.ThreadingHTTPServer):
    """A device that says this of itself, and gives one answer to every upload; `uploads` are their sizes."""

    def __init__(self, status, code, answer):
        uploads = self.uploads = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, code, body):
                self.send_response(code)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(body.encode())

            def do_GET(self):
                if status is None or self.path != "/ota/status":
                    return self.answer(404, "nothing")
                self.answer(200, json.dumps(status))

            def do_POST(self):
                uploads.append(int(self.headers["Content-Length"]))
                self.rfile.read(uploads[-1])
                self.answer(code, answer)

            def log_message(self, *_):
                pass
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *of):
        self.shutdown()
        super().__exit__(*of)


class OverNative(Builds, NativeCase):
    def said(self, file, *arguments):
        return events(updraft("push", file, f"updraft://127.0.0.1:{self.port}", "--json", *arguments, env=self.env))

    def test_the_difference_to_what_was_pushed_before(self):
        v1, v2, v3 = self.build("1.0.1"), self.build("1.0.2"), self.build("1.0.3")
        self.started_and_paired("--firmware", v1)
        first = self.said(v2)
        self.assertEqual(way_of(first)["way"], "plain", "what runs there was never pushed from here")
        second = self.said(v3)
        self.assertEqual(way_of(second)["way"], "delta")
        self.assertLess(second[-1]["data_bytes"], 5000)
        self.assertEqual((second[-1]["result"], second[-1]["version"], second[-1]["state"]), ("ok", "1.0.3", "valid"))
        again = self.said(v3)
        self.assertEqual((again[-1]["result"], again[-1]["data_bytes"], way_of(again)), ("current", 0, None))
        self.assertEqual(self.said(v2, "--plain")[-1]["total_bytes"], v2.stat().st_size)


if __name__ == "__main__":
    unittest.main()
