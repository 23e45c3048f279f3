"""What tests of signed packages share: keys, a KeySet, an app, and what `updraft suit verify` says."""
import json

from harness import Case, updraft

PRODUCT = "updraft.example/demo/esp32c3/1"


def verdict(file, keyset, *arguments):
    """The result event's code, or ok."""
    done = updraft("suit", "verify", file, "--keyset", keyset, *arguments, "--json", check=False)
    event = json.loads(done.stdout)
    code = event.get("code", "ok")
    assert (event["event"], event["result"]) == ("result", "ok" if code == "ok" else "refused"), event
    assert done.returncode == (0 if code == "ok" else 1), done
    return code


class Made(Case):
    """Three keys, a KeySet of two of them, and an app."""

    def setUp(self):
        super().setUp()
        self.root, self.release, self.stranger = (self.dir / f"{name}.pem" for name in ("root", "release", "stranger"))
        for key in (self.root, self.release, self.stranger):
            updraft("key", "gen", key)
        self.keyset = self.dir / "product.keyset"
        updraft("keyset", "make", "--root", self.root, "--release", self.release, "-o", self.keyset)
        self.app = self.image("app.bin", "--version", "1.2.3", "--size", 700_000)  # two pages of digests
        self.pkg = self.dir / "app.suit"

    def make(self, *arguments, command=("suit", "make"), image=None, sequence=7):
        updraft(*command, image or self.app, "--product", PRODUCT, "--sequence", sequence, "-o", self.pkg, *arguments)

    def sign(self, key=None, **options):
        self.make("--key", key or self.release, command=("sign",), **options)
