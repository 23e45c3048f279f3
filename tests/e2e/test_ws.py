"""ws:// from outside: updates, confirm and roll back by the original's messages, over a client of our own."""
import json
import os
import socket
import unittest

from harness import Case, inspect, updraft
from ws_client import BINARY, CONTINUATION, PING, PONG, Refused, WebSocket, request, status

RESTART = '{"name":"otaRestartEsp","value":"restart"}'
CANCEL = '{"name":"otaCancel","value":"Cancel"}'
KEEP = '{"name":"otaProcessRollback","value":"false"}'
GO_BACK = '{"name":"otaProcessRollback","value":"true"}'
ON_TRIAL = '{"name":"otaCheckRollback","value":"true" }'
OK = {"name": "otaEnd", "value": "OK"}


def error(text):
    return {"name": "otaError", "value": text}


class WsCase(Case):
    def start(self, *arguments, unsigned=True, **options):
        device = self.device("--http", 0, *(["--allow-unsigned"] if unsigned else []), *arguments, **options)
        return device, device.port("ws")

    def good(self, version="2.0.0", *arguments):
        return self.image(version, "--version", version, *arguments).read_bytes()

    def push(self, image, port, client=None):
        """By the original's messages; the device must take it."""
        with client or WebSocket(port) as socket_:
            self.assertEqual(socket_.push(image), OK)

    def update_to(self, device, port, image):
        """Installs and restarts, up to the boot of the new image."""
        with WebSocket(port) as client:
            self.assertEqual(client.push(image), OK)
            client.send(RESTART)
            self.assertEqual(client.close_code(), 1001)
        return device.wait("boot", slot="ota_1")


