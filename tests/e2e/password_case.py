"""A device with one way in that asks for a password, and a push to it."""
import json
import os
import subprocess

from harness import Case, updraft

PASSWORD = "correct horse"


class PasswordCase(Case):
    scheme = None

    def start(self, *arguments, password=PASSWORD, **options):
        login = () if password is None else ("--password", password)
        device = self.device(f"--{self.scheme}", 0, *login, *arguments, **options)
        return device, device.port(self.scheme)

    def push(self, port, file, *arguments, password=PASSWORD, check=True):
        environment = dict(os.environ)
        environment.pop("UPDRAFT_PASSWORD", None)
        if password is not None:
            environment["UPDRAFT_PASSWORD"] = password
        done = updraft("push", file, f"{self.scheme}://127.0.0.1:{port}", "--json", *arguments, check=check, env=environment,
                       stdin=subprocess.DEVNULL)
        return done, json.loads(done.stdout.splitlines()[-1])
