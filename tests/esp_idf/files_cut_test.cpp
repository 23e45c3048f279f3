// Power cuts while a chip takes data: the app that runs finds its own, whole.
#include <gtest/gtest.h>

#include "tests/esp_idf/chip_files.hpp"
#include "tests/fakes/sweep.hpp"

namespace updraft::esp_idf {
namespace {

// Cuts the power at every flash operation from the first byte to the confirmation.
class ChipFilesPowerCut : public ChipFiles, public testing::WithParamInterface<bool> {
 protected:
  bool together() const { return GetParam(); }
  // Ends early when the power goes away.
  void tell() {
    const bool sent = together() ? chip.running() != "1.0.0" : held("web") == new_;
    if (!sent) {
      (void)(together() ? send_bundle(make_image("2.0.0"), new_) : send("fs:web", new_));
      if (!chip.flash().powered() || !starts()) return;
    }
    expect_fits();
    if (chip.flash().powered()) confirm();
  }
  void expect_fits() {
    if (!chip.flash().powered() || !ready("web")) return;
    const auto now = held("web");
    if (together()) {
      EXPECT_EQ(now, chip.running() == "2.0.0" ? new_ : old_) << chip.running();
    } else {
      EXPECT_TRUE(now == new_ || now == old_);
    }
  }
};

TEST_P(ChipFilesPowerCut, LeavesNoAppWithOtherData) {
  const std::uint64_t step = sweep_step(11);
  std::size_t cuts = 0;
  for (const auto how : {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
    for (std::uint64_t at = sweep_start(step);; at += step) {
      SCOPED_TRACE(std::string(sim::name(how)) + " at flash operation " + std::to_string(at));
      bench.service.reset();
      chip.restore();
      chip.put("web", old_);
      ASSERT_TRUE(starts(ESP_RST_POWERON));
      chip.flash().cut_power_at(at, how);
      tell();
      if (HasFailure()) return;
      if (chip.flash().powered()) break;
      ++cuts;
      ASSERT_TRUE(starts(ESP_RST_POWERON)) << "nothing boots";
      expect_fits();
      ASSERT_TRUE(ready("web"));
      tell();
      ASSERT_TRUE(starts());
      expect_fits();
      ASSERT_TRUE(ready("web"));
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(cuts, 4 * (40 / step));
  std::printf("power cuts tried: %zu\n", cuts);
}

INSTANTIATE_TEST_SUITE_P(Stories, ChipFilesPowerCut, testing::Bool(),
                         [](const auto& row) { return row.param ? "together" : "data"; });

}  // namespace
}  // namespace updraft::esp_idf
