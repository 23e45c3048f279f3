"""A device that fetches packages whose image stands beside them, from nginx; and the server of a fleet."""
import json
import random
import re
import unittest
import urllib.parse

from harness import Case, sampled, updraft
from test_pull_nginx import KILLS, NGINX, Nginx
from test_signed_device import CLASS, VENDOR, Signed
from waiting import until
from web_server import Server, give


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

    def test_tells_what_became_of_updates(self):
        www = self.dir / "www"
        www.mkdir()
        image = self.apart(www, "2.0.0", 2, size="100K")
        told, first = [], []

        def answer(handler):
            url = urllib.parse.urlparse(handler.path)
            if url.path == "/d/report":
                said = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
                if not first:  # the server is in trouble: it is told again
                    first.append(said)
                    return give(handler, b"", status=500)
                told.append(said)
                return give(handler, b"", length=None, status=204)
            if url.path == "/d/next":
                if dict(urllib.parse.parse_qsl(url.query))["have"] == "2":
                    return give(handler, b"", length=None, status=204)
                return give(handler, (www / "lamp.suit").read_bytes())
            if url.path == "/d/fresh":
                return give(handler, b"", status=404)
            return give(handler, ((www / url.path.removeprefix("/d/")) if url.path != "/d/lamp-2.bin" else image).read_bytes())

        server = Server(self, answer)
        device = self.device("--pull", f"http://{server.host}/d/next", *self.trusts, "--pull-every", 1)
        self.comes_to(device, "2.0.0", 2)
        events = until(lambda: [event for said in list(told) for event in said["events"]][1:] and
                       [event for said in list(told) for event in said["events"]], "it is told")
        self.assertEqual([event["event"] for event in events], ["update", "confirm"])
        self.assertEqual([event["n"] for event in events], [1, 2])
        self.assertEqual((events[0]["result"], events[0]["version"]), ("ok", "2.0.0"))
        self.assertEqual(first[0]["events"][0], events[0])
        self.assertEqual(told[0]["id"], first[0]["id"])
        count = len(told)
        for _ in range(2):
            device.wait("pulled", result="unchanged")
        self.assertEqual(len(told), count, "once it is taken it is over")


if __name__ == "__main__":
    unittest.main()
