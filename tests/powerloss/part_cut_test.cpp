// Cut the power at every flash operation of an update that brings data with an app, or data alone,
// of its confirmation and of its rollback, in every way flash is known to fail. At every start
// either the app that runs finds the data that it was made for, byte for byte, or it is told that
// the data is not ready; a start that nobody cuts leaves it ready; and the update ends well.
//
// How much is tried is said by UPDRAFT_SWEEP (tests/fakes/sweep.hpp).
#include <memory>

#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "protocols/bundle/bundle_installer.hpp"
#include "tests/fakes/file_system_image.hpp"
#include "tests/fakes/no_files.hpp"
#include "tests/fakes/sweep.hpp"
#include "tests/powerloss/rig.hpp"

namespace updraft::powerloss {
namespace {

const std::uint64_t kStep = sweep_step(11), kSecondStep = sweep_step(13);
constexpr std::string_view kWeb = "web";

constexpr sim::Cut kWays[] = {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak};

const Geometry kSingle{"single",
                       "otadata, data, ota,       0x9000,   0x2000\n"
                       "ota_0,   app,  ota_0,     0x10000,  64K\n"
                       "ota_1,   app,  ota_1,     0x20000,  64K\n"
                       "web,     data, littlefs,  0x30000,  40K\n"
                       "updraft, data, undefined, 0x3C000,  0xE000\n",
                       true, 0x4A000};
const Geometry kSingleEncrypted{"single_encrypted", kSingle.csv, true, kSingle.flash_bytes, true};
// No room for a ledger of the partition: a copy that was cut off is done over in all of it.
const Geometry kNoLedger{"no_ledger",
                         "otadata, data, ota,       0x9000,   0x2000\n"
                         "ota_0,   app,  ota_0,     0x10000,  64K\n"
                         "ota_1,   app,  ota_1,     0x20000,  64K\n"
                         "web,     data, littlefs,  0x30000,  40K\n"
                         "updraft, data, undefined, 0x3C000,  0xC000\n",
                         false, 0x48000};
// Beside the new app there is no room for all of the data.
const Geometry kTight{"tight",
                      "otadata, data, ota,       0x9000,   0x2000\n"
                      "ota_0,   app,  ota_0,     0x10000,  64K\n"
                      "ota_1,   app,  ota_1,     0x20000,  64K\n"
                      "web,     data, littlefs,  0x30000,  112K\n"
                      "updraft, data, undefined, 0x4C000,  0xE000\n",
                      true, 0x5A000};
const Geometry kPair{"pair",
                     "otadata, data, ota,       0x9000,   0x2000\n"
                     "ota_0,   app,  ota_0,     0x10000,  64K\n"
                     "ota_1,   app,  ota_1,     0x20000,  64K\n"
                     "web_0,   data, littlefs,  0x30000,  24K\n"
                     "web_1,   data, littlefs,  0x36000,  24K\n"
                     "updraft, data, undefined, 0x3C000,  0x10000\n",
                     true, 0x4C000};
const Geometry kStagingRoom{"staging",
                            "otadata, data, ota,       0x9000,   0x2000\n"
                            "ota_0,   app,  ota_0,     0x10000,  64K\n"
                            "ota_1,   app,  ota_1,     0x20000,  64K\n"
                            "web,     data, littlefs,  0x30000,  40K\n"
                            "updraft, data, undefined, 0x3C000,  0xE000\n"
                            "staging, data, undefined, 0x4A000,  96K\n",
                            true, 0x62000};

struct Member {
  std::string_view path;
  Bytes content;
};

// Everything of a bundle but its transport.
Result<> send_bundle(Rig& rig, const std::vector<Member>& members, bool one_way) {
  fakes::NoFiles files;
  sim::Device& device = rig.device();
  BundleInstaller installer(device.updater(), files, device.policy(), device.parts());
  std::uint64_t size = 0;
  for (const Member& member : members) size += member.content.size();
  UPDRAFT_TRY(installer.begin({.scheme = kBundle, .size = size, .one_way = one_way}));
  for (const Member& member : members) {
    UPDRAFT_TRY(installer.expect(member.path, member.content.size()));
  }
  for (const Member& member : members) {
    UPDRAFT_TRY(installer.open(member.path, member.content.size()));
    for (Bytes rest = member.content; !rest.empty();) {
      const Bytes piece = at_most(rest, 1460);
      UPDRAFT_TRY(installer.write(piece));
      rest = rest.subspan(piece.size());
    }
  }
  return outcome_of(installer.finish());
}

// One file for one partition, as any protocol that names a target sends it.
Result<> send_data(Rig& rig, Bytes content) {
  parts::PartUpdater& engine = *rig.device().parts();
  const Result<std::uint8_t> target = engine.find_target("fs:web");
  if (!target) return target.error();
  UPDRAFT_TRY(engine.begin({.scheme = kWs, .size = content.size(), .target = *target}));
  for (Bytes rest = content; !rest.empty();) {
    const Bytes piece = at_most(rest, 4096);
    UPDRAFT_TRY(engine.write(piece));
    rest = rest.subspan(piece.size());
  }
  return outcome_of(engine.finish());
}

enum class Story : std::uint8_t {
  together,          // app and data, confirmed
  rolled_back,       // app and data, never confirmed: the old ones come back
  given_up,          // app and data, given up by the app
  one_way,           // app and data without a way back: the data waits for the confirmation
  data,              // data alone, confirmed
  data_rolled_back,  // data alone, never confirmed
  data_now,          // data alone, brought to its place without a restart, confirmed
  now_rolled_back,   // the same, never confirmed
  in_place,          // data alone, where it is
  no_room,           // app and data that the slot cannot hold: refused, and nothing has changed
  app,               // an app alone, which inherits the data
};

struct Row {
  const char* name;
  Story story;
  const Geometry* geometry;
  Start start = Start::fresh;
};

std::uint64_t cuts_tried = 0;
// After a cut: starts at which nothing ran, and starts at which data was said to be ready that was
// not what the app was made for. Both fail the test that finds one.
std::uint64_t dead = 0, half = 0;

class PartCut : public testing::TestWithParam<Row> {
 protected:
  static void TearDownTestSuite() {
    const auto number = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
    std::printf("power cuts tried: %llu\n", number(cuts_tried));
    std::printf("data partitions: %llu cuts, %llu dead, %llu mounted half\n", number(cuts_tried),
                number(dead), number(half));
  }

