// An update of the rescue app, which is written in place: whatever goes wrong, and the power cut at
// every flash operation of it, with one slot and with two, signed and not. The app that runs keeps
// running; a rescue app that is not whole is never chosen, the next start says that it is not, and
// the same update ends well (spec/beyond-app.md section 4).
#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "tests/fakes/file_system_image.hpp"
#include "tests/fakes/sweep.hpp"
#include "tests/powerloss/signed_rig.hpp"

namespace updraft::powerloss {
namespace {

using Cause = RescueBoot::Cause;

const Geometry kOne{"one_slot",
                    "otadata, data, ota,       0x9000,   0x2000\n"
                    "ota_0,   app,  ota_0,     0x10000,  16K\n"
                    "rescue,  app,  factory,   0x20000,  16K\n"
                    "updraft, data, undefined, 0x24000,  0xA000\n",
                    true, 0x2E000};
const Geometry kOneEncrypted{"one_slot_encrypted", kOne.csv, true, kOne.flash_bytes, true};
const Geometry kTwo{"two_slots",
                    "otadata, data, ota,       0x9000,   0x2000\n"
                    "ota_0,   app,  ota_0,     0x10000,  16K\n"
                    "ota_1,   app,  ota_1,     0x20000,  16K\n"
                    "rescue,  app,  factory,   0x30000,  16K\n"
                    "updraft, data, undefined, 0x34000,  0xC000\n",
                    true, 0x40000};

const Image& old_app() {
  static const Image image = make_image("1.0.0", 12 * 1024);
  return image;
}
const Image& next_app() {
  static const Image image = make_image("2.0.0", 12 * 1024);
  return image;
}
const Image& new_rescue() {
  static const Image image = make_image("rescue 2", 10 * 1024);
  return image;
}
std::uint32_t rescue_at(const Geometry& geometry) { return &geometry == &kTwo ? 0x30000 : 0x20000; }

std::vector<std::byte> packaged(std::vector<std::byte> component, const Image& image,
                                std::uint64_t sequence = kSequence) {
  const Desk& desk = Desk::shared();
  const host::PackageSpec spec{.components = {{std::move(component), desk.product, image, image}},
                               .sequence = sequence};
  const Buffer blank = host::make_package(spec);
  return host::attach(blank, desk.release_key.point(),
                      desk.release_key.sign(host::package_message(blank)));
}
std::vector<std::byte> packaged_rescue(const Image& image, std::uint64_t sequence = kSequence) {
  return packaged(host::rescue_component(), image, sequence);
}

class Bench {
 public:
  Bench(const Geometry& geometry, bool with_keys)
      : geometry_(geometry), rig_(geometry, old_app(), Rig::WithRescue{}), with_keys_(with_keys) {
    if (with_keys) rig_.trust(trusted());
    restart_anew();
    if (with_keys) bring_no_key_set(rig_);
    start_.reset(new Rig::Snapshot(rig_.save()));
  }

  // As on the first day, switched on.
  void renew() {
    rig_.load(*start_);
    allow(true);
    ASSERT_TRUE(rig_.power_on());
    ASSERT_EQ(rig_.running(), "1.0.0");
  }
  void allow(bool unsigned_rescue) { rig_.device().takes_unsigned_rescue(unsigned_rescue); }

  Rig& rig() { return rig_; }
  parts::PartUpdater& engine() { return *rig_.device().parts(); }
  // "ok", or the code.
  std::string send(Bytes payload, Offer offer) {
    offer.size = payload.size();
    Result<> done = engine().begin(offer);
    for (Bytes rest = payload; done && !rest.empty();) {
      const Bytes piece = at_most(rest, 1000);
      done = engine().write(piece);
      rest = rest.subspan(piece.size());
    }
    if (done) done = outcome_of(engine().finish());
    last_ = done;
    return word(done);
  }
  const Result<>& last() const { return last_; }
  std::string update_rescue(const Image& image = new_rescue()) {
    if (with_keys_) return send(packaged_rescue(image), {.scheme = kRaw});
    const Result<std::uint8_t> target = engine().find_target("rescue");
    if (!target) return std::string(name(target.error().code));
    return send(image, {.scheme = kWs, .target = *target});
  }
  bool holds(const Image& image) {
    Flash* const flash = rescue();
    Image held(image.size());
    return flash != nullptr && flash->read(0, held) && held == image;
  }
  // nullptr: it is what runs.
  Flash* rescue() {
    RescueBoot& boot = rig_.device().rescue();
    return boot.in_rescue() ? nullptr : &boot.flash(*boot.rescue());
  }
  bool is_whole() { return rig_.device().rescue().rescue_whole().has_value(); }
  // The next start of the app says that it is not.
  bool says_broken() { return rig_.device().prepare(Cause::other).rescue_broken; }
  Bytes rescue_cells() { return rig_.cells().subspan(rescue_at(geometry_), 16 * 1024); }

