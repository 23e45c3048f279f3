#include "protocols/bundle/bundle_installer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "sim/demo_image.hpp"
#include "tests/fakes/event_log.hpp"
#include "tests/fakes/fake_boot_control.hpp"

namespace updraft {
namespace {

using testing::ElementsAre;

// Writes down what it is told: "begin open:a write:3 commit".
class FakeFiles final : public FileTransaction {
 public:
  Result<> begin(std::uint64_t total) override { return note("begin:" + std::to_string(total)); }
  Result<> expect(std::string_view path, std::uint64_t) override {
    return path == refused_path ? fail(Code::bad_path, Where::device) : Result<>{};
  }
  Result<> open(std::string_view path) override { return note("open:" + std::string(path)); }
  Result<> write(Bytes bytes) override {
    if (refuses_write) return fail(Code::flash, Where::device);
    return note("write:" + std::to_string(bytes.size()));
  }
  Result<> commit() override { return note("commit"); }
  Result<> commit_with(const Slot& slot) override {
    return note("commit_with:" + std::to_string(slot.index));
  }
  bool changed() const override { return has_changed; }
  void abort() override { (void)note("abort"); }
  Result<> note(const std::string& call) {
    calls.push_back(call);
    return {};
  }
  std::vector<std::string> calls;
  std::string refused_path;
  bool refuses_write = false;
  bool has_changed = true;
};

struct File {
  std::string path;
  std::vector<std::byte> content;
};

class BundleInstallerTest : public testing::Test {
 protected:
  std::string send(const std::vector<File>& bundle) {
    std::uint64_t total = 0;
    for (const File& file : bundle) total += file.content.size();
    const Offer offer{.scheme = kBundle, .size = total, .sender_proved = proved};
    if (const auto begun = installer.begin(offer); !begun) return code(begun);
    for (const File& file : bundle) {
      const auto expected = installer.expect(file.path, file.content.size());
      if (!expected) return code(expected);
    }
    for (const File& file : bundle) {
      const auto opened = installer.open(file.path, file.content.size());
      if (!opened) return code(opened);
      const auto written = file.content.empty() ? Result<>{} : installer.write(file.content);
      if (!written) return code(written);
    }
    return code(outcome_of(installer.finish()));
  }
  static std::string code(const Result<>& result) { return word(result); }
  static std::vector<std::byte> bytes(std::size_t size) { return std::vector<std::byte>(size); }