class Update(WsCase):
    def test_update_restart_and_confirm(self):
        image = self.good()
        device, port = self.start()
        first = status(port)
        with WebSocket(port) as client:
            self.assertEqual(client.push(image), OK)
            self.assertEqual(status(port)["last"], {"result": "ok"})
            client.send(RESTART)
            self.assertEqual(client.close_code(), 1001, "the client is told before the restart")
        self.assertEqual(device.wait("update")["trust"], "unsigned")
        device.wait("reboot", reason="update")
        self.assertEqual(device.port("ws"), port, "it is found where it was")
        device.wait("confirm")
        now = status(port)
        self.assertEqual((now["version"], now["state"], now["slot"]), ("2.0.0", "valid", "ota_1"))
        self.assertNotEqual(now["boot"], first["boot"])
        self.assertEqual(now["previous"]["version"], first["version"])
        self.assertEqual(self.slot_bytes("ota_1")[:len(image)], image)

    def test_what_is_there_is_not_asked_for_again(self):
        """A lost link, then a power cut: each time the device asks for the head and for what it lacks."""
        image = self.good("2.0.0", "--size", "512K")
        device, port = self.start()
        with WebSocket(port) as client:
            self.assertGreater(client.push(image[:400_000], of=len(image))["value"], 390_000)
        device.wait("update", result="failed", code="aborted")
        with WebSocket(port) as client:
            self.assertGreater(self.second_chunk(client, image), 256_000)
        device.wait("update", result="failed", code="aborted")
        device.kill()
        device, port = self.start()
        with WebSocket(port) as client:
            self.assertGreater(self.second_chunk(client, image), 256_000)
            client.send(CANCEL)
            client.hear()
        self.push(image, port)
        self.assertEqual(self.slot_bytes("ota_1")[:len(image)], image)

    def test_another_image_is_asked_for_whole(self):
        device, port = self.start()
        image = self.good("2.0.0", "--size", "512K")
        with WebSocket(port) as client:
            client.push(image[:400_000], of=len(image))
        device.wait("update", result="failed")
        other = self.good("3.0.0", "--size", "512K", "--seed", 7)
        with WebSocket(port) as client:
            self.assertEqual(self.second_chunk(client, other), 8192)

    @staticmethod
    def second_chunk(client, image):
        chunk = client.start(len(image))
        client.send(image[:chunk])
        return json.loads(client.hear())["value"]

    def test_never_restarts_by_itself(self):
        device, port = self.start("--raw", 0)
        self.push(self.good(), port)
        device.wait("update", result="ok")
        self.assertEqual(status(port)["update"], "installed")
        with WebSocket(port) as client, WebSocket(port) as page:
            client.send('{"name":"otaSize","value":1000}')
            self.assertEqual(json.loads(client.hear()), error("Error start ota"))
            device.say("reboot")
            self.assertEqual(client.close_code(), 1001, "every open socket is told")
            self.assertEqual(page.close_code(), 1001)
        device.wait("reboot", reason="console")
        self.assertEqual(device.wait("boot")["version"], "2.0.0")

    def test_recorded_messages(self):
        """protocols/ws/SPEC.md section 3, byte for byte."""
        image = self.good("2.0.0", "--size", "20000")
        device, port = self.start()
        with WebSocket(port) as client:
            client.send(f'{{"name":"otaSize","value":{len(image)}}}')
            self.assertEqual(client.hear(), '{"name":"otaSetChunkSize","value":8192}')
            self.assertEqual(client.hear(), '{"name":"otaGetChunk","value":0}')
            for at in range(8192, len(image), 8192):
                client.send(image[at - 8192:at])
                self.assertEqual(client.hear(), f'{{"name":"otaGetChunk","value": {at} }}')
            client.send(image[at:])
            self.assertEqual(client.hear(), '{"name":"otaEnd","value":"OK" }')

    def test_fragments_pings_and_first_message_of_one_byte(self):
        image = self.good("2.0.0", "--size", "20000")
        device, port = self.start()
        with WebSocket(port) as client:
            client.start(len(image))
            client.sock.sendall(client.frame(BINARY, image[:1]))
            self.assertEqual(json.loads(client.hear())["value"], 1)
            client.sock.sendall(client.frame(BINARY, image[1:100], final=False) + client.frame(PING, b"hi")
                                + client.frame(CONTINUATION, image[100:8000]))
            self.assertEqual(client.next_frame(), (PONG, b"hi"))
            self.assertEqual(json.loads(client.hear())["value"], 8000)
            client.send(image[8000:16000])
            self.assertEqual(json.loads(client.hear())["value"], 16000)
            client.send(image[16000:])
            self.assertEqual(json.loads(client.hear()), OK)

    def test_cancel_with_a_chunk_in_flight(self):
        image = self.good()
        device, port = self.start()
        with WebSocket(port) as client:
            chunk = client.start(len(image))
            client.send(CANCEL)
            client.send(image[:chunk])
            self.assertEqual(client.hear(), '{"name":"otaCancel","value":"Cancel command"}')
            self.assertEqual(device.wait("update")["code"], "aborted")
            self.assertEqual(client.push(image), OK, "the chunk was ignored")

    def test_client_vanishes(self):
        image = self.good()
        device, port = self.start()
        client = WebSocket(port)
        client.start(len(image))
        client.send(image[:8192])
        client.hear()
        client.close()
        self.assertEqual(device.wait("update")["code"], "aborted")
        self.push(image, port)

    def test_second_client(self):
        image = self.good()
        device, port = self.start()
        with WebSocket(port) as first, WebSocket(port) as second:
            chunk = first.start(len(image))
            first.send(image[:chunk])
            self.assertEqual(json.loads(first.hear())["value"], chunk)
            second.send('{"name":"otaSize","value":1000}')
            self.assertEqual(json.loads(second.hear()), error("Error start ota"))
            self.assertEqual(status(port)["last"]["code"], "busy")
            second.send(RESTART)
            self.assertEqual(json.loads(second.hear()), error("Error command"), "an update runs")
            at = chunk
            while at is not None:
                first.send(image[at:at + chunk])
                answer = json.loads(first.hear())
                at = answer["value"] if answer["name"] == "otaGetChunk" else None
            self.assertEqual(answer, OK)