 private:
  void restart_anew() {
    rig_.restore();
    allow(true);
    if (!rig_.power_on()) throw std::runtime_error("it does not start");
  }

  const Geometry& geometry_;
  Rig rig_;
  bool with_keys_;
  Result<> last_;
  std::unique_ptr<const Rig::Snapshot> start_;
};

std::uint64_t cuts = 0;

using Row = std::tuple<const Geometry*, bool>;

class RescueUpdateCut : public testing::TestWithParam<Row> {
 protected:
  static void TearDownTestSuite() {
    std::printf("power cuts tried in updates of the rescue app: %llu\n",
                static_cast<unsigned long long>(cuts));
  }
  static const Geometry& geometry() { return *std::get<0>(GetParam()); }
  static bool with_keys() { return std::get<1>(GetParam()); }

  void expect_good_end(const Image& old_rescue) {
    Rig& rig = bench_.rig();
    ASSERT_TRUE(rig.power_on()) << "nothing boots";
    ASSERT_EQ(rig.running(), "1.0.0");
    ASSERT_EQ(rig.state(), OtaState::valid);
    const bool whole = bench_.is_whole();
    ASSERT_EQ(whole, bench_.holds(old_rescue) || bench_.holds(new_rescue()));
    ASSERT_EQ(bench_.says_broken(), !whole);
    if (with_keys()) {
      ASSERT_EQ(sequence(rig), bench_.holds(new_rescue()) ? kSequence : 0);
    }
    if (!whole) {
      ASSERT_FALSE(rig.device().updater().restart_into("rescue")) << "it is never chosen";
      if (&geometry() != &kTwo && !with_keys()) {
        ASSERT_EQ(bench_.send(next_app(), {.scheme = kRaw}), "rescue_broken");
      }
    }
    ASSERT_EQ(bench_.update_rescue(), "ok") << "the same update ends well";
    ASSERT_TRUE(bench_.holds(new_rescue()));
    ASSERT_TRUE(rig.power_on());
    ASSERT_EQ(rig.running(), "1.0.0");
    ASSERT_FALSE(bench_.says_broken());
    ASSERT_TRUE(rig.device().updater().restart_into("rescue"));
    ASSERT_TRUE(rig.power_on());
    ASSERT_EQ(rig.running(), "rescue 2") << "and it runs";
  }

