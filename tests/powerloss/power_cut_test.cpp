// Cut the power at every flash operation of install, confirm and rollback, in every way flash is
// known to fail, and check: does the device boot a whole image, and does the update still end well?
//
// A failing row prints story, geometry, slot content, variant and operation: all that is needed to
// run it again.
#include <functional>

#include <gtest/gtest.h>

#include "host/delta/diff.hpp"
#include "tests/fakes/sweep.hpp"
#include "tests/powerloss/rig.hpp"

namespace updraft::powerloss {
namespace {

const std::uint64_t kStep = sweep_step(5);

// A story is a sequence of steps that reaches its end from any state of a device that is switched
// on. tell() returns early when the power goes away.
struct Story {
  const char* name;
  std::size_t image_bytes;
  void (*tell)(Rig&, const Image& next);
  const char* ends_with;  // the version that runs in the end
};

void confirm(Rig& rig) {
  if (rig.was_cut() || (rig.running() == "1.0.0" && !rig.power_on())) return;
  if (rig.state() == OtaState::pending_verify) (void)rig.device().updater().confirm();
}

void install_and_confirm(Rig& rig, const Image& next) {
  if (rig.running() == "1.0.0") (void)rig.push(next);
  confirm(rig);
}

void fetch_and_confirm(Rig& rig, const Image& next) {
  if (rig.running() == "1.0.0") (void)rig.fetch(next);
  confirm(rig);
}

// All of it by messages of ws://: the update, and what becomes of it.
void install_over_ws(Rig& rig, const Image& next, link::WsHost::Trial trial) {
  if (rig.running() == "1.0.0") {
    (void)rig.talk_ws({.image = next});
    if (rig.was_cut() || !rig.power_on()) return;
  }
  if (rig.state() == OtaState::pending_verify) (void)rig.talk_ws({.image = {}, .trial = trial});
  if (!rig.was_cut()) (void)rig.power_on();
}
void ws_and_confirm(Rig& rig, const Image& next) {
  install_over_ws(rig, next, link::WsHost::Trial::keep);
}
void ws_and_roll_back(Rig& rig, const Image& next) {
  install_over_ws(rig, next, link::WsHost::Trial::go_back);
}

template <format::Seal Scheme>
void open_sealed_and_confirm(Rig& rig, const Image& next) {
  if (rig.running() == "1.0.0") (void)rig.push(seal(next, Scheme));
  confirm(rig);
}

void send_by_control_path_and_confirm(Rig& rig, const Image& next) {
  if (rig.running() == "1.0.0") (void)rig.control(next);
  confirm(rig);
}

// The next release comes as a patch of the first.
void patch_and_confirm(Rig& rig, const Image& next) {
  static const Image patch =
      diff::make_patch(make_image("1.0.0", next.size()), make_image("2.0.0", next.size())).bytes;
  if (rig.running() == "1.0.0") (void)rig.push(patch);
  confirm(rig);
}

// The next release never confirms itself: the bootloader takes it back at the next reset.
void install_and_crash(Rig& rig, const Image& next) {
  if (rig.running() == "1.0.0") {
    (void)rig.push(next);
    if (rig.was_cut() || !rig.power_on()) return;
  }
  if (rig.running() != "1.0.0") (void)rig.power_on();
}

// The next release is given up by the application itself.
void install_and_roll_back(Rig& rig, const Image& next) {
  if (rig.running() == "1.0.0") {
    (void)rig.push(next);
    if (rig.was_cut() || !rig.power_on()) return;
  }
  if (rig.state() == OtaState::pending_verify) (void)rig.device().updater().roll_back();
  if (!rig.was_cut()) (void)rig.power_on();
}

const Story kStories[] = {
    {"install_and_confirm", 64 * 1024, install_and_confirm, "2.0.0"},
    {"fetch_and_confirm", 24 * 1024, fetch_and_confirm, "2.0.0"},
    {"ws_and_confirm", 24 * 1024, ws_and_confirm, "2.0.0"},
    {"ws_and_roll_back", 24 * 1024, ws_and_roll_back, "1.0.0"},
    {"open_ecies_and_confirm", 24 * 1024, open_sealed_and_confirm<format::Seal::ecies>, "2.0.0"},
    {"open_rsa_and_confirm", 8 * 1024, open_sealed_and_confirm<format::Seal::rsa>, "2.0.0"},
    {"send_by_control_path_and_confirm", 24 * 1024, send_by_control_path_and_confirm, "2.0.0"},
    {"patch_and_confirm", 24 * 1024, patch_and_confirm, "2.0.0"},
    {"install_and_crash", 24 * 1024, install_and_crash, "1.0.0"},
    {"install_and_roll_back", 24 * 1024, install_and_roll_back, "1.0.0"},
};

std::uint64_t cuts_tried = 0;

class PowerCut : public testing::TestWithParam<std::tuple<Story, const Geometry*, bool>> {
 protected:
  static void TearDownTestSuite() {
    std::printf("power cuts tried: %llu\n", static_cast<unsigned long long>(cuts_tried));
  }
};

// After a cut and after the story was told to its end.
void expect_good_end(Rig& rig, const Story& story, const Image& next, const Image& later) {
  ASSERT_TRUE(rig.power_on()) << "nothing boots";
  ASSERT_TRUE(rig.running() == "1.0.0" || rig.running() == "2.0.0");
  story.tell(rig, next);
  ASSERT_FALSE(rig.was_cut());
  ASSERT_TRUE(rig.power_on());
  ASSERT_EQ(rig.running(), story.ends_with);
  ASSERT_EQ(rig.push(later), "ok") << "the device takes the next update";
  ASSERT_TRUE(rig.power_on());
  ASSERT_EQ(rig.running(), "3.0.0");
}

TEST_P(PowerCut, AnyCutLeavesAWholeImageAndTheStoryEndsWell) {
  const auto& [story, geometry, used] = GetParam();
  const Image first = make_image("1.0.0", story.image_bytes);
  const Image next = make_image("2.0.0", story.image_bytes);
  const Image later = make_image("3.0.0", 4 * 1024);
  const Image garbage(100 * 1024, std::byte{0x00});
  Rig rig(*geometry, first, used ? &garbage : nullptr);
  const std::uint64_t cuts_before = cuts_tried;
  for (const auto how : {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
    for (std::uint64_t at = sweep_start(kStep);; at += kStep) {
      SCOPED_TRACE(std::string(sim::name(how)) + " at flash operation " + std::to_string(at));
      rig.restore();
      ASSERT_TRUE(rig.power_on());
      rig.cut(at, how);
      story.tell(rig, next);
      if (!rig.was_cut()) break;  // it ended before the cut: every cut point has been seen
      ++cuts_tried;
      expect_good_end(rig, story, next, later);
      if (HasFatalFailure()) return;
    }
  }
  const std::uint64_t pages = story.image_bytes / kFlashPage;
  EXPECT_GT(cuts_tried - cuts_before, 4 * (pages / kStep - (kStep > 1 ? 1 : 0)))
      << "every page in every way, at least";
}

INSTANTIATE_TEST_SUITE_P(Stories, PowerCut,
                         testing::Combine(testing::ValuesIn(kStories),
                                          testing::Values(&kTwoSlots, &kFactoryAndThree),
                                          testing::Bool()),
                         [](const auto& row) {
                           return std::string(std::get<0>(row.param).name) + "_" +
                                  std::get<1>(row.param)->name +
                                  (std::get<2>(row.param) ? "_used_slot" : "_fresh_slot");
                         });

}  // namespace
}  // namespace updraft::powerloss