class Refusals(WsCase):
    def check(self, port, image, text, code, **options):
        with WebSocket(port) as client:
            if text == "Error start ota":
                client.send(f'{{"name":"otaSize","value":{len(image)}}}')
                answer = json.loads(client.hear())
            else:
                answer = client.push(image)
            self.assertEqual(answer, error(text))
            last = status(port)["last"]
            self.assertEqual((last["result"], last["code"]), ("refused", code))
            self.assertGreater(len(last["message"]), 20)
            client.send(CANCEL)
            self.assertEqual(json.loads(client.hear())["name"], "otaCancel", "the connection stays")

    def test_each_with_its_own_code(self):
        device, port = self.start()
        before = inspect(self.dir / "device")["boots"]
        good = bytearray(self.good())
        good[5000] ^= 1
        self.check(port, self.image("s3", "--chip", "esp32s3").read_bytes(), "Error write ota", "wrong_chip")
        self.check(port, bytes(good), "Error write ota", "bad_checksum")
        self.check(port, b"<html>" + bytes(1000), "Error write ota", "not_an_image")
        self.check(port, bytes(4 << 20), "Error start ota", "too_big")
        self.assertEqual(inspect(self.dir / "device")["boots"], before)
        self.push(self.good(), port)

    def test_sizes_that_are_none(self):
        device, port = self.start()
        with WebSocket(port) as client:
            for value, text in (("0", "Error ota size = 0"), ("-1", "Error ota size = 0"),
                                ('"many"', "Error ota size = 0"), ("3145729", "Error start ota"),
                                ("4294967295", "Error start ota"), ("4294967296", "Error start ota"),
                                ("9007199254740991", "Error start ota"),
                                ("18446744073709551615", "Error json str"), ("{}", "Error json str")):
                client.send(f'{{"name":"otaSize","value":{value}}}')
                self.assertEqual(json.loads(client.hear()), error(text), value)
        self.push(self.good(), port)

    def test_unsigned_by_default(self):
        device, port = self.start(unsigned=False)
        self.check(port, self.good(), "Error start ota", "unsigned")
        self.assertEqual(status(port)["policy"], "signed")
        with WebSocket(port) as client:
            client.send(RESTART)
            self.assertEqual(json.loads(client.hear()), error("Error command"))
            self.assertEqual(status(port)["last"]["code"], "unsigned", "a restart passes the same gate")

    def test_text_where_binary_is_due(self):
        device, port = self.start()
        with WebSocket(port) as client:
            client.start(1000)
            client.send("firmware")
            self.assertEqual(json.loads(client.hear()), error("Error json str"))
            self.assertEqual(device.wait("update")["code"], "protocol")

    def test_oversized_frames(self):
        device, port = self.start()
        for announced in (8193, 1 << 31, 1 << 63, (1 << 64) - 1):
            with WebSocket(port) as client:
                client.start(100_000)
                client.sock.sendall(client.frame(BINARY, length=announced))
                self.assertEqual(json.loads(client.hear()), error("Error write ota"), announced)
                self.assertEqual(client.close_code(), 1009, announced)
        with WebSocket(port) as client:
            client.send('{"name":"x","value":"' + "x" * 1100 + '"}')
            self.assertEqual(json.loads(client.hear()), error("Error json str"))
            self.assertEqual(client.close_code(), 1009)
        with WebSocket(port) as client:
            client.send("{}", mask=b"")
            self.assertEqual(client.close_code(), 1002, "a client masks")
        self.push(self.good(), port)

    def test_frames_cut_at_every_byte(self):
        device, port = self.start()
        wire = WebSocket.frame(1, b'{"name":"otaSize","value":400}') + WebSocket.frame(BINARY, bytes(14))
        for cut in range(len(wire)):
            with WebSocket(port) as client:
                client.sock.sendall(wire[:cut])
        self.push(self.good(), port)


