"""The command line as a person or a script meets it: help, exit statuses, inspect, no secrets."""
import hashlib
import json
import os
import re
import subprocess
import unittest

from harness import UPDRAFT, Case, inspect, netcat, send, updraft

SECRET = "a-key-that-must-not-be-seen-1234"  # 32 characters
OPEN = ("--raw", 0, "--allow-unsigned")


class Help(Case):
    def test_every_subcommand_has_examples(self):
        for words in ([], ["device"], ["push"], ["serve"], ["inspect"], ["image", "make"],
                      ["image", "verify"], ["encrypt"], ["decrypt"], ["delta", "make"], ["delta", "apply"],
                      ["key", "gen"], ["key", "pub"], ["key", "id"], ["keyset", "make"], ["keyset", "sign"], ["keyset", "show"],
                      ["sign"], ["suit", "make"], ["suit", "tbs"], ["suit", "attach"], ["suit", "verify"]):
            with self.subTest(" ".join(words)):
                text = updraft(*words, "--help").stdout
                self.assertIn("updraft " + " ".join(words) if words else "Start here", text)

    def test_a_screen_tells_how_to_begin_and_a_word_tells_the_rest(self):
        for command in ("push", "device"):
            brief = updraft(command, "--help").stdout
            with self.subTest(command):
                self.assertLessEqual(len(brief.splitlines()), {"push": 24, "device": 40}[command], brief)
                self.assertEqual(updraft("help", command).stdout, brief)
            man = updraft("man", command).stdout.replace("\\-", "-")
            every = set(re.findall(r"^\\fB(?:.*,)?(--[a-z-]+)", man, re.MULTILINE))
            listed = re.search(r"of one protocol: ([a-z, ]+);", " ".join(brief.split())).group(1).split(", ")
            told = set()
            for word in (*listed, "url", "sign", "data", "new", "behaviour", "network", "policy"):
                text = updraft(command, "--help", word).stdout
                with self.subTest(command=command, word=word):
                    self.assertLessEqual(len(text.splitlines()), 60)
                    self.assertEqual(updraft("help", command, word).stdout, text)
                told |= set(re.findall(r"^  (?:-h, )?(--[a-z-]+)", text + brief, re.MULTILINE))
            self.assertEqual(every - told, set(), "the manual page has no option that no word tells")
            completed = updraft("completion", "bash").stdout
            line = re.search(rf"'updraft {command}'\) commands='.*?' options='(.*?)'", completed).group(1).split()
            self.assertEqual(every - set(line), set())

    def test_a_group_tells_of_its_own_commands(self):
        for group in ("flash", "image", "delta", "key", "keyset", "suit"):
            with self.subTest(group):
                text = updraft(group, "--help").stdout
                self.assertIn(f"updraft help {group} COMMAND tells more of one.", text)
                self.assertNotIn("Start here", text)
                self.assertEqual(updraft("help", group).stdout, text)
        self.assertIn("Take partitions", updraft("help", "flash", "extract").stdout)

    def test_a_value_has_its_whole_name(self):
        text = updraft("device", "--help", "ws").stdout
        self.assertRegex(text, r"--host-name NAME\[:PORT\]\s")
        self.assertRegex(text, r"--base-path /PATH\s")

    def test_sentences_are_wrapped_as_a_whole(self):
        for command in ("rollback", "inspect"):
            text = updraft(command, "--help", env={**os.environ, "COLUMNS": "80"}).stdout
            sentences = text.split("\n\n")[-1].split("Examples:")[0].splitlines()
            for line, after in zip(sentences, sentences[1:]):
                with self.subTest(command=command, line=line):
                    self.assertGreater(len(line) + 1 + len(after.split()[0]), 78, "there was room for the next word")

    def test_a_target_asks_for_the_help_of_its_protocol(self):
        text = updraft("push", "app.bin", "mqtts://broker.lan/ota", "--help").stdout
        for option in ("--retain", "--qos", "--user", "--fingerprint", "--aes-key"):
            self.assertIn(option, text)
        for option in ("--restart", "--baud", "--esphome-key", "--wait"):
            self.assertNotIn(option, text)
        self.assertIn("No answer comes back", text)
        self.assertIn("mqtts://, 8883", text)

    def test_usage_errors_end_with_2(self):
        for words in ([], ["nonsense"], ["push"], ["push", "f", "ftp://x"], ["device"],
                      ["device", "--state", self.dir / "d", "--allow-unsigned=ws", "--raw", "0"],
                      ["device", "--state", self.dir / "d", "--chip", "z80"],
                      ["device", "--state", self.dir / "d", "--aes-key", "short", "--aes-mode", "cbc",
                       "--aes-iv", "0123456789012345", "--raw", "0"],
                      ["serve", __file__], ["push", __file__, "raw://h:0"]):
            with self.subTest(" ".join(map(str, words))):
                self.assertEqual(updraft(*words, check=False).returncode, 2)

    def test_an_option_of_a_protocol_that_is_not_in_play_is_refused(self):
        state = ("device", "--state", self.dir / "d")
        for words, said in (
                (("push", __file__, "ws://127.0.0.1", "--aes-key", "k"), "--aes-key is an option of raw"),
                (("push", __file__, "raw://127.0.0.1", "--restart"), "--restart is an option of ws"),
                (("push", __file__, "raw://127.0.0.1", "--force"), "--force is an option of ws"),
                (("push", __file__, "bundle://127.0.0.1", "--retry"), "--retry is an option of ws"),
                (("push", __file__, "raw://127.0.0.1", "--control-form", "older"), "option of control"),
                (("serve", __file__, "--req", 0, "--aes-key", "k"), "--raw PORT serves by it"),
                ((*state, "--raw", 0, "--password", "p"), "--password is an option of bundle and ws"),
                ((*state, "--raw", 0, "--host-name", "h"), "--http and --https open it"),
                ((*state, "--pull", "req://h", "--aes-key", "k"), "--aes-key is an option of raw and form and mqtt and uart and sd (AES key); --raw opens it"),
                ((*state, "--raw", 0, "--allow-unsigned=ws"), "--http and --https open ws"),
        ):
            with self.subTest(" ".join(map(str, words))):
                done = updraft(*words, check=False)
                self.assertEqual(done.returncode, 2)
                self.assertIn(said, done.stderr)
        self.assertFalse((self.dir / "d").exists(), "and nothing was made")


