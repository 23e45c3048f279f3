"""The Python door: names and exceptions around the C one (updraft/host.h)."""
from __future__ import annotations

import ctypes
import enum
import os
import pathlib
import types
from typing import Callable, NamedTuple, Optional, Type, Union

from ._location import WAY

Buffer = Union[bytes, bytearray, memoryview]
Path = Union[str, "os.PathLike[str]"]
# Called after each piece with the bytes sent, and of how many (0: not known). False stops.
Progress = Callable[[int, int], Optional[bool]]


class Code(enum.IntEnum):
    """What went wrong; the numbers are those of updraft/host.h."""

    ARGUMENT = 1
    HANDLE = 2
    ORDER = 3
    REFUSED = 4
    TIMEOUT = 5
    UNREACHABLE = 6
    BUSY = 7
    LOST = 8
    PROTOCOL = 9
    SOURCE = 10
    STOPPED = 11
    EMPTY = 12
    MEMORY = 13


class Error(Exception):
    """An update that did not go well. The device keeps what it runs."""

    def __init__(self, code: Code, text: str) -> None:
        super().__init__(text)
        self.code = code


class Pushed(NamedTuple):
    """How a push went."""

    sent: int  # bytes
    runs: Optional[str]  # what the device is after its restart; None: it was not heard (yet)


_PROGRESS = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint64, ctypes.c_uint64, ctypes.c_void_p)
_TEXT_BYTES = 256


def _load() -> ctypes.CDLL:
    beside = pathlib.Path(__file__).resolve().parent / WAY
    name = os.environ.get("UPDRAFT_HOST_LIBRARY") or (str(beside) if beside.exists() else
                                                      "libupdraft_host.so.0")
    library = ctypes.CDLL(name)
    handle, text, size = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t
    for function, arguments in {
        "open": [text, ctypes.POINTER(handle)],
        "close": [handle],
        "begin": [handle],
        "write": [handle, ctypes.c_void_p, size],
        "end": [handle],
        "abort": [handle],
        "version": [handle, text, size],
        "wait_restart": [handle, ctypes.c_uint, text, size],
        "push": [handle, text, text, ctypes.c_int, _PROGRESS, ctypes.c_void_p],
        "last_error": [handle],
        "error_text": [ctypes.c_int],
        "library_version": [],
    }.items():
        found = getattr(library, f"updraft_ota_{function}")
        found.argtypes = arguments
        gives_text = function in ("last_error", "error_text", "library_version")
        found.restype = text if gives_text else ctypes.c_int
    return library


_library = _load()


def library_version() -> str:
    """Version of the shared library."""
    return str(_library.updraft_ota_library_version().decode())


class Client:
    """A serial device, for this process alone. A context manager: the end of the block closes it."""

    def __init__(self, device: Path) -> None:
        """Opens "/dev/esps0" or "control:/dev/esps0"."""
        self._handle = ctypes.c_void_p()
        self._check(_library.updraft_ota_open(os.fsencode(device), ctypes.byref(self._handle)))

    def begin(self) -> None:
        """Starts an update; one that is open is started anew."""
        self._check(_library.updraft_ota_begin(self._handle))

    def write(self, data: Buffer) -> None:
        """Any number of bytes, in order. A refusal may come with a later call."""
        held = data if isinstance(data, bytes) else memoryview(data).tobytes()
        self._check(_library.updraft_ota_write(self._handle, held, len(held)))

    def end(self) -> None:
        """The device verifies the image and restarts into it in 5 s."""
        self._check(_library.updraft_ota_end(self._handle))

    def abort(self) -> None:
        """Gives the update up; the device keeps what it runs."""
        self._check(_library.updraft_ota_abort(self._handle))

    def version(self) -> str:
        """What runs there, as in "FG-1.0.0.0.0". Old firmware does not answer: Code.TIMEOUT."""
        text = ctypes.create_string_buffer(_TEXT_BYTES)
        self._check(_library.updraft_ota_version(self._handle, text, len(text)))
        return text.value.decode(errors="replace")

    def wait_for_restart(self, seconds: float = 30) -> str:
        """After end(): until the device is up again; what runs then."""
        text = ctypes.create_string_buffer(_TEXT_BYTES)
        limit = max(0, int(seconds * 1000))
        self._check(_library.updraft_ota_wait_restart(self._handle, limit, text, len(text)))
        return text.value.decode(errors="replace")

    def push(self, source: Path, *, progress: Optional[Progress] = None,
             cafile: Optional[Path] = None, insecure: bool = False) -> int:
        """begin, write and end with a file or http(s) URL; the bytes sent."""
        raised: list[BaseException] = []
        sent = [0]

        def report(done: int, total: int, _context: object) -> int:
            sent[0] = done
            try:
                return 1 if progress is not None and progress(done, total) is False else 0
            except BaseException as error:  # it cannot pass through C
                raised.append(error)
                return 1

        result = _library.updraft_ota_push(
            self._handle, os.fsencode(source), os.fsencode(cafile) if cafile else None,
            int(insecure), _PROGRESS(report), None)
        if raised:
            raise raised[0]
        self._check(result)
        return sent[0]

    def close(self) -> None:
        """Again and again, if you like."""
        if self._handle:
            _library.updraft_ota_close(self._handle)
            self._handle = ctypes.c_void_p()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: Optional[types.TracebackType]) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            self.close()

    def _check(self, result: int) -> None:
        if result == 0:
            return
        text = _library.updraft_ota_last_error(self._handle)
        if result == Code.HANDLE:
            text = _library.updraft_ota_error_text(result)
        raise Error(Code(result), text.decode(errors="replace"))


def push(source: Path, target: str, *, progress: Optional[Progress] = None,
         cafile: Optional[Path] = None, insecure: bool = False, wait: float = 30) -> Pushed:
    """A whole update: a file or http(s) URL to "control:/dev/esps0", until the device is up again.

    `wait`: seconds for it to come back; 0 does not wait. It has the new image in any case then.
    """
    if not target.startswith("control:") or target == "control:":
        raise Error(Code.ARGUMENT, f"{target}: want a target like control:/dev/esps0")
    with Client(target) as client:
        sent = client.push(source, progress=progress, cafile=cafile, insecure=insecure)
        try:
            runs = client.wait_for_restart(wait) if wait > 0 else None
        except Error as error:
            if error.code not in (Code.TIMEOUT, Code.LOST):
                raise
            runs = None
        return Pushed(sent, runs)
