"""The wheel: unpacked as an installer does, it finds the shared library where the loader does."""
import os
import unittest

from package_case import BUILD, VERSION, PackageCase, package


class Wheel(PackageCase):
    def setUp(self):
        super().setUp()
        wheel = package("wheel")
        self.assertEqual(wheel.name, f"updraft-{VERSION}-py3-none-any.whl")
        self.run_it("python3", "-m", "zipfile", "-e", wheel, self.dir)
        self.env = {**os.environ, "PYTHONPATH": str(self.dir)}

    def test_it_is_what_it_says(self):
        metadata = (self.dir / f"updraft-{VERSION}.dist-info/METADATA").read_text()
        self.assertIn(f"\nVersion: {VERSION}\n", metadata)
        self.assertIn("\nName: updraft\n", metadata)
        self.assertTrue((self.dir / "updraft/py.typed").exists())

    def test_it_is_importable_where_the_library_is(self):
        said = self.run_it("/usr/bin/python3", "-c", "import updraft; print(updraft.__file__, updraft.__version__)",
                           env={**self.env, "LD_LIBRARY_PATH": str(BUILD / "lib")})
        self.assertEqual(said, f"{self.dir}/updraft/__init__.py {VERSION}\n")

    def test_and_says_what_is_missing_where_it_is_not(self):
        # Somewhere the library may be installed for all.
        if "libupdraft_host" in self.run_it("/sbin/ldconfig", "-p"):
            self.skipTest("libupdraft_host is installed here")
        self.run_it("/usr/bin/python3", "-c", "import updraft", env=self.env, status=1)


if __name__ == "__main__":
    unittest.main()
