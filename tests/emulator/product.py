"""Firmware for the emulated chip: an example of examples/esp-idf, built as its pages say, in several releases."""
import functools
import shutil
import subprocess

from chip import FLASH_BYTES
from harness import SOURCE, updraft

# As deep as examples/esp-idf/NAME, because the examples name the component by a relative path.
BUILDS = SOURCE / "build/esp-idf"
SELF_TEST = "static bool self_test(void) { return true; }"
NEVER = "static bool self_test(void) { return false; }"
CRASHES = "#include <stdlib.h>\nstatic bool self_test(void) { abort(); }"
START = "  ESP_ERROR_CHECK(updraft_start(&config));"
# What every release has besides: after an update it says how much of the task's stack was never used.
SAYS_STACK = "CONFIG_LOG_MAXIMUM_LEVEL_DEBUG=y\n"
WITH_STACK = '#include "esp_log.h"\n', '  esp_log_level_set("updraft", ESP_LOG_DEBUG);\n' + START


class Product:
    """A copy of an example, which is built in one release after the other."""

    def __init__(self, example, settings="", files=(), label="story", lines=()):
        """`settings` are lines of sdkconfig, `files` names and contents that the example's page tells to add, `lines` those of
        main.c that are others, with these. Where one example is built in two ways, each has a `label`."""
        self.name = example
        self.label = label
        self.lines = lines
        self.source = BUILDS / f"{example}-{label}"
        self.build = self.source / "build"
        shutil.copytree(SOURCE / "examples/esp-idf" / example, self.source, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("build*"))
        (self.source / "sdkconfig.story").write_text(settings)
        (self.build / "sdkconfig").unlink(missing_ok=True)  # else what it was built with before would stay
        for name, data in files:
            (self.source / name).write_bytes(data)

    def release(self, version, self_test=SELF_TEST):
        """The image of a release, and what its self-test is."""
        main = self.main()
        if self_test != SELF_TEST:
            main = self._with(main, SELF_TEST, self_test)
        include, start = WITH_STACK
        return self.image_of(include + self._with(main, START, start), version)

    def main(self):
        main = (SOURCE / "examples/esp-idf" / self.name / "main/main.c").read_text()
        for line, other in self.lines:
            main = self._with(main, line, other)
        return main

    def image_of(self, main, version):
        """The image of this main.c."""
        image = BUILDS / f"{self.name}-{self.label}-{version}.bin"
        (self.source / "main/main.c").write_text(main)
        (self.source / "version.txt").write_text(version + "\n")
        self._idf("build")
        shutil.copy(self.build / f"{self.name}.bin", image)
        return image

    def _with(self, main, line, other):
        assert line in main, f"{self.name} has no such line any more: {line}"
        return main.replace(line, other)

    def _idf(self, *action):
        defaults = "sdkconfig.defaults;sdkconfig.qemu;sdkconfig.story"
        done = subprocess.run(["idf.py", "-B", "build", "-D", "SDKCONFIG=build/sdkconfig", "-D", f"SDKCONFIG_DEFAULTS={defaults}",
                               "-D", "IDF_TARGET=esp32c3", *action], cwd=self.source, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise AssertionError(f"{done.stdout[-8000:]}\n{self.name}: idf.py {' '.join(action)} failed")

    def flash(self, image, file):
        """A chip's flash with this release, as a cable would write it."""
        updraft("flash", "merge", "--bootloader", self.build / "bootloader/bootloader.bin", "--table",
                self.build / "partition_table/partition-table.bin", "--app", image, "-o", file)
        with open(file, "ab") as flash:
            flash.write(b"\xff" * (FLASH_BYTES - flash.tell()))
        return file


@functools.cache
def product(example, settings="", *more):
    """Of which a story tells."""
    return Product(example, settings + SAYS_STACK, *more)


@functools.cache
def release(description, version, self_test=SELF_TEST):
    """Built once."""
    return product(*description).release(version, self_test)