  PartCut() : rig_(*GetParam().geometry, old_app_, GetParam().start) {
    if (story() == Story::in_place) in_place_ = {"web"};
    rig_.restore();
    Flash& web = *start_part();
    EXPECT_TRUE(web.erase(0, web.size()));
    old_data_ = make_littlefs(web.size(), 1);
    new_data_ = make_littlefs(web.size(), 2);
    EXPECT_TRUE(web.program(0, old_data_));
    start_.reset(new Rig::Snapshot(rig_.save()));
  }

  static Story story() { return GetParam().story; }
  static bool data_alone() {
    return story() == Story::data || story() == Story::data_rolled_back || comes_now() ||
           story() == Story::in_place;
  }
  static bool comes_now() {
    return story() == Story::data_now || story() == Story::now_rolled_back;
  }
  static bool brings_old_back() {
    return story() == Story::rolled_back || story() == Story::given_up ||
           story() == Story::data_rolled_back || story() == Story::now_rolled_back;
  }

  Flash* start_part() {
    EXPECT_TRUE(power_on());
    return rig_.device().parts()->keeper().partition(kWeb);
  }
  bool power_on() {
    rig_.device().set_up_parts({.events = nullptr, .in_place = in_place_, .fs_autosize = {}});
    return rig_.power_on();
  }
  const parts::PartKeeper& keeper() { return rig_.device().parts()->keeper(); }

  Result<> send() {
    switch (story()) {
      case Story::data:
      case Story::data_rolled_back:
      case Story::data_now:
      case Story::now_rolled_back:
      case Story::in_place:
        return send_data(rig_, new_data_);
      case Story::app:
        return send_bundle(rig_, {{"firmware.bin", new_app_}}, false);
      default:
        return send_bundle(rig_, {{"firmware.bin", new_app_}, {"part/web.bin", new_data_}},
                           story() == Story::one_way);
    }
  }

  std::vector<std::byte> content() {
    Flash& web = *keeper().partition(kWeb);
    std::vector<std::byte> bytes(web.size());
    EXPECT_TRUE(web.read(0, bytes));
    return bytes;
  }

