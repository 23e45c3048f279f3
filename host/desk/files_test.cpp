#include "host/desk/files.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace updraft::host {
namespace {

namespace fs = std::filesystem;

class WriteFile : public testing::Test {
 protected:
  WriteFile() { fs::create_directory(dir_); }
  ~WriteFile() override { fs::remove_all(dir_); }

  std::string text() const {
    std::ifstream in(file_);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  auto files() const { return std::distance(fs::directory_iterator(dir_), {}); }

  fs::path dir_ = fs::temp_directory_path() / ("updraft-desk-" + std::to_string(getpid()));
  fs::path file_ = dir_ / "out.bin";
};

TEST_F(WriteFile, ReplacesTheFileAndLeavesNothingBeside) {
  write_file(file_, as_bytes("one"));
  write_file(file_, as_bytes("second"));
  EXPECT_EQ(text(), "second");
  EXPECT_EQ(files(), 1);
}

// Who may write into the same directory (/tmp) must not be able to send the bytes elsewhere.
TEST_F(WriteFile, FollowsNoLinkThatWasPlantedBeside) {
  const fs::path elsewhere = dir_ / "elsewhere";
  fs::create_symlink(elsewhere, file_.string() + "." + std::to_string(getpid()) + ".new");
  write_file(file_, as_bytes("one"));
  EXPECT_FALSE(fs::exists(elsewhere));
  EXPECT_FALSE(fs::is_symlink(file_));
  EXPECT_EQ(text(), "one");
}

TEST_F(WriteFile, LeavesNothingBesideWhereItCannotReplace) {
  fs::create_directory(file_);
  EXPECT_ANY_THROW(write_file(file_, as_bytes("one")));
  EXPECT_EQ(files(), 1);
}

}  // namespace
}  // namespace updraft::host
