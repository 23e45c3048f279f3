// The table of protocols: names, words and ids that must never change, and rules that a table
// keeps.
#include "updraft/protocols.hpp"

#include <gtest/gtest.h>

#include "updraft/intake.hpp"
#include "updraft/policy.hpp"

namespace updraft {
namespace {

TEST(Scheme, NamesAreThoseOfUrls) {
  EXPECT_EQ(name(kRaw), "raw");
  EXPECT_EQ(name(kReq), "req");
  EXPECT_EQ(name(kBundle), "bundle");
  EXPECT_EQ(name(kWs), "ws");
  EXPECT_EQ(name(kControl), "control");
}

// Products store masks, so an id must never get another meaning.
TEST(Protocols, KeepTheirNumbers) {
  EXPECT_EQ(kRaw.id, 0);
  EXPECT_EQ(kReq.id, 1);
  EXPECT_EQ(kBundle.id, 2);
  EXPECT_EQ(kWs.id, 3);
  EXPECT_EQ(kControl.id, 4);
  EXPECT_EQ(kNative.id, 14);
}

TEST(Protocols, OurOwnPushGoesByTwoWords) {
  EXPECT_EQ(name(kNative), "native");
  EXPECT_EQ(kNative.words.back().word, "updraft");
  for (const UrlWord& url : kNative.words) EXPECT_EQ(url.port, 18'443);
}

TEST(Scheme, IsNeverNone) {
  const Offer offer;
  EXPECT_EQ(name(offer.scheme), "none");
  Policy policy;
  for (const Protocol* const row : kProtocols) policy.allow_unsigned(*row);
  EXPECT_FALSE(policy.allows_unsigned(offer.scheme));
}

constexpr UrlWord kMineWords[] = {{.word = "mine", .port = 9}};
constexpr Protocol kMine{.name = "mine", .id = 62, .words = kMineWords, .listens = true};

TEST(Protocols, MayStandOutsideTheTable) {
  static_assert(is_complete(kMine));
  Policy policy;
  EXPECT_FALSE(policy.allows_unsigned(kMine));
  policy.allow_unsigned(kMine);
  EXPECT_TRUE(policy.allows_unsigned(kMine));
  for (const Protocol* const row : kProtocols) EXPECT_FALSE(policy.allows_unsigned(*row));
  EXPECT_EQ(Scheme(kMine)->words.front().port, 9);
  EXPECT_NE(Scheme(kMine), Scheme(kRaw));
}

// As kMine, but for what a test changes.
struct Changed {
  UrlWord word = kMineWords[0];
  Protocol row = kMine;
  bool sound(std::initializer_list<const Protocol*> others = {}) {
    row.words = {&word, 1};
    std::vector<const Protocol*> rows(others);
    rows.push_back(&row);
    return are_sound(rows);
  }
};

TEST(Protocols, ARowWithAHoleIsUnsound) {
  EXPECT_TRUE(Changed().sound({&kRaw}));
  const auto unsound = [](auto change) {
    Changed mine;
    change(mine);
    return !mine.sound({&kRaw});
  };
  EXPECT_TRUE(unsound([](Changed& it) { it.row.name = "other"; }));
  EXPECT_TRUE(unsound([](Changed& it) { it.row.id = kMostProtocols; }));
  EXPECT_TRUE(unsound([](Changed& it) { it.row.id = kRaw.id; }));
  EXPECT_TRUE(unsound([](Changed& it) { it.row.listens = false; }));
  EXPECT_TRUE(unsound([](Changed& it) { it.row.fetch_attempts = 1; })) << "it never fetches";
  EXPECT_TRUE(unsound([](Changed& it) { it.word.port = 0; }));
  EXPECT_TRUE(unsound([](Changed& it) { it.word.path = "no-slash"; }));
  EXPECT_TRUE(unsound([](Changed& it) { it.word.word = it.row.name = "raw"; }));
  EXPECT_TRUE(unsound([](Changed& it) { it.row.carrier = Carrier::serial; })) << "with a port";
}

}  // namespace
}  // namespace updraft
