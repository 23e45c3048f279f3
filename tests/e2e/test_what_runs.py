"""Where a device can say what it runs, a push by HTTP ends with that; where it cannot, the push says so."""
import json
import unittest

from harness import Case, updraft
from test_cheapest import Builds, StatusAndUpload, events, way_of

SCHEMES = ("http", "https", "form", "elegant")


class WhatRuns(Builds, Case):
    def start(self, *arguments, state="device"):
        device = self.device("--http", 0, "--https", 0, "--form", "--elegant", "--allow-unsigned", *arguments, state=state)
        device.wait("listening", scheme="https")  # the last one
        at = {}
        for heard in device.events:
            scheme = heard.get("scheme")
            if scheme not in SCHEMES:
                continue
            at[scheme] = [f"{scheme}://127.0.0.1:{heard['port']}", *(("--fingerprint", heard["fingerprint"]) if scheme == "https" else ())]
        return device, at

    def push(self, file, at, *arguments, check=True):
        return updraft("push", file, *at, *arguments, check=check)

    def image_of(self, version):
        return self.image(f"{version}.bin", "--version", version)

    def test_the_new_image_once_it_is_confirmed(self):
        _, at = self.start("--confirm-after", 1)
        for number, scheme in enumerate(SCHEMES):
            with self.subTest(scheme):
                version = f"2.{number}.0"
                done = self.push(self.image_of(version), at[scheme])
                self.assertRegex(done.stdout.splitlines()[-1], rf"^done +running demo {version}, [0-9a-f]{{16}}, confirmed$")
                said = events(self.push(self.image_of(f"3.{number}.0"), at[scheme], "--json", "--plain"))[-1]
                self.assertEqual((said["result"], said["version"], said["state"]), ("ok", f"3.{number}.0", "valid"))

    def test_that_it_is_on_trial_where_nobody_confirms_it(self):
        for scheme in SCHEMES:
            with self.subTest(scheme):
                device, at = self.start("--confirm", "manual", state=scheme)
                done = self.push(self.image_of("2.0.0"), at[scheme])
                self.assertIn("running demo 2.0.0, ", done.stdout.splitlines()[-1])
                self.assertIn("on trial until somebody confirms it", done.stdout.splitlines()[-1])
                device.kill()

    def test_that_it_went_back(self):
        for scheme in SCHEMES:
            with self.subTest(scheme):
                device, at = self.start("--app", "crash", state=scheme)
                done = self.push(self.image_of("2.0.0"), at[scheme], "--json", check=False)
                said = events(done)[-1]
                self.assertEqual((said["code"], said["version"]), ("rolled_back", "1.0.0"))
                self.assertIn("It runs demo 1.0.0", done.stderr)
                self.assertNotEqual(done.returncode, 0)
                device.kill()

    def test_or_not_at_all(self):
        device, at = self.start()
        for number, scheme in enumerate(SCHEMES):
            with self.subTest(scheme):
                version = f"2.{number}.0"
                said = events(self.push(self.image_of(version), at[scheme], "--json", "--no-wait"))[-1]
                self.assertEqual((said["result"], said.get("version")), ("ok", None))
                device.wait("boot", version=version)
                device.wait("confirm")

    def test_elegant_sends_what_is_least(self):
        v1, v2 = self.build("1.0.1"), self.build("1.0.2")
        device, at = self.start("--firmware", v1)
        same = events(self.push(v1, at["elegant"], "--json"))
        self.assertEqual((same[-1]["result"], way_of(same)), ("current", None))
        said = events(self.push(v2, at["elegant"], "--json"))
        self.assertEqual((way_of(said)["way"], said[-1]["version"]), ("delta", "1.0.2"))
        self.assertEqual(device.wait("update")["scheme"], "elegant")

    def test_who_has_no_status_is_not_asked(self):
        file = self.image_of("2.0.0")
        with StatusAndUpload(None, 200, json.dumps({"result": "ok", "message": "done"})) as there:
            done = self.push(file, [f"http://127.0.0.1:{there.server_port}"])
            self.assertIn("does not say what it runs then", done.stdout.splitlines()[-1])
            self.assertEqual(there.uploads, [file.stat().st_size])


if __name__ == "__main__":
    unittest.main()
