// Cut the power at every flash operation of a signed update over each protocol, of its confirmation
// and of a KeySet change, in every way flash is known to fail: the sequence never falls, no KeySet
// is half stored, and nothing is half trusted.
#include <functional>

#include <gtest/gtest.h>

#include "tests/fakes/sweep.hpp"
#include "tests/powerloss/signed_rig.hpp"

namespace updraft::powerloss {
namespace {

using Send = std::string (Rig::*)(Bytes payload);

constexpr sim::Cut kCuts[] = {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak};

std::uint64_t cuts_tried = 0;

class SignedCut : public testing::Test {
 protected:
  static void TearDownTestSuite() {
    std::printf("power cuts tried: %llu\n", static_cast<unsigned long long>(cuts_tried));
  }

  // To its end from any state of a device that is switched on; early where the power goes away.
  static void install_and_confirm(Rig& rig, Send send, Bytes package) {
    if (rig.running() == "1.0.0") {
      (void)(rig.*send)(package);
      if (rig.was_cut() || !rig.power_on()) return;
    }
    if (rig.state() == OtaState::pending_verify) (void)rig.device().updater().confirm();
  }

  // After the power came back.
  static void expect_sound(Rig& rig) {
    ASSERT_TRUE(rig.power_on()) << "nothing boots";
    ASSERT_NO_FATAL_FAILURE(expect_trust(rig));
  }

