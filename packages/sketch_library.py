"""The library for sketches: Arduino's, and PlatformIO's for the frameworks arduino and espidf.

Arduino compiles every source below `src` with that one include path and without Kconfig. So the tree is laid out below `src`,
every quoted include is written as it is found from there, and menuconfig's defaults are a header in place of sdkconfig.h.
Windows takes updraft.h and Updraft.h for one name: only Updraft.h stands in `src` itself.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

from packages import files

HERE = pathlib.Path(__file__).parent
SOURCES = ("include/", "engine/", "protocols/", "ports/esp_idf/", "ports/arduino/", "web/")
# The core 3.x has ESP-IDF 5, whose crypto is Mbed TLS.
# Nor has it TLS 1.3, which the native push is; and it announces a sketch itself.
LEFT_OUT = ("engine/crypto/psa/", "ports/esp_idf/announcer", "ports/esp_idf/native_", "ports/esp_idf/updraft_native", "ports/esp_idf/include/updraft_native")
INCLUDE_FOLDERS = ("", "include/", "ports/esp_idf/include/", "ports/arduino/include/", "engine/crypto/mbedtls/include/",
                   "engine/codec/miniz/include/")
INCLUDE = re.compile(r'^(\s*#\s*include\s+)"([^"]+)"', re.MULTILINE)
DEFAULTS = "ports/arduino/menuconfig.h"
# What menuconfig leaves out is there, because a sketch has none; what it does not name is not linked all the same.
COMPILED_IN = {"UPDRAFT_RAW", "UPDRAFT_REQ", "UPDRAFT_BUNDLE", "UPDRAFT_ARDUINO", "UPDRAFT_ESPHOME", "UPDRAFT_HTTP", "UPDRAFT_UART",
               "UPDRAFT_MQTT", "UPDRAFT_SD", "UPDRAFT_WEB_PULL", "UPDRAFT_TAKE_COMPRESSED", "UPDRAFT_TAKE_DELTA", "UPDRAFT_TAKE_SEALED",
               "UPDRAFT_TAKE_SIGNED"}
ABOUT = "Over-the-air firmware updates that cannot brick a device."
MORE = ("An update page, the IDE's network port, web servers, MQTT, cards, patches, signed packages. A new sketch is on trial: "
        "if it crashes or loses its network, the old one comes back.")


def place_of(path: str) -> str:
    """Where a file of the tree stands below `src`."""
    for folder in ("include/", "ports/arduino/include/"):
        if path.startswith(folder):
            return path.removeprefix(folder)
    return path


def sources() -> list[str]:
    sketches_own = [path for path in files.tracked() if path.startswith("ports/arduino/")]
    return [path for path in [*files.chip_files(), *sketches_own]
            if path.startswith(SOURCES) and path.endswith((".cpp", ".hpp", ".h")) and not path.startswith(LEFT_OUT)]


def found_from_src(text: str, path: str, known: set[str]) -> str:
    def place(match: re.Match) -> str:
        name = match[2]
        if name == "sdkconfig.h":
            return f'{match[1]}"{DEFAULTS}"'
        beside = str(pathlib.PurePosixPath(path).parent / name)
        for candidate in (beside, *(folder + name for folder in INCLUDE_FOLDERS)):
            if candidate in known:
                return f'{match[1]}"{place_of(candidate)}"'
        return match[0]  # the SDK's
    return INCLUDE.sub(place, text)


def quiet(text: str) -> str:
    """-Wextra asks for every member of a designated initializer; here what is left out has its default, as C++ gives it."""
    return f'#pragma GCC diagnostic ignored "-Wmissing-field-initializers"\n#line 1\n{text}'


def defaults() -> str:
    """Kconfig's defaults as a header."""
    lines = ["// menuconfig's defaults, for builds without menuconfig. Written from Kconfig.", "#pragma once",
             "#include <sdkconfig.h>", "#define CONFIG_UPDRAFT_PARTS_BY_NAME 1"]
    for name, body in re.findall(r"^ *config (\w+)\n((?: +.*\n|\n)*?)(?=^ *(?:config|menu|endmenu|if|endif|comment)\b)",
                                 files.read("Kconfig").decode(), re.MULTILINE):
        value = re.search(r"^ *default ((?:(?! if ).)*)$", body, re.MULTILINE)[1]  # the one that holds where nothing is chosen
        if re.search(r"^ *bool ", body, re.MULTILINE):
            if value != "y" and name not in COMPILED_IN:
                continue
            value = "1"
        lines += [f"#ifndef CONFIG_{name}", f"#define CONFIG_{name} {value}", "#endif"]
    return "\n".join(lines) + "\n"


