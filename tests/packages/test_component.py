"""The archive for the ESP-IDF component registry: what its documents ask for, and all that the component is built from."""
import json
import pathlib
import re
import shutil
import tarfile
import unittest

from package_case import SOURCE, VERSION, PackageCase, package

# Folders of tests/esp_idf with our own declarations of the SDK's headers, and the C library's.
SDK = [SOURCE / "tests/esp_idf/include", pathlib.Path("/usr/include")]
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
MOST = 100 << 20  # bytes: far below what the registry is known to take; ours has less than one


class Component(PackageCase):
    def setUp(self):
        super().setUp()
        archive = package("component")
        self.assertEqual(archive.name, f"updraft_{VERSION}.tgz")
        self.assertLess(archive.stat().st_size, MOST)
        with tarfile.open(archive) as tar:
            self.names = tar.getnames()
            tar.extractall(self.dir, filter="data")
        self.manifest = (self.dir / "idf_component.yml").read_text()

    def test_the_manifest_has_what_is_required(self):
        self.assertEqual(re.findall(r"^version: (.*)$", self.manifest, re.MULTILINE), [f'"{VERSION}"'])
        for field in ("license", "description", "targets", "dependencies"):
            self.assertRegex(self.manifest, rf"(?m)^{field}:")
        for file in ("README.md", "LICENSE", "CHANGELOG.md", "CMakeLists.txt", "Kconfig"):
            self.assertTrue((self.dir / file).is_file(), file)

    def test_nothing_is_in_it_that_no_chip_needs(self):
        for name in self.names:
            self.assertNotRegex(name, r"^(tests|bench|cli|host|sim|virtual_device|packages|ports/(linux|template|arduino))/|_test\.cpp$|/corpus/")
        self.assertEqual([name for name in self.names if name.startswith((".", "/")) or ".." in name], [])

    def test_each_example_is_a_project(self):
        examples = {path.parent for path in (self.dir / "examples").glob("*/*/CMakeLists.txt")}
        self.assertGreaterEqual(len(examples), 7)
        for example in examples:
            for file in ("README.md", "main/CMakeLists.txt", "sdkconfig.defaults", "partitions.csv"):
                self.assertTrue((example / file).is_file(), f"{example.name}/{file}")

    def test_all_that_is_registered_is_there(self):
        """tests/esp_idf/component_check.cmake, beside the unpacked tree in place of ours."""
        (self.dir / "tests/esp_idf").mkdir(parents=True)
        shutil.copy(SOURCE / "tests/esp_idf/component_check.cmake", self.dir / "tests/esp_idf")
        self.run_it("cmake", "-P", self.dir / "tests/esp_idf/component_check.cmake")

    def test_every_include_is_in_it_or_the_sdk_s(self):
        folders = [self.dir / name for name in ("include", "ports/esp_idf/include", ".", "engine/crypto/mbedtls/include",
                                                "engine/codec/miniz/include")] + SDK
        seen = set()
        for path in self.dir.rglob("*.?pp"):
            for name in INCLUDE.findall(path.read_text()):
                seen.add(name)
                there = any((folder / name).exists() for folder in (path.parent, *folders))
                self.assertTrue(there, f"{path.relative_to(self.dir)}: {name}")
        self.assertGreater(len(seen), 100)

    def test_the_list_of_files_is_read_as_the_component_manager_reads_it(self):
        patterns = json.loads(re.search(r"exclude: (\[.*?\])", self.manifest, re.DOTALL)[1])
        self.assertIn("tests/**", patterns)
        for pattern in patterns:  # by pathlib, as the manager does it
            for path in self.dir.glob(pattern):
                self.assertTrue(path.is_dir(), f"{path} is excluded by {pattern}")


if __name__ == "__main__":
    unittest.main()
