#include "host/layout/plan.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "host/layout/layout_samples.hpp"
#include "host/layout/plan_text.hpp"
#include "host/layout/try_device.hpp"

namespace updraft::layout {
namespace {

using samples::Golden;

format::PartitionTable parse(const std::string& csv) {
  const auto table = format::parse_partition_csv(csv);
  EXPECT_TRUE(table) << table.error().why;
  return table.value_or(format::PartitionTable{});
}

// The file system of a golden table may be lost: it gets smaller.
Facts facts_of(const format::PartitionTable& old, int running) {
  Facts facts{.running = running};
  for (const format::Partition& p : old.entries()) {
    if (p.type == format::PartitionType::data && p.subtype >= 0x81 && p.subtype <= 0x83) {
      facts.lose.emplace_back(p.label.view());
    }
  }
  return facts;
}

// All plans of one table, as a person reads them.
std::string plans_of(const format::PartitionTable& old) {
  std::ostringstream out;
  const std::pair<const char*, format::PartitionTable> targets[] = {
      {"two larger slots", samples::Remake(old).two_slots()},
      {"one slot and rescue", samples::Remake(old).one_slot_and_rescue()}};
  for (const auto& [target, next] : targets) {
    for (std::uint32_t slot = 0; slot < old.application_ota_slots(); ++slot) {
      out << "to " << target << ", from ota_" << slot << "\n";
      const Plan plan = plan_change(old, next, facts_of(old, static_cast<int>(slot)));
      for (const std::string& line : plan_lines(plan)) out << "  " << line << "\n";
    }
  }
  return out.str();
}

class GoldenLayout : public testing::TestWithParam<Golden> {};

// UPDRAFT_WRITE_GOLDEN=1 writes the files anew: what changes shows as a difference.
TEST_P(GoldenLayout, HasThePlansThatItHad) {
  const std::string path =
      std::string(UPDRAFT_SOURCE_DIR) + "/tests/golden/layouts/" + GetParam().name + ".txt";
  const std::string plans = plans_of(samples::table_of(GetParam()));
  if (std::getenv("UPDRAFT_WRITE_GOLDEN") != nullptr) std::ofstream(path) << plans;
  std::ifstream in(path);
  std::stringstream golden;
  golden << in.rdbuf();
  EXPECT_EQ(plans, golden.str());
}

// As the specification expects them.
TEST_P(GoldenLayout, StaysMovesOrIsRefusedAsExpected) {
  const std::string name = GetParam().name;
  const format::PartitionTable old = samples::table_of(GetParam());
  const bool refuses_slots =
      name == "huge_app" || name == "tasmota_safeboot" || name == "matter_product";
  const bool refuses_rescue = name == "tasmota_safeboot" || name == "matter_product";
  const auto next = samples::Remake(old).two_slots();
  for (int slot = 0; slot < static_cast<int>(old.application_ota_slots()); ++slot) {
    const Plan larger = plan_change(old, next, facts_of(old, slot));
    EXPECT_EQ(larger.verdict == Verdict::refused, refuses_slots) << slot << larger.why;
    const Plan rescue =
        plan_change(old, samples::Remake(old).one_slot_and_rescue(), facts_of(old, slot));
    EXPECT_EQ(rescue.verdict == Verdict::refused, refuses_rescue) << slot << rescue.why;
    if (larger.verdict == Verdict::refused) continue;
    const bool same_place = next.ota_slot(static_cast<std::uint32_t>(slot))->offset ==
                            old.ota_slot(static_cast<std::uint32_t>(slot))->offset;
    const bool moves = !larger.steps.empty() && larger.steps.front().what == "move";
    EXPECT_EQ(moves, !same_place) << slot;
  }
}

// The tables that come out are tried: no cut of an update leaves a device that does not boot.
TEST_P(GoldenLayout, ThatComesOutTakesUpdatesThroughCuts) {
  const format::PartitionTable old = samples::table_of(GetParam());
  for (const format::PartitionTable& next :
       {samples::Remake(old).two_slots(), samples::Remake(old).one_slot_and_rescue()}) {
    if (plan_change(old, next, facts_of(old, 0)).verdict == Verdict::refused) continue;
    const Tally tally = cut_everywhere(next, {.image_bytes = 8 * 1024, .step = 23}, update_story());
    EXPECT_GT(tally.cuts, 10u);
    EXPECT_EQ(tally.finished, tally.cuts) << tally_text(tally);
  }
}

INSTANTIATE_TEST_SUITE_P(All, GoldenLayout, testing::ValuesIn(samples::golden_tables()),
                         [](const auto& row) { return std::string(row.param.name); });

const std::string kOld =
    "nvs, data, nvs, 0x9000, 0x5000\notadata, data, ota, 0xe000, 0x2000\n"
    "app0, app, ota_0, 64K, 1280K\napp1, app, ota_1, 1344K, 1280K\nfs, data, spiffs, 2624K, "
    "1408K\n";

struct Refusal {
  const char* name;
  int rule;
  std::string next;
  Facts facts;
};

class PlanRule : public testing::TestWithParam<Refusal> {};

TEST_P(PlanRule, IsNamedWithWhatToDo) {
  const auto& [name, rule, csv, facts] = GetParam();
  const Plan plan = plan_change(parse(kOld), parse(csv), facts);
  EXPECT_EQ(plan.verdict, Verdict::refused);
  EXPECT_EQ(plan.rule, rule) << plan.why;
  EXPECT_FALSE(plan.why.empty());
  EXPECT_FALSE(plan.remedy.empty());
  EXPECT_EQ(answer(plan), "not over the air: rule " + std::to_string(rule));
  EXPECT_EQ(plan.code, rule == 2 ? "flash_size" : "unsafe_layout");
}

const std::string kHead = "nvs, data, nvs, 0x9000, 0x5000\notadata, data, ota, 0xe000, 0x2000\n";
const std::string kSlots = "app0, app, ota_0, 64K, 1280K\napp1, app, ota_1, 1344K, 1280K\n";
const std::string kTwo = kHead + kSlots;

INSTANTIATE_TEST_SUITE_P(
    Each, PlanRule,
    testing::Values(Refusal{"gap",
                            1,
                            kHead + "app0, app, ota_0, 64K, 1280K\nfs, data, spiffs, 2624K, "
                                    "1408K\nb, app, ota_2, , 64K\n",
                            {}},
                    Refusal{"two_factories",
                            1,
                            kTwo + "one, app, factory, 2624K, 64K\nother, app, factory, 2688K, "
                                   "1344K\n",
                            {.lose = {"fs"}}},
                    Refusal{"flash", 2, kTwo + "fs, data, spiffs, 2624K, 2M\n", {}},
                    Refusal{"header",
                            2,
                            kTwo + "fs, data, spiffs, 2624K, 1408K\n",
                            {.header_flash_bytes = 2 << 20}},
                    Refusal{"moves_slots",
                            3,
                            kHead + "app0, app, ota_0, 128K, 1280K\napp1, app, ota_1, 1408K, "
                                    "1216K\nfs, data, spiffs, 2624K, 1408K\n",
                            {}},
                    Refusal{"smaller_slots",
                            3,
                            kHead + "app0, app, ota_0, 64K, 1024K\napp1, app, ota_1, 1344K, "
                                    "1024K\nfs, data, spiffs, 2624K, 1408K\n",
                            {}},
                    Refusal{"otadata_on_nvs",
                            5,
                            "otadata, data, ota, 0xb000, 0x2000\n" + kSlots +
                                "fs, data, spiffs, 2624K, 1408K\n",
                            {.lose = {}}},
                    Refusal{"fs_grows", 6, kTwo + "fs, data, spiffs, 2624K, 1472K\n", {}},
                    Refusal{"fs_gone", 6, kTwo, {}},
                    Refusal{"fs_onto_itself", 7, kTwo + "fs, data, spiffs, 2688K, 1408K\n", {}},
                    Refusal{"rescue_over_fs",
                            7,
                            kHead +
                                "app0, app, ota_0, 64K, 1280K\nrescue, app, factory, 2624K, 832K\n"
                                "fs, data, spiffs, 4096K, 1408K\n",
                            {.flash_bytes = 8 << 20}},
                    Refusal{"secure_boot_v1",
                            8,
                            kTwo + "fs, data, spiffs, 2624K, 1408K\n",
                            {.secure_boot_v1 = true}},
                    Refusal{"anti_rollback",
                            8,
                            kHead + "app0, app, ota_0, 64K, 2560K\nrescue, app, factory, 2624K, "
                                    "832K\nfs, data, spiffs, 3456K, 576K\n",
                            {.anti_rollback = true, .lose = {"fs"}}}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(PlanTest, AnOldTableWithTwoFactoryAppsIsNotChanged) {
  const auto old = parse(kTwo + "one, app, factory, 2624K, 64K\nother, app, factory, 2688K, 64K\n");
  const Plan plan = plan_change(old, parse(kTwo), {.running = -1});
  EXPECT_EQ(plan.verdict, Verdict::refused);
  EXPECT_EQ(plan.why, "in the old table there are two factory apps");
}

TEST(PlanTest, TheSameTableIsSafeAndNothingHasToBeDone) {
  const Plan plan = plan_change(parse(kOld), parse(kOld), {.running = 1});
  EXPECT_EQ(plan.verdict, Verdict::safe);
  EXPECT_TRUE(plan.same);
  EXPECT_TRUE(plan.steps.empty());
}

TEST(PlanTest, AStockBootloaderLeavesAWindowAndAGuardNone) {
  const auto next = parse(kHead + "app0, app, ota_0, 64K, 1920K\napp1, app, ota_1, 1984K, 1920K\n");
  Facts facts{.lose = {"fs"}};
  const Plan stock = plan_change(parse(kOld), next, facts);
  EXPECT_EQ(answer(stock), "46 ms of risk");
  EXPECT_EQ(stock.window.count(), 45'400);
  EXPECT_EQ(stock.window_worst.count(), 403'000);
  facts.guarded = true;
  EXPECT_EQ(answer(plan_change(parse(kOld), next, facts)), "safe");
}

TEST(PlanTest, ANumberOfOtadataIsFoundWhereverThereIsOne) {
  for (std::uint32_t n = 1; n <= 16; ++n) {
    for (std::uint32_t then = 1; then <= 16; ++then) {
      for (std::uint32_t x = 0; x < n; ++x) {
        for (std::uint32_t y = 0; y < then; ++y) {
          bool found = false;
          for (std::uint32_t s = 0; s < n * then && !found; ++s)
            found = s % n == x && s % then == y;
          ASSERT_EQ(has_number(static_cast<int>(x), n, static_cast<int>(y), then), found);
        }
      }
    }
  }
}

TEST(PlanTest, WhatIsMovedGoesToAFreePlace) {
  const std::string old =
      "nvs, data, nvs, 0x9000, 0x5000\notadata, data, ota, 0xe000, 0x2000\n"
      "app0, app, ota_0, 64K, 1024K\nfs, data, spiffs, 1088K, 256K\n";
  const std::string next =
      "nvs, data, nvs, 0x9000, 0x5000\notadata, data, ota, 0xe000, 0x2000\n"
      "app0, app, ota_0, 64K, 1280K\nfs, data, spiffs, 1600K, 256K\n";
  const Plan plan = plan_change(parse(old), parse(next), {.guarded = true});
  ASSERT_EQ(plan.verdict, Verdict::safe) << plan.why;
  EXPECT_EQ(plan.steps[0].what, "copy");
  EXPECT_EQ(plan.parts[1].fate, Fate::moved);
}

TEST(PlanTest, SaysOfWifiCredentialsThatTheyAreGone) {
  const auto next =
      parse("otadata, data, ota, 0xe000, 0x2000\n" + kSlots + "fs, data, spiffs, 2624K, 1408K\n");
  EXPECT_EQ(plan_change(parse(kOld), next, {}).rule, 6);
  const Plan plan = plan_change(parse(kOld), next, {.lose = {"nvs"}});
  ASSERT_EQ(plan.notes.size(), 1u);
  EXPECT_NE(plan.notes.front().find("Wi-Fi"), std::string::npos);
}

TEST(LayoutName, TellsWhatADeviceCanDo) {
  EXPECT_EQ(layout_name(parse(kOld)), "two slots");
  EXPECT_EQ(layout_name(parse(kHead + "a, app, ota_0, 64K, 1M\nrescue, app, factory, , 832K\n")),
            "one slot and a rescue app");
  EXPECT_EQ(layout_name(parse(kTwo + "rescue, app, factory, , 832K\n")),
            "two slots and a rescue app");
  EXPECT_EQ(layout_name(parse(kHead + "a, app, ota_0, 64K, 1M\n")), "one slot");
  EXPECT_EQ(layout_name(parse("a, app, ota_0, 64K, 1M\nb, app, ota_1, , 1M\n")), "one slot")
      << "no choice without otadata";
  EXPECT_EQ(layout_name(parse(kHead)), "no app");
}

}  // namespace
}  // namespace updraft::layout