  fakes::FakeBootControl boot;
  Policy policy;
  fakes::EventLog log;
  FakeFiles files;
  Updater updater{boot, nullptr, policy, log};
  BundleInstaller installer{updater, files, policy};
  bool proved = true;
  std::vector<std::byte> image = sim::make_image({.size = 8192});
};

TEST_F(BundleInstallerTest, FilesAloneAreOneCommit) {
  EXPECT_EQ(send({{"a", bytes(3)}, {"b", {}}}), "ok");
  EXPECT_THAT(files.calls, ElementsAre("begin:3", "open:a", "write:3", "open:b", "commit"));
  EXPECT_THAT(log.ended, ElementsAre("files:2"));
  EXPECT_TRUE(installer.restart_due());
  EXPECT_EQ(boot.selected, std::nullopt);
  EXPECT_EQ(code(updater.begin({.scheme = kRaw, .sender_proved = true})), "busy")
      << "waits for its restart";
  EXPECT_EQ(send({{"a", bytes(3)}}), "busy");
}

TEST_F(BundleInstallerTest, FilesAndFirmwareHangTogether) {
  EXPECT_EQ(send({{"a", bytes(3)}, {"firmware.bin", image}, {"z", bytes(2)}}), "ok");
  EXPECT_THAT(files.calls,
              ElementsAre("begin:8197", "open:a", "write:3", "open:z", "write:2", "commit_with:1"));
  EXPECT_EQ(boot.selected, 1);
  EXPECT_THAT(log.ended, ElementsAre("installed"));
  EXPECT_EQ(log.trust, Trust::sender);
}

TEST_F(BundleInstallerTest, FirmwareAloneNeedsNoFiles) {
  EXPECT_EQ(send({{"firmware.bin", image}}), "ok");
  EXPECT_THAT(files.calls, ElementsAre("begin:8192"));
  EXPECT_EQ(boot.selected, 1);
}

TEST_F(BundleInstallerTest, BadFirmwareTakesTheFilesWithIt) {
  auto bad = image;
  bad[5000] ^= std::byte{1};
  EXPECT_EQ(send({{"a", bytes(3)}, {"firmware.bin", bad}}), "bad_checksum");
  EXPECT_EQ(files.calls.back(), "abort");
  EXPECT_THAT(log.ended, ElementsAre("bad_checksum")) << "told once";
  EXPECT_EQ(boot.selected, std::nullopt);
  EXPECT_FALSE(installer.restart_due());
  EXPECT_EQ(send({{"a", bytes(3)}}), "ok") << "and the next one works";
}

TEST_F(BundleInstallerTest, BadFilesTakeTheFirmwareWithThem) {
  files.refuses_write = true;
  EXPECT_EQ(send({{"firmware.bin", image}, {"z", bytes(2)}}), "flash");
  EXPECT_EQ(updater.state(), UpdateState::idle);
  EXPECT_THAT(log.ended, ElementsAre("flash"));
  EXPECT_EQ(boot.selected, std::nullopt);
}

TEST_F(BundleInstallerTest, IsRefusedBeforeAnythingIsWritten) {
  files.refused_path = "a";
  EXPECT_EQ(send({{"a", bytes(3)}}), "bad_path");
  EXPECT_EQ(send({{"firmware.bin", bytes(1 << 20)}}), "too_big");
  proved = false;
  EXPECT_EQ(send({{"b", bytes(3)}}), "unsigned");
  proved = true;
  boot.state = OtaState::pending_verify;
  EXPECT_EQ(send({{"b", bytes(3)}}), "pending_confirm");
  EXPECT_THAT(log.ended, ElementsAre("bad_path", "too_big", "unsigned", "pending_confirm"));
  EXPECT_TRUE(boot.slots[1].erased.empty());
  EXPECT_FALSE(updater.in_session());
}

TEST_F(BundleInstallerTest, HasTheEngineForItself) {
  ASSERT_TRUE(installer.begin({.scheme = kBundle, .size = 1, .sender_proved = true}));
  EXPECT_EQ(code(updater.begin({.scheme = kRaw, .sender_proved = true})), "busy");
  EXPECT_EQ(send({{"a", bytes(3)}}), "busy") << "also against itself";
  installer.abort({Code::aborted, Where::link});
  EXPECT_THAT(log.ended, ElementsAre("busy", "busy", "aborted"));
  EXPECT_THAT(log.over, ElementsAre(2u, 3u, 1u)) << "those that were busy disturbed nothing";
  policy.allow_unsigned(kRaw);
  ASSERT_TRUE(updater.begin({.scheme = kRaw}));
  EXPECT_EQ(send({{"a", bytes(3)}}), "busy");
  EXPECT_EQ(updater.state(), UpdateState::judging) << "and is not disturbed";
}

TEST_F(BundleInstallerTest, FirmwareThatRunsAlreadyIsNotWrittenAndItsFilesAre) {
  std::ranges::copy(image, boot.slots[0].bytes.begin());
  EXPECT_EQ(send({{"firmware.bin", image}}), "ok");
  EXPECT_THAT(log.ended, ElementsAre("current"));
  EXPECT_FALSE(installer.restart_due());
  EXPECT_EQ(send({{"firmware.bin", image}, {"a", bytes(3)}}), "ok");
  EXPECT_THAT(log.ended, ElementsAre("current", "files:1"));
  EXPECT_EQ(files.calls.back(), "commit");
  EXPECT_TRUE(installer.restart_due());
  EXPECT_EQ(boot.slots[1].programs, 0);
  EXPECT_EQ(boot.selected, std::nullopt);
}

TEST_F(BundleInstallerTest, FirmwareAndFilesThatAreThereAlreadyChangeNothing) {
  std::ranges::copy(image, boot.slots[0].bytes.begin());
  files.has_changed = false;
  for (int hour = 1; hour <= 3; ++hour) {
    EXPECT_EQ(send({{"firmware.bin", image}, {"a", bytes(3)}}), "ok") << hour;
    EXPECT_FALSE(installer.restart_due());
  }
  EXPECT_THAT(log.ended, ElementsAre("current", "current", "current"));
  EXPECT_EQ(boot.slots[1].programs, 0);
}

TEST_F(BundleInstallerTest, FilesThatAreThereAlreadyLeaveNothingToDo) {
  files.has_changed = false;
  for (int hour = 1; hour <= 3; ++hour) {
    EXPECT_EQ(send({{"a", bytes(3)}, {"b", bytes(1)}}), "ok") << hour;
    EXPECT_FALSE(installer.restart_due());
  }
  EXPECT_THAT(log.ended, ElementsAre("current files:2", "current files:2", "current files:2"));
  EXPECT_EQ(code(updater.begin({.scheme = kBundle, .sender_proved = true})), "ok")
      << "nobody waits for a restart";
}

}  // namespace
}  // namespace updraft