  Bench bench_{geometry(), with_keys()};
};

TEST_P(RescueUpdateCut, TheAppKeepsRunningAndTheSameUpdateEndsWell) {
  const std::uint64_t step = sweep_step(5), before = cuts;
  ASSERT_NO_FATAL_FAILURE(bench_.renew());
  Image old_rescue(8 * 1024);
  ASSERT_TRUE(bench_.rescue()->read(0, old_rescue));
  for (const auto how : {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
    for (std::uint64_t at = sweep_start(step);; at += step) {
      SCOPED_TRACE(std::string(sim::name(how)) + " at flash operation " + std::to_string(at));
      ASSERT_NO_FATAL_FAILURE(bench_.renew());
      bench_.rig().cut(at, how);
      const std::string end = bench_.update_rescue();
      if (!bench_.rig().was_cut()) {
        ASSERT_EQ(end, "ok");
        break;
      }
      ++cuts;
      ASSERT_NO_FATAL_FAILURE(expect_good_end(old_rescue));
    }
  }
  EXPECT_GT(cuts - before, 4 * (40 / step));
}

INSTANTIATE_TEST_SUITE_P(Layouts, RescueUpdateCut,
                         testing::Combine(testing::Values(&kOne, &kOneEncrypted, &kTwo),
                                          testing::Bool()),
                         [](const auto& row) {
                           return std::string(std::get<0>(row.param)->name) +
                                  (std::get<1>(row.param) ? "_signed" : "");
                         });

TEST(RescueUpdate, IsNotChosenAndTheNextUpdateGoesThroughIt) {
  Bench bench(kOne, false);
  ASSERT_NO_FATAL_FAILURE(bench.renew());
  ASSERT_EQ(bench.update_rescue(), "ok");
  EXPECT_EQ(bench.send(next_app(), {.scheme = kRaw}), "busy") << "as after any update";
  ASSERT_TRUE(bench.rig().power_on());
  ASSERT_EQ(bench.rig().running(), "1.0.0");
  ASSERT_EQ(bench.rig().state(), OtaState::valid);
  EXPECT_EQ(bench.send(next_app(), {.scheme = kRaw}), "rescue_first");
  ASSERT_TRUE(bench.rig().power_on());
  ASSERT_EQ(bench.rig().running(), "rescue 2");
  EXPECT_EQ(bench.send(next_app(), {.scheme = kRaw}), "ok");
  ASSERT_TRUE(bench.rig().power_on());
  EXPECT_EQ(bench.rig().running(), "2.0.0");
}

TEST(RescueUpdate, ComesUnsignedOnlyWhereBothSwitchesSaySo) {
  Bench bench(kOne, false);
  ASSERT_NO_FATAL_FAILURE(bench.renew());
  const std::vector<std::byte> before(bench.rig().cells().begin(), bench.rig().cells().end());
  bench.allow(false);
  ASSERT_TRUE(bench.rig().power_on());
  EXPECT_EQ(bench.update_rescue(), "wrong_target");
  EXPECT_TRUE(std::ranges::equal(before, bench.rig().cells()));
}

TEST(RescueUpdate, OfADeviceWithKeysIsSignedArmedOrNot) {
  Bench bench(kOne, true);
  ASSERT_NO_FATAL_FAILURE(bench.renew());
  const Offer bare{.scheme = kWs, .target = *bench.engine().find_target("rescue")};
  EXPECT_EQ(bench.send(new_rescue(), bare), "unsigned");
  bench.rig().device().signing()->arm();
  EXPECT_EQ(bench.send(new_rescue(), bare), "unsigned");
  bench.rig().device().signing()->disarm();
  std::vector<std::byte> damaged = packaged_rescue(new_rescue());
  damaged[damaged.size() - 100] ^= std::byte{1};
  EXPECT_EQ(bench.send(damaged, {.scheme = kRaw}), "chunk_mismatch");
  EXPECT_EQ(sequence(bench.rig()), 0u);
  EXPECT_EQ(bench.update_rescue(), "ok");
  EXPECT_EQ(sequence(bench.rig()), kSequence) << "it counts at once";
  ASSERT_TRUE(bench.rig().power_on());
  EXPECT_EQ(
      bench.send(packaged_rescue(make_image("old", 8 * 1024), kSequence - 1), {.scheme = kRaw}),
      "sequence_old");
  EXPECT_TRUE(bench.holds(new_rescue()));
}

// It has its own package: what is for the app goes to the app.
TEST(RescueUpdate, ComesAloneInItsPackage) {
  Bench bench(kTwo, true);
  ASSERT_NO_FATAL_FAILURE(bench.renew());
  const Desk& desk = Desk::shared();
  const host::PackageSpec both{
      .components = {{host::rescue_component(), desk.product, new_rescue(), new_rescue()},
                     {host::app_component(), desk.product, next_app(), next_app()}},
      .sequence = kSequence};
  const Buffer blank = host::make_package(both);
  const Buffer package = host::attach(blank, desk.release_key.point(),
                                      desk.release_key.sign(host::package_message(blank)));
  EXPECT_EQ(bench.send(package, {.scheme = kRaw}), "malformed");
  EXPECT_EQ(bench.send(packaged(host::app_component(), next_app()), {.scheme = kRaw}), "ok");
  ASSERT_TRUE(bench.rig().power_on());
  EXPECT_EQ(bench.rig().running(), "2.0.0");
}

// What begins so, and is nothing else that a device takes.
Image beginning(std::initializer_list<unsigned> first, std::size_t size = 9000, char rest = 0) {
  Image file(size, static_cast<std::byte>(rest));
  std::ranges::transform(first, file.begin(), [](unsigned b) { return static_cast<std::byte>(b); });
  return file;
}

TEST(RescueUpdate, RefusesTheWrongFileBeforeAnythingIsErased) {
  Bench bench(kOne, false);
  ASSERT_NO_FATAL_FAILURE(bench.renew());
  const std::vector<std::byte> before(bench.rig().cells().begin(), bench.rig().cells().end());
  sim::DemoImage other;
  other.chip = format::find_chip("esp32");
  other.size = 8 * 1024;
  Image fat = beginning({0xEB, 0x3C, 0x90});
  store_le16(fat, 510, 0xAA55);
  const std::pair<Image, const char*> files[] = {
      {make_littlefs(16 * 1024, 1), "not_an_image"},
      {fat, "not_an_image"},
      {beginning({0xAA, 0x50, 0x01, 0x02}), "not_an_image"},   // a partition table
      {beginning({0xFE, 0xFF, 0xFF, 0xFF}), "not_an_image"},   // a page of NVS
      {beginning({'<', '!', 'D', 'O', 'C'}), "not_an_image"},  // a web page
      {beginning({'h', 'e', 'l', 'l', 'o'}, 9000, 'a'), "not_an_image"},
      {Image(9000, std::byte{0xFF}), "not_an_app"},
      {beginning({0xD8, 0x6B, 0xA2, 0x02}), "keyset_missing"},  // a signed package
      {beginning({0xD8, 0x62, 0x84, 0x43}), "keyset_missing"},  // a KeySet
      {beginning({'U', 'D', 'L', 'T'}), "alg_unsupported"},     // a patch that is none
      {sim::make_image(other), "wrong_chip"},
      {make_image("large", 20 * 1024), "too_big"},
  };
  for (const auto& [file, code] : files) {
    EXPECT_EQ(bench.update_rescue(file), code) << static_cast<int>(file[0]);
    EXPECT_EQ(verdict(bench.last().error().code), Verdict::refused);
    EXPECT_TRUE(std::ranges::equal(before, bench.rig().cells()));
  }
}

TEST(RescueUpdate, IsNotForTheRescueAppThatRuns) {
  Bench bench(kOne, false);
  ASSERT_NO_FATAL_FAILURE(bench.renew());
  ASSERT_TRUE(bench.rig().device().updater().restart_into("rescue"));
  ASSERT_TRUE(bench.rig().power_on());
  EXPECT_EQ(bench.update_rescue(), "no_partition");
}

TEST(RescueUpdate, WaitsForTheTrialOfTheAppAndForNoRequest) {
  Bench two(kTwo, false);
  ASSERT_NO_FATAL_FAILURE(two.renew());
  ASSERT_EQ(two.send(next_app(), {.scheme = kRaw}), "ok");
  EXPECT_EQ(two.update_rescue(), "busy") << "the new app waits for the restart";
  ASSERT_TRUE(two.rig().power_on());
  EXPECT_EQ(two.update_rescue(), "pending_confirm");
  Bench one(kOne, false);
  ASSERT_NO_FATAL_FAILURE(one.renew());
  ASSERT_EQ(one.send(next_app(), {.scheme = kRaw}), "rescue_first");
  EXPECT_EQ(one.update_rescue(), "busy") << "the rescue app is about to run";
}

// The bootloader skipped it, so otadata has no choice: it has to have one before a new rescue app
// is whole, which would else run next.
TEST(RescueUpdate, MendsOneThatRottedAndTheAppStaysTheChoice) {
  Bench bench(kOne, false);
  ASSERT_NO_FATAL_FAILURE(bench.renew());
  ASSERT_EQ(bench.send(next_app(), {.scheme = kRaw}), "rescue_first");
  bench.rig().cells()[rescue_at(kOne) + 5000] ^= std::byte{1};
  ASSERT_TRUE(bench.rig().power_on());
  ASSERT_EQ(bench.rig().running(), "1.0.0");
  ASSERT_EQ(bench.update_rescue(), "ok");
  ASSERT_TRUE(bench.rig().power_on());
  EXPECT_EQ(bench.rig().running(), "1.0.0");
  EXPECT_EQ(bench.rig().state(), OtaState::valid);
}

// A cut leaves none, and the app says so at each start until it is whole.
TEST(RescueUpdate, ThatWasCutOffIsSaidAtEachStart) {
  Bench bench(kOne, false);
  ASSERT_NO_FATAL_FAILURE(bench.renew());
  bench.rig().cut(12, sim::Cut::before);
  EXPECT_NE(bench.update_rescue(), "ok");
  for (int start = 0; start < 3; ++start) {
    ASSERT_TRUE(bench.rig().power_on());
    EXPECT_TRUE(bench.says_broken());
    EXPECT_FALSE(bench.is_whole());
  }
  ASSERT_TRUE(bench.rig().crash() && bench.rig().crash() && bench.rig().crash());
  EXPECT_EQ(bench.rig().running(), "1.0.0") << "there is nowhere to go";
  EXPECT_TRUE(bench.says_broken());
  ASSERT_EQ(bench.update_rescue(), "ok");
  EXPECT_FALSE(bench.says_broken());
}

}  // namespace
}  // namespace updraft::powerloss
