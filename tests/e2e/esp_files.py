"""ESP32 files of any shape, made from the format descriptions: images, bootloaders, tables, flash dumps."""
import hashlib
import struct
import zlib

CHIPS = {  # id, bootloader's place, where data is mapped, RAM for data, the bootloader's own data, code and loader
    "esp32": (0, 0x1000, 0x3F400000, 0x3FFB0000, 0x3FFF0030, 0x40080404, 0x40078000),
    "esp32s2": (2, 0x1000, 0x3F000000, 0x3FFB0000, 0x3FFE5010, 0x4004A000, 0x4004E000),
    "esp32c3": (5, 0, 0x3C000000, 0x3FC90000, 0x3FCD5710, 0x403CBF10, 0x403CE710),
    "esp32s3": (9, 0, 0x3C000000, 0x3FC90000, 0x3FCE2810, 0x403C8700, 0x403CB700),
    "esp32c2": (12, 0, 0x3C000000, 0x3FCA0000, 0x3FCD5B70, 0x403AC370, 0x403AEB70),
    "esp32c6": (13, 0, 0x42000000, 0x40800000, 0x40875610, 0x4086B910, 0x4086E610),
    "esp32h2": (16, 0, 0x42000000, 0x40800000, 0x40845FD0, 0x4083C2D0, 0x4083EFD0),
    "esp32p4": (18, 0x2000, 0x40000000, 0x4FF00000, 0x4FF33BD0, 0x4FF28ED0, 0x4FF2BBD0),
    "esp32c61": (20, 0, 0x42000000, 0x40800000, 0x40845670, 0x4083B970, 0x4083E670),
    "esp32c5": (23, 0x2000, 0x42000000, 0x40800000, 0x408555A0, 0x4084BBA0, 0x4084E5A0),
}
APP_MAGIC = 0xABCD5432


def noise(size, seed=1):
    state, out = seed, bytearray()
    for _ in range(size):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out.append(state >> 24)
    return bytes(out)


def raw_image(chip, segments, speed_size=0x2F, min_rev=0, max_rev=65535):
    """Segments are (address, bytes); checksum and hash are right."""
    body = struct.pack("<BBBBIB3xHBHH4xB", 0xE9, len(segments), 2, speed_size, 0x40080000, 0xEE, CHIPS[chip][0], 0,
                       min_rev, max_rev, 1)
    checksum = 0xEF
    for address, data in segments:
        body += struct.pack("<II", address, len(data)) + data
        for byte in data:
            checksum ^= byte
    body += bytes(15 - len(body) % 16) + bytes([checksum])
    return body + hashlib.sha256(body).digest()


def descriptor(version="1.0.0", project="demo", block_min=0, block_max=0, date=b"Jan  2 2026", time=b"12:34:56"):
    text = lambda value, size: value.encode().ljust(size, b"\0")
    return (struct.pack("<II8x", APP_MAGIC, 0) + text(version, 32) + text(project, 32) + time.ljust(16, b"\0") +
            date.ljust(16, b"\0") + text("v5.5", 32) + bytes(32) + struct.pack("<HHBB", block_min, block_max, 16, 2) +
            bytes(74))


def app(chip="esp32c3", version="1.0.0", ram=None, size=1000, **more):
    header = {key: more.pop(key) for key in ("min_rev", "max_rev") if key in more}
    _, _, drom, data, *_ = CHIPS[chip]
    return raw_image(chip, [(drom + 0x20, descriptor(version, **more) + noise(size // 4 * 4)),
                            (data if ram is None else ram, noise(256, 2))], **header)


def bootloader(chip="esp32c3", described=True, speed_size=0x2F):
    _, _, _, _, data, code, loader = CHIPS[chip]
    first = struct.pack("<B3xI32s24s16x", 80, 1, b"v5.5", b"Jan  2 2026 12:34:56") if described else b""
    return raw_image(chip, [(data, first + noise(2080 - len(first))), (code, noise(3000, 2)), (loader, noise(2000, 3))],
                     speed_size=speed_size)


TYPES = {"app": 0, "data": 1}
SUBTYPES = {"factory": 0, "nvs": 2, "ota": 0, "coredump": 3, "spiffs": 0x82, "nvs_keys": 4,
            **{f"ota_{i}": 0x10 + i for i in range(16)}}
USUAL = (("nvs", "data", "nvs", 0x9000, 0x5000), ("otadata", "data", "ota", 0xE000, 0x2000),
         ("app0", "app", "ota_0", 0x10000, 0x140000), ("app1", "app", "ota_1", 0x150000, 0x140000),
         ("spiffs", "data", "spiffs", 0x290000, 0x160000), ("coredump", "data", "coredump", 0x3F0000, 0x10000))


def table(rows=USUAL):
    body = b"".join(struct.pack("<2sBBII16sI", b"\xaaP", TYPES[kind], SUBTYPES[sub], at, size, name.encode(), 0)
                    for name, kind, sub, at, size in rows)
    return body + b"\xeb\xeb" + b"\xff" * 14 + hashlib.md5(body).digest() + b"\xff" * 32


def record(seq, state):
    crc = zlib.crc32(struct.pack("<I", seq), 0xFFFFFFFF)
    return struct.pack("<I20sII", seq, b"\xff" * 20, state, crc)


def flash(size=0x400000, chip="esp32c3", rows=USUAL, table_at=0x8000, boot=True, boot_at=None, apps=None, records=(),
          size_nibble=None, parts=()):
    """A whole flash. `apps`: by partition; `records`: (seq, state) of otadata; `parts`: (offset, bytes)."""
    cells = bytearray(b"\xff" * size)

    def put(at, data):
        cells[at:at + len(data)] = data

    if boot:
        nibble = max(0, (size >> 20).bit_length() - 1) if size_nibble is None else size_nibble
        put(CHIPS[chip][1] if boot_at is None else boot_at, bootloader(chip, speed_size=nibble << 4 | 0xF))
    put(table_at, table(rows))
    places = {name: at for name, _, _, at, _ in rows}
    for name, image in (apps if apps is not None else {"app0": app(chip)}).items():
        put(places[name], image)
    for i, one in enumerate(records):
        if one:
            put(places["otadata"] + i * 0x1000, record(*one))
    for at, data in parts:
        put(at, data)
    return bytes(cells[:size])
