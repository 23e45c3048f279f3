"""A device of 4 MB with one slot and a rescue app, for tests."""
import json

from harness import Case, updraft

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
