#include "ports/linux/file_store.hpp"

#include <cstdlib>
#include <fstream>
#include <map>
#include <vector>

#include <gtest/gtest.h>

namespace updraft::linux_port {
namespace {

namespace fs = std::filesystem;
using Tree = std::map<std::string, std::string>;

struct PowerCut {};

const Tree kOld = {{"boot.py", "old boot"}, {"keep.txt", "kept"}, {"lib/a.py", "old a"}};
const Tree kBundle = {
    {"boot.py", "new boot"}, {"lib/a.py", "new a"}, {"lib/deep/er/b.py", "b"}, {"empty", ""}};
const Tree kNew = {{"boot.py", "new boot"},
                   {"keep.txt", "kept"},
                   {"lib/a.py", "new a"},
                   {"lib/deep/er/b.py", "b"},
                   {"empty", ""}};

class FileStoreTest : public testing::Test {
 protected:
  FileStoreTest() {
    std::string name = (fs::temp_directory_path() / "updraft-store-XXXXXX").string();
    dir = mkdtemp(name.data());
    fill();
  }
  ~FileStoreTest() override { fs::remove_all(dir); }

  void fill() {
    for (const auto& entry : fs::directory_iterator(dir)) fs::remove_all(entry);
    for (const auto& [path, content] : kOld) {
      fs::create_directories((dir / "fs" / path).parent_path());
      std::ofstream(dir / "fs" / path) << content;
    }
  }
  Tree tree() const {
    Tree found;
    for (const auto& entry : fs::recursive_directory_iterator(dir / "fs")) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path());
      found[entry.path().lexically_relative(dir / "fs").string()] =
          std::string(std::istreambuf_iterator<char>(in), {});
    }
    return found;
  }
  static Result<> write(FileStore& store, const Tree& files = kBundle) {
    UPDRAFT_TRY(store.begin(100));
    for (const auto& [path, content] : files) UPDRAFT_TRY(store.expect(path, content.size()));
    for (const auto& [path, content] : files) {
      UPDRAFT_TRY(store.open(path));
      if (!content.empty()) UPDRAFT_TRY(store.write(as_bytes(content)));
    }
    return {};
  }
  // Runs `work` on a fresh store with the power cut before change `cut`; false if it got through.
  bool cut_in(int cut, const std::function<void(FileStore&)>& work) {
    FileStore store(dir, kCapacity);
    int left = cut;
    store.before_change = [&left] {
      if (left-- == 0) throw PowerCut{};
    };
    try {
      work(store);
    } catch (const PowerCut&) {
      return true;
    }
    return false;
  }
  void start(std::int8_t running, bool confirmed) {
    FileStore store(dir, kCapacity);
    ASSERT_TRUE(store.settle(running, confirmed));
  }
  bool tidy() const {  // nothing but the files themselves is left
    return !fs::exists(dir / "fs.next") && !fs::exists(dir / "fs.old") &&
           !fs::exists(dir / "fs.journal");
  }

  static constexpr std::uint64_t kCapacity = 1 << 20;
  static inline const Slot kSlot1{1, Text<16>(std::string_view("ota_1"))};
  fs::path dir;
};

TEST_F(FileStoreTest, ReplacesFilesAndKeepsTheOthers) {
  FileStore store(dir, kCapacity);
  ASSERT_TRUE(store.settle(0, true));
  ASSERT_TRUE(write(store));
  EXPECT_EQ(tree(), kOld) << "nothing is seen before the commit";
  ASSERT_TRUE(store.commit());
  EXPECT_EQ(tree(), kNew);
  EXPECT_TRUE(tidy());
  store.abort();
  EXPECT_EQ(tree(), kNew) << "what is committed stays";
}

TEST_F(FileStoreTest, AbortLeavesTheOldFiles) {
  FileStore store(dir, kCapacity);
  ASSERT_TRUE(write(store));
  store.abort();
  EXPECT_EQ(tree(), kOld);
  EXPECT_TRUE(tidy());
  ASSERT_TRUE(write(store));
  ASSERT_TRUE(store.commit_with(kSlot1));
  store.abort();
  EXPECT_EQ(tree(), kOld);
  EXPECT_TRUE(tidy());
}

// Also bound to firmware, and byte by byte.
TEST_F(FileStoreTest, WhatIsThereAlreadyIsNotWrittenAgain) {
  for (const bool with_firmware : {false, true}) {
    FileStore store(dir, kCapacity);
    ASSERT_TRUE(store.settle(0, true));
    int changes = 0;
    store.before_change = [&changes] { ++changes; };
    ASSERT_TRUE(store.begin(100));
    for (const auto& [path, content] : kOld) ASSERT_TRUE(store.expect(path, content.size()));
    for (const auto& [path, content] : kOld) {
      ASSERT_TRUE(store.open(path));
      for (const char byte : content) ASSERT_TRUE(store.write(as_bytes({&byte, 1})));
    }
    ASSERT_TRUE(with_firmware ? store.commit_with(kSlot1) : store.commit());
    EXPECT_FALSE(store.changed());
    EXPECT_EQ(changes, 0);
    EXPECT_EQ(tree(), kOld);
    EXPECT_TRUE(tidy());
    EXPECT_TRUE(store.begin(1)) << "nothing is on trial";
  }
}

