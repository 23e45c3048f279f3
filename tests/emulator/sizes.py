"""What Updraft adds to a firmware, by the linker's maps of it with and without (docs/footprint.md).

python3 sizes.py WITH.map WITHOUT.map     flash and static RAM, by archive, where they differ
"""
import collections
import pathlib
import re
import sys

IN_FLASH = (".flash.text", ".flash.rodata", ".flash.appdesc", ".iram0.text", ".dram0.data")
IN_RAM = (".iram0.text", ".dram0.data", ".dram0.bss")
LEAST = 256  # bytes; what differs by less is not shown
OUTPUT = re.compile(r"^(\.[\w.]+)\b")
INPUT = re.compile(r"^ (?:\.?[\w.$*]+)? +0x[0-9a-f]+ +0x([0-9a-f]+) (\S+)$")
ARCHIVE = re.compile(r"lib([\w+-]+)\.a\(")


def linked(path):
    """Bytes by archive and output section."""
    kept = collections.defaultdict(collections.Counter)
    section = None
    for line in pathlib.Path(path).read_text().split("Linker script and memory map", 1)[1].splitlines():
        if output := OUTPUT.match(line):
            section = output.group(1)
        elif (entry := INPUT.match(line)) and section:
            archive = ARCHIVE.search(entry.group(2))
            kept[archive.group(1) if archive else "the program"][section] += int(entry.group(1), 16)
    return kept


def total(sections, where):
    return sum(sections[name] for name in where)


def added(with_it, without):
    """By archive, the largest first: bytes of flash, bytes of static RAM, its name."""
    rows = []
    for archive in with_it.keys() | without.keys():
        flash, ram = (total(with_it[archive], where) - total(without[archive], where) for where in (IN_FLASH, IN_RAM))
        rows.append((flash, ram, archive))
    return sorted(rows, reverse=True)


def main():
    rows = added(*(linked(path) for path in sys.argv[1:3]))
    print("| archive | bytes of flash | of them or besides in RAM |\n| --- | ---: | ---: |")
    for flash, ram, archive in rows:
        if abs(flash) >= LEAST or abs(ram) >= LEAST:
            print(f"| {archive} | {flash:,} | {ram:,} |")
    print(f"| all | {sum(row[0] for row in rows):,} | {sum(row[1] for row in rows):,} |")


if __name__ == "__main__":
    main()
