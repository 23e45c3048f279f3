#include "host/discovery/known_devices.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "host/discovery/discovery.hpp"

namespace updraft::host {
namespace {

namespace fs = std::filesystem;

class KnownDevicesTest : public testing::Test {
 protected:
  KnownDevicesTest()
      : file_(fs::path(testing::TempDir()) / ("known" + std::to_string(getpid())) / "devices") {}
  ~KnownDevicesTest() override { fs::remove_all(file_.parent_path()); }

  static FoundDevice device(const std::string& id, const std::string& address,
                            const std::string& name = "kitchen") {
    return {.name = name, .host = name + ".local", .addresses = {address}, .id = id, .open = {}};
  }
  void write(const std::string& text) {
    fs::create_directories(file_.parent_path());
    std::ofstream(file_) << text;
  }
  fs::path file_;
};

TEST_F(KnownDevicesTest, AreThereInTheNextProgram) {
  KnownDevices(file_).remember(
      {device("a0", "192.168.1.20"), device("b1", "192.168.1.21", "hall")});
  EXPECT_EQ(KnownDevices(file_).all(), (std::vector<KnownPlace>{{"a0", "192.168.1.20", "kitchen"},
                                                                {"b1", "192.168.1.21", "hall"}}));
}

TEST_F(KnownDevicesTest, ADeviceIsWhereItWasLast) {
  KnownDevices known(file_);
  known.remember({device("a0", "192.168.1.20"), device("b1", "192.168.1.21", "hall")});
  known.remember({device("b1", "192.168.1.20", "hall")});  // it has got the other one's address
  EXPECT_EQ(known.all(), (std::vector<KnownPlace>{{"b1", "192.168.1.20", "hall"}}));
}

TEST_F(KnownDevicesTest, HaveALimit) {
  KnownDevices known(file_);
  for (unsigned i = 0; i < kKnownPlaces + 5; ++i) {
    known.remember({device("id" + std::to_string(i), "10.0.0." + std::to_string(i))});
  }
  EXPECT_EQ(known.all().size(), kKnownPlaces);
  EXPECT_EQ(known.all().front().id, "id" + std::to_string(kKnownPlaces + 4));
  EXPECT_EQ(KnownDevices(file_).all(), known.all());
}

// What devices say of themselves is written into a file of lines.
TEST_F(KnownDevicesTest, WhatWouldBreakALineIsNotKept) {
  KnownDevices known(file_);
  known.remember({device("a0", "192.168.1.20", "two words"), device("a1\n", "192.168.1.21"),
                  device("", "192.168.1.22"), device("a3", "fe80::1"), device("a4", "evil.example"),
                  device("a5", "192.168.1.25", std::string(64, 'x'))});
  EXPECT_EQ(known.all(), std::vector<KnownPlace>());
}

TEST_F(KnownDevicesTest, AFileOfSomethingElseHasNothing) {
  write("a0 192.168.1.20\nwhat is this\n\n a1 192.168.1.21 hall \nb 1.2.3 x\n");
  EXPECT_EQ(KnownDevices(file_).all(), (std::vector<KnownPlace>{{"a1", "192.168.1.21", "hall"}}));
  write(std::string(100'000, 'a'));
  EXPECT_TRUE(KnownDevices(file_).all().empty());
  KnownDevices nowhere(std::nullopt);
  nowhere.remember({device("a0", "192.168.1.20")});
  EXPECT_TRUE(nowhere.all().empty());
}

}  // namespace
}  // namespace updraft::host