class Trial(WsCase):
    def test_told_and_kept(self):
        device, port = self.start("--confirm", "manual")
        self.update_to(device, port, self.good())
        port = device.port("ws")
        now = status(port)
        self.assertEqual((now["pending"], now["confirm"], now["confirm_in_ms"]), (True, "manual", None))
        with WebSocket(port) as client:
            self.assertEqual(client.hear(), ON_TRIAL)
            client.send('{"name":"otaSize","value":1000}')
            self.assertEqual(json.loads(client.hear()), error("Error start ota"))
            self.assertEqual(status(port)["last"]["code"], "pending_confirm")
            client.send(KEEP)
            device.wait("confirm")
        self.assertEqual(status(port)["state"], "valid")

    def test_go_back(self):
        device, port = self.start("--confirm", "manual")
        self.update_to(device, port, self.good())
        port = device.port("ws")
        with WebSocket(port) as client:
            self.assertEqual(client.hear(), ON_TRIAL)
            client.send(GO_BACK)
            self.assertEqual(client.close_code(), 1001)
        device.wait("reboot", reason="rollback")
        device.wait("rollback", to="ota_0")
        self.assertEqual(device.port("ws"), port)
        now = status(port)
        self.assertEqual((now["version"], now["last"]["result"]), ("1.0.0", "rolled_back"))
        with WebSocket(port) as client:
            client.send(GO_BACK)
            self.assertEqual(json.loads(client.hear()), error("Error command"), "nothing is on trial")
            self.assertEqual(status(port)["last"]["code"], "not_pending")

    def test_countdown(self):
        device, port = self.start("--confirm-after", 30)
        self.update_to(device, port, self.good())
        device.port("ws")
        now = status(port)
        self.assertTrue(now["pending"])
        self.assertEqual(now["confirm"], "auto")
        self.assertGreater(now["confirm_in_ms"], 0)
        self.assertLessEqual(now["confirm_in_ms"], 30_000)


class Stranger(WsCase):
    """Over ws nothing unsigned is let in, so nobody there decides about what came another way."""

    def test_ends_no_trial_and_lets_nothing_in(self):
        src = self.dir / "src"
        src.mkdir()
        (src / "firmware.bin").write_bytes(self.image("v2", "--version", "2.0.0").read_bytes())
        device = self.device("--firmware", self.image("v1", "--version", "1.0.0"), "--bundle", 0, "--password", "hunter2",
                             "--http", 0, "--confirm", "manual")
        bundle, port = device.port("bundle"), device.port("ws")
        updraft("push", src, f"bundle://127.0.0.1:{bundle}", env=dict(os.environ, UPDRAFT_PASSWORD="hunter2"))
        device.wait("boot", version="2.0.0")
        device.port("ws")
        for wish in ('{"name":"otaProcessRollback","value":"true"}', '{"name":"otaProcessRollback","value":"false"}',
                     '{"name":"otaRetry","value":"0011223344556677"}', '{"name":"otaRestartEsp","value":"restart"}'):
            with WebSocket(port) as stranger:
                self.assertIn("otaCheckRollback", stranger.hear())
                stranger.send(wish)
                self.assertEqual(stranger.hear(), '{"name":"otaError","value":"Error command"}')
            self.assertEqual(device.wait("update")["code"], "unsigned")
            now = status(port)
            self.assertEqual((now["version"], now["state"], now["remembered"]), ("2.0.0", "pending_verify", []))
        device.say("confirm")
        device.wait("confirm")


