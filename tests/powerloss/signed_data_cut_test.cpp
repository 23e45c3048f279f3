// Cut the power at every flash operation of a signed package that brings data, alone or with its
// app, of its confirmation and of its rollback: at every start the app that runs finds the data
// that it was made for, or is told that it is not ready; the sequence rises with what is kept, and
// with nothing else.
#include <memory>

#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "tests/fakes/file_system_image.hpp"
#include "tests/fakes/sweep.hpp"
#include "tests/powerloss/signed_rig.hpp"

namespace updraft::powerloss {
namespace {

constexpr sim::Cut kCuts[] = {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak};
const std::uint64_t kStep = sweep_step(11);

const Geometry kTable{"signed_data",
                      "otadata, data, ota,       0x9000,   0x2000\n"
                      "ota_0,   app,  ota_0,     0x10000,  64K\n"
                      "ota_1,   app,  ota_1,     0x20000,  64K\n"
                      "web,     data, littlefs,  0x30000,  40K\n"
                      "updraft, data, undefined, 0x3C000,  0x10000\n",
                      true, 0x4C000};

enum class Story : std::uint8_t { together, rolled_back, data, data_rolled_back, in_place };
struct Row {
  const char* name;
  Story story;
};

std::uint64_t cuts_tried = 0;

class SignedDataCut : public testing::TestWithParam<Row> {
 protected:
  static void TearDownTestSuite() {
    std::printf("power cuts tried: %llu\n", static_cast<unsigned long long>(cuts_tried));
  }

  SignedDataCut() : rig_(kTable, old_app_, nullptr, trusted()) {
    EXPECT_TRUE(power_on());
    bring_no_key_set(rig_);
    Flash& web = *keeper().partition("web");
    old_data_ = make_littlefs(web.size(), 1);
    new_data_ = make_littlefs(web.size(), 2);
    EXPECT_TRUE(web.erase(0, web.size()));
    EXPECT_TRUE(web.program(0, old_data_));
    const Desk& desk = Desk::shared();
    host::PackageSpec spec{.sequence = kSequence};
    if (!data_alone()) {
      spec.components.push_back({host::app_component(), desk.product, new_app_, new_app_});
    }
    spec.components.push_back(
        {host::file_system_component("web"), desk.product, new_data_, new_data_});
    const Buffer blank = host::make_package(spec);
    package_ = host::attach(blank, desk.release_key.point(),
                            desk.release_key.sign(host::package_message(blank)));
    start_.reset(new Rig::Snapshot(rig_.save()));
  }

  static bool in_place() { return GetParam().story == Story::in_place; }
  static bool data_alone() {
    return GetParam().story == Story::data || GetParam().story == Story::data_rolled_back ||
           in_place();
  }
  bool power_on() {
    const std::vector<std::string> labels(in_place() ? 1 : 0, "web");
    rig_.device().set_up_parts({.events = nullptr, .in_place = labels, .fs_autosize = {}});
    return rig_.power_on();
  }
  static bool brings_old_back() {
    return GetParam().story == Story::rolled_back || GetParam().story == Story::data_rolled_back;
  }
  const parts::PartKeeper& keeper() { return rig_.device().parts()->keeper(); }
  Buffer content() {
    Flash& web = *keeper().partition("web");
    Buffer bytes(web.size());
    EXPECT_TRUE(web.read(0, bytes));
    return bytes;
  }

  std::string send() {
    parts::PartUpdater& engine = *rig_.device().parts();
    Result<> done = engine.begin({.scheme = kWs, .size = package_.size()});
    for (Bytes rest = package_; done && !rest.empty();) {
      const Bytes piece = at_most(rest, 4096);
      done = engine.write(piece);
      rest = rest.subspan(piece.size());
    }
    if (done) done = outcome_of(engine.finish());
    return word(done);
  }