// At each byte of a file, and at its end.
TEST_F(FileStoreTest, TheFirstDifferenceMakesTheFileANewOne) {
  const std::string old = kOld.at("lib/a.py");
  std::vector<std::string> others = {old + "!"};
  for (std::size_t at = 0; at < old.size(); ++at) {
    others.push_back(old.substr(0, at));
    others.push_back(old);
    others.back()[at] ^= 1;
  }
  for (const std::string& other : others) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{100}}) {
      fill();
      FileStore store(dir, kCapacity);
      ASSERT_TRUE(store.settle(0, true));
      ASSERT_TRUE(store.begin(100));
      ASSERT_TRUE(store.open("boot.py"));
      ASSERT_TRUE(store.write(as_bytes(kOld.at("boot.py"))));
      ASSERT_TRUE(store.open("lib/a.py"));
      for (std::size_t at = 0; at < other.size(); at += piece) {
        ASSERT_TRUE(store.write(as_bytes(std::string_view(other).substr(at, piece))));
      }
      ASSERT_TRUE(store.commit());
      EXPECT_TRUE(store.changed());
      Tree wanted = kOld;
      wanted["lib/a.py"] = other;
      EXPECT_EQ(tree(), wanted);
      EXPECT_TRUE(tidy());
    }
  }
}

// All or none, whenever the power goes away, also during the cleanup after a first cut.
TEST_F(FileStoreTest, APowerCutAnywhereLeavesOneOrTheOther) {
  bool seen_old = false, seen_new = false;
  for (int cut = 0;; ++cut) {
    for (int second = 0;; ++second) {
      fill();
      const bool was_cut = cut_in(cut, [](FileStore& store) {
        ASSERT_TRUE(write(store));
        ASSERT_TRUE(store.commit());
      });
      const bool again = cut_in(second, [](FileStore& store) { (void)store.settle(0, true); });
      start(0, true);
      const Tree found = tree();
      ASSERT_TRUE(found == kOld || found == kNew) << cut << ", " << second;
      ASSERT_TRUE(was_cut || found == kNew);
      ASSERT_TRUE(tidy());
      (found == kOld ? seen_old : seen_new) = true;
      if (again) continue;
      if (was_cut) break;
      EXPECT_TRUE(seen_old && seen_new);
      EXPECT_GT(cut, 15);
      return;
    }
  }
}

// Bound to firmware: whichever image runs has its own files, whenever the power goes away.
TEST_F(FileStoreTest, FollowsTheImageThatRuns) {
  for (const bool rolled_back : {false, true}) {
    for (int cut = 0;; ++cut) {
      fill();
      bool was_cut = cut_in(cut, [](FileStore& store) {
        ASSERT_TRUE(write(store));
        ASSERT_TRUE(store.commit_with(kSlot1));
      });
      if (was_cut) {  // before the boot choice: the old image runs
        start(0, true);
        ASSERT_EQ(tree(), kOld) << cut;
        ASSERT_TRUE(tidy());
        continue;
      }
      const int settling = 10;
      for (int trial = 0; trial < settling; ++trial) {
        (void)cut_in(trial, [](FileStore& store) { (void)store.settle(1, false); });
      }
      start(1, false);
      ASSERT_EQ(tree(), kNew) << "on trial with the new files";
      FileStore busy(dir, kCapacity);
      EXPECT_EQ(busy.begin(1).error().code, Code::pending_confirm);
      for (int end = 0; end < settling; ++end) {
        (void)cut_in(
            end, [&](FileStore& store) { (void)store.settle(rolled_back ? 0 : 1, !rolled_back); });
      }
      start(rolled_back ? 0 : 1, true);
      EXPECT_EQ(tree(), rolled_back ? kOld : kNew);
      EXPECT_TRUE(tidy());
      break;
    }
  }
}

// Security row 12: a path that is blocked by something that is no file.
TEST_F(FileStoreTest, GoesThroughNoSymlinkAndOverNoDirectory) {
  const fs::path outside = dir / "outside";
  fs::create_directories(outside);
  fs::create_directory_symlink(outside, dir / "fs" / "link");
  fs::create_symlink(outside / "file", dir / "fs" / "file-link");
  FileStore store(dir, kCapacity);
  for (const char* path :
       {"link/x", "link", "file-link", "lib", "boot.py/x", "../x", "/x", "a//b", "lib/../x", ""}) {
    ASSERT_TRUE(store.begin(1));
    EXPECT_EQ(store.expect(path, 1).error().code, Code::bad_path) << path;
    EXPECT_EQ(store.open(path).error().code, Code::bad_path) << path;
    store.abort();
  }
  EXPECT_TRUE(fs::is_empty(outside));
  ASSERT_TRUE(write(store));
  ASSERT_TRUE(store.commit());
  EXPECT_TRUE(fs::is_symlink(dir / "fs" / "link")) << "the link stays";
  EXPECT_FALSE(fs::exists(dir / "x"));
}

TEST_F(FileStoreTest, HasAnEnd) {
  FileStore store(dir, 1000);
  EXPECT_TRUE(store.begin(1000));
  store.abort();
  EXPECT_EQ(store.begin(1001).error(), (Error{Code::too_big, Where::device, 1001, 1000}));
}

TEST_F(FileStoreTest, StartsFromNothing) {
  fs::remove_all(dir / "fs");
  FileStore store(dir, kCapacity);
  ASSERT_TRUE(store.settle(0, true));
  EXPECT_TRUE(tree().empty());
  ASSERT_TRUE(write(store));
  ASSERT_TRUE(store.commit());
  EXPECT_EQ(tree(), kBundle);
}

}  // namespace
}  // namespace updraft::linux_port
