"""Threat 31 of spec/security.md: no output shows a secret. What a test gives the program to keep is found in its arguments, its
environment and the files that those name; harness.py searches everything that every program of every test prints for all of it."""
import base64
import os
import pathlib
import re
import urllib.parse

LEAST = 6    # bytes; what is shorter is found in every text
WINDOW = 16  # bytes of a binary key that must not be seen in a row
TEXTS = {"--aes-key": "UPDRAFT_AES_KEY", "--esphome-key": "UPDRAFT_ESPHOME_KEY", "--password": "UPDRAFT_PASSWORD"}
FILES = ("--password-file", "--bearer-file", "--pull-password-file", "--rsa-key", "--ecies-key", "--tls-key")
LOGIN = re.compile(r"^[a-z]+://[^/@:]*:([^/@]+)@")


def bytes_of(path):
    try:
        return pathlib.Path(path).read_bytes()
    except OSError:
        return b""  # that is what a test wants to see


def in_pem(content):
    """The bytes of the private keys in a PEM file."""
    keys = re.findall(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)-----END", content, re.DOTALL)
    return [base64.b64decode(b"".join(line for line in key.split() if b":" not in line), validate=False) for key in keys]


def of_file(path):
    content = bytes_of(path)
    if b"-----BEGIN" in content:
        return in_pem(content)
    first = re.split(rb"[\r\n]", content)[0]
    return [content, first] if len(content) <= 256 else []


def secrets_of(arguments, environment=None):
    """What a program with these arguments must not say."""
    environment = os.environ if environment is None else environment
    arguments = [str(argument) for argument in arguments]
    found = [environment[name].encode() for name in TEXTS.values() if environment.get(name)]
    for at, argument in enumerate(arguments):
        option, equals, value = argument.partition("=")
        if not equals:
            value = arguments[at + 1] if at + 1 < len(arguments) else ""
        if option in TEXTS:
            found += of_file(value[1:]) if value.startswith("@") else [value.encode()]
        elif option in FILES:
            found += of_file(value)
        login = LOGIN.match(argument)
        if login:
            found += [login[1].encode(), urllib.parse.unquote(login[1]).encode()]
    for secret in list(found):  # a key as hex digits is the bytes as well
        if len(secret) in (32, 64) and re.fullmatch(rb"[0-9a-fA-F]+", secret):
            found.append(bytes.fromhex(secret.decode()))
    return {secret for secret in found if len(secret) >= LEAST}


def pieces_of(secret):
    """All of a short one; of a long one its parts, as any of them is too much."""
    if len(secret) <= 64:
        return [secret]
    return [secret[at:at + WINDOW] for at in range(0, len(secret) - WINDOW + 1, WINDOW)]


def forms_of(secret):
    """How it could stand in a text: as it is, in hex, in base64 wherever that begins."""
    forms = {secret, secret.hex().encode(), secret.hex().upper().encode(), secret.hex(":").encode(), secret.hex(" ").encode(),
             "".join(f"\\x{byte:02x}" for byte in secret).encode()}
    for before in range(3):
        coded = base64.b64encode(bytes(before) + secret).rstrip(b"=")
        inner = coded[4 * before // 3 + 1 if before else 0:-2]  # what neighbours cannot change
        forms |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}
    return {form for form in forms if len(form) >= LEAST}


def leaks(said, secrets):
    """The secrets that the output has, in any form."""
    said = said.encode("utf-8", "surrogateescape") if isinstance(said, str) else said
    found = []
    for secret in secrets:
        if any(form in said for piece in pieces_of(secret) for form in forms_of(piece)):
            found.append(secret[:4].hex() + "...")
    return found


def expect_silence(said, arguments, environment=None):
    found = leaks(said, secrets_of(arguments, environment))
    if found:
        raise AssertionError(f"an output shows the secrets that begin with {', '.join(sorted(found))}:\n{said}")