  // At a start: whose data it is, and what the device says of the release.
  void expect_fits() {
    ASSERT_EQ(rig_.device().signing()->stand(), Stand::closed);
    ASSERT_TRUE(sequence(rig_) == 0 || sequence(rig_) == kSequence);
    const Buffer held = content();
    const bool whole = keeper().ready("web");
    if (sequence(rig_) == kSequence) {
      ASSERT_FALSE(brings_old_back()) << "nothing was kept";
      ASSERT_TRUE(whole && held == new_data_);
      ASSERT_FALSE(rig_.device().steering().pending());
    }
    if (in_place()) {
      ASSERT_EQ(sequence(rig_) == kSequence, whole && held == new_data_)
          << "the data is the new one, and the release is not noted";
    }
    if (!whole) return;
    const bool new_fits = data_alone() || rig_.running() == "2.0.0";
    const bool old_fits = data_alone() || rig_.running() == "1.0.0";
    ASSERT_TRUE((held == old_data_ && old_fits) || (held == new_data_ && new_fits));
  }

  // From wherever it stands, switched on; early where the power goes away.
  void tell() {
    const bool tried = keeper().on_trial() || !keeper().record().bad_is_none() ||
                       rig_.running() == "2.0.0" || sequence(rig_) == kSequence;
    if (!tried) {
      last_ = send();
      if (rig_.was_cut() || !power_on()) return;
    }
    if (rig_.was_cut()) return;
    ASSERT_NO_FATAL_FAILURE(expect_fits());
    if (brings_old_back()) {
      for (int i = 0; i < 5 && !rig_.was_cut(); ++i) (void)power_on();
      return;
    }
    if (rig_.device().steering().pending()) (void)rig_.device().steering().confirm();
    if (!rig_.was_cut()) (void)power_on();
  }

  void expect_good_end() {
    ASSERT_TRUE(power_on()) << "nothing boots";
    ASSERT_NO_FATAL_FAILURE(expect_fits());
    ASSERT_TRUE(in_place() || keeper().ready("web"));
    ASSERT_NO_FATAL_FAILURE(tell());
    ASSERT_FALSE(rig_.was_cut());
    ASSERT_NO_FATAL_FAILURE(expect_fits());
    ASSERT_TRUE(keeper().ready("web"));
    const bool lost = brings_old_back() || !keeper().record().bad_is_none();
    ASSERT_TRUE(content() == (lost ? old_data_ : new_data_)) << rig_.running() << ": " << last_;
    ASSERT_EQ(sequence(rig_), lost ? 0 : kSequence);
    ASSERT_EQ(rig_.running(), lost || data_alone() ? "1.0.0" : "2.0.0");
  }

  Image old_app_ = make_image("1.0.0", 6 * 1024), new_app_ = make_image("2.0.0", 6 * 1024);
  Buffer old_data_, new_data_, package_;
  std::string last_;  // what the last try came to
  Rig rig_;
  std::unique_ptr<const Rig::Snapshot> start_;
};

TEST_P(SignedDataCut, NoCutLeavesOtherDataOrAnotherSequence) {
  const std::uint64_t before = cuts_tried;
  for (const sim::Cut how : kCuts) {
    for (std::uint64_t at = sweep_start(kStep);; at += kStep) {
      SCOPED_TRACE(std::string(sim::name(how)) + " at flash operation " + std::to_string(at));
      rig_.load(*start_);
      ASSERT_TRUE(power_on());
      rig_.cut(at, how);
      ASSERT_NO_FATAL_FAILURE(tell());
      if (!rig_.was_cut()) break;
      ++cuts_tried;
      ASSERT_NO_FATAL_FAILURE(expect_good_end());
    }
  }
  EXPECT_GT(cuts_tried - before, 4 * (20 / kStep));
}

const Row kRows[] = {{"together", Story::together},
                     {"rolled_back", Story::rolled_back},
                     {"data", Story::data},
                     {"data_rolled_back", Story::data_rolled_back},
                     {"in_place", Story::in_place}};

INSTANTIATE_TEST_SUITE_P(Stories, SignedDataCut, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace updraft::powerloss