  // The promise, at a start.
  void expect_fits() {
    if (!keeper().ready(kWeb)) return;
    const auto held = content();
    const bool is_old = held == old_data_, is_new = held == new_data_;
    const bool new_app = rig_.running() == "2.0.0";
    const bool old_fits = data_alone() || story() == Story::app || !new_app;
    // An app that comes back from where there is no way back keeps the new data.
    const bool new_fits =
        data_alone() || story() == Story::one_way || (story() != Story::app && new_app);
    const bool fits = (is_old && old_fits) || (is_new && new_fits);
    half += fits ? 0 : 1;
    ASSERT_TRUE(fits) << "the data of "
                      << (is_old   ? "the old app"
                          : is_new ? "the new app"
                                   : "nobody")
                      << " in " << rig_.running();
  }
  // And that there is data, where nothing was cut and nothing may wait.
  void expect_ready() {
    if (story() == Story::in_place || story() == Story::one_way) return;
    ASSERT_TRUE(keeper().ready(kWeb)) << what_is_held();
  }
  std::string what_is_held() {
    const parts::Holding held = keeper().record().held(kWeb);
    std::string all = "holds " + std::to_string(held.generation) + " content " +
                      std::to_string(static_cast<int>(held.content));
    for (const parts::BoundApp& app : keeper().record().apps) {
      all += "; app of slot " + std::to_string(app.slot) + ":";
      for (const parts::Binding& one : app.all()) {
        all += " " + std::to_string(one.generation) + " where " +
               std::to_string(static_cast<int>(one.where)) + " image " +
               std::to_string(one.image.slot) + "@" + std::to_string(one.image.head) + " saved " +
               std::to_string(one.saved.slot) + "@" + std::to_string(one.saved.head);
      }
    }
    return all;
  }

  bool arrived() {
    if (data_alone()) return content() == new_data_ && keeper().ready(kWeb);
    return rig_.running() == "2.0.0";
  }
  bool waits() { return keeper().on_trial() || !keeper().record().bad_is_none(); }

  // From wherever the device stands, switched on; returns early when the power goes away.
  void tell() {
    const bool tried = data_alone() && waits();
    if (!tried && !arrived()) {
      const Result<> sent = send();
      last_ = word(sent);
      if (rig_.was_cut()) return;
      if (comes_now() && sent) {
        (void)rig_.device().parts()->bring_now(kWeb);
      } else if (!power_on()) {
        return;
      }
    }
    if (rig_.was_cut()) return;
    expect_fits();
    expect_ready();
    if (HasFatalFailure()) return;
    if (story() == Story::given_up) {
      if (rig_.device().steering().pending())
        (void)rig_.device().steering().roll_back(RolledBack::failed);
      if (!rig_.was_cut()) (void)power_on();
    } else if (brings_old_back()) {
      for (int i = 0; i < 5 && !rig_.was_cut(); ++i) {
        (void)power_on();
        if (!rig_.was_cut()) expect_fits();
        if (HasFatalFailure()) return;
      }
    } else {
      if (rig_.device().steering().pending()) (void)rig_.device().steering().confirm();
      if (!rig_.was_cut()) (void)power_on();
    }
  }

  void expect_good_end() {
    const bool boots = power_on();
    dead += boots ? 0 : 1;
    ASSERT_TRUE(boots) << "nothing boots";
    ASSERT_TRUE(rig_.running() == "1.0.0" || rig_.running() == "2.0.0");
    expect_fits();
    expect_ready();
    if (HasFatalFailure()) return;
    tell();
    if (HasFatalFailure()) return;
    ASSERT_FALSE(rig_.was_cut());
    expect_fits();
    ASSERT_TRUE(keeper().ready(kWeb));
    const auto held = content();
    if (brings_old_back() || story() == Story::no_room) {
      ASSERT_EQ(rig_.running(), "1.0.0");
      ASSERT_TRUE(held == old_data_);
      ASSERT_TRUE(story() != Story::no_room || last_ == "no_room") << last_;
    } else if (story() == Story::app) {
      ASSERT_EQ(rig_.running(), "2.0.0");
      ASSERT_TRUE(held == old_data_);
    } else if (data_alone() && !keeper().record().bad_is_none()) {
      ASSERT_TRUE(held == old_data_) << "it was started too often before it was confirmed";
    } else {
      ASSERT_TRUE(held == new_data_) << rig_.running() << " after " << last_;
      ASSERT_EQ(rig_.running(), data_alone() ? "1.0.0" : "2.0.0");
    }
  }

