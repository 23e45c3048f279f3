"""A device that fetches packages whose image stands beside them, from nginx; and the server of a fleet."""
import contextlib
import json
import random
import re
import socket
import subprocess
import sys
import threading
import unittest
import urllib.parse

from harness import inspect, sampled, updraft
from test_pull_nginx import KILLS, NGINX, Nginx, free_port
from test_signed_device import CLASS, VENDOR, Signed
from waiting import until
from web_server import PrivateCa, Server, give


class Parts(Signed):
    def apart(self, www, version, sequence, size="700K", name="lamp"):
        image = self.image(f"{name}-{sequence}.bin", "--version", version, "--size", size)
        updraft("sign", image, "--key", self.key("release"), "--product", f"{VENDOR}/{CLASS}", "--sequence", sequence,
                "--apart", "-o", www / f"{name}.suit")
        return image

    def comes_to(self, device, version, sequence):
        boot = device.wait("boot", version=version)
        self.assertEqual((boot["trust"], boot["sequence"]), ("signed", sequence))
        device.wait("confirm")

    def pulls(self, url, *more, **options):
        return self.device("--pull", url, *self.trusts, "--pull-every", 1, *more, **options)


@unittest.skipUnless(NGINX, "nginx is not installed here; tools/install check brings it")
class FromNginx(Parts):
    def sent(self, nginx):
        """Bytes of each file that nginx has sent."""
        bytes_of = {}
        for line in (nginx.dir / "access.log").read_text().splitlines():
            path, status, size = re.search(r'"GET (\S+) [^"]*" (\d+) (\d+)', line).groups()
            bytes_of[path] = bytes_of.get(path, 0) + (int(size) if status != "302" else 0)
        return bytes_of

    def served(self, version, sequence, **more):
        nginx = Nginx(self, **more)
        image = self.apart(nginx.dir / "www", version, sequence)
        for file in (nginx.dir / "www").iterdir():
            file.chmod(0o644)
        return nginx, image

    def test_fetches_once_and_comes_to_rest(self):
        nginx, image = self.served("2.0.0", 2)
        device = self.pulls(nginx.https + "/lamp.suit", "--ca", nginx.ca.cert, state="lamp")
        self.comes_to(device, "2.0.0", 2)
        device.wait("pulled", result="unchanged")
        sent = self.sent(nginx)
        self.assertEqual(sent["/lamp-2.bin"], image.stat().st_size, "nothing was sent twice")
        device.stop()
        (self.dir / "lamp/web-note").unlink()
        device = self.pulls(nginx.https + "/lamp.suit", "--ca", nginx.ca.cert, state="lamp")
        self.assertEqual(device.wait("pulled")["result"], "current")
        self.assertEqual(self.sent(nginx)["/lamp-2.bin"], image.stat().st_size)
        self.assertEqual(self.sent(nginx)["/lamp.ix"], sent["/lamp.ix"], "of what runs the head is enough")

    def test_resumes_after_kills_at_random_moments(self):
        nginx, image = self.served("2.0.0", 2, more="limit_rate 600k; limit_rate_after 1;")
        size = image.stat().st_size
        for number in sampled(range(KILLS), 2):
            with self.subTest(number):
                fetch = nginx.http + "/lamp.suit"
                device = self.pulls(fetch, state=f"device{number}")
                at = random.randrange(4096, size - 65536)
                got = device.wait("progress")
                while got["received"] < at:
                    got = device.wait("progress")
                device.kill()
                at = got["received"]
                nginx.kill()  # what was on its way is lost
                (nginx.dir / "access.log").unlink()
                nginx.start()
                device = self.pulls(fetch, state=f"device{number}")
                self.comes_to(device, "2.0.0", 2)
                device.kill()
                # What is shown as received is written but for the last chunk, and has head and index in it.
                self.assertLessEqual(self.sent(nginx)["/lamp-2.bin"], size - at + 3 * 4096 + 8192)

    def test_without_ranges(self):
        nginx, _ = self.served("2.0.0", 2)
        device = self.pulls(nginx.http + "/whole/lamp.suit")
        self.comes_to(device, "2.0.0", 2)


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class FromPython(Parts):
    """`python3 -m http.server`, which knows no ranges, behind a front that speaks TLS; nginx above has both."""

    def front(self, port):
        ca = PrivateCa(self.dir)
        tls = ca.tls()
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def carry(source, to):
            with contextlib.suppress(OSError):
                while data := source.recv(65536):
                    to.sendall(data)
                to.shutdown(socket.SHUT_WR)

        def serve(client):
            with contextlib.suppress(OSError), tls.wrap_socket(client, server_side=True) as near, \
                    socket.create_connection(("127.0.0.1", port)) as far:
                back = threading.Thread(target=carry, args=(far, near), daemon=True)
                back.start()
                carry(near, far)
                back.join()

        def accept():
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
        threading.Thread(target=accept, daemon=True).start()
        return f"https://127.0.0.1:{listener.getsockname()[1]}", ca.cert

    def test_a_package_and_what_stands_beside_it(self):
        www = self.dir / "www"
        www.mkdir()
        image = self.apart(www, "2.0.0", 2)
        (www / image.name).write_bytes(image.read_bytes())
        port = free_port()
        server = subprocess.Popen([sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", www],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        until(lambda: answers(port), "it answers")
        url, ca = self.front(port)
        device = self.pulls(f"{url}/lamp.suit", "--ca", ca)
        self.comes_to(device, "2.0.0", 2)
        device.wait("pulled", result="unchanged")


class Fleet(Parts):
    def test_key_sets_packages_and_freshness(self):
        www = self.dir / "www"
        www.mkdir()
        updraft("key", "gen", self.dir / "fresh.pem")
        keyset = self.key_set(1, "release", "--freshness", self.key("fresh"))
        second = self.key_set(2, "release", "--freshness", self.key("fresh"))
        self.trusts = ("--keyset", keyset, "--vendor", VENDOR, "--class", CLASS)
        image = self.apart(www, "2.0.0", 2, size="100K")
        asked = []

        def answer(handler):
            url = urllib.parse.urlparse(handler.path)
            query = dict(urllib.parse.parse_qsl(url.query))
            asked.append(url.path)
            if url.path == "/d/next":
                if query["have"] == "2":
                    return give(handler, b"", length=None, status=204, headers=[("Updraft-Poll", "3600")])
                return give(handler, (www / "lamp.suit").read_bytes(), headers=[("Updraft-KeySet", "2")])
            if url.path == "/d/fresh":
                token = self.dir / "token"
                updraft("suit", "token", www / "lamp.suit", "--keyset", second, "--key", self.key("fresh"), "--device-id", query["id"],
                        "--nonce", query["nonce"], "-o", token)
                return give(handler, token.read_bytes())
            if url.path == "/d/keyset/2":
                return give(handler, second.read_bytes())
            return give(handler, ((www / url.path.removeprefix("/d/")) if url.path != "/d/lamp-2.bin" else image).read_bytes())

        server = Server(self, answer)
        device = self.device("--pull", f"http://{server.host}/d/next", *self.trusts)
        self.assertEqual(device.wait("update")["keyset"], 2)
        self.comes_to(device, "2.0.0", 2)
        fresh = device.wait("fresh")
        self.assertEqual((fresh["result"], fresh["newer"]), ("ok", False), fresh)
        self.assertEqual(asked[:3], ["/d/next", "/d/keyset/2", "/d/next"])
        device.kill()
        device = self.device("--raw", 0)
        self.assertEqual(device.wait("keyset")["not_before"], fresh["now"], "it is not earlier than a token said")
        device.kill()
        [memory] = [part for part in inspect(self.dir / "device")["parts"] if part["kind"] == "updraft_memory"]
        self.assertEqual(memory["signing"]["not_before"], fresh["now"])
        self.assertIn(f"not before {fresh['now']} s after 1970", updraft("inspect", self.dir / "device").stdout)

    def fleet(self, asks=False):
        """The server of a fleet that has one package; `told` are the events of its reports, `asks` whether it wants to
        know who a device is, and what is in `troubles` is answered to the next reports."""
        www = self.dir / "www"
        www.mkdir()
        image = self.apart(www, "2.0.0", 2, size="100K")

        def answer(handler):
            url = urllib.parse.urlparse(handler.path)
            if url.path == "/d/report":
                said = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
                server.reports.append(said)
                if server.troubles:
                    return give(handler, b"", status=server.troubles.pop(0))
                server.told.extend(said["events"])
                return give(handler, b"", length=None, status=204)
            if url.path == "/d/next":
                hello = [("Updraft-Hello", "1")] if server.asks else []
                if dict(urllib.parse.parse_qsl(url.query))["have"] == "2":
                    return give(handler, b"", length=None, status=204, headers=hello)
                return give(handler, (www / "lamp.suit").read_bytes(), headers=hello)
            if url.path == "/d/fresh":
                return give(handler, b"", status=404)
            return give(handler, ((www / url.path.removeprefix("/d/")) if url.path != "/d/lamp-2.bin" else image).read_bytes())

        server = Server(self, answer)
        server.reports, server.told, server.troubles, server.asks = [], [], [], asks
        return server

    def member(self, server, *options):
        return self.device("--pull", f"http://{server.host}/d/next", *self.trusts, "--pull-every", 1, *options)

    def test_tells_what_became_of_updates(self):
        server = self.fleet()
        server.troubles.append(500)  # what it did not take is told again
        device = self.member(server)
        self.comes_to(device, "2.0.0", 2)
        until(lambda: {"confirm", "hello"} <= {event["event"] for event in server.told}, "it is told")
        self.assertEqual([event["event"] for event in server.reports[0]["events"]], ["accepted", "hello"],
                         "before the restart, which the rest needs")
        update = [event for event in server.told if event["event"] != "hello"]
        self.assertEqual([event["event"] for event in update], ["accepted", "update", "confirm"])
        self.assertEqual((update[1]["result"], update[1]["version"]), ("ok", "2.0.0"))
        self.assertEqual(update[0], server.reports[0]["events"][0])
        numbers = [event["n"] for event in server.told]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertEqual(len({said["id"] for said in server.reports}), 1)
        count = len(server.reports)
        for _ in range(2):
            device.wait("pulled", result="unchanged")
        self.assertEqual(len(server.reports), count, "once it is taken it is over")

    def test_says_who_it_is_where_that_has_changed_and_where_it_is_asked(self):
        server = self.fleet()

        def hellos():
            return [event for event in server.told if event["event"] == "hello"]

        device = self.member(server, "--pull-tz", "Europe/Berlin", "--pull-attr", "room=Küche", "--pull-attr", "floor=-1")
        until(lambda: [hello for hello in hellos() if hello["version"] == "2.0.0"], "it says what it runs now")
        hello = hellos()[-1]
        slot = next(part["size"] for part in inspect(self.dir / "device")["partitions"] if part["label"] == "ota_0")
        self.assertEqual((hello["project"], hello["chip"], hello["slot_size"]), ("demo", "esp32c3", slot))
        self.assertEqual(hello["codecs"], ["plain", "zlib", "delta"])
        self.assertEqual((hello["tz"], hello["attrs"]), ("Europe/Berlin", {"room": "Küche", "floor": "-1"}))
        until(lambda: "confirm" in [event["event"] for event in server.told], "the rest is told")
        until(lambda: len((self.dir / "device/reports").read_text().splitlines()) == 1, "and it knows that it is")
        device.kill()
        count = len(hellos())
        same = ("--pull-tz", "Europe/Berlin", "--pull-attr", "room=Küche", "--pull-attr", "floor=-1")
        device = self.member(server, *same)
        for _ in range(2):
            device.wait("pulled", result="unchanged")
        self.assertEqual(len(hellos()), count, "nothing has changed")
        server.asks = True
        until(lambda: len(hellos()) > count, "it is asked")
        server.asks = False
        self.assertEqual({**hellos()[-1], "n": 0}, {**hello, "n": 0})
        self.assertGreater(hellos()[-1]["n"], hello["n"])
        device.kill()
        device = self.member(server, "--pull-attr", "room=bath")
        until(lambda: hellos()[-1]["attrs"] == {"room": "bath"}, "another room")
        self.assertNotIn("tz", hellos()[-1])

    def test_attributes_that_no_server_takes(self):
        url = ("device", "--state", self.dir / "no", "--pull", "http://h/d/next")
        many = [word for number in range(33) for word in ("--pull-attr", f"a{number}=b")]
        full = [word for number in range(16) for word in ("--pull-attr", f"a{number}=" + "b" * 128)]
        for options, words in ((("--pull-attr", "room"), "want NAME=VALUE"), (("--pull-attr", "a room=b"), "name of an attribute"),
                               (("--pull-attr", "a=" + "b" * 129), "value of an attribute"), (many, "more than 32"),
                               (full, "all attributes together"), (("--pull-tz", "z" * 65), "a time zone")):
            with self.subTest(words):
                done = updraft(*url, *options, check=False)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(words, done.stderr)


if __name__ == "__main__":
    unittest.main()
