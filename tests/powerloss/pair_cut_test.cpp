// Two power cuts: the first at every flash operation of an install and its confirmation, the second
// at every operation of what the device does after it - its boot, the same update resumed, the
// confirmation - each in every way flash is known to fail, weak erases among them. Over every
// protocol. Then the update must end well.
//
// How much is tried is said by UPDRAFT_SWEEP (tests/fakes/sweep.hpp).
#include <gtest/gtest.h>

#include "tests/fakes/sweep.hpp"
#include "tests/powerloss/rig.hpp"

namespace updraft::powerloss {
namespace {

const std::size_t kImageBytes = sweep() == Sweep::sample ? 4 * 1024
                                : sweep() == Sweep::full ? 8 * 1024
                                                         : 16 * 1024;
const std::uint64_t kFirstStep = sweep_step(7), kSecondStep = sweep_step(7, 2);

constexpr std::size_t kSlotBytes = 16 * 1024;  // of all geometries

constexpr sim::Cut kWays[] = {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak};

// What the update slot holds before; the last two: an image that was rolled back.
enum class Held : std::uint8_t { nothing, zeros, image, given_up, not_confirmed };

struct Row {
  const char* name;
  std::string (Rig::*send)(Bytes);
  const Geometry* geometry;
  Held held;
};

std::uint64_t cuts_tried = 0;

class PairCut : public testing::TestWithParam<Row> {
 protected:
  static void TearDownTestSuite() {
    std::printf("power cuts tried: %llu\n", static_cast<unsigned long long>(cuts_tried));
  }

  // From wherever the device stands, switched on; returns early when the power goes away.
  void tell(Rig& rig) {
    if (rig.running() == "1.0.0") (void)(rig.*GetParam().send)(next);
    if (rig.was_cut() || (rig.running() == "1.0.0" && !rig.power_on())) return;
    if (rig.state() == OtaState::pending_verify) (void)rig.device().updater().confirm();
  }
  void expect_good_end(Rig& rig) {
    ASSERT_TRUE(rig.power_on()) << "nothing boots";
    ASSERT_TRUE(rig.running() == "1.0.0" || rig.running() == "2.0.0");
    tell(rig);
    ASSERT_FALSE(rig.was_cut());
    ASSERT_EQ(rig.running(), "2.0.0");
    ASSERT_TRUE(rig.runs_from_sound_cells()) << "cells that were half erased hold an image";
  }

  Rig rig_of(const Row& row) const {
    if (row.held == Held::given_up) return {*row.geometry, first, Start::given_up};
    if (row.held == Held::not_confirmed) return {*row.geometry, first, Start::not_confirmed};
    const Image held = row.held == Held::image ? make_image("0.9.0", kImageBytes)
                                               : Image(kSlotBytes, std::byte{0});
    return {*row.geometry, first, row.held == Held::nothing ? nullptr : &held};
  }

  Image first = make_image("1.0.0", kImageBytes);
  Image next = make_image("2.0.0", kImageBytes);
};

TEST_P(PairCut, TheStoryEndsWellAfterAnyTwoCuts) {
  const Row& row = GetParam();
  Rig rig = rig_of(row);
  const std::uint64_t before = cuts_tried;
  for (const auto how : kWays) {
    for (std::uint64_t at = sweep_start(kFirstStep);; at += kFirstStep) {
      rig.restore();
      ASSERT_TRUE(rig.power_on());
      rig.cut(at, how);
      tell(rig);
      if (!rig.was_cut()) break;
      ++cuts_tried;
      const Rig::Snapshot once = rig.save();
      for (const auto again : kWays) {
        for (std::uint64_t then = sweep_start(kSecondStep);; then += kSecondStep) {
          SCOPED_TRACE(std::string(sim::name(how)) + " at flash operation " + std::to_string(at) +
                       ", then " + std::string(sim::name(again)) + " at " + std::to_string(then));
          rig.load(once);
          if (rig.power_on_and_cut(then, again)) tell(rig);
          if (!rig.was_cut()) break;
          ++cuts_tried;
          expect_good_end(rig);
          if (HasFatalFailure()) return;
        }
      }
    }
  }
  EXPECT_GT(cuts_tried - before, 100u);
}

const Row kRows[] = {
    {"raw_blank_slot", &Rig::send_raw, &kSmall, Held::nothing},
    {"raw_used_slot", &Rig::send_raw, &kSmall, Held::zeros},
    {"raw_older_image", &Rig::send_raw, &kSmall, Held::image},
    {"raw_encrypted_older_image", &Rig::send_raw, &kSmallEncrypted, Held::image},
    {"raw_no_journal", &Rig::send_raw, &kSmallFactory, Held::zeros},
    {"raw_given_up", &Rig::send_raw, &kSmall, Held::given_up},
    {"raw_not_confirmed", &Rig::send_raw, &kSmall, Held::not_confirmed},
    {"raw_given_up_no_journal", &Rig::send_raw, &kSmallFactory, Held::given_up},
    {"raw_not_confirmed_no_journal", &Rig::send_raw, &kSmallFactory, Held::not_confirmed},
    {"req_used_slot", &Rig::send_req, &kSmall, Held::zeros},
    {"req_no_journal", &Rig::send_req, &kSmallFactory, Held::nothing},
    {"web_used_slot", &Rig::send_web, &kSmall, Held::zeros},
    {"web_no_journal", &Rig::send_web, &kSmallFactory, Held::nothing},
    {"ws_blank_slot", &Rig::send_ws, &kSmall, Held::nothing},
    {"ws_used_slot", &Rig::send_ws, &kSmall, Held::zeros},
    {"ws_encrypted_used_slot", &Rig::send_ws, &kSmallEncrypted, Held::zeros},
    {"ws_no_journal", &Rig::send_ws, &kSmallFactory, Held::zeros},
    {"http_used_slot", &Rig::send_http, &kSmall, Held::zeros},
    {"bundle_used_slot", &Rig::send_bundle, &kSmall, Held::zeros},
    {"bundle_no_journal", &Rig::send_bundle, &kSmallFactory, Held::nothing},
    {"arduino_used_slot", &Rig::send_arduino, &kSmall, Held::zeros},
    {"arduino_no_journal", &Rig::send_arduino, &kSmallFactory, Held::nothing},
    {"esphome_used_slot", &Rig::send_esphome, &kSmall, Held::zeros},
    {"esphome_no_journal", &Rig::send_esphome, &kSmallFactory, Held::nothing},
    {"control_used_slot", &Rig::send_control, &kSmall, Held::zeros},
    {"control_no_journal", &Rig::send_control, &kSmallFactory, Held::zeros},
    {"mqtt_used_slot", &Rig::send_mqtt, &kSmall, Held::zeros},
    {"uart_used_slot", &Rig::send_uart, &kSmall, Held::zeros},
    {"sd_used_slot", &Rig::send_sd, &kSmall, Held::zeros},
};

INSTANTIATE_TEST_SUITE_P(Protocols, PairCut, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace updraft::powerloss
