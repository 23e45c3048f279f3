#include "ports/linux/replace_file.hpp"

#include <csignal>
#include <fstream>
#include <system_error>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace updraft::linux_port {
namespace {

namespace fs = std::filesystem;

class ReplaceFile : public testing::Test {
 protected:
  ReplaceFile() { fs::create_directory(dir_); }
  ~ReplaceFile() override { fs::remove_all(dir_); }

  static std::string read(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static unsigned mode(const fs::path& file) {
    struct stat info{};
    EXPECT_EQ(lstat(file.c_str(), &info), 0);
    return info.st_mode & 0777;
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(dir_), {}));
  }

  fs::path dir_ = fs::temp_directory_path() / ("updraft-replace-" + std::to_string(getpid()));
  fs::path file_ = dir_ / "https.pem";
};

TEST_F(ReplaceFile, WritesTheWholeFile) {
  replace_file(file_, as_bytes("one"));
  replace_file(file_, as_bytes("second"));
  EXPECT_EQ(read(file_), "second");
  EXPECT_EQ(files(), 1u);
}

TEST_F(ReplaceFile, HasItsModeWhateverTheUmaskAndTheOldFileSay) {
  std::ofstream(file_) << "old";
  fs::permissions(file_, fs::perms::all);
  const mode_t before = umask(0);
  replace_file(file_, as_bytes("key"), kPrivateMode);
  (void)umask(before);
  EXPECT_EQ(mode(file_), 0600u);
}

TEST_F(ReplaceFile, UsesNothingThatIsThere) {
  const fs::path elsewhere = dir_ / "elsewhere";
  fs::create_symlink(elsewhere, file_);
  replace_file(file_, as_bytes("key"), kPrivateMode);
  EXPECT_FALSE(fs::exists(elsewhere));
  EXPECT_FALSE(fs::is_symlink(file_));
  EXPECT_NE(write_beside(file_, {}), write_beside(file_, {})) << "no name is used twice";
}

TEST_F(ReplaceFile, LeavesTheOldFileWhereTheDiskIsFull) {
  replace_file(file_, as_bytes("old"));
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &none);
  EXPECT_THROW(replace_file(file_, as_bytes("new")), std::system_error);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(read(file_), "old");
  EXPECT_EQ(files(), 1u);
}

TEST_F(ReplaceFile, TakesAwayWhatAKillLeft) {
  replace_file(file_, as_bytes("old"));
  (void)write_beside(file_, as_bytes("half"));
  std::ofstream(dir_ / "mine.new-") << "stays";
  remove_leftovers(dir_);
  EXPECT_EQ(files(), 2u);
  EXPECT_EQ(read(file_), "old");
}

}  // namespace
}  // namespace updraft::linux_port
