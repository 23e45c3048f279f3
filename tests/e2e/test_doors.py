"""The C and Python doors as their users get them: the examples, a real image from a web server, the
installed library, and wrong use. Under a sanitizer the same library is loaded with its run-time."""
import functools
import http.server
import os
import pathlib
import re
import subprocess
import sys
import textwrap
import threading
import unittest

from harness import PATIENCE, SOURCE, UPDRAFT, Case, updraft

BUILD = pathlib.Path(UPDRAFT).resolve().parent
OPEN = "--allow-unsigned=control"


def sanitizer_runtime(library):
    """What a program without sanitizers must load first to use a library with them; None: there are none."""
    linked = subprocess.run(["ldd", library], capture_output=True, text=True, check=True).stdout
    for line in linked.splitlines():
        if "libasan" in line:  # of g++
            return line.split("=>")[1].split()[0]
    if b"__asan_init" not in library.read_bytes():
        return None
    compiler = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.+)$", (BUILD / "CMakeCache.txt").read_text(), re.MULTILINE)[1]
    machine = os.uname().machine  # clang links its run-time into programs, and leaves libraries to find it
    return subprocess.run([compiler, f"-print-file-name=libclang_rt.asan-{machine}.so"], capture_output=True, text=True,
                          check=True).stdout.strip()


def environment(library=BUILD / "lib", python=BUILD / "python"):
    env = {**os.environ, "PYTHONPATH": str(python), "LD_LIBRARY_PATH": str(library)}
    runtime = sanitizer_runtime(library / "libupdraft_host.so.0")
    if runtime is not None:
        env["LD_PRELOAD"] = runtime
        env["ASAN_OPTIONS"] = "detect_leaks=0"  # the interpreter's own
    return env


class Doors(Case):
    def setUp(self):
        super().setUp()
        self.link = self.dir / "esps0"
        self.v2 = self.image("v2.bin", "--version", "2.0.0", "--size", "100K")
        self.co = self.device("--firmware", self.image("v1.bin", "--version", "1.0.0"), "--control",
                              self.link, OPEN)
        self.co.wait("listening", scheme="control")

    def run_it(self, *command, status=0, env=None, **options):
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                              timeout=PATIENCE, env=env or environment(), **options)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def python(self, script, **options):
        return self.run_it("/usr/bin/python3", "-c", textwrap.dedent(script), self.v2, self.link,
                           **options)


class Examples(Doors):
    def test_in_c(self):
        env = {name: value for name, value in environment().items() if name != "LD_PRELOAD"}  # it was built with this tree
        done = self.run_it(BUILD / "examples/control/updraft_example_push", self.link, self.v2, env=env)
        self.assertEqual(done.stdout, "demo-2.0.0.0.0\n")
        self.co.wait("update", result="ok", version="2.0.0")

    def test_in_python(self):
        example = SOURCE / "examples/control/push.py"
        done = self.run_it("/usr/bin/python3", example, self.v2, f"control:{self.link}")
        self.assertIn("102400 of 102400\nit runs demo-2.0.0.0.0", done.stdout)
        self.co.wait("update", result="ok", version="2.0.0")
        done = self.run_it("/usr/bin/python3", example, "/nowhere", f"control:{self.link}", status=1)
        self.assertIn("No such file", done.stderr)

    def test_are_short(self):
        lines = (SOURCE / "examples/control/push.c").read_text().splitlines()
        body = [line for line in lines[lines.index("int main(int argc, char **argv) {"):] if line]
        self.assertLessEqual(len(body), 18)
        script = (SOURCE / "examples/control/push.py").read_text().splitlines()
        self.assertLessEqual(len([line for line in script if line]), 10)


class RealImage(Case):
    def test_from_a_web_server_by_one_command(self):
        old, new = self.real("nukihub-esp32c3/9.00-master.20240728.bin"), None
        new = self.real("nukihub-esp32c3/9.00-master.20240729.bin")
        class Quiet(http.server.SimpleHTTPRequestHandler):
            log_message = staticmethod(lambda *_: None)

        handler = functools.partial(Quiet, directory=new.parent)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        link = self.dir / "esps0"
        device = self.device("--firmware", old, "--control", link, OPEN)
        device.wait("listening", scheme="control")
        before = device.events[0]["digest"]
        updraft("push", f"http://127.0.0.1:{server.server_address[1]}/{new.name}", f"control:{link}")
        installed = device.wait("update", result="ok")
        self.assertEqual(device.wait("reboot")["reason"], "update")
        self.assertEqual(device.wait("boot")["digest"], installed["digest"])
        self.assertNotEqual(installed["digest"], before)


