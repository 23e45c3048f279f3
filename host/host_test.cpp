// The C door, through the real shared library, against the real device machine on a pty.
#include "updraft/host.h"

#include <cstring>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "host/fake_co_processor.hpp"

namespace updraft::host {
namespace {

std::vector<char> image(std::size_t size) {
  std::vector<char> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  return bytes;
}

class Ota : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(updraft_ota_open(device.path().c_str(), &ota), UPDRAFT_OK); }
  void TearDown() override { updraft_ota_close(ota); }
  std::string last_error() { return updraft_ota_last_error(ota); }

  CoProcessor device;
  updraft_ota* ota = nullptr;
};

TEST_F(Ota, BeginWriteEndAndARestart) {
  const auto bytes = image(10'001);
  char version[64];
  ASSERT_EQ(updraft_ota_version(ota, version, sizeof version), UPDRAFT_OK);
  EXPECT_STREQ(version, "FG-1.2.3.0.0");
  ASSERT_EQ(updraft_ota_begin(ota), UPDRAFT_OK);
  for (std::size_t at = 0; at < bytes.size(); at += 777) {
    const std::size_t size = std::min<std::size_t>(777, bytes.size() - at);
    ASSERT_EQ(updraft_ota_write(ota, bytes.data() + at, size), UPDRAFT_OK);
  }
  ASSERT_EQ(updraft_ota_end(ota), UPDRAFT_OK);
  ASSERT_EQ(updraft_ota_wait_restart(ota, 30'000, version, sizeof version), UPDRAFT_OK);
  EXPECT_STREQ(version, "FG-1.2.3.1.0") << "what runs then";
  ASSERT_EQ(device.intake.last_bytes.size(), bytes.size());
  EXPECT_EQ(std::memcmp(device.intake.last_bytes.data(), bytes.data(), bytes.size()), 0);
}

TEST_F(Ota, WrongOrderIsAnErrorAndSendsNothing) {
  char byte = 1;
  EXPECT_EQ(updraft_ota_write(ota, &byte, 1), UPDRAFT_ERR_ORDER);
  EXPECT_NE(last_error(), "");
  EXPECT_EQ(updraft_ota_end(ota), UPDRAFT_ERR_ORDER);
  EXPECT_EQ(updraft_ota_abort(ota), UPDRAFT_ERR_ORDER);
  ASSERT_EQ(updraft_ota_begin(ota), UPDRAFT_OK);
  EXPECT_EQ(updraft_ota_end(ota), UPDRAFT_ERR_EMPTY);
  EXPECT_EQ(updraft_ota_end(ota), UPDRAFT_ERR_ORDER) << "end twice";
  ASSERT_EQ(updraft_ota_begin(ota), UPDRAFT_OK);
  ASSERT_EQ(updraft_ota_write(ota, &byte, 1), UPDRAFT_OK);
  ASSERT_EQ(updraft_ota_begin(ota), UPDRAFT_OK) << "begin twice starts anew";
  EXPECT_EQ(updraft_ota_abort(ota), UPDRAFT_OK);
  EXPECT_EQ(updraft_ota_write(ota, &byte, 1), UPDRAFT_ERR_ORDER);
  EXPECT_EQ(device.intake.bytes.size(), 0u);
}

TEST_F(Ota, WrongArgumentsAreErrors) {
  char text[4];
  EXPECT_EQ(updraft_ota_open(nullptr, nullptr), UPDRAFT_ERR_ARGUMENT);
  updraft_ota* other = ota;
  EXPECT_EQ(updraft_ota_open(nullptr, &other), UPDRAFT_ERR_ARGUMENT);
  EXPECT_EQ(other, nullptr);
  EXPECT_EQ(updraft_ota_open("", &other), UPDRAFT_ERR_ARGUMENT);
  ASSERT_EQ(updraft_ota_begin(ota), UPDRAFT_OK);
  EXPECT_EQ(updraft_ota_write(ota, nullptr, 1), UPDRAFT_ERR_ARGUMENT);
  EXPECT_EQ(updraft_ota_write(ota, nullptr, 0), UPDRAFT_OK) << "nothing is nothing";
  EXPECT_EQ(updraft_ota_version(ota, nullptr, 5), UPDRAFT_ERR_ARGUMENT);
  EXPECT_EQ(updraft_ota_version(ota, text, 0), UPDRAFT_ERR_ARGUMENT);
  ASSERT_EQ(updraft_ota_version(ota, text, sizeof text), UPDRAFT_OK);
  EXPECT_STREQ(text, "FG-") << "cut, and ended";
  EXPECT_EQ(updraft_ota_push(ota, nullptr, nullptr, 0, nullptr, nullptr), UPDRAFT_ERR_ARGUMENT);
}

TEST_F(Ota, AHandleThatIsNoneIsAnErrorEverywhere) {
  updraft_ota* closed = ota;
  ASSERT_EQ(updraft_ota_close(ota), UPDRAFT_OK);
  ota = nullptr;
  updraft_ota* fresh = nullptr;
  ASSERT_EQ(updraft_ota_open(device.path().c_str(), &fresh), UPDRAFT_OK);
  EXPECT_NE(fresh, closed) << "names are not used twice";
  for (updraft_ota* handle : {closed, static_cast<updraft_ota*>(nullptr),
                              reinterpret_cast<updraft_ota*>(std::uintptr_t{12345})}) {
    char text[8];
    EXPECT_EQ(updraft_ota_begin(handle), UPDRAFT_ERR_HANDLE);
    EXPECT_EQ(updraft_ota_write(handle, text, 1), UPDRAFT_ERR_HANDLE);
    EXPECT_EQ(updraft_ota_end(handle), UPDRAFT_ERR_HANDLE);
    EXPECT_EQ(updraft_ota_abort(handle), UPDRAFT_ERR_HANDLE);
    EXPECT_EQ(updraft_ota_version(handle, text, sizeof text), UPDRAFT_ERR_HANDLE);
    EXPECT_EQ(updraft_ota_wait_restart(handle, 1, text, sizeof text), UPDRAFT_ERR_HANDLE);
    EXPECT_EQ(updraft_ota_push(handle, "x", nullptr, 0, nullptr, nullptr), UPDRAFT_ERR_HANDLE);
    EXPECT_EQ(updraft_ota_close(handle), UPDRAFT_ERR_HANDLE) << "close twice";
    EXPECT_NE(updraft_ota_last_error(handle), nullptr);
  }
  updraft_ota_close(fresh);
}

TEST_F(Ota, TheDeviceIsForOneProcessAndOneHandle) {
  updraft_ota* second = nullptr;
  EXPECT_EQ(updraft_ota_open(device.path().c_str(), &second), UPDRAFT_ERR_BUSY);
  EXPECT_EQ(second, nullptr);
  EXPECT_NE(std::string(updraft_ota_last_error(nullptr)).find("in use"), std::string::npos);
  EXPECT_EQ(updraft_ota_open("/nowhere/esps0", &second), UPDRAFT_ERR_UNREACHABLE);
  EXPECT_NE(std::string(updraft_ota_last_error(nullptr)).find("No such file"), std::string::npos);
}

TEST_F(Ota, ARefusalIsOneAndTheNextTryWorks) {
  device.intake.write_error = Code::wrong_chip;
  const auto bytes = image(8'000);
  ASSERT_EQ(updraft_ota_begin(ota), UPDRAFT_OK);
  EXPECT_EQ(updraft_ota_write(ota, bytes.data(), bytes.size()), UPDRAFT_ERR_REFUSED);
  EXPECT_NE(last_error().find("write"), std::string::npos);
  EXPECT_EQ(updraft_ota_end(ota), UPDRAFT_ERR_ORDER);
  device.intake.write_error.reset();
  ASSERT_EQ(updraft_ota_begin(ota), UPDRAFT_OK);
  ASSERT_EQ(updraft_ota_write(ota, bytes.data(), bytes.size()), UPDRAFT_OK);
  EXPECT_EQ(updraft_ota_end(ota), UPDRAFT_OK);
}

// What a progress callback saw, and what it does at the second call.
struct Watcher {
  updraft_ota* ota;
  bool stop;
  std::vector<std::uint64_t> sent;
  std::uint64_t total;
  int reentered;
};
int watch(std::uint64_t sent, std::uint64_t total, void* context) {
  auto& watcher = *static_cast<Watcher*>(context);
  watcher.sent.push_back(sent);
  watcher.total = total;
  watcher.reentered = updraft_ota_close(watcher.ota);
  return watcher.stop && watcher.sent.size() == 2 ? 1 : 0;
}

TEST_F(Ota, PushSendsAFileAndTellsHowFar) {
  const std::string file = testing::TempDir() + "updraft-push-test.bin";
  const auto bytes = image(9'000);
  std::ofstream(file, std::ios::binary).write(bytes.data(), 9'000);
  Watcher watcher{.ota = ota, .stop = true};
  EXPECT_EQ(updraft_ota_push(ota, file.c_str(), nullptr, 0, watch, &watcher), UPDRAFT_ERR_STOPPED);
  EXPECT_EQ(watcher.sent, (std::vector<std::uint64_t>{4000, 8000}));
  EXPECT_EQ(watcher.reentered, UPDRAFT_ERR_ORDER) << "no deadlock";
  watcher = {.ota = ota, .stop = false};
  EXPECT_EQ(updraft_ota_push(ota, file.c_str(), nullptr, 0, watch, &watcher), UPDRAFT_OK);
  EXPECT_EQ(watcher.sent.back(), 9'000u);
  EXPECT_EQ(watcher.total, 9'000u);
  EXPECT_EQ(device.intake.last_bytes.size(), 9'000u);
  unlink(file.c_str());
}

TEST_F(Ota, PushOfWhatIsNotThereDisturbsNobody) {
  EXPECT_EQ(updraft_ota_push(ota, "/nowhere.bin", nullptr, 0, nullptr, nullptr),
            UPDRAFT_ERR_SOURCE);
  EXPECT_NE(last_error().find("No such file"), std::string::npos);
  EXPECT_EQ(updraft_ota_push(ota, "/", nullptr, 0, nullptr, nullptr), UPDRAFT_ERR_SOURCE);
  EXPECT_EQ(updraft_ota_push(ota, "http://127.0.0.1:1/x", nullptr, 0, nullptr, nullptr),
            UPDRAFT_ERR_SOURCE);
  EXPECT_EQ(device.intake.calls, "");
}

TEST(OtaTexts, EveryNumberHasOne) {
  for (int number = -1; number <= UPDRAFT_ERR_MEMORY + 1; ++number) {
    EXPECT_GT(std::strlen(updraft_ota_error_text(number)), 5u) << number;
  }
  EXPECT_STREQ(updraft_ota_library_version(), "0.1.0");
}

}  // namespace
}  // namespace updraft::host
