#include "engine/update/downgrade.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/format/version_order.hpp"
#include "engine/update/test_send.hpp"
#include "sim/demo_image.hpp"
#include "tests/fakes/event_log.hpp"
#include "tests/fakes/fake_boot_control.hpp"

namespace updraft {
namespace {

struct Row {
  const char* name;
  sim::DemoImage running, next;
  bool refuses;
  const char* outcome;
};

const Row kRows[] = {
    {"newer", {.version = "1.0.0"}, {.version = "1.1.0"}, true, "ok"},
    {"same", {.version = "1.0.0"}, {.version = "1.0.0", .seed = 7}, true, "ok"},
    {"older", {.version = "1.10.0"}, {.version = "1.9.0"}, true, "downgrade"},
    {"older and welcome", {.version = "1.10.0"}, {.version = "1.9.0"}, false, "ok"},
    {"a name has no order", {.version = "kiwi"}, {.version = "apple"}, true, "ok"},
    {"another product",
     {.version = "2.0.0", .project = "a"},
     {.version = "1.0.0", .project = "b"},
     true,
     "ok"},
    {"lower secure version",
     {.version = "1.0.0", .secure_version = 2},
     {.version = "1.1.0", .secure_version = 1},
     false,
     "secure_version_low"},
    {"higher secure version",
     {.version = "1.0.0", .secure_version = 2},
     {.version = "1.1.0", .secure_version = 3},
     false,
     "ok"},
};

TEST(Downgrade, IsRefusedBeforeTheFirstErase) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    fakes::FakeBootControl boot;
    std::ranges::copy(sim::make_image(row.running), boot.slots[0].bytes.begin());
    Policy policy;
    policy.allow_unsigned(kRaw);
    if (row.refuses) policy.is_older = &format::is_older;
    fakes::EventLog log;
    Updater updater{boot, nullptr, policy, log};
    EXPECT_EQ(word(send_in_pieces(updater, sim::make_image(row.next), 288)), row.outcome);
    if (row.outcome != std::string("ok")) {
      EXPECT_THAT(boot.slots[1].erased, testing::IsEmpty());
      EXPECT_EQ(boot.forgotten, std::nullopt);
    }
  }
}

TEST(Downgrade, WithoutADescriptorThereIsNoVersion) {
  fakes::FakeBootControl boot;  // what runs is no image at all
  Policy policy;
  policy.allow_unsigned(kRaw);
  policy.is_older = &format::is_older;
  fakes::EventLog log;
  Updater updater{boot, nullptr, policy, log};
  EXPECT_EQ(word(send_in_pieces(updater, sim::make_image({.version = "0.1.0"}), 288)), "ok");
}

}  // namespace
}  // namespace updraft