class Python(Doors):
    def test_wrong_use_is_an_error(self):
        done = self.python("""
            import sys, updraft
            def code(work):
                try:
                    work()
                except updraft.Error as error:
                    assert str(error), error
                    return error.code.name
                return "none"
            image, device = sys.argv[1:]
            client = updraft.Client(device)
            print(code(lambda: client.write(b"x")), code(client.end), code(client.abort))
            print(code(lambda: updraft.Client(device)), code(lambda: updraft.Client("/nowhere")))
            client.begin()
            client.write(bytearray(b"no image at all, this is, and the device will tell"))
            print(code(client.end), code(client.end))
            client.begin(); client.write(memoryview(b"abc" * 10)[::2]); client.abort()
            client.close(); client.close()
            print(code(client.begin), code(lambda: client.write(b"x")), code(client.version))
            print(code(lambda: updraft.push(image, "raw://host")))
            print(code(lambda: updraft.push("/nowhere", "control:" + device)))
            print(code(lambda: updraft.push("http://127.0.0.1:1/x", "control:" + device)))
            """)
        self.assertEqual(done.stdout.split("\n"), [
            "ORDER ORDER ORDER", "BUSY UNREACHABLE", "REFUSED ORDER", "HANDLE HANDLE HANDLE", "ARGUMENT",
            "SOURCE", "SOURCE", ""])

    def test_progress_may_stop_and_may_raise(self):
        done = self.python("""
            import sys, updraft
            image, device = sys.argv[1:]
            seen = []
            def stop(sent, total):
                seen.append((sent, total))
                return len(seen) < 3
            def fail(sent, total):
                raise KeyError("mine")
            with updraft.Client(device) as client:
                for progress in (stop, fail):
                    try:
                        client.push(image, progress=progress)
                    except (updraft.Error, KeyError) as error:
                        print(type(error).__name__, getattr(error, "code", error.args[0]))
                print(seen[-1])
                client.begin()
                client.write(open(image, "rb").read())
                client.end()
                print(client.wait_for_restart())
            """)
        self.assertEqual(done.stdout, "Error 11\nKeyError mine\n(12000, 102400)\ndemo-2.0.0.0.0\n")

    def test_the_package_is_typed(self):
        self.assertTrue((BUILD / "python/updraft/py.typed").exists())