class Names(Case):
    def test_an_image_has_them_whole_or_is_not_made(self):
        whole = "x" * 31
        self.assertEqual(inspect(self.image("whole", "--version", whole, "--project", whole))["version"], whole)
        for option in ("--version", "--project"):
            with self.subTest(option):
                done = updraft("image", "make", option, "\u00fc" * 16, "-o", self.dir / "cut.bin", check=False)
                self.assertEqual(done.returncode, 2)
                self.assertIn(f"{option}: an image has room for 31 bytes, and this has 32", done.stderr)
                self.assertFalse((self.dir / "cut.bin").exists())


class Listening(Case):
    def test_what_is_no_address_here_is_wrong_usage(self):
        file = self.image("v1")
        for words in (("serve", file, "--raw", 0), ("device", "--state", self.dir / "d", *OPEN),
                      ("device", "--state", self.dir / "e", "--arduino", 0, "--allow-unsigned")):
            with self.subTest(words[0]):
                done = updraft(*words, "--listen", "127.0.0.300", check=False)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("--listen 127.0.0.300: want an address of this computer", done.stderr)


class EmptyValues(Case):
    """A script's variable that was not set opens nothing."""

    def refused(self, *words, said, **options):
        with self.subTest(" ".join(map(repr, words))):
            done = updraft(*words, check=False, **options)
            self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
            self.assertIn(said, done.stderr)

    def test_options_refuse_them(self):
        (self.dir / "empty").write_text("\n")
        state = ("device", "--state", self.dir / "d", "--raw", 0, "--bundle", 0)
        for option in ("--allow-unsigned", "--retry", "--project", "--password", "--password-file", "--aes-key", "--aes-iv",
                       "--listen", "--rsa-key", "--ecies-key", "--tls-cert", "--host-name", "--pull", "--partitions"):
            self.refused(*state, f"{option}=", said=f"{option} has an empty value")
            self.refused(*state, option, "", said=f"{option} has an empty value")
        push = ("push", __file__, "wss://127.0.0.1")
        for option in ("--fingerprint", "--cafile", "--pending", "--delta-from"):
            self.refused(*push, f"{option}=", said=f"{option} has an empty value")
            self.refused(*push, option, "", said=f"{option} has an empty value")
        for command in ("confirm", "rollback"):
            self.refused(command, "wss://127.0.0.1", "--fingerprint=", said="--fingerprint has an empty value")
        self.refused("serve", __file__, "--raw", 0, "--aes-key=", said="--aes-key has an empty value")
        self.refused("decrypt", __file__, "-o", self.dir / "x", "--rsa-key=", said="--rsa-key has an empty value")
        self.assertFalse((self.dir / "d").exists(), "and nothing was made")

    def test_no_target_at_all_is_not_meant_by_one(self):
        """Else an update would go to whichever device is the only one."""
        self.refused("push", __file__, "", said=f"what follows {__file__} is empty")
        self.refused("push", "", "raw://127.0.0.1", said="what follows push is empty")
        for command in ("confirm", "rollback", "restart"):
            self.refused(command, "", said=f"what follows {command} is empty")

    def test_so_do_lists_files_and_variables(self):
        (self.dir / "empty").write_text("\n")
        state = ("device", "--state", self.dir / "d", "--raw", 0)
        for schemes in (",", "raw,", ",raw", "raw,,ws"):
            self.refused(*state, f"--allow-unsigned={schemes}", said="--allow-unsigned")
        for command in (state, ("push", __file__, "raw://127.0.0.1"), ("serve", __file__, "--raw", 0)):
            self.refused(*command, "--aes-key", f"@{self.dir / 'empty'}", said="is empty")
            self.refused(*command, said="UPDRAFT_AES_KEY is empty", env={**os.environ, "UPDRAFT_AES_KEY": ""})
        bundle = ("device", "--state", self.dir / "d", "--bundle", 0)
        self.refused(*bundle, "--password-file", self.dir / "empty", said="is empty")
        self.refused(*bundle, said="bundle needs a password", env={**os.environ, "UPDRAFT_PASSWORD": ""})
        self.assertFalse((self.dir / "d").exists(), "and nothing was made")


