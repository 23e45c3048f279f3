#include "protocols/bundle/bundle_path.hpp"

#include <string>

#include <gtest/gtest.h>

namespace updraft {
namespace {

using namespace std::string_literals;

TEST(BundlePath, AllowsPlainRelativePaths) {
  for (const std::string& path :
       {"main.py"s, "lib/a/b/c.mpy"s, "a"s, ".hidden"s, "..."s, "a..b"s, "..a"s, "a."s, "~"s, "c:"s,
        "with blank.txt"s, "\xC3\xBC.txt"s, "%2e%2e"s, std::string(255, 'x'), "firmware.bin"s}) {
    EXPECT_TRUE(is_bundle_path(path)) << path;
  }
}

// Security row 12. Clashes and symlinks are below and in the file store's tests.
TEST(BundlePath, RefusesWhatLeadsOutOrIsNoName) {
  const std::string rows[] = {""s,
                              "/"s,
                              "/etc/passwd"s,
                              "//x"s,
                              "."s,
                              ".."s,
                              "./a"s,
                              "../a"s,
                              "a/."s,
                              "a/.."s,
                              "a/./b"s,
                              "a/../b"s,
                              "a/../../b"s,
                              "a//b"s,
                              "a/"s,
                              "a/b/"s,
                              "/a/"s,
                              "../../../../etc/passwd"s,
                              "..\\a"s,
                              "a\\b"s,
                              "\\"s,
                              "\\\\host\\share"s,
                              "C:\\x"s,
                              "a\0b"s,
                              "\0"s,
                              "a\0/../b"s,
                              "main.py\0.txt"s,
                              "a\nb"s,
                              "\r"s,
                              "a\tb"s,
                              "\x1b[31m"s,
                              "a\x7f"s,
                              "a/\x01"s,
                              "lib/.."s,
                              "lib/../.."s,
                              ".././a"s,
                              std::string(256, 'x'),
                              std::string(300, '/'),
                              "a/" + std::string(254, 'y'),
                              "../" + std::string(100, 'z')};
  EXPECT_EQ(std::size(rows), 40u);
  for (const std::string& path : rows) EXPECT_FALSE(is_bundle_path(path)) << path;
}

TEST(BundlePath, ClashesWithItselfAndWithItsDirectories) {
  EXPECT_TRUE(bundle_paths_clash("main.py", "main.py"));
  EXPECT_TRUE(bundle_paths_clash("Main.py", "mAIN.PY"));
  EXPECT_TRUE(bundle_paths_clash("lib", "lib/a.py"));
  EXPECT_TRUE(bundle_paths_clash("LIB/a/b", "lib/A"));
  EXPECT_FALSE(bundle_paths_clash("lib", "library/a.py"));
  EXPECT_FALSE(bundle_paths_clash("lib/a", "lib/b"));
  EXPECT_FALSE(bundle_paths_clash("a", "b"));
}

}  // namespace
}  // namespace updraft
