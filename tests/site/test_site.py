"""The documentation site: built as its reader finds it, with links that lead somewhere, search, and a first page that is true."""
import importlib.util
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def tool():
    """tools/docs as a module."""
    loader = importlib.machinery.SourceFileLoader("docs", str(SOURCE / "tools/docs"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("docs", loader))
    loader.exec_module(module)
    return module


@unittest.skipIf(shutil.which("mkdocs") is None, "mkdocs is not installed; tools/install check does it")
class Site(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="updraft-site-"))
        cls.site = cls.folder / "site"
        done = subprocess.run([sys.executable, SOURCE / "tools/docs", cls.site], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def test_the_first_page_has_the_three_ways_in(self):
        text = (self.site / "index.html").read_text()
        for part in ("try-it-without-hardware", "put-it-in-a-sketch", "put-it-in-a-product"):
            self.assertIn(f'id="{part}"', text)

    def test_every_page_can_be_searched(self):
        index = json.loads((self.site / "search/search_index.json").read_text())
        places = {entry["location"].split("#")[0] for entry in index["docs"]}
        for page in (SOURCE / "docs").glob("*.md"):
            if page.name not in ("README.md", "start.md"):
                self.assertIn(f"{page.stem}.html", places)
        self.assertTrue(any("uartStream" in entry["text"] for entry in index["docs"]), "what a page says is in it")

    def test_a_link_that_leads_nowhere_is_found(self):
        docs = tool()
        (self.folder / "two").mkdir()
        (self.folder / "two/a.html").write_text('<h2 id="x">X</h2><a href="b.html#y">1</a><a href="c.html">2</a><a href="#x">3</a>'
                                                '<script src="https://cdn.example/x.js"></script>')
        (self.folder / "two/b.html").write_text('<h2 id="z">Z</h2>')
        self.assertEqual(docs.broken(self.folder / "two"), ["a.html: https://cdn.example/x.js is fetched from elsewhere",
                                                            "a.html: b.html#y has no such part", "a.html: c.html is not there"])


class FirstPage(unittest.TestCase):
    """What docs/start.md shows is what is compiled elsewhere: its commands are a journey (tests/journeys)."""

    def block(self, language):
        return re.search(rf"^```{language}\n(.*?)^```", (SOURCE / "docs/start.md").read_text(), re.MULTILINE | re.DOTALL)[1]

    def test_the_sketch_is_the_example_page(self):
        example = (SOURCE / "examples/arduino/Page/Page.ino").read_text()
        self.assertEqual(self.block("cpp"), re.sub(r"^//.*\n", "", example))

    def test_the_product_is_that_of_the_page_on_esp_idf(self):
        self.assertIn(self.block("c"), (SOURCE / "docs/esp-idf.md").read_text())

    def test_the_four_ways_to_get_it_are_true(self):
        """The README's first screen: each names a package that is made, by its name with today's number."""
        screen = "".join((SOURCE / "README.md").read_text().splitlines(keepends=True)[:32])
        number = re.search(r"^project\(updraft VERSION ([\d.]+)", (SOURCE / "CMakeLists.txt").read_text(), re.MULTILINE)[1]
        self.assertEqual(set(re.findall(r"tools/package (\w+)", screen)), {"arduino", "platformio", "component", "deb"})
        for name in (f"Updraft-{number}-platformio.tar.gz", f"updraft_{number}_amd64.deb"):
            self.assertIn(name, screen)

    def test_what_it_tells_to_run_is_there(self):
        text = (SOURCE / "docs/start.md").read_text()
        for path in re.findall(r"(?:^|`)((?:\./|tools/)[a-z-]+)", text, re.MULTILINE):
            self.assertTrue((SOURCE / path).is_file(), path)


if __name__ == "__main__":
    unittest.main()
