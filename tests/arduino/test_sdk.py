"""The packed library against the headers that the Arduino core really ships, where ESP32_ARDUINO_LIBS names a folder with them: a checkout
of espressif/esp32-arduino-libs, of a branch with a folder for each chip (idf-release/v5.1). With the core's own flags and every warning.

esp32c3 is compiled by Debian's RISC-V compiler, and each function of the SDK that it calls is looked for in the libraries of the same
checkout. esp32 and esp32s3 have an instruction set that Debian's compiler for ESP8266 is close to: they are read, not compiled. Both
take their C++ headers from Debian's Arm compiler, as cmake/rv32.cmake does.
"""
import concurrent.futures
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
LIBRARY = pathlib.Path(os.environ["UPDRAFT_BUILD"]).resolve() / "arduino/library/Updraft"
SDK = os.environ.get("ESP32_ARDUINO_LIBS")
NEWLIB = pathlib.Path("/usr/include/newlib")
CXX = NEWLIB / "c++/12.2.1"
RISCV, XTENSA = "riscv64-unknown-elf-", "xtensa-lx106-elf-"
# Of the core's flags: what is of a debugger, of Espressif's own compilers, or another choice of ours.
DROPPED = re.compile(r"-g\S*|-W\S*|-mlongcalls|-fstrict-volatile-bitfields|-freorder-blocks|-nostartfiles")
# Names of the SDK's parts, whose libraries are in the checkout; all others are the compiler's.
OF_THE_SDK = re.compile(r"(esp|nvs|httpd|uart|lwip|mbedtls|tinfl|x[A-Z]|v[A-Z]|dns|tcpip|efuse|bootloader)\w*")

# Functions whose library a copy of the checkout may lack for its size. The name of that library is one of these.
LARGE = {r"lwip|dns|tcpip": ("liblwip.a",), r"mbedtls_(?!ssl|x509)|esp_(aes|sha|mpi)": ("libmbedcrypto.a",),
         r"uart": ("libdriver.a", "libesp_driver_uart.a")}


def flags(chip: str) -> list[str]:
    here = pathlib.Path(SDK) / chip
    read = {name: shlex.split((here / "flags" / name).read_text()) for name in ("cpp_flags", "defines", "includes")}
    folders = [word for word in read["includes"] if word != "-iwithprefixbefore"]
    memory = next(folder for folder in ("qio_qspi", "dio_qspi", "qio_opi") if (here / folder / "include/sdkconfig.h").exists())
    paths = [*(here / "include" / folder for folder in folders), here / memory / "include", CXX, CXX / "arm-none-eabi", NEWLIB]
    kept = [word for word in read["cpp_flags"] if not DROPPED.fullmatch(word)]
    return [*kept, *read["defines"], *(f"-isystem{path}" for path in paths), "-DARDUINO=10819", "-DARDUINO_ARCH_ESP32", "-DESP32",
            "-D_GLIBCXX_EXTERN_TEMPLATE=0", "-Os", "-Wall", "-Wextra", "-Werror", f"-I{LIBRARY}/src"]


def compile_all(compiler: str, words: list[str], sources: list[pathlib.Path], out: pathlib.Path | None) -> list[str]:
    """What the compiler says of any of them."""
    def one(source: pathlib.Path) -> str:
        to = ["-fsyntax-only"] if out is None else ["-c", "-o", out / (str(source.relative_to(source.anchor)).replace("/", "-") + ".o")]
        done = subprocess.run([compiler, *words, "-x", "c++", *to, source], capture_output=True, text=True)
        return done.stdout + done.stderr
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return [said for said in pool.map(one, sources) if said]


def symbols(tool: str, option: str, paths: list[pathlib.Path]) -> set[str]:
    said = subprocess.run([tool, option, "-f", "posix", *paths], capture_output=True, text=True, check=True).stdout
    return {line.split()[0] for line in said.splitlines() if line and not line.endswith(":")}


@unittest.skipUnless(SDK, "ESP32_ARDUINO_LIBS names no checkout of espressif/esp32-arduino-libs")
class RealSdk(unittest.TestCase):
    def setUp(self):
        self.sources = sorted((LIBRARY / "src").rglob("*.cpp"))
        self.out = pathlib.Path(tempfile.mkdtemp(prefix="updraft-sdk-"))
        self.addCleanup(shutil.rmtree, self.out)

    def need(self, compiler, package):
        if shutil.which(compiler) is None:
            self.skipTest(f"{compiler} is not here: apt install {package}")

    def sketches(self):
        """Those of the tests and the examples, as the IDE hands them over."""
        files = [*(SOURCE / "tests/arduino/sketches").glob("*.ino"), *(LIBRARY / "examples").glob("*/*.ino")]
        for file in files:
            if file.stem == "Signed":
                (self.out / "keyset.h").write_text("unsigned char product_keyset[] = {1};\n")
            copy = self.out / f"{file.stem}.ino.cpp"
            copy.write_text(f'#include <Arduino.h>\n#line 1 "{file}"\n{file.read_text()}')
            yield copy

    def test_esp32c3_compiles_and_the_sdk_has_what_it_calls(self):
        self.need(RISCV + "g++", "gcc-riscv64-unknown-elf")
        words = ["-mabi=ilp32", *flags("esp32c3")]
        self.assertEqual("\n".join(compile_all(RISCV + "g++", words, self.sources, self.out))[:8000], "")
        # The core itself is no part of the checkout; ours comes last, so that the SDK's sdkconfig.h is found first.
        core = [f"-isystem{SOURCE}/tests/arduino/core", f"-I{self.out}"]
        self.assertEqual("\n".join(compile_all(RISCV + "g++", words + core, list(self.sketches()), self.out))[:8000], "")
        folder = pathlib.Path(SDK) / "esp32c3/lib"
        libraries = sorted(folder.glob("*.a")) + sorted((pathlib.Path(SDK) / "esp32c3").glob("?io_qspi/*.a"))
        if not libraries:
            self.skipTest("compiled; the checkout has no libraries to look into")
        ours = symbols(RISCV + "nm", "--defined-only", list(self.out.glob("*.o")))
        lacking = "|".join(names for names, of in LARGE.items() if not any((folder / library).exists() for library in of))
        wanted = {name for name in symbols(RISCV + "nm", "--undefined-only", list(self.out.glob("*.o"))) - ours
                  if OF_THE_SDK.fullmatch(name) and not (lacking and re.match(lacking, name))}
        there = symbols(RISCV + "nm", "--defined-only", libraries)
        for script in (pathlib.Path(SDK) / "esp32c3/ld").glob("*.ld"):  # what is in the chip's ROM
            there |= set(re.findall(r"^\s*(?:PROVIDE\s*\(\s*)?(\w+)\s*=", script.read_text(), re.MULTILINE))
        self.assertGreater(len(wanted), 50)
        self.assertEqual(wanted - there, set())

    def test_esp32_and_esp32s3_can_be_read(self):
        self.need(XTENSA + "g++", "gcc-xtensa-lx106")
        for chip in ("esp32", "esp32s3"):
            with self.subTest(chip):
                self.assertEqual("\n".join(compile_all(XTENSA + "g++", flags(chip), self.sources, None))[:8000], "")


if __name__ == "__main__":
    unittest.main()