class Installed(Doors):
    """What `cmake --install` leaves serves all three doors, without the build tree."""

    CPP = """
        #include <cstdio>
        #include <updraft/control/client.hpp>
        int main(int, char** argv) {
          updraft::control::Client client;
          if (!client.open(argv[1])) return 1;
          const auto version = client.version();
          std::puts(version ? version->c_str() : std::string(sentence(version.error().code)).c_str());
          return client.write({}) ? 1 : 0;
        }
        """

    def setUp(self):
        super().setUp()
        self.prefix = self.dir / "prefix"
        subprocess.run(["cmake", "--install", BUILD, "--prefix", self.prefix], check=True,
                       capture_output=True, timeout=PATIENCE)
        self.library = next(self.prefix.glob("**/libupdraft_host.so.0"))
        package = next(self.prefix.glob("**/updraft/__init__.py")).parents[1]
        self.env = environment(self.library.parent, package)
        self.tools = {**os.environ, "PKG_CONFIG_PATH": str(self.library.parent / "pkgconfig")}

    def build(self, compiler, source):
        flags = self.run_it("pkg-config", "--cflags", "--libs", "updraft-host", env=self.tools).stdout
        self.assertIn(f"-I{self.prefix}/include", flags)
        program = self.dir / "program"
        self.run_it(*compiler, "-Wall", "-Wextra", "-Wpedantic", "-Werror", source, "-o", program,
                    *flags.split(), *self.link_options(), env=self.tools)
        return program

    def link_options(self):
        """A library with clang's sanitizers names functions that only a program's run-time has."""
        return ["-Wl,--allow-shlib-undefined"] if sanitizer_runtime(self.library) else []

    def test_c(self):
        program = self.build(["cc", "-std=c11"], SOURCE / "examples/control/push.c")
        self.assertIn("usage", self.run_it(program, self.link, "/nowhere", status=2, env=self.env).stderr)
        done = self.run_it(program, self.link, self.v2, env=self.env)
        self.assertEqual(done.stdout, "demo-2.0.0.0.0\n")
        self.co.wait("update", result="ok", version="2.0.0")

    def test_cpp(self):
        source = self.dir / "door.cpp"
        source.write_text(textwrap.dedent(self.CPP))
        done = self.run_it(self.build(["c++", "-std=c++23"], source), self.link, env=self.env)
        self.assertEqual(done.stdout, "demo-1.0.0.0.0\n")

    def test_python(self):
        del self.env["LD_LIBRARY_PATH"]  # the package knows where its library is
        done = self.python("""
            import sys, updraft
            print(updraft.__file__, updraft.__version__)
            print(updraft.push(sys.argv[1], "control:" + sys.argv[2], wait=0).sent)
            """, env=self.env)
        self.assertTrue(done.stdout.startswith(str(self.prefix)), done.stdout)
        self.assertTrue(done.stdout.endswith(" 0.1.0\n102400\n"), done.stdout)
        self.co.wait("update", result="ok", version="2.0.0")

    def block(self, language):
        """The page's first block of that language, with this test's line and image in place of its own."""
        page = (SOURCE / "docs/control.md").read_text()
        code = re.search(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[1]
        for theirs, ours in (("/dev/esps0", self.link), ("https://build.lan/app.bin", self.v2), ("app.bin", self.v2)):
            code = code.replace(theirs, str(ours)) if theirs in code else code
        return code

    def test_the_page_s_lines_of_c(self):
        source = self.dir / "page.c"
        lines = "#include <stdio.h>\n#include <updraft/host.h>\nint main(void) {\n" + self.block("c") + "return 0;\n}\n"
        source.write_text(lines)
        done = self.run_it(self.build(["cc", "-std=c11"], source), env=self.env)
        self.assertEqual(done.stdout, "")
        self.co.wait("update", result="ok", version="2.0.0")

    def test_the_page_s_lines_of_python(self):
        done = self.run_it("/usr/bin/python3", "-c", self.block("python"), env=self.env)
        self.assertEqual(done.stdout, "demo-2.0.0.0.0\n")
        self.co.wait("update", result="ok", version="2.0.0")

    def test_the_page_s_commands(self):
        page = (SOURCE / "docs/control.md").read_text()
        folder = self.dir / "mine"
        folder.mkdir()
        for name in ("push.c", "push.py"):
            (folder / name).write_bytes((SOURCE / "examples/control" / name).read_bytes())
        (folder / "app.bin").write_bytes(self.v2.read_bytes())
        compiles, runs = re.findall(r"`((?:cc push\.c|PYTHONPATH=P/).*?)`\n", page)
        if not self.link_options():
            self.run_it("bash", "-c", compiles.replace("P/", f"{self.prefix}/"), cwd=folder, env=os.environ)
            self.assertTrue((folder / "a.out").exists())
        runs = runs.replace("P/", f"{self.prefix}/").replace("/dev/esps0", str(self.link))
        done = self.run_it("bash", "-c", runs, cwd=folder, env=self.env)
        self.assertIn("it runs demo-2.0.0.0.0", done.stdout)

    def test_the_library_offers_what_its_headers_say_and_no_more(self):
        listed = self.run_it("nm", "-D", "--defined-only", "--demangle", self.library).stdout
        names = [line.split(" ", 2)[2] for line in listed.splitlines() if " A " not in line]
        for name in names:
            self.assertTrue(name.endswith("@@UPDRAFT_HOST_0.1"), name)
        header = (self.prefix / "include/updraft/host.h").read_text()
        declared = set(re.findall(r"\b(updraft_ota_\w+)\(", header.split("extern \"C\" {")[1]))
        plain = {name.split("@@")[0] for name in names}
        self.assertEqual({name for name in plain if name.startswith("updraft_ota")}, declared)
        others = {name for name in plain if not name.startswith(("updraft_ota", "updraft::control::Client::"))}
        self.assertEqual(others, {"updraft::name(updraft::Code)", "updraft::sentence(updraft::Code)",
                                  "updraft::verdict(updraft::Code)"})
        self.assertEqual([name for name in plain if "Impl" in name], [])
        dynamic = self.run_it("readelf", "-d", self.library).stdout
        self.assertIn("soname: [libupdraft_host.so.0]", dynamic)
        self.assertEqual(self.run_it("pkg-config", "--modversion", "updraft-host", env=self.tools).stdout,
                         "0.1.0\n")


if __name__ == "__main__":
    unittest.main()
