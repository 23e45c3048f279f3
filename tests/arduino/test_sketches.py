"""What is in a sketch's program, what its archive says of itself, and how long the examples are."""
import os
import pathlib
import re
import subprocess
import unittest

BUILD = pathlib.Path(os.environ["UPDRAFT_BUILD"]).resolve()
LIBRARY = BUILD / "arduino/library/Updraft"
SOURCE = pathlib.Path(__file__).resolve().parents[2]
VERSION = re.search(r"^project\(updraft VERSION ([\d.]+)", (SOURCE / "CMakeLists.txt").read_text(), re.MULTILINE)[1]
# A part, by a name that only its code has.
PARTS = {
    "page": "HttpHandlers::", "uart": "UartDoor::", "raw": "RawReceiver::", "bundles": "BundleDevice::", "pull": "ReqClient::",
    "patches": "PatchStage::", "compressed": "InflateStage::push", "keys": "PackageStage::", "sealed": "UnsealStage::push",
    "arduino": "ArduinoDevice::", "esphome": "EsphomeDevice::", "mqtt": "MqttDevice::", "sd": "SdDevice::", "web": "WebPull::",
    "tls": "TlsLink::", "elegant": "ElegantDevice::", "form": "FormDevice::", "stream": "UartDevice::",
}
EXAMPLES = {"Page", "BesideYourServer", "NetworkPort", "Push", "Pull", "PullWeb", "Signed", "Sleep", "CoProcessor"}


def linked(sketch: str) -> set[str]:
    names = subprocess.run(["nm", "--demangle", BUILD / f"arduino/sketches/sketches/{sketch}.so"], check=True, capture_output=True,
                           text=True).stdout
    defined = [line for line in names.splitlines() if re.match(r"^[0-9a-f]+ [TtWwVv] ", line)]
    return {part for part, name in PARTS.items() if any(name in line for line in defined)}


class Linked(unittest.TestCase):
    maxDiff = None

    def test_what_no_line_names_is_not_in_the_program(self):
        self.assertEqual(linked("three_lines"), {"page"})
        self.assertEqual(linked("three_lines_as_platformio"), {"page"})
        self.assertEqual(linked("crashes"), set())
        self.assertEqual(linked("example_Push"), {"raw", "patches"})
        self.assertEqual(linked("example_CoProcessor"), {"uart"})
        self.assertEqual(linked("example_Signed"), {"raw", "keys"})
        self.assertEqual(linked("example_Pull"), {"raw", "pull"})
        self.assertEqual(linked("example_PullWeb"), {"web", "tls"})
        self.assertEqual(linked("example_NetworkPort"), {"arduino"})

    def test_and_what_is_named_is(self):
        self.assertEqual(linked("everything"), set(PARTS) - {"keys", "sealed"})


class Archive(unittest.TestCase):
    def properties(self):
        return dict(line.split("=", 1) for line in (LIBRARY / "library.properties").read_text().splitlines())

    def test_says_what_the_library_manager_asks_for(self):
        said = self.properties()
        self.assertEqual(said["version"], VERSION)
        for field in ("name", "author", "maintainer", "sentence", "paragraph", "category", "architectures", "includes"):
            self.assertTrue(said.get(field), field)
        self.assertEqual(said["architectures"], "esp32")
        self.assertIn(said["category"], {"Communication", "Data Processing", "Data Storage", "Device Control", "Display", "Other",
                                         "Sensors", "Signal Input/Output", "Timing"})

    def test_windows_can_unpack_it(self):
        """Two names that differ only in their case are one there; and only Updraft.h lies where a sketch looks."""
        names = [str(path.relative_to(LIBRARY)) for path in LIBRARY.rglob("*")]
        self.assertEqual(len({name.lower() for name in names}), len(names))
        self.assertEqual([path.name for path in (LIBRARY / "src").iterdir() if path.is_file()], ["Updraft.h"])
        self.assertEqual([name for name in names if re.search(r'[<>:"|?*\\]', name) or len(name) > 120], [])

    def test_colours_every_word_of_the_header(self):
        words = dict(line.split("\t") for line in (LIBRARY / "keywords.txt").read_text().splitlines())
        for word in ("Updraft", "page", "begin", "pullNow", "lastError", "onProgress", "UPDRAFT_UNSIGNED", "UPDRAFT_SKETCH"):
            self.assertIn(word, words)

    def test_a_core_that_is_too_old_is_named(self):
        done = subprocess.run(["g++", "-std=gnu++17", "-fsyntax-only", "-x", "c++", f"-I{LIBRARY}/src", "-"],
                              input='#include "Updraft.h"\n', capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("core 3.0 or newer", done.stderr)
        self.assertIn("pioarduino", done.stderr)


class Examples(unittest.TestCase):
    def test_are_short_and_each_says_what_to_do(self):
        folders = {path.name: path for path in (LIBRARY / "examples").iterdir() if path.is_dir()}
        self.assertEqual(set(folders), EXAMPLES)
        for name, folder in folders.items():
            lines = (folder / f"{name}.ino").read_text().splitlines()
            self.assertLess(len(lines), 40, name)
            self.assertTrue((folder / "README.md").read_text().strip(), name)
            self.assertTrue((BUILD / f"arduino/sketches/sketches/example_{name}.so").exists(), name)


if __name__ == "__main__":
    unittest.main()
