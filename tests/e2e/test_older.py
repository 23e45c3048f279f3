"""Security row 6: an older release. What was installed, the floor of the KeySet and the eFuse of the chip decide, each by itself, before
anything is erased; and whoever wipes all but Updraft's own partition and the apps changes none of it. Sequence and floor alone:
test_signed_device.py."""
import unittest

from harness import inspect, send
from test_signed_device import CLASS, VENDOR, Signed

TABLE = """nvs,data,nvs,0x9000,0x5000
otadata,data,ota,0xe000,0x2000
ota_0,app,ota_0,0x10000,1M
ota_1,app,ota_1,,1M
updraft,data,0x40,,0x8000
storage,data,littlefs,,0x10000
coredump,data,coredump,,0x10000
"""


class Older(Signed):
    def of_secure_version(self, version, sequence, secure_version):
        image = self.image(f"{version}-{secure_version}", "--version", version, "--size", "64K", "--secure-version", secure_version)
        return self.signed(version, sequence, image=image)

    # Installed is 41, the floor 50 once there is one, and the eFuse 2.
    def test_only_the_allowed_cells_of_installed_floor_and_efuse(self):
        first = self.image("first", "--version", "1.0.0", "--size", "64K", "--secure-version", 2)
        device = self.device("--bootloader", "anti-rollback", "--firmware", first, "--secure-version", 2, "--raw", 0, *self.trusts)
        port = device.port()
        send(port, self.of_secure_version("2.0.0", 41, 2).read_bytes())
        self.confirmed(device, "2.0.0", 41)
        version = 1
        for floor in (None, 50):
            if floor:
                version += 1
                send(port, self.key_set(version, "release", "--floor", f"{VENDOR}/{CLASS}={floor}").read_bytes())
                device.wait("update", keyset=version)
            slot = self.free_slot()
            before = self.slot_bytes(slot)
            for sequence in (40, 41, 42, 49):
                for secure_version in (1, 2):
                    with self.subTest(floor=floor, sequence=sequence, secure_version=secure_version):
                        code = ("sequence_old" if sequence <= 41 else "sequence_floor" if floor
                                else "secure_version_low" if secure_version < 2 else "ok")
                        if code == "ok":
                            continue
                        send(port, self.of_secure_version(f"3.{sequence}.{secure_version}", sequence, secure_version).read_bytes())
                        self.assertEqual(device.wait("update")["code"], code)
                        self.assertEqual(self.slot_bytes(slot), before, "no erase, no write")
        send(port, self.of_secure_version("3.0.0", 50, 1).read_bytes())
        self.assertEqual(device.wait("update")["code"], "secure_version_low")
        send(port, self.of_secure_version("3.0.0", 50, 2).read_bytes())
        self.confirmed(device, "3.0.0", 50)

    def free_slot(self):
        boots = inspect(self.dir / "device")["boots"]
        return "ota_1" if boots == "ota_0" else "ota_0"

    def test_what_is_remembered_outlives_a_wipe_of_everything_else(self):
        table = self.dir / "table.csv"
        table.write_text(TABLE)
        device = self.device("--partitions", table, "--raw", 0, *self.trusts)
        port = device.port()
        self.install(device, port, "2.0.0", 41, size="64K")
        send(port, self.key_set(2, "next", "--floor", f"{VENDOR}/{CLASS}=50").read_bytes())
        device.wait("update", keyset=2)
        device.kill()
        flash = self.dir / "device" / "flash.bin"
        content = bytearray(flash.read_bytes())
        wiped = []
        for part in inspect(self.dir / "device")["partitions"]:
            if part["label"] in ("nvs", "otadata", "storage", "coredump"):
                content[part["offset"]:part["offset"] + part["size"]] = b"\xff" * part["size"]
                wiped.append(part["label"])
        self.assertEqual(len(wiped), 4)
        flash.write_bytes(content)
        device = self.device("--raw", 0)  # and without its options
        self.assertEqual(device.wait("boot")["slot"], "ota_0", "without otadata the bootloader begins with the first slot")
        self.assertEqual(device.wait("keyset")["version"], 2)
        port = device.port()
        for sequence, key, code in ((40, "next", "sequence_old"), (41, "next", "sequence_old"), (49, "next", "sequence_floor"),
                                    (60, "release", "key_unknown")):
            send(port, self.signed("2.1.0", sequence, key=key, size="64K").read_bytes())
            self.assertEqual(device.wait("update")["code"], code, sequence)
        send(port, self.key_set(1, "release").read_bytes())
        self.assertEqual(device.wait("update")["code"], "keyset_version")
        self.install(device, port, "3.0.0", 50, key="next", size="64K")


if __name__ == "__main__":
    unittest.main()