  // What lies in the app slots is whole: what runs is not half erased.
  Image old_app_ = make_image("1.0.0", 6 * 1024);
  Image new_app_ = make_image("2.0.0", 6 * 1024);
  std::string last_;  // what the last try came to
  std::vector<std::byte> old_data_, new_data_;
  std::vector<std::string> in_place_;
  Rig rig_;
  std::unique_ptr<const Rig::Snapshot> start_;
};

TEST_P(PartCut, NoCutLeavesAnAppWithOtherData) {
  const std::uint64_t before = cuts_tried;
  const bool sampled = GetParam().start != Start::fresh && sweep() != Sweep::nightly;
  const std::uint64_t step = sampled ? kStep * 5 : kStep;
  for (const auto how : kWays) {
    for (std::uint64_t at = sweep_start(step);; at += step) {
      SCOPED_TRACE(std::string(sim::name(how)) + " at flash operation " + std::to_string(at));
      rig_.load(*start_);
      ASSERT_TRUE(power_on());
      rig_.cut(at, how);
      tell();
      if (HasFatalFailure()) return;
      if (!rig_.was_cut()) break;
      ++cuts_tried;
      expect_good_end();
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(cuts_tried - before, 4 * (20 / step));
}

// The second cut at every operation of what the device does after the first, its start included.
TEST_P(PartCut, NoTwoCutsDo) {
  if (GetParam().geometry != &kSingle && sweep() != Sweep::nightly) GTEST_SKIP() << "nightly";
  if (GetParam().start != Start::fresh) GTEST_SKIP() << "after one cut alone";
  const std::uint64_t first_step = sweep() == Sweep::nightly ? 2 : 29;
  const std::uint64_t second_step = sweep() == Sweep::nightly ? 1 : kSecondStep * 7;
  for (std::uint64_t at = sweep_start(first_step);; at += first_step) {
    const sim::Cut how = kWays[at % std::size(kWays)];
    rig_.load(*start_);
    ASSERT_TRUE(power_on());
    rig_.cut(at, how);
    tell();
    if (HasFatalFailure()) return;
    if (!rig_.was_cut()) break;
    const Rig::Snapshot once = rig_.save();
    for (std::uint64_t then = sweep_start(second_step);; then += second_step) {
      const sim::Cut again = kWays[then % std::size(kWays)];
      SCOPED_TRACE(std::string(sim::name(how)) + " at flash operation " + std::to_string(at) +
                   ", then " + std::string(sim::name(again)) + " at " + std::to_string(then));
      rig_.load(once);
      rig_.device().set_up_parts({.events = nullptr, .in_place = in_place_, .fs_autosize = {}});
      if (rig_.power_on_and_cut(then, again)) tell();
      if (HasFatalFailure()) return;
      if (!rig_.was_cut()) break;
      ++cuts_tried;
      expect_good_end();
      if (HasFatalFailure()) return;
    }
  }
}

const Row kRows[] = {
    {"together", Story::together, &kSingle},
    {"together_encrypted", Story::together, &kSingleEncrypted},
    {"together_no_ledger", Story::together, &kNoLedger},
    {"together_staging", Story::together, &kStagingRoom},
    {"rolled_back", Story::rolled_back, &kSingle},
    {"rolled_back_encrypted", Story::rolled_back, &kSingleEncrypted},
    {"rolled_back_no_ledger", Story::rolled_back, &kNoLedger},
    {"given_up", Story::given_up, &kSingle},
    {"one_way", Story::one_way, &kSingle},
    {"data", Story::data, &kSingle},
    {"data_staging", Story::data, &kStagingRoom},
    {"data_rolled_back", Story::data_rolled_back, &kSingle},
    {"data_rolled_back_no_ledger", Story::data_rolled_back, &kNoLedger},
    {"data_now", Story::data_now, &kSingle},
    {"data_now_encrypted", Story::data_now, &kSingleEncrypted},
    {"data_now_no_ledger", Story::data_now, &kNoLedger},
    {"data_now_staging", Story::data_now, &kStagingRoom},
    {"data_now_from_used", Story::data_now, &kSingle, Start::used},
    {"now_rolled_back", Story::now_rolled_back, &kSingle},
    {"pair_now", Story::data_now, &kPair},
    {"together_from_used", Story::together, &kSingle, Start::used},
    {"together_from_invalid", Story::together, &kSingle, Start::given_up},
    {"together_from_aborted", Story::together, &kSingle, Start::not_confirmed},
    {"rolled_back_from_used", Story::rolled_back, &kSingle, Start::used},
    {"rolled_back_from_aborted", Story::rolled_back, &kSingle, Start::not_confirmed},
    {"data_from_used", Story::data, &kSingle, Start::used},
    {"data_from_invalid", Story::data, &kSingle, Start::given_up},
    {"one_way_encrypted", Story::one_way, &kSingleEncrypted},
    {"no_room", Story::no_room, &kTight},
    {"no_room_from_aborted", Story::no_room, &kTight, Start::not_confirmed},
    {"in_place", Story::in_place, &kSingle},
    {"in_place_encrypted", Story::in_place, &kSingleEncrypted},
    {"in_place_no_ledger", Story::in_place, &kNoLedger},
    {"app", Story::app, &kSingle},
    {"pair_together", Story::together, &kPair},
    {"pair_rolled_back", Story::rolled_back, &kPair},
    {"pair_data", Story::data, &kPair},
    {"pair_data_rolled_back", Story::data_rolled_back, &kPair},
    {"pair_app", Story::app, &kPair},
};

INSTANTIATE_TEST_SUITE_P(Stories, PartCut, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace updraft::powerloss
