"""A device with one slot and a rescue app, from outside: updates that go through it, trials that end in it, apps that
crash into it; and what `updraft flash plan` says about such tables."""
import http.client
import json
import os
import subprocess
import unittest

from file_server import FileServer
from harness import PATIENCE, UPDRAFT, Case, inspect, netcat, updraft
from mqtt_broker import IS_HERE as BROKER_IS_HERE
from mqtt_broker import Broker

ONE_SLOT = """nvs, data, nvs, 0x9000, 0x5000
otadata, data, ota, 0xe000, 0x2000
ota_0, app, ota_0, 0x10000, 2880K
rescue, app, factory, , 832K
fs, data, littlefs, , 256K
updraft, data, undefined, , 64K
"""
FOUR_MB = ("--flash-size", "4MB")


class RescueCase(Case):
    def setUp(self):
        super().setUp()
        self.table = self.dir / "one-slot.csv"
        self.table.write_text(ONE_SLOT)

    def one_slot(self, *arguments, state="device"):
        return self.device("--partitions", self.table, *FOUR_MB, *arguments, state=state)

    def pushed(self, *arguments, check=True):
        done = updraft("push", *arguments, "--json", check=check)
        return [json.loads(line) for line in done.stdout.splitlines()], done


class OneSlot(RescueCase):
    def test_push_waits_and_sends_again_by_itself(self):
        v1, v2, bad = (self.image(name, "--version", version, *more) for name, version, more in
                       (("v1", "1.0.0", ()), ("v2", "2.0.0", ()), ("bad", "1.5.0", ("--app", "crash"))))
        device = self.one_slot("--firmware", v1, "--http", 0, "--allow-unsigned")
        self.assertEqual(device.wait("boot")["slot"], "ota_0")
        port = device.port("ws")
        said, _ = self.pushed(bad, f"ws://127.0.0.1:{port}", "--restart", check=False)
        self.assertIn("rescue_first", [event["event"] for event in said])
        self.assertEqual(said[-1]["code"], "rolled_back")
        self.assertEqual(device.wait("update", result="failed")["code"], "rescue_first")
        self.assertEqual(device.wait("rescue")["reason"], "update")
        self.assertEqual(device.wait("update", result="ok")["version"], "1.5.0")
        self.assertEqual(device.wait("rescue")["reason"], "trial_failed")
        said, _ = self.pushed(v2, f"http://127.0.0.1:{port}")
        self.assertEqual(said[-1]["result"], "ok", "the rescue app takes the next at once")
        device.wait("confirm")
        device.stop()
        self.assertEqual(inspect(self.dir / "device")["version"], "2.0.0")

    def test_a_foreign_sender_reads_the_sentence(self):
        device = self.one_slot("--http", 0, "--allow-unsigned")
        device.wait("boot")
        foreign = http.client.HTTPConnection("127.0.0.1", device.port("ws"), timeout=PATIENCE)
        self.addCleanup(foreign.close)
        foreign.request("POST", "/ota", self.image("v2", "--version", "2.0.0").read_bytes(), {"X-Updraft": "1"})
        self.assertIn("send again in a moment", foreign.getresponse().read().decode())
        ended = device.wait("update")
        self.assertEqual((ended["result"], ended["code"]), ("failed", "rescue_first"))
        self.assertIn("send again", ended["message"])
        self.assertEqual(device.wait("boot")["slot"], "rescue")

    def test_nothing_comes_and_the_app_comes_back(self):
        device = self.one_slot("--raw", 0, "--allow-unsigned", "--rescue-wait", 0.3)
        netcat(device.port("raw"), self.image("v2", "--version", "2.0.0"))
        device.wait("boot", slot="rescue")
        back = device.wait("boot", slot="ota_0")
        self.assertEqual((back["version"], back["state"]), ("1.0.0", "valid"))

    def test_what_is_fetched_is_fetched_by_it_as_well(self):
        v2 = self.image("v2", "--version", "2.0.0")
        serve = subprocess.Popen([UPDRAFT, "serve", v2, "--raw", "0", "--json"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (serve.kill(), serve.wait(), serve.stdout.close()))
        port = json.loads(serve.stdout.readline())["port"]
        device = self.one_slot("--pull", f"raw://127.0.0.1:{port}", "--allow-unsigned")
        self.assertEqual(device.wait("rescue")["reason"], "update")
        self.assertEqual(device.wait("update", result="ok")["version"], "2.0.0")
        device.wait("confirm")
        device.stop()

    def test_data_goes_where_it_belongs_because_no_slot_is_idle(self):
        self.table.write_text(ONE_SLOT.replace("fs, data, littlefs, , 256K", "res, 0x40, 0, , 64K\nspare, 0x41, 0, , 192K"))
        device = self.one_slot("--http", 0, "--allow-unsigned")
        device.wait("boot")
        port, flash = device.port("ws"), self.dir / "device" / "flash.bin"
        before = flash.read_bytes()
        data = self.dir / "res.bin"
        data.write_bytes(bytes(range(256)) * 256)
        told, done = self.pushed(data, f"ws://127.0.0.1:{port}", "--to", "fs:res", "--restart", check=False)
        self.assertEqual((told[-1]["code"], done.returncode), ("local", 2), "nobody has said that a cut may leave half of it")
        self.assertEqual(flash.read_bytes(), before)
        self.pushed(data, f"ws://127.0.0.1:{port}", "--to", "fs:res", "--restart", "--yes")
        updraft("restart", f"ws://127.0.0.1:{port}", "--into", "rescue")
        device.wait("boot", slot="rescue")
        other = self.dir / "other.bin"
        other.write_bytes(b"other" + bytes(65531))
        self.pushed(other, f"ws://127.0.0.1:{port}", "--to", "fs:res", "--yes")
        device.stop()
        self.assertEqual(flash.read_bytes()[0x3B0000:0x3C0000], other.read_bytes())
        self.assertEqual(flash.read_bytes()[0x10000:0x3B0000], before[0x10000:0x3B0000], "both apps are as they were")

    def test_a_restart_into_it_says_why(self):
        device = self.one_slot("--http", 0, "--allow-unsigned")
        port = device.port("ws")
        updraft("restart", f"ws://127.0.0.1:{port}", "--into", "rescue")
        self.assertEqual(device.wait("rescue")["reason"], "asked")

    def test_an_app_that_crashes_three_times_ends_in_it(self):
        bad = self.image("bad", "--version", "1.5.0", "--app", "crash")
        device = self.one_slot("--firmware", bad, "--bootloader", "plain", "--raw", 0, "--allow-unsigned")
        # Its record says valid: only an image that was not confirmed crashes here. So it comes as an update.
        netcat(device.port("raw"), self.image("worse", "--version", "1.6.0", "--app", "crash"))
        device.wait("boot", slot="rescue")
        netcat(device.port("raw"), self.image("worse", "--version", "1.6.0", "--app", "crash"))
        self.assertEqual(device.wait("rescue", reason="boot_loop")["reason"], "boot_loop")
        device.wait("boot", slot="rescue")
        panics = sum(event["event"] == "reboot" and event["reason"] == "panic" for event in device.events)
        self.assertEqual(panics, 3)
        netcat(device.port("raw"), self.image("v2", "--version", "2.0.0"))
        self.assertEqual(device.wait("boot", slot="ota_0")["version"], "2.0.0")

    def test_a_rescue_app_that_is_broken_is_said_before_anything_is_written(self):
        device = self.one_slot("--raw", 0, "--allow-unsigned")
        device.wait("boot")
        device.stop()
        flash = self.dir / "device" / "flash.bin"
        with flash.open("r+b") as file:
            file.seek(0x2E0000 + 5000)
            file.write(b"\0\1\2\3")
        before = flash.read_bytes()
        device = self.one_slot("--raw", 0, "--allow-unsigned")
        netcat(device.port("raw"), self.image("v2", "--version", "2.0.0"))
        self.assertEqual(device.wait("update")["code"], "rescue_broken")
        device.stop()
        self.assertEqual(flash.read_bytes(), before)


class TheRescueAppItself(RescueCase):
    """It is written in place, by the app, and then the next update goes through it."""

    def setUp(self):
        super().setUp()
        self.v2 = self.image("v2", "--version", "2.0.0")
        self.new = self.image("rescue2", "--version", "1.0.7")

    def rescue_in_flash(self, size):
        with (self.dir / "device" / "flash.bin").open("rb") as flash:
            flash.seek(0x2E0000)
            return flash.read(size)

    def holds_the_new_one(self):
        return self.rescue_in_flash(self.new.stat().st_size) == self.new.read_bytes()

    def test_push_to_rescue(self):
        device = self.one_slot("--http", 0, "--form", "--allow-unsigned", "--allow-target", "rescue")
        device.wait("boot")
        url = f"ws://127.0.0.1:{device.port('ws')}"
        before = self.rescue_in_flash(832 * 1024)
        told, done = self.pushed(self.new, url, "--to", "rescue", check=False)
        self.assertEqual((told[-1]["code"], done.returncode), ("local", 2), "a cut leaves none, and nobody has said that this is meant")
        self.assertEqual(self.rescue_in_flash(832 * 1024), before)
        told, _ = self.pushed(self.new, url, "--to", "rescue", "--yes", "--restart")
        self.assertEqual(told[-1]["result"], "ok")
        self.assertEqual(device.wait("update")["result"], "ok")
        self.assertEqual(device.wait("boot")["slot"], "ota_0")
        self.assertTrue(self.holds_the_new_one())
        told, _ = self.pushed(self.v2, url, "--restart")
        self.assertIn("rescue_first", [event["event"] for event in told])
        self.assertEqual(device.wait("boot", slot="rescue")["version"], "1.0.7")
        self.assertEqual(device.wait("boot", slot="ota_0")["version"], "2.0.0")

    def test_by_the_form(self):
        device = self.one_slot("--http", 0, "--form", "--allow-unsigned", "--allow-target", "rescue")
        device.wait("boot")
        self.pushed(self.new, f"form://127.0.0.1:{device.port('form')}", "--to", "rescue", "--yes")
        self.assertTrue(self.holds_the_new_one())

    def test_it_is_refused_where_nobody_allowed_it(self):
        device = self.one_slot("--http", 0, "--allow-unsigned")
        device.wait("boot")
        before = (self.dir / "device" / "flash.bin").read_bytes()
        told, done = self.pushed(self.new, f"ws://127.0.0.1:{device.port('ws')}", "--to", "rescue", "--yes", check=False)
        self.assertEqual((told[-1]["code"], done.returncode), ("wrong_target", 1))
        self.assertIn("--allow-target", done.stderr)
        device.stop()
        self.assertEqual((self.dir / "device" / "flash.bin").read_bytes(), before)

    def test_what_cannot_name_it_says_so(self):
        done = updraft("push", self.new, "raw://127.0.0.1:9", "--to", "rescue", "--yes", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("a package can", done.stderr)

    def test_a_power_cut_is_said_and_the_app_stays(self):
        ways = ("--http", 0, "--allow-unsigned", "--allow-target", "rescue")
        device = self.one_slot(*ways)
        device.wait("boot")
        device.stop()
        device = self.one_slot(*ways, "--cut-power-at", 40)
        self.pushed(self.new, f"ws://127.0.0.1:{device.port('ws')}", "--to", "rescue", "--yes", check=False)
        device.end()
        told = inspect(self.dir / "device")
        memory = next(part for part in told["parts"] if part["kind"] == "updraft_memory")
        self.assertEqual(memory["rescue"]["target"], "rescue")
        device = self.one_slot(*ways)
        self.assertEqual(device.wait("boot")["version"], "1.0.0")
        self.assertEqual(device.wait("rescue")["code"], "rescue_broken")
        url = f"ws://127.0.0.1:{device.port('ws')}"
        told, _ = self.pushed(self.v2, url, check=False)
        self.assertEqual(told[-1]["code"], "rescue_broken")
        self.pushed(self.new, url, "--to", "rescue", "--yes", "--restart")
        self.assertTrue(self.holds_the_new_one())
        told, _ = self.pushed(self.v2, url, "--restart")
        self.assertEqual(told[-1]["version"], "2.0.0")

    def test_the_status_names_it_and_the_rescue_app_does_not(self):
        device = self.one_slot("--http", 0, "--allow-unsigned")
        device.wait("boot")
        port = device.port("ws")

        def target():
            status = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            self.addCleanup(status.close)
            status.request("GET", "/ota/status")
            return [one for one in json.loads(status.getresponse().read())["targets"] if one["name"] == "rescue"]
        self.assertEqual(target(), [{"name": "rescue", "format": "app", "bytes": 832 * 1024, "way": "in_place"}])
        updraft("restart", f"ws://127.0.0.1:{port}", "--into", "rescue")
        device.wait("boot", slot="rescue")
        device.wait("listening", scheme="ws")
        self.assertEqual(target(), [])


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


class Inspected(RescueCase):
    def test_layout_and_boot_counter(self):
        device = self.one_slot("--bootloader", "plain", "--raw", 0, "--allow-unsigned", "--healthy-after", 600)
        worse = self.image("worse", "--version", "1.6.0", "--app", "crash")
        netcat(device.port("raw"), worse)
        device.wait("boot", slot="rescue")
        netcat(device.port("raw"), worse)
        device.wait("reboot", reason="panic")
        device.wait("listening")
        device.kill()
        told = inspect(self.dir / "device")
        self.assertEqual(told["layout"], "one slot and a rescue app")
        memory = next(part for part in told["parts"] if part["kind"] == "updraft_memory")
        self.assertIn(memory["rescue"]["starts"], (1, 2))
        text = updraft("inspect", self.dir / "device").stdout
        self.assertIn("one slot and a rescue app", text)
        self.assertRegex(text, r"starts +[12] by a crash")


class Plan(RescueCase):
    def plan(self, *arguments, status=0):
        done = updraft("flash", "plan", *arguments, "--json", check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def csv(self, name, text):
        path = self.dir / name
        path.write_text("nvs, data, nvs, 0x9000, 0x5000\notadata, data, ota, 0xe000, 0x2000\n" + text)
        return path

    def test_answers_and_exit_statuses(self):
        default = self.csv("default.csv", "app0, app, ota_0, 64K, 1280K\napp1, app, ota_1, , 1280K\nspiffs, data, spiffs, , 1408K\n")
        larger = self.csv("larger.csv", "app0, app, ota_0, 64K, 1920K\napp1, app, ota_1, , 1920K\nspiffs, data, spiffs, , 192K\n")
        self.assertEqual(self.plan(default, default)["answer"], "safe")
        told = self.plan(default, larger, status=1)
        self.assertEqual((told["rule"], told["code"]), (6, "unsafe_layout"))
        told = self.plan(default, larger, "--lose", "spiffs", status=3)
        self.assertEqual((told["answer"], told["window_ms"], told["window_worst_ms"]), ("46 ms of risk", 45.4, 403))
        told = self.plan(default, larger, "--lose", "spiffs", "--running", "app1", status=3)
        self.assertEqual(told["steps"][0]["what"], "move")
        guard = self.dir / "guard.bin"
        guard.write_bytes(b"... UDGUARD1 ...")
        self.assertEqual(self.plan(default, larger, "--lose", "spiffs", "--bootloader", guard)["answer"], "safe")
        self.assertEqual(updraft("flash", "plan", default, larger, "--running", "nobody", check=False).returncode, 2)
        text = updraft("flash", "plan", default, larger, check=False).stdout
        self.assertTrue(text.startswith("answer     not over the air: rule 6"), text)

    def test_a_dump_says_itself_what_runs(self):
        device = self.device("--raw", 0, "--allow-unsigned", "--flash-size", "4MB")
        device.wait("boot")
        device.stop()
        told = self.plan(self.dir / "device" / "flash.bin", self.dir / "device" / "flash.bin")
        self.assertTrue(told["same"])

    def test_try_counts_every_cut(self):
        told = self.plan(self.table, self.table, "--try")
        tried = told["try"]
        self.assertGreater(tried["cuts"], 1000)
        self.assertEqual((tried["finished"], tried["dead"], tried["stuck"]), (tried["cuts"], 0, 0))
        text = updraft("flash", "plan", self.table, self.csv("one.csv", "app0, app, ota_0, 64K, 2880K\n"), "--lose", "fs", "--lose", "updraft",
                       "--try", check=False).stdout
        self.assertIn("no update over the air is possible with the new table", text)


if __name__ == "__main__":
    unittest.main()
