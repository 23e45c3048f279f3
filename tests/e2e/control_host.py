"""Hosts of a co-processor as they were: the frames of the serial control path, made by hand, and the ways
of the original applications."""
import os
import select
import struct
import termios
import time

PATIENCE = 60


def varint(number):
    out = b""
    number &= (1 << 64) - 1
    while True:
        out += bytes([number & 127 | (128 if number > 127 else 0)])
        number >>= 7
        if not number:
            return out


def frame(data, name=b"ctrlResp"):
    return b"\x01" + struct.pack("<H", len(name)) + name + b"\x02" + struct.pack("<H", len(data)) + data


def request(msg_id, uid, data=None):
    """As the original writes it: no msg_type, and a payload only if there is data."""
    message = b"\x10" + varint(msg_id) + b"\x18" + varint(uid)
    if data is not None:
        inner = b"\x0a" + varint(len(data)) + data
        message += varint(msg_id << 3 | 2) + varint(len(inner)) + inner
    return frame(message)


class OriginalHost:
    """Opens the device, drops stale bytes, asks one thing at a time, reads in two steps."""

    def __init__(self, link):
        self.fd = os.open(link, os.O_RDWR | os.O_NOCTTY)
        termios.tcflush(self.fd, termios.TCIFLUSH)
        self.uid = 0

    def close(self):
        if self.fd is not None:
            os.close(self.fd)
        self.fd = None

    def read(self, size):
        got = b""
        deadline = time.monotonic() + PATIENCE
        while len(got) < size:
            if not select.select([self.fd], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"the device says no more than {got!r}")
            got += os.read(self.fd, size - len(got))
        return got

    def hear(self):
        """One frame: its name and data."""
        head = self.read(3)
        size = struct.unpack("<H", head[1:])[0]
        name = self.read(size)
        return name, self.read(struct.unpack("<H", self.read(3)[1:])[0])

    def send(self, wire):
        while wire:
            wire = wire[os.write(self.fd, wire):]

    def ask(self, msg_id, data=None):
        """Whether the answer was resp 0."""
        self.uid += 1
        self.send(request(msg_id, self.uid, data))
        while True:
            name, answer = self.hear()
            if name == b"ctrlEvnt":
                continue
            head = b"\x08\x02\x10" + varint(msg_id + 100) + b"\x18" + varint(self.uid)
            assert answer.startswith(head), answer.hex()
            rest = answer[len(head):]
            assert rest.startswith(varint((msg_id + 100) << 3 | 2)), answer.hex()
            return not rest.endswith(b"\x0b\x08" + b"\xff" * 9 + b"\x01")

    def update(self, image, fill_up=True):
        """The C application: every chunk has 4000 bytes, the last one is filled up with what the one
        before left, and if the size is a multiple a whole chunk is sent twice. After a failed write
        comes an end all the same. Returns whether all was well."""
        self.ask(122)
        self.ask(123)
        if not self.ask(116):
            return False
        buffer = bytearray(4000)
        sound = True
        at = 0
        while True:
            part = image[at:at + 4000]
            buffer[:len(part)] = part
            at += 4000
            sound = self.ask(117, bytes(buffer if fill_up else part)) and sound
            if len(part) < 4000 or not sound:
                break
        return self.ask(118) and sound


class OlderHost:
    """Release v0.4: one endpoint, no uid; the device is opened and closed for every request. It never drops what
    waits in the line, and reads exactly the head that it expects: bytes too many fail the request."""

    FIELD = {28: 38, 30: 40, 32: 42}
    HEAD = b"\x01\x07\x00control\x02"

    def __init__(self, link):
        self.link = link
        self.fd = None

    def open(self):
        self.fd = os.open(self.link, os.O_RDWR | os.O_NOCTTY)

    def close(self):
        if self.fd is not None:
            os.close(self.fd)
        self.fd = None

    def send(self, msg, data=None):
        message = b"\x08" + varint(msg)
        if data is not None:
            inner = b"\x0a" + varint(len(data)) + data
            message += varint(self.FIELD[msg] << 3 | 2) + varint(len(inner)) + inner
        wire = frame(message, b"control")
        while wire:
            wire = wire[os.write(self.fd, wire):]

    def read(self, size):
        got = b""
        while len(got) < size:
            if not select.select([self.fd], [], [], PATIENCE)[0]:
                raise AssertionError(f"the device says no more than {got!r}")
            got += os.read(self.fd, size - len(got))
        return got

    def ask(self, msg, data=None):
        """Whether the answer was resp 0."""
        self.open()
        try:
            self.send(msg, data)
            head = self.read(len(self.HEAD) + 2)
            if not head.startswith(self.HEAD):
                return False
            answer = self.read(struct.unpack("<H", head[-2:])[0])
            tag = varint((self.FIELD[msg] + 1) << 3 | 2)
            return answer == b"\x08" + varint(msg + 1) + tag + b"\x02\x08\x00"
        finally:
            self.close()

    def update(self, image):
        """As ota_update.py does it."""
        if not self.ask(28):
            return False
        for at in range(0, len(image), 4000):
            if not self.ask(30, image[at:at + 4000]):
                self.ask(32)
                return False
        return self.ask(32)
