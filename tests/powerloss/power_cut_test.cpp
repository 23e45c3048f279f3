// Cut the power at every flash operation of install, confirm and rollback, in every way flash is
// known to fail, from every start, with and without a journal, and check: does the device boot a
// whole image, and does the update still end well?
//
// The device comes back because the power does, or because a watchdog had cut the work off. A reset
// counts against an image only once that image was chosen: a good one that was never chosen must
// still be taken.
//
// A failing row prints story, geometry, start, comeback, variant and operation: all that is needed
// to run it again.
#include <functional>

#include <gtest/gtest.h>

#include "host/delta/diff.hpp"
#include "tests/fakes/sweep.hpp"
#include "tests/powerloss/rig.hpp"

namespace updraft::powerloss {
namespace {

const std::uint64_t kStep = sweep_step(9);

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

void post_and_confirm(Rig& rig, const Image& next) {
  if (rig.running() == "1.0.0") (void)rig.post(next);
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
    {"post_and_confirm", 24 * 1024, post_and_confirm, "2.0.0"},
    {"patch_and_confirm", 24 * 1024, patch_and_confirm, "2.0.0"},
    {"install_and_crash", 24 * 1024, install_and_crash, "1.0.0"},
    {"install_and_roll_back", 24 * 1024, install_and_roll_back, "1.0.0"},
};

std::uint64_t cuts_tried = 0;

using Row = std::tuple<Story, const Geometry*, Start, StartedBy>;

class PowerCut : public testing::TestWithParam<Row> {
 protected:
  static void TearDownTestSuite() {
    std::printf("power cuts tried: %llu\n", static_cast<unsigned long long>(cuts_tried));
  }

  // After a cut and after the story was told to its end.
  void expect_good_end(Rig& rig) {
    const auto& [story, geometry, start, comeback] = GetParam();
    const bool was_chosen = rig.other_is_chosen();
    ASSERT_TRUE(rig.power_on()) << "nothing boots";
    ASSERT_TRUE(rig.running() == "1.0.0" || rig.running() == "2.0.0");
    story.tell(rig, next);
    ASSERT_FALSE(rig.was_cut());
    ASSERT_TRUE(rig.power_on());
    const bool its_own_fault = comeback == StartedBy::reset && was_chosen;
    if (!its_own_fault || rig.running() != "1.0.0") {
      ASSERT_EQ(rig.running(), story.ends_with);
    }
    ASSERT_EQ(rig.push(later), "ok") << "the device takes the next update";
    ASSERT_TRUE(rig.power_on());
    ASSERT_EQ(rig.running(), "3.0.0");
  }

  const std::size_t image_bytes = std::get<Story>(GetParam()).image_bytes;
  const Image first = make_image("1.0.0", image_bytes);
  const Image next = make_image("2.0.0", image_bytes);
  const Image later = make_image("3.0.0", 4 * 1024);
};

TEST_P(PowerCut, AnyCutLeavesAWholeImageAndTheStoryEndsWell) {
  const auto& [story, geometry, start, comeback] = GetParam();
  Rig rig(*geometry, first, start);
  rig.comes_back_by(comeback);
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
      expect_good_end(rig);
      if (HasFatalFailure()) return;
    }
  }
  const std::uint64_t pages = image_bytes / kFlashPage;
  EXPECT_GT(cuts_tried - cuts_before, 4 * (pages / kStep - (kStep > 1 ? 1 : 0)))
      << "every page in every way, at least";
}

std::string name_of(const testing::TestParamInfo<Row>& row) {
  const auto& [story, geometry, start, comeback] = row.param;
  return std::string(story.name) + "_" + geometry->name + "_" + name(start) +
         (comeback == StartedBy::power ? "_power" : "_reset");
}

INSTANTIATE_TEST_SUITE_P(Stories, PowerCut,
                         testing::Combine(testing::ValuesIn(kStories),
                                          testing::Values(&kTwoSlots, &kBare, &kFactoryAndThree),
                                          testing::ValuesIn(kStarts),
                                          testing::Values(StartedBy::power, StartedBy::reset)),
                         name_of);
// Through flash encryption, on a fresh and on a used slot.
INSTANTIATE_TEST_SUITE_P(Encrypted, PowerCut,
                         testing::Combine(testing::ValuesIn(kStories), testing::Values(&kEncrypted),
                                          testing::Values(Start::fresh, Start::used),
                                          testing::Values(StartedBy::power)),
                         name_of);

}  // namespace
}  // namespace updraft::powerloss