  // The power is cut at each flash operation of `act` up to `end`, in every way flash is known to
  // fail; `then` looks at what is left. How many cuts that were.
  static std::uint64_t cut_each(Rig& rig, const std::function<void()>& act,
                                const std::function<void()>& then, std::uint64_t step = 1,
                                std::uint64_t end = UINT64_MAX) {
    const std::uint64_t before = cuts_tried;
    for (const sim::Cut how : kCuts) {
      for (std::uint64_t at = sweep_start(step); at < end; at += step) {
        SCOPED_TRACE(std::string(sim::name(how)) + " at flash operation " + std::to_string(at));
        rig.restore();
        EXPECT_TRUE(rig.power_on());
        rig.cut(at, how);
        act();
        if (!rig.was_cut()) break;
        ++cuts_tried;
        then();
        if (HasFatalFailure()) return 0;
      }
    }
    return cuts_tried - before;
  }
};

struct Way {
  const char* name;
  Send send;
};
constexpr Way kWays[] = {{"raw", &Rig::send_raw},         {"req", &Rig::send_req},
                         {"web", &Rig::send_web},         {"bundle", &Rig::send_bundle},
                         {"ws", &Rig::send_ws},           {"http", &Rig::send_http},
                         {"arduino", &Rig::send_arduino}, {"esphome", &Rig::send_esphome},
                         {"control", &Rig::send_control}, {"mqtt", &Rig::send_mqtt},
                         {"uart", &Rig::send_uart},       {"sd", &Rig::send_sd},
                         {"form", &Rig::send_form},       {"elegant", &Rig::send_elegant},
                         {"native", &Rig::send_native}};

class OverEach : public SignedCut, public testing::WithParamInterface<Way> {};

TEST_P(OverEach, AnyCutOfAnInstallLeavesTheSequenceTrue) {
  const Image first = make_image("1.0.0", 24 * 1024), next = make_image("2.0.0", 24 * 1024);
  const Image package = Desk::shared().package(next, {.sequence = kSequence});
  Rig rig(kSigned, first, nullptr, trusted());
  bring_no_key_set(rig);
  const auto install = [&] { install_and_confirm(rig, GetParam().send, package); };
  const std::uint64_t tried = cut_each(
      rig, install,
      [&] {
        ASSERT_NO_FATAL_FAILURE(expect_sound(rig));
        install();
        ASSERT_FALSE(rig.was_cut());
        ASSERT_NO_FATAL_FAILURE(expect_sound(rig));
        ASSERT_EQ(rig.running(), "2.0.0");
        ASSERT_EQ(sequence(rig), kSequence);
        ASSERT_EQ(rig.push(first), "not_armed");
      },
      sweep_step(5));
  const std::uint64_t pages = next.size() / kFlashPage;
  EXPECT_GT(tried, std::size(kCuts) * (pages / sweep_step(5) - 1));
}

INSTANTIATE_TEST_SUITE_P(Protocols, OverEach, testing::ValuesIn(kWays),
                         [](const testing::TestParamInfo<Way>& way) { return way.param.name; });

// An index of three pages, of which one waits in the slot: its operations come first.
TEST_F(SignedCut, AnyCutWhileTheIndexIsParked) {
  const Image first = make_image("1.0.0", 24 * 1024), next = make_image("2.0.0", 1100 * 1024);
  const Image package = Desk::shared().package(next, {.sequence = kSequence});
  Rig rig(kSignedLarge, first, nullptr, trusted());
  bring_no_key_set(rig);
  constexpr std::uint64_t kParking = 30;  // flash operations
  const auto install = [&] { install_and_confirm(rig, &Rig::send_raw, package); };
  const std::uint64_t tried = cut_each(
      rig, install,
      [&] {
        ASSERT_NO_FATAL_FAILURE(expect_sound(rig));
        install();
        ASSERT_NO_FATAL_FAILURE(expect_sound(rig));
        ASSERT_EQ(rig.running(), "2.0.0");
      },
      sweep_step(5), kParking);
  EXPECT_GE(tried, std::size(kCuts) * (kParking / sweep_step(5)));
}

// A partition that was full with journal and ledgers before its app knew of signatures.
TEST_F(SignedCut, TodaysDevicesMakeRoomAndForgetNothing) {
  const Image first = make_image("1.0.0", 24 * 1024), next = make_image("2.0.0", 24 * 1024);
  const Image package = Desk::shared().package(next, {.sequence = kSequence});
  Rig rig(kTwoSlots, first, Start::given_up);
  rig.restore();
  ASSERT_TRUE(rig.power_on());
  ASSERT_EQ(rig.device().signing(), nullptr);
  std::array<Remembered, kRememberedImages> known;
  const std::size_t remembered = rig.device().updater().remembered(known);
  ASSERT_EQ(remembered, 1u);
  rig.trust(trusted());
  ASSERT_TRUE(rig.power_on());
  ASSERT_NO_FATAL_FAILURE(expect_sound(rig));
  EXPECT_EQ(rig.device().updater().remembered(known), remembered);
  install_and_confirm(rig, &Rig::send_raw, package);
  EXPECT_EQ(sequence(rig), kSequence);
  const Image later = Desk::shared().package(make_image("3.0.0", 24 * 1024), {.sequence = 8});
  EXPECT_EQ(rig.push(later), "ok") << "into the slot that has no ledger any more, or has one";
  rig.trust({});
  ASSERT_TRUE(rig.power_on());
  EXPECT_EQ(rig.running(), "3.0.0");
  EXPECT_EQ(rig.device().signing()->stand(), Stand::closed)
      << "an app that brings none knows it too";
}

TEST_F(SignedCut, AnyCutOfAKeySetChangeLeavesOneOfTheTwo) {
  const Desk& desk = Desk::shared();
  const Image first = make_image("1.0.0", 24 * 1024), next = make_image("2.0.0", 24 * 1024);
  const Image set = desk.key_set(2, desk.next_key);
  const Image old = desk.package(next, {.sequence = 8});
  const Image good = desk.package(next, {.sequence = 8, .key = &desk.next_key});
  Rig rig(kSigned, first, nullptr, trusted());
  bring_no_key_set(rig);
  std::string said;
  const std::uint64_t tried = cut_each(
      rig, [&] { said = rig.push(set); },
      [&] {
        ASSERT_TRUE(rig.power_on());
        ASSERT_EQ(rig.device().signing()->stand(), Stand::closed);
        const std::uint64_t now = version(rig);
        ASSERT_TRUE(now == 1 || now == 2);
        ASSERT_TRUE(said != "ok" || now == 2) << "what was taken stays";
        ASSERT_EQ(rig.push(set), "ok");
        ASSERT_EQ(rig.push(old), "key_unknown");
        ASSERT_EQ(rig.push(good), "ok");
      });
  EXPECT_GE(tried, 12u);
}

// As who is paired gives it.
std::string give_first(Rig& rig, Bytes set) {
  Updater& updater = rig.device().updater();
  Result<> went = updater.begin({.scheme = kNative, .size = set.size(), .sender_proved = true});
  if (went) went = updater.write(set);
  if (!went) return word(went);
  return word(outcome_of(updater.finish()));
}

TEST_F(SignedCut, AnyCutOfTheFirstKeySetLeavesItOrNone) {
  const Desk& desk = Desk::shared();
  const Image first = make_image("1.0.0", 24 * 1024), next = make_image("2.0.0", 24 * 1024);
  const Image set = desk.key_set(3, desk.release_key);
  const Image good = desk.package(next, {.sequence = kSequence});
  sim::Trusted product = trusted();
  product.key_set.clear();
  Rig rig(kSigned, first, nullptr, product);
  std::string said;
  const std::uint64_t tried = cut_each(
      rig,
      [&] {
        EXPECT_EQ(rig.device().signing()->stand(), Stand::open);
        said = give_first(rig, set);
      },
      [&] {
        ASSERT_TRUE(rig.power_on());
        const bool held = version(rig) == 3;
        ASSERT_TRUE(held || version(rig) == 0);
        ASSERT_TRUE(held || said != "ok") << "what was taken stays";
        ASSERT_EQ(rig.device().signing()->stand(), held ? Stand::closed : Stand::open);
        ASSERT_EQ(give_first(rig, set), "ok");
        ASSERT_EQ(rig.push(next), "not_armed");
        ASSERT_EQ(rig.push(good), "ok");
      });
  EXPECT_GE(tried, 8u);
}

}  // namespace
}  // namespace updraft::powerloss