class Http(WsCase):
    def test_routes_and_fields(self):
        device, port = self.start()
        code, fields, body = request(port, "/ota")
        self.assertEqual((code, fields["Content-Encoding"]), (200, "gzip"))
        self.assertIn("default-src 'none'", fields["Content-Security-Policy"])
        for name, value in (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
                            ("Cache-Control", "no-store")):
            self.assertEqual(fields[name], value)
        self.assertNotIn("Set-Cookie", fields)
        self.assertEqual(len(body), int(fields["Content-Length"]))
        code, fields, body = request(port, "/ota", "HEAD")
        self.assertEqual((code, body), (200, b""))
        code, fields, _ = request(port, "/")
        self.assertEqual((code, fields["Location"]), (302, "/ota"))
        self.assertEqual(request(port, "/ota/")[0], 404)
        self.assertEqual(request(port, "/../etc/passwd")[0], 404)
        self.assertEqual(request(port, "/ota/status?x=1")[0], 200)
        self.assertEqual(request(port, "/ota/ws")[0], 426)

    def test_foreign_host(self):
        device, port = self.start("--host-name", "kitchen.local")
        for host, code in ((f"evil.test:{port}", 421), (f"127.0.0.1:{port + 1}", 200), ("127.0.0.1", 200),
                           (None, 421), (f"127.0.0.1.evil.test:{port}", 421), (f"kitchen.local:{port}", 200),
                           (f"LOCALHOST:{port}", 200), (f"[::1]:{port}", 200)):
            self.assertEqual(request(port, Host=host)[0], code, host)
        with self.assertRaises(Refused) as refused:
            WebSocket(port, Host=f"evil.test:{port}", Origin=f"http://evil.test:{port}")
        self.assertEqual(refused.exception.status, 421, "DNS rebinding")

    def test_through_a_forward(self):
        """A port forward, ssh -L or NAT: Host and Origin have a port that the device does not know."""
        device, port = self.start("--host-name", "proxy.test:8443")
        for host in ("127.0.0.1:9000", "proxy.test:8443"):
            WebSocket(port, Host=host, Origin=f"http://{host}").sock.close()  # throws where it is refused
        self.assertEqual(request(port, Host="proxy.test:8444")[0], 421)
        with self.assertRaises(Refused) as refused:
            WebSocket(port, Host="127.0.0.1:9000", Origin="http://127.0.0.1:9001")
        self.assertEqual(refused.exception.status, 403, "another port's page")

    def test_behind_a_proxy_under_a_path(self):
        device, port = self.start("--base-path", "/kitchen")
        for path in ("/kitchen/ota", "/ota", "/kitchen/ota/status"):  # a proxy may take the path off
            self.assertEqual(request(port, path)[0], 200, path)
        for path in ("/kitchen", "/kitchen/", "/"):
            self.assertEqual(request(port, path)[1]["Location"], "/kitchen/ota", path)
        for path in ("/kitchenota", "/kitchen/kitchen/ota", "/other/ota"):
            self.assertEqual(request(port, path)[0], 404, path)
        self.push(self.good(), port, WebSocket(port, "/kitchen/ota/ws"))
        for wrong in ("kitchen", "/kitchen/", "//evil.test", "/a b"):
            self.assertEqual(updraft("device", "--state", self.dir / "x", "--http", 0, "--base-path", wrong,
                                     check=False).returncode, 2, wrong)

    def test_foreign_origin(self):
        device, port = self.start()
        for origin in ("http://evil.test", "null", f"http://127.0.0.1:{port + 1}", f"http://localhost:{port}"):
            with self.assertRaises(Refused) as refused:
                WebSocket(port, Origin=origin)
            self.assertEqual(refused.exception.status, 403, origin)
        self.push(self.good(), port, WebSocket(port, Origin=f"http://127.0.0.1:{port}"))

    def test_methods(self):
        device, port = self.start()
        before = status(port)["boot"]
        for method in ("POST", "PUT", "DELETE"):
            self.assertEqual(request(port, "/ota", method)[0], 403, method)
            wants_a_length = method == "POST"  # protocols/http: the one that does something
            self.assertEqual(request(port, "/ota", method, X_Updraft="1")[0], 411 if wants_a_length else 405, method)
            self.assertEqual(request(port, "/ota", method, X_Updraft="1", Origin="http://evil.test")[0], 403)
            self.assertEqual(request(port, "/nothing", method, X_Updraft="1")[0], 404)
        code, fields, _ = request(port, "/ota", "OPTIONS", Origin="http://evil.test",
                                  Access_Control_Request_Method="POST")
        self.assertEqual(code, 405)
        self.assertFalse([name for name in fields if name.lower().startswith("access-control")])
        self.assertEqual(status(port)["boot"], before)

    def test_heads_that_are_none(self):
        device, port = self.start()
        host = f"Host: 127.0.0.1:{port}\r\n"
        for head, code in (
                (f"GET /ota HTTP/1.1\r\n{host}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
                (f"GET /ota HTTP/1.1\r\n{host}Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
                (f"GET /ota HTTP/1.1\r\n{host}X: a\nX-Updraft: 1\r\n\r\n", 400),
                (f"GET /ota HTTP/1.1\r\n{host}X: a\rb\r\n\r\n", 400),
                (f"GET /ota HTTP/1.1\n{host}\r\n\r\n", 400),
                (f"GET /ota\r\n{host}\r\n", 400),
                ("\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
                (f"GET /{'x' * 600} HTTP/1.1\r\n{host}\r\n", 431),
                (f"GET /ota HTTP/1.1\r\n{host}X: {'x' * 5000}\r\n\r\n", 431),
                (f"GET /ota HTTP/1.1\r\n{host}" + "X: 1\r\n" * 32 + "\r\n", 431),
                (f"GET /ota HTTP/1.1\r\n{host}Host: 127.0.0.1:{port}\r\n\r\n", 421),
                (f"GET /ota HTTP/1.1\r\n{host}" + "X: 1\r\n" * 31 + "\r\n", 200)):
            self.assertEqual(request(port, raw=head.encode("latin-1"))[0], code, head[:60])

    def test_handshake_versions(self):
        device, port = self.start()
        for fields in ({"Sec-WebSocket-Version": "8"}, {"Sec-WebSocket-Key": "short"}):
            with self.assertRaises(Refused) as refused:
                WebSocket(port, **fields)
            self.assertEqual(refused.exception.status, 426)
        with self.assertRaises(Refused) as refused:
            WebSocket(port, path="/ota")
        self.assertEqual(refused.exception.status, 200, "no socket there: it is the page")

    def test_slow_clients_do_not_keep_a_real_one_out(self):
        image = self.good()
        device, port = self.start()
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(16)]
        for peer in slow:
            self.addCleanup(peer.close)
        for peer in slow[:8]:
            try:
                peer.sendall(b"G")
            except OSError:
                pass  # made room already
        self.push(image, port)
        for _ in range(200):
            socket.create_connection(("127.0.0.1", port)).close()
        self.assertEqual(status(port)["update"], "installed")

    def test_update_is_not_dropped_for_newcomers(self):
        image = self.good()
        device, port = self.start()
        with WebSocket(port) as client:
            chunk = client.start(len(image))
            client.send(image[:20])
            self.assertEqual(json.loads(client.hear())["value"], 20)
            idle = [WebSocket(port) for _ in range(8)]
            for peer in idle:
                self.addCleanup(peer.close)
            self.assertEqual(status(port)["update"], "judging", "there is always room for a status request")
            client.send(image[20:chunk])
            self.assertEqual(json.loads(client.hear())["value"], chunk)


class PowerCut(WsCase):
    def test_power_cut_in_the_middle_and_again(self):
        image = self.good()
        device, port = self.start("--cut-power-at", 700)
        with WebSocket(port) as client:
            with self.assertRaises((ConnectionError, OSError)):
                client.push(image)
        device.end()
        device, port = self.start()
        self.assertEqual(status(port)["version"], "1.0.0")
        self.push(image, port)


if __name__ == "__main__":
    unittest.main()
