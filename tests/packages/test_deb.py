"""The Debian package: unpacked, its program runs, its pages read well, its completions complete, its libraries are found."""
import os
import pathlib
import re
import shutil
import unittest

from package_case import BUILD, SOURCE, VERSION, PackageCase, make, package


class Deb(PackageCase):
    def setUp(self):
        super().setUp()
        self.made = package("deb", "--build", BUILD)
        self.run_it("dpkg-deb", "-x", self.made, self.dir)
        self.usr = self.dir / "usr"
        self.env = {**os.environ, "PATH": f"{self.usr}/bin:{os.environ['PATH']}", "LD_LIBRARY_PATH": str(self.usr / "lib"),
                    "PKG_CONFIG_PATH": str(self.usr / "lib/pkgconfig"), "CMAKE_PREFIX_PATH": str(self.usr),
                    "PYTHONPATH": str(self.usr / "lib/python3/dist-packages"), "TERM": "dumb", "LC_ALL": "C.UTF-8"}

    def field(self, name):
        return self.run_it("dpkg-deb", "-f", self.made, name).strip()

    def commands(self):
        """Every command and subcommand, as the program lists them for shells."""
        listed = re.search(r"local known='([^']*)'", self.run_it("updraft", "completion", "bash", env=self.env))[1]
        return [command for command in listed.split("|") if command]

    def test_the_program_runs(self):
        self.assertEqual(shutil.which("updraft", path=self.env["PATH"]), str(self.usr / "bin/updraft"))
        self.assertIn(VERSION, self.run_it("updraft", "--version", env=self.env))
        image = self.dir / "v1.bin"
        self.run_it("updraft", "image", "make", "--version", "1.0.0", "-o", image, env=self.env)
        self.assertIn("1.0.0", self.run_it("updraft", "inspect", image, env=self.env))

    def test_it_says_what_it_is_and_needs(self):
        self.assertEqual(self.field("Version"), VERSION)
        self.assertRegex(self.field("Depends"), r"\blibc6 .*\blibssl3\b")
        self.assertIn("libcurl4", self.field("Depends"))

    def test_every_command_has_a_page(self):
        pages = {path.name for path in (self.usr / "share/man/man1").iterdir()}
        self.assertEqual(pages, {command.replace(" ", "-") + ".1.gz" for command in self.commands()})
        self.assertIn("updraft-push.1.gz", pages)
        for page in ("updraft", "updraft-push", "updraft-image-make"):
            done = self.run_it("man", "--warnings", "-l", self.usr / f"share/man/man1/{page}.1.gz", env={**self.env, "MANWIDTH": "80"})
            self.assertIn("SYNOPSIS", done)
            for heading in ("OPTIONS", "EXAMPLES", "EXIT STATUS", "SEE ALSO"):
                self.assertIn(heading, done, page)

    def test_bash_completes_from_it(self):
        script = (f"source {self.usr}/share/bash-completion/completions/updraft; COMP_WORDS=(updraft push --all); COMP_CWORD=2; "
                  "_updraft; echo ${COMPREPLY[@]}; COMP_WORDS=(updraft ins); COMP_CWORD=1; _updraft; echo ${COMPREPLY[@]}")
        said = self.run_it("bash", "-c", script, env=self.env).splitlines()
        self.assertEqual(said[1], "inspect")
        self.assertTrue((self.usr / "share/zsh/vendor-completions/_updraft").read_text().startswith("#compdef updraft\n"))
        self.assertIn("complete -c updraft", (self.usr / "share/fish/vendor_completions.d/updraft.fish").read_text())

    def test_python_finds_the_library(self):
        said = self.run_it("/usr/bin/python3", "-c", "import updraft; print(updraft.__file__, updraft.__version__)",
                           env={name: value for name, value in self.env.items() if name != "LD_LIBRARY_PATH"})
        self.assertEqual(said, f"{self.usr}/lib/python3/dist-packages/updraft/__init__.py {VERSION}\n")

    def test_pkg_config_and_cmake_find_the_libraries(self):
        for name in ("updraft", "updraft-host"):
            self.assertEqual(self.run_it("pkg-config", "--modversion", name, env=self.env).strip(), VERSION)
        program = self.dir / "push"
        env = {**self.env, "PKG_CONFIG_SYSROOT_DIR": str(self.dir), "PKG_CONFIG_ALLOW_SYSTEM_CFLAGS": "1", "PKG_CONFIG_ALLOW_SYSTEM_LIBS": "1"}
        flags = self.run_it("pkg-config", "--cflags", "--libs", "updraft-host", env=env).split()
        self.run_it("cc", SOURCE / "examples/control/push.c", "-o", program, *flags)
        self.assertIn("usage", self.run_it("bash", "-c", f"{program} 2>&1 || true", env=self.env))
        said = self.run_it("cmake", "--find-package", "-DNAME=Updraft", "-DCOMPILER_ID=GNU", "-DLANGUAGE=CXX", "-DMODE=EXIST",
                           env=self.env, cwd=self.dir)  # it leaves a folder where it runs
        self.assertIn("Updraft found", said)

    def test_lintian_finds_no_error(self):
        if shutil.which("lintian") is None:
            self.skipTest("lintian is not installed; tools/install check does it")
        self.run_it("lintian", "--allow-root", "--fail-on", "error", self.made)

    def test_two_of_the_same_files_are_the_same(self):
        before = pathlib.Path(self.made).read_bytes()
        self.assertEqual(make("deb", "--build", BUILD).read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
