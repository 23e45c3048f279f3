#include "cli/words/console.hpp"

#include <csignal>

#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace updraft::cli {
namespace {

class ConsoleTest : public testing::Test {
 protected:
  ConsoleTest() {
    std::signal(SIGPIPE, SIG_IGN);
    EXPECT_EQ(pipe(ends_), 0);
  }
  ~ConsoleTest() override {
    close(ends_[0]);
    close(ends_[1]);
  }
  static std::string lost(std::uint64_t lines) { return "lost " + std::to_string(lines) + "\n"; }
  int reader() const { return ends_[0]; }
  int writer() const { return ends_[1]; }
  std::string read_to_end() {
    close(ends_[1]);
    ends_[1] = -1;
    std::string text;
    char part[4096];
    for (ssize_t size = 0; (size = read(reader(), part, sizeof part)) > 0;) {
      text.append(part, static_cast<std::size_t>(size));
    }
    return text;
  }

  int ends_[2] = {-1, -1};
};

TEST_F(ConsoleTest, WritesAllThatIsReadInOrder) {
  {
    Console console(&lost);
    for (int i = 0; i < 1000; ++i) console.write(writer(), std::to_string(i) + "\n");
  }
  const std::string text = read_to_end();
  EXPECT_TRUE(text.starts_with("0\n1\n2\n")) << text.substr(0, 20);
  EXPECT_TRUE(text.ends_with("\n998\n999\n"));
}

TEST_F(ConsoleTest, IsFlushedBeforeTheProcessIsEnded) {
  Console console(&lost);
  for (int i = 0; i < 1000; ++i) console.write(writer(), "line\n");
  console.flush();
  int written = 0;
  ASSERT_EQ(ioctl(reader(), FIONREAD, &written), 0);
  EXPECT_EQ(written, 5000);
}

// Far more than pipe and queue hold: each write returns.
TEST_F(ConsoleTest, GoesOnWhereNobodyReads) {
  const std::string line = std::string(1000, 'x') + "\n";
  {
    Console console(&lost);
    for (int i = 0; i < 2000; ++i) console.write(writer(), line);
  }
  const std::string text = read_to_end();
  EXPECT_GE(text.size(), 60'000u);
  EXPECT_EQ(text.size() % line.size(), 0u) << "no part of a line";
}

TEST_F(ConsoleTest, GoesOnWhereTheReaderHasGone) {
  close(ends_[0]);
  ends_[0] = -1;
  Console console(&lost);
  for (int i = 0; i < 100; ++i) console.write(writer(), "gone\n");
}

TEST_F(ConsoleTest, SaysHowManyLinesAreLost) {
  const int real = dup(STDOUT_FILENO);
  (void)dup2(writer(), STDOUT_FILENO);
  std::string text(4096, '\0');
  {
    Console console(&lost);
    const std::string line = std::string(1023, 'x') + "\n";
    for (int i = 0; i < 1024; ++i) console.write(STDOUT_FILENO, line);
    while (text.find("after") == text.npos) {  // as room comes back
      console.write(STDOUT_FILENO, "after\n");
      const ssize_t size = read(reader(), text.data(), text.size());
      ASSERT_GT(size, 0);
      if (text.find("lost ") != text.npos) break;
    }
  }
  (void)dup2(real, STDOUT_FILENO);
  close(real);
  EXPECT_NE(text.find("lost "), text.npos);
}

}  // namespace
}  // namespace updraft::cli
