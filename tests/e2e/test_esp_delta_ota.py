"""Patches that the original tool of esp_delta_ota makes of real firmware are taken, in both directions of each pair of releases.

The tool is no part of Updraft: UPDRAFT_ESP_DELTA_TOOL names a copy of its esp_delta_ota_patch_gen.py (with detools and
esptool beside it). Without it, or without the firmware, the test says "skipped".
"""
import itertools
import os
import subprocess
import sys
import unittest

from harness import FIRMWARE, Case, inspect, updraft

TOOL = os.environ.get("UPDRAFT_ESP_DELTA_TOOL")


@unittest.skipUnless(TOOL, "UPDRAFT_ESP_DELTA_TOOL does not name the original tool")
class OriginalTool(Case):
    def patch(self, old, new):
        patch = self.dir / "patch.bin"
        done = subprocess.run([sys.executable, TOOL, "create_patch", "--chip", inspect(old)["chip"], "--base_binary", old,
                               "--new_binary", new, "--patch_file_name", patch], cwd=self.dir, capture_output=True, text=True)
        self.assertTrue(patch.exists(), done.stdout + done.stderr)
        return patch

    def test_its_patches_of_all_pairs_are_taken(self):
        products = [folder for folder in sorted(FIRMWARE.glob("*")) if folder.is_dir()]
        if not products:
            self.skipTest("real firmware is not here")
        for product in products:
            for old, new in itertools.permutations(sorted(product.glob("*.bin")), 2):
                with self.subTest(f"{product.name}: {old.stem} to {new.stem}"):
                    made = self.dir / "made.bin"
                    updraft("delta", "apply", old, self.patch(old, new), "-o", made)
                    self.assertEqual(made.read_bytes(), new.read_bytes())


if __name__ == "__main__":
    unittest.main()
