"""A case that writes a file and asks the program what it is."""
import json

from harness import Case, updraft


class Files(Case):
    def file(self, name, data):
        path = self.dir / name
        path.write_bytes(data)
        return path

    def said(self, *words):
        done = updraft(*words, check=False)
        return done.returncode, done.stdout + done.stderr

    def verify(self, data, *more):
        return self.said("image", "verify", self.file("file", data), *more)

    def looked(self, data, *more):
        return self.said("inspect", self.file("file", data), *more)

    def report(self, data, *more):
        return json.loads(updraft("inspect", self.file("file", data), "--json", *more, check=False).stdout)
