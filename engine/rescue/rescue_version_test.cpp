#include "engine/rescue/rescue_version.hpp"

#include <gtest/gtest.h>

#include "engine/format/partition_csv.hpp"
#include "sim/demo_image.hpp"
#include "sim/device.hpp"

namespace updraft {
namespace {

constexpr std::uint32_t kApp = 0x10000, kRescue = 0x30000;

class RescueVersionTest : public testing::Test {
 protected:
  RescueVersionTest() {
    const auto table = format::parse_partition_csv(
        "otadata, data, ota,       0x9000,   0x2000\n"
        "ota_0,   app,  ota_0,     0x10000,  128K\n"
        "rescue,  app,  factory,   0x30000,  128K\n"
        "updraft, data, undefined, 0x50000,  0x8000\n");
    std::array<std::byte, format::kPartitionTableBytes> binary;
    EXPECT_TRUE(table && format::write_partition_table(table->entries(), binary));
    std::ranges::copy(binary, cells_.begin() + format::kPartitionTableOffset);
    put(kApp, "3.0.0");
    put(kRescue, "1.1.0");
    power_on();
  }
  void put(std::uint32_t at, std::string_view version) {
    std::ranges::copy(sim::make_image({.version = std::string(version)}), cells_.begin() + at);
  }
  // Otadata is blank at first: the bootloader takes the factory app then.
  void power_on() {
    device_.power_on();
    ASSERT_TRUE(device_.runs());
    (void)device_.prepare(RescueBoot::Cause::other);
    device_.start(StartedBy::reset);
  }
  std::string text(const RescueVersion& version, std::size_t size = kRescueTextBytes) {
    std::vector<std::byte> room(size);
    return std::string(as_text(Bytes(room).first(version.write(room))));
  }

  std::vector<std::byte> cells_ = std::vector<std::byte>(0x60000, std::byte{0xFF});
  sim::VirtualClock clock_;
  sim::NorFlash flash_{cells_, clock_, {}};
  sim::Efuse efuse_ = sim::usual_efuse(*format::find_chip("esp32c3"));
  Policy policy_;
  struct Quiet final : Observer {
  } quiet_;
  sim::Device device_{flash_, efuse_, sim::BootBuild::rollback, policy_, quiet_};
};

// The app of ota_0, confirmed, beside its rescue app.
class BesideTheApp : public RescueVersionTest {
 protected:
  BesideTheApp() {
    const Result<Slot> app = device_.boot_control().update_slot();
    EXPECT_TRUE(app && device_.boot_control().select(*app));
    power_on();
    EXPECT_EQ(device_.boot_control().running().index, 0);
  }
};

TEST_F(BesideTheApp, IsTooOldWhereTheAppNeedsANewerOne) {
  struct Row {
    std::string_view wanted;
    bool too_old;
  };
  for (const Row& row : {Row{"1.2.0", true}, Row{"v1.1.1", true}, Row{"1.1.0", false},
                         Row{"1.0.9", false}, Row{"", false}, Row{"main", false}}) {
    const RescueVersion version(device_.rescue(), row.wanted);
    EXPECT_EQ(version.present().view(), "1.1.0");
    EXPECT_EQ(version.is_too_old(), row.too_old) << row.wanted;
  }
}

TEST_F(BesideTheApp, IsWhatFlashHoldsNow) {
  const RescueVersion version(device_.rescue(), "1.2.0");
  ASSERT_TRUE(version.is_too_old());
  put(kRescue, "1.2.0");
  EXPECT_FALSE(version.is_too_old());
  std::fill_n(cells_.begin() + kRescue, 0x1000, std::byte{0xFF});
  EXPECT_EQ(version.present().view(), "");
  EXPECT_FALSE(version.is_too_old())
      << "what is not there is no older one: rescue_broken says that";
}

TEST_F(BesideTheApp, IsInTheStatusDocument) {
  RescueVersion version(device_.rescue(), "1.2.0");
  Status status;
  version.fill(status);
  std::array<std::byte, kStatusBytes + kRescueTextBytes> room;
  const std::string document(as_text(Bytes(room).first(write_status(status, room))));
  EXPECT_NE(document.find(R"(,"rescue":{"version":"1.1.0","wanted":"1.2.0","too_old":true},)"),
            std::string::npos)
      << document;
}

TEST_F(BesideTheApp, StandsBeforeWhatElseTheDocumentHas) {
  struct Targets final : StatusMember {
    std::size_t write(MutableBytes out) const override {
      constexpr std::string_view kText = R"("targets":[])";
      if (out.size() < kText.size()) return 0;
      std::ranges::copy(as_bytes(kText), out.begin());
      return kText.size();
    }
  } targets;
  Status status;
  status.more = &targets;
  RescueVersion version(device_.rescue(), "");
  version.fill(status);
  ASSERT_EQ(status.more, &version);
  const std::string all = text(version);
  EXPECT_EQ(all, R"("rescue":{"version":"1.1.0","wanted":"","too_old":false},"targets":[])");
  for (std::size_t size = 0; size < all.size(); ++size) EXPECT_EQ(text(version, size), "") << size;
}

TEST_F(BesideTheApp, BreaksNoDocumentByWhatItIsCalled) {
  put(kRescue, "1\"\\\x01\xC3 rescue rescue rescue");
  RescueVersion version(device_.rescue(), "\"9\"");
  EXPECT_EQ(text(version),
            R"("rescue":{"version":"1.... rescue rescue rescue","wanted":".9.","too_old":false})");
  put(kRescue, std::string(31, 'x'));
  const RescueVersion longest(device_.rescue(), std::string(40, '"'));
  EXPECT_NE(text(longest), "") << "there is room for the longest";
}

TEST_F(RescueVersionTest, OfTheRescueAppThatRunsNothingIsSaid) {
  ASSERT_TRUE(device_.rescue().in_rescue());
  RescueVersion version(device_.rescue(), "9.0.0");
  EXPECT_FALSE(version.is_too_old());
  Status status;
  version.fill(status);
  EXPECT_EQ(status.more, nullptr);
}

}  // namespace
}  // namespace updraft