def page() -> bytes:
    """web/ota.html as a source file."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "ota_page.cpp"
        subprocess.run([sys.executable, files.ROOT / "tools/embed-page", files.ROOT / "web/ota.html", out], check=True)
        return out.read_bytes()


def content() -> files.Files:
    names = sources()
    known = set(names)
    texts = {path: files.read(path).decode() for path in names} | {"web/ota_page.cpp": page().decode()}
    library = {}
    for path, text in texts.items():
        text = found_from_src(text, path, known)
        library[f"src/{place_of(path)}"] = (quiet(text) if path.endswith(".cpp") else text).encode()
    library[f"src/{DEFAULTS}"] = defaults().encode()
    for path in files.tracked():
        if path.startswith("examples/arduino/"):
            library["examples/" + path.removeprefix("examples/arduino/")] = files.read(path)
    library["LICENSE"] = files.read("LICENSE")
    library["README.md"] = files.read("ports/arduino/README.md")
    return library


def properties() -> bytes:
    url = f"url={files.home()}\n" if files.home() else ""  # the Library Manager wants one
    return (f"name=Updraft\nversion={files.version()}\nauthor=The Updraft authors\nmaintainer=The Updraft authors\n"
            f"sentence={ABOUT}\nparagraph={MORE}\ncategory=Communication\n{url}architectures=esp32\n"
            "includes=Updraft.h\nlicense=Apache-2.0\n").encode()


def keywords() -> bytes:
    """For the IDE's colours, from the header itself."""
    header = files.read("ports/arduino/include/Updraft.h").decode()
    methods = sorted(set(re.findall(r"^  [\w:<>&* ]+[ &*](\w+)\(", header, re.MULTILINE)))
    constants = sorted(set(re.findall(r"\b(UPDRAFT_[A-Z]+)\b", header)))
    lines = ["Updraft\tKEYWORD1", *(f"{name}\tKEYWORD2" for name in methods), *(f"{name}\tLITERAL1" for name in constants)]
    return ("\n".join(lines) + "\n").encode()


def manifest() -> bytes:
    home = {"repository": {"type": "git", "url": f"{files.home()}.git"}} if files.home() else {}
    return (json.dumps({
        "name": "Updraft", "version": files.version(), "description": f"{ABOUT} {MORE}"[:255], "keywords": "ota, update, esp32, rollback",
        "license": "Apache-2.0", **home, "authors": [{"name": "The Updraft authors"}],
        "frameworks": ["arduino", "espidf"], "platforms": "espressif32", "headers": "Updraft.h",
        "build": {"srcDir": "src", "includeDir": "src", "libArchive": True},
    }, indent=2) + "\n").encode()


def make_arduino() -> list:
    library = content() | {"library.properties": properties(), "keywords.txt": keywords()}
    name = f"Updraft-{files.version()}"
    return [files.put(f"{name}-arduino.zip", files.zipped("Updraft", library))]


def make_platformio() -> list:
    library = content() | {"library.json": manifest()}
    return [files.put(f"Updraft-{files.version()}-platformio.tar.gz", files.tar_gz("", library))]
