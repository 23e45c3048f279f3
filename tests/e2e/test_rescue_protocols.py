"""Each protocol brings an update to a device with one slot."""
import json
import os
import subprocess
import unittest

from file_server import FileServer
from harness import UPDRAFT, inspect, netcat, updraft
from mqtt_broker import IS_HERE as BROKER_IS_HERE
from mqtt_broker import Broker
from rescue_case import RescueCase


class EveryProtocol(RescueCase):
    """An update by each protocol, to a device with one slot: through the rescue app; its trial fails; it comes back through the
    rescue app, and takes the next. Who pushes sends once, where the protocol lets a device say why."""

    def setUp(self):
        super().setUp()
        self.bad = self.image("bad.bin", "--version", "1.5.0", "--app", "crash")
        self.good = self.image("good.bin", "--version", "2.0.0")
        self.env = {**os.environ, "XDG_CONFIG_HOME": str(self.dir / "config"), "UPDRAFT_PASSWORD": "hunter2"}

    def goes_through(self, *ways, send, scheme, listening=None, by_hand=False):
        """`send(file, where)` sends once. `by_hand`: the protocol has no word for it, and it is sent again."""
        device = self.one_slot("--firmware", self.image("v1", "--version", "1.0.0"), *ways, "--allow-unsigned", state=scheme)
        device.wait("boot", slot="ota_0")
        where = device.wait("listening", scheme=listening or scheme) if listening != "none" else {}
        send(self.bad, where)
        ended = device.wait("update")
        self.assertEqual((ended["result"], ended["code"], ended["scheme"]), ("failed", "rescue_first", scheme))
        self.assertEqual(device.wait("rescue")["reason"], "update")
        if by_hand:
            device.wait("listening", scheme=listening or scheme)
            send(self.bad, where)
        self.assertEqual(device.wait("update", result="ok")["version"], "1.5.0")
        self.assertEqual(device.wait("rescue")["reason"], "trial_failed")
        if listening != "none":
            device.wait("listening", scheme=listening or scheme)
        send(self.good, where)
        self.assertEqual(device.wait("update", result="ok")["version"], "2.0.0")
        device.wait("confirm")
        device.stop()
        self.assertEqual(inspect(self.dir / scheme)["version"], "2.0.0")
        return device

    def push(self, url, *arguments):
        """A sender that runs by itself: what it says in the end is asked of the device."""
        def send(file, where):
            target = url.format(port=where.get("port"), **{"dir": self.dir})
            self.said = subprocess.Popen([UPDRAFT, "push", str(file), target, *map(str, arguments), "--json"], env=self.env,
                                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            self.addCleanup(lambda push=self.said: (push.kill(), push.communicate()))
        return send

    def test_ws(self):
        self.goes_through("--http", 0, scheme="ws", send=self.push("ws://127.0.0.1:{port}", "--restart"))

    def test_http(self):
        self.goes_through("--http", 0, scheme="http", listening="ws", send=self.push("http://127.0.0.1:{port}"))

    def test_form(self):
        self.goes_through("--http", 0, "--form", scheme="form", send=self.push("form://127.0.0.1:{port}"))

    def test_elegant(self):
        self.goes_through("--http", 0, "--elegant", scheme="elegant", send=self.push("elegant://127.0.0.1:{port}"))

    def test_arduino(self):
        self.goes_through("--arduino", 0, scheme="arduino", send=self.push("arduino://127.0.0.1:{port}"))

    def test_esphome(self):
        self.goes_through("--esphome", 0, scheme="esphome", send=self.push("esphome://127.0.0.1:{port}"))

    def test_native(self):
        def send(file, where):
            if not self.paired:
                updraft("pair", self.line, env=self.env)
                self.paired = True
            self.push("updraft://127.0.0.1:{port}")(file, where)
        self.paired = False
        device = self.one_slot("--firmware", self.image("v1", "--version", "1.0.0"), "--native", 0, state="native")
        self.line = device.wait("pairing")["string"]
        device.stop()
        self.goes_through("--native", 0, scheme="native", send=send)

    def test_control(self):
        line = self.dir / "esps0"
        self.goes_through("--control", line, scheme="control", send=self.push(f"control:{line}"))

    def test_bundle(self):
        def send(file, where):
            files = self.dir / file.stem
            files.mkdir(exist_ok=True)
            (files / "firmware.bin").write_bytes(file.read_bytes())
            self.push("bundle://127.0.0.1:{port}")(files, where)
        self.goes_through("--bundle", 0, "--password", "hunter2", scheme="bundle", send=send)

    def test_raw_is_sent_twice(self):
        self.goes_through("--raw", 0, scheme="raw", send=lambda file, where: netcat(where["port"], file), by_hand=True)

    def test_raw_with_somebody_to_ask(self):
        def send(file, where):
            self.push("raw://127.0.0.1:{port}", "--confirm-at", f"ws://127.0.0.1:{self.page}")(file, where)
        device = self.one_slot("--http", 0, state="raw")
        self.page = device.port("ws")
        device.stop()
        self.goes_through("--raw", 0, "--http", self.page, scheme="raw", send=send)

    def test_uart_is_sent_twice(self):
        line = self.dir / "ttyS0"

        def send(file, where):
            if file == self.bad and not self.sent:
                self.sent = os.open(line, os.O_RDWR | os.O_NOCTTY)
                self.addCleanup(os.close, self.sent)
                os.write(self.sent, file.read_bytes()[:1024])  # a piece: who sends waits for it to be taken
            else:
                self.push(f"uart:{line}")(file, where)
        self.sent = None
        self.goes_through("--uart", line, scheme="uart", send=send, by_hand=True)

    def test_a_card_is_read_by_both(self):
        card = self.dir / "card"
        card.mkdir()
        device = self.goes_through("--sd", card, scheme="sd", send=self.push(f"sd:{card}"))
        self.assertEqual(sorted(path.name for path in card.glob("*.taken")), ["bad.bin.taken", "good.bin.taken"])

    @unittest.skipUnless(BROKER_IS_HERE, "mosquitto and mosquitto-clients are not here")
    def test_a_topic_that_keeps_its_message(self):
        broker = Broker(self)
        self.goes_through("--mqtt", broker.url(), scheme="mqtt", send=self.push(broker.url(), "--retain"))

    def fetching(self, scheme, file):
        serve = subprocess.Popen([UPDRAFT, "serve", file, f"--{scheme}", "0", "--json"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (serve.kill(), serve.wait(), serve.stdout.close()))
        port = json.loads(serve.stdout.readline())["port"]
        return self.one_slot("--pull", f"{scheme}://127.0.0.1:{port}", "--allow-unsigned", state=scheme)

    def fetched(self, scheme):
        device = self.fetching(scheme, self.bad)
        self.assertEqual(device.wait("update")["code"], "rescue_first")
        self.assertEqual(device.wait("update", result="ok")["version"], "1.5.0")
        self.assertEqual(device.wait("rescue")["reason"], "trial_failed")
        device.stop()
        device = self.fetching(scheme, self.good)
        self.assertEqual(device.wait("update", result="ok")["version"], "2.0.0")
        device.wait("confirm")

    def test_fetched_by_raw(self):
        self.fetched("raw")

    def test_fetched_by_req(self):
        self.fetched("req")

    def test_fetched_from_a_web_server(self):
        server = FileServer(self, self.bad.read_bytes())
        device = self.one_slot("--pull", server.url, "--allow-unsigned", "--pull-every", 1, state="web")
        self.assertEqual(device.wait("update")["code"], "rescue_first")
        self.assertEqual(device.wait("update", result="ok")["version"], "1.5.0")
        self.assertEqual(device.wait("rescue", reason="trial_failed")["reason"], "trial_failed")
        server.replace(self.good.read_bytes())
        self.assertEqual(device.wait("update", result="ok")["version"], "2.0.0")
        device.wait("confirm")

if __name__ == "__main__":
    unittest.main()
