"""What tests of the control path share: a virtual co-processor on a pty, and pushes to it."""
import subprocess

from control_host import OriginalHost
from harness import UPDRAFT, Case, updraft

OPEN = "--allow-unsigned=control"


class Control(Case):
    def coprocessor(self, *knobs, version="1.0.0", state="device"):
        self.link = self.dir / "esps0"
        device = self.device("--firmware", self.image("v1", "--version", version), "--control",
                             self.link, *knobs, state=state)
        device.wait("listening", scheme="control", address=str(self.link))
        return device

    def push(self, source, *options, status=0):
        done = updraft("push", source, f"control:{self.link}", *options, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def pushing(self, source, *options):
        """A push that runs; whoever calls ends it."""
        push = subprocess.Popen([UPDRAFT, "push", str(source), f"control:{self.link}", *options], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

        def end():
            if push.poll() is None:
                push.kill()
            push.communicate()
        self.addCleanup(end)
        return push

    def host(self, kind=OriginalHost):
        host = kind(self.link)
        self.addCleanup(lambda: getattr(host, "close", int)())
        return host

    def expect_old_firmware_and_a_good_next_try(self, device):
        v2 = self.image("next", "--version", "2.0.0", "--size", "50K")
        host = self.host()
        self.assertTrue(host.update(v2.read_bytes()))
        device.wait("update", result="ok", version="2.0.0")