class Inspect(Case):
    def test_an_image(self):
        image = self.image("v1", "--version", "1.2.3", "--chip", "esp32s3", "--project", "lamp")
        report = inspect(image)
        self.assertEqual((report["kind"], report["valid"], report["version"], report["chip"],
                          report["project"]), ("image", True, "1.2.3", "esp32s3", "lamp"))
        self.assertEqual(report["digest"], image.read_bytes()[-32:].hex()[:16])

    def test_a_damaged_image(self):
        image = self.image("v1")
        data = bytearray(image.read_bytes())
        data[2000] ^= 1
        image.write_bytes(data)
        done = updraft("inspect", image, "--json", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(json.loads(done.stdout)["code"], "bad_checksum")

    def test_a_flash_says_what_boots_and_why(self):
        device = self.device(*OPEN)
        netcat(device.port(), self.image("v2", "--version", "1.1.0"))
        device.wait("confirm")
        device.stop()
        report = inspect(self.dir / "device" / "flash.bin")
        self.assertEqual((report["kind"], report["boots"], report["version"]), ("flash", "ota_1", "1.1.0"))
        self.assertEqual([r["state"] for r in report["otadata"]], ["valid", "valid"])
        self.assertEqual([p["label"] for p in report["partitions"]], ["otadata", "ota_0", "ota_1", "updraft"])
        self.assertTrue(any("ota_1" in line for line in report["why"]))

    def test_parts_of_a_flash(self):
        device = self.device(*OPEN)
        device.wait("boot")
        device.stop()
        flash = (self.dir / "device" / "flash.bin").read_bytes()
        for name, part, kind in (("table", flash[0x8000:0x8C00], "partition_table"),
                                 ("otadata", flash[0x9000:0xB000], "otadata")):
            path = self.dir / name
            path.write_bytes(part)
            self.assertEqual(inspect(path)["kind"], kind)

    def test_a_csv(self):
        path = self.dir / "partitions.csv"
        path.write_text("nvs, data, nvs, , 0x4000\nota_0, app, ota_0, , 1M\n")
        self.assertEqual(inspect(path)["partitions"][1]["offset"], 0x10000)
        path.write_text("nvs, data, nvs, , 0x4000\nota_0, app, ota_0, 0x1234, 1M\n")
        self.assertIn("line 2", inspect(path)["message"])

    def test_what_is_nothing_gets_a_sentence(self):
        for name, content in (("empty", b""), ("junk", b"\x01\x02\x03"), ("page", b"<html></html>")):
            (self.dir / name).write_bytes(content)
        for path in (self.dir / "empty", self.dir / "junk", self.dir / "page", self.dir, "/dev/zero"):
            with self.subTest(str(path)):
                done = updraft("inspect", path, check=False)
                self.assertEqual(done.returncode, 2 if path == self.dir else 1)
                self.assertGreater(len((done.stdout + done.stderr).split()), 3)

    def test_text_from_outside_is_made_printable(self):
        image = self.image("v1", "--version", "1.0", "--project", "\x1b[31m<b>red")
        self.assertNotIn("\x1b", updraft("inspect", image).stdout)
        self.assertIn("\\x1b[31m<b>red", updraft("inspect", image).stdout)

    def test_verify(self):
        image = self.image("v1", "--chip", "esp32c6")
        self.assertEqual(updraft("image", "verify", image, "--chip", "esp32c6").returncode, 0)
        self.assertEqual(updraft("image", "verify", image, "--chip", "esp32", check=False).returncode, 1)


class States(Case):
    def test_schemes_can_be_listed(self):
        device = self.device("--raw", 0, "--allow-unsigned=raw,raw")
        self.assertEqual(device.wait("listening")["policy"], "unsigned")

    def test_labels_from_outside_are_made_printable(self):
        first = self.device(*OPEN)
        first.wait("boot")
        first.stop()
        flash = self.dir / "device" / "flash.bin"
        data = bytearray(flash.read_bytes())
        data[0x8000 + 2 * 32 + 12:0x8000 + 2 * 32 + 16] = b"\x1b[3\xff"
        data[0x8000 + 4 * 32 + 16:0x8000 + 5 * 32] = hashlib.md5(data[0x8000:0x8000 + 4 * 32]).digest()
        flash.write_bytes(data)
        again = self.device(*OPEN)
        netcat(again.port(), self.image("v2", "--version", "1.1.0"))
        self.assertEqual(again.wait("update", result="ok")["slot"], "\\x1b[3\\xff1")

    def test_what_only_a_new_device_takes_is_told(self):
        first = self.device(*OPEN)
        first.wait("boot")
        first.stop()
        again = self.device(*OPEN, "--bootloader", "anti-rollback")
        again.settle()  # it has taken the signals over
        again.process.terminate()
        self.assertIn("--bootloader", again.process.stderr.read())
        again.end()

    def test_an_empty_password_is_none(self):
        empty = self.dir / "empty"
        empty.write_text("\n")
        done = updraft("device", "--state", self.dir / "d", "--bundle", 0, "--password-file", empty,
                       check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("is empty", done.stderr)

    def test_a_bundle_port_is_a_way_in(self):
        device = self.device("--bundle", 0, "--password", "hunter2")
        device.wait("listening", scheme="bundle")
        device.process.terminate()
        self.assertNotIn("no update can reach", device.process.stderr.read())
        device.end()

    def test_two_processes_never_share_a_device(self):
        self.device(*OPEN).wait("boot")
        done = updraft("device", "--state", self.dir / "device", check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("another device is running", done.stderr)

    def test_an_existing_device_keeps_its_chip(self):
        first = self.device("--chip", "esp32", *OPEN)
        first.wait("boot")
        first.stop()
        done = updraft("device", "--state", self.dir / "device", "--chip", "esp32c3", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is an esp32", done.stderr)

    def test_a_lone_dump_boots(self):
        first = self.device("--chip", "esp32", *OPEN)
        first.wait("boot")
        first.stop()
        (self.dir / "dump").mkdir()
        (self.dir / "dump" / "flash.bin").write_bytes((self.dir / "device" / "flash.bin").read_bytes())
        again = self.device(*OPEN, state="dump")
        self.assertEqual(again.wait("boot")["chip"], "esp32")

    def test_rot_in_the_running_slot_means_the_other_one(self):
        device = self.device(*OPEN)
        netcat(device.port(), self.image("v2", "--version", "1.1.0"))
        device.wait("confirm")
        device.stop()
        flash = self.dir / "device" / "flash.bin"
        data = bytearray(flash.read_bytes())
        data[0x310000 + 5000] ^= 0x10
        flash.write_bytes(data)
        again = self.device(*OPEN)
        self.assertIn("ota_1 does not boot", again.wait("rollback", to="ota_0")["reason"])
        self.assertEqual(again.wait("boot")["version"], "1.0.0")

    def test_a_partition_table_of_ones_own(self):
        csv = self.dir / "p.csv"
        csv.write_text("otadata, data, ota, 0x9000, 0x2000\nfactory, app, factory, 0x10000, 1M\n"
                       "ota_0, app, ota_0, , 1M\nota_1, app, ota_1, , 1M\n")
        device = self.device("--partitions", csv, "--flash-size", "4MB", *OPEN)
        self.assertEqual(device.wait("boot")["slot"], "factory")
        netcat(device.port(), self.image("v2", "--version", "1.1.0"))
        device.wait("update", result="ok", slot="ota_0")
        device.wait("confirm")

    def test_anti_rollback(self):
        device = self.device("--bootloader", "anti-rollback", "--firmware",
                             self.image("v1", "--version", "1.0.0", "--secure-version", 1), *OPEN)
        port = device.port()
        netcat(port, self.image("v2", "--version", "2.0.0", "--secure-version", 2))
        device.wait("confirm")
        netcat(port, self.image("old", "--version", "1.5.0", "--secure-version", 1))
        self.assertEqual(device.wait("update", result="refused")["code"], "secure_version_low")

    def test_flash_timing_is_told(self):
        device = self.device("--flash-timing", "w25q32jv", *OPEN)
        netcat(device.port(), self.image("v2", "--version", "1.1.0", "--size", "256K"))
        told = device.wait("flash_time")
        self.assertEqual(told["erase_block"]["count"], 0)  # the slot was blank
        self.assertGreaterEqual(told["program"]["count"], 1024)
        self.assertLess(told["program"]["count"], 1024 + 20)  # records of ledger, journal, otadata
        parts = sum(told[part + "_ms"] for part in ("network", "erase", "program", "read", "verify"))
        self.assertAlmostEqual(parts, told["ms"], places=3)

    def test_time_is_modelled_with_network_and_encryption(self):
        image = self.image("v2", "--version", "1.1.0", "--size", "256K")
        device = self.device("--flash-timing", "w25q32jv", "--network-rate", "100000", "--flash-encryption",
                             "--max-block", "4K", *OPEN)
        netcat(device.port(), image)
        told = device.wait("flash_time")
        self.assertGreater(told["ms"], 2600)  # 256 KiB at 100 kB/s
        self.assertGreater(told["program_ms"], 8 * 1024 * 0.4)  # eight commands a page
        self.assertLess(told["longest_call_ms"], 47)
        self.assertTrue(any("modelled_ms" in event for event in device.events if event["event"] == "progress"))


class Sending(Case):
    def test_push_to_nobody_fails_with_3(self):
        done = updraft("push", self.image("v1"), "raw://127.0.0.1:1", "--wait", 0, "--json", check=False)
        self.assertEqual(done.returncode, 3)
        last = json.loads(done.stdout.splitlines()[-1])
        self.assertEqual((last["event"], last["result"], last["code"]), ("result", "failed", "unreachable"))

    def test_push_ends_with_a_result_also_where_it_cannot_begin(self):
        done = updraft("push", self.dir / "nothing", "raw://127.0.0.1:1", "--json", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(json.loads(done.stdout.splitlines()[-1])["code"], "local")

    def test_push_warns_of_a_file_that_is_no_image(self):
        device = self.device(*OPEN)
        page = self.dir / "page.html"
        page.write_bytes(b"<html>" * 100)
        done = updraft("push", page, f"raw://127.0.0.1:{device.port()}")
        self.assertIn("web page", done.stderr)
        self.assertEqual(device.wait("update")["code"], "not_an_image")

    def test_netcat_fetches_from_serve(self):
        image = self.image("v1")
        serve = subprocess.Popen([UPDRAFT, "serve", str(image), "--raw", "0", "--json", "--once"],
                                 stdout=subprocess.PIPE, text=True)
        port = json.loads(serve.stdout.readline())["port"]
        got = subprocess.run(["nc", "-d", "127.0.0.1", str(port)], capture_output=True, timeout=30).stdout
        self.assertEqual(got, image.read_bytes())
        self.assertEqual(serve.wait(30), 0)
        serve.stdout.close()

    def test_no_output_shows_a_key(self):
        key = ("--aes-key", SECRET, "--aes-iv", "0123456789012345")
        device = self.device(*OPEN, *key)
        port = device.port()
        done = updraft("push", self.image("v2"), f"raw://127.0.0.1:{port}", *key)
        device.wait("update", result="ok")
        device.wait("confirm")
        send(port, b"x" * 100)
        device.wait("update")
        device.stop()
        said = done.stdout + done.stderr + json.dumps(device.events)
        for form in (SECRET, SECRET.encode().hex()):
            self.assertNotIn(form, said)


if __name__ == "__main__":
    unittest.main()
