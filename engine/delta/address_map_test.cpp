// The address map against the plainest one there is.
#include "engine/delta/address_map.hpp"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace updraft::delta {
namespace {

using Map = AddressMap<64>;
using Added = Map::Added;

TEST(AddressMap, FindsAsAPlainMapDoes) {
  std::mt19937 engine(1);
  const auto random = [&engine] { return static_cast<std::uint32_t>(engine()); };
  for (int round = 0; round < 200; ++round) {
    Map map;
    std::map<std::uint32_t, std::uint32_t> plain;
    std::vector<std::uint32_t> starts;
    for (int i = 0; i < 40; ++i) {
      const std::uint32_t area =
          std::array{0u, 0x3C00'0000u, 0x3F00'0000u, 0x4200'0000u}[random() % 4];
      starts.push_back(area + random() % 0x180'0000);
    }
    std::ranges::sort(starts);
    for (const std::uint32_t start : starts) {
      const std::uint32_t delta = random() % 0x100'0000 - 0x80'0000;
      const bool rises = plain.empty() || start > plain.rbegin()->first;
      ASSERT_EQ(map.add({start, delta}), rises ? Added::yes : Added::not_rising);
      if (rises) plain[start] = delta;
    }
    for (int i = 0; i < 500; ++i) {
      std::uint32_t address = random();
      if (i % 2 == 0) address = starts[random() % starts.size()] + random() % 3 - 1;
      const auto after = plain.upper_bound(address);
      const auto found = map.find(address);
      ASSERT_EQ(found.has_value(), after != plain.begin());
      if (!found) continue;
      ASSERT_EQ(*found, address + std::prev(after)->second);
    }
  }
}

TEST(AddressMap, HasItsLimits) {
  Map map;
  EXPECT_EQ(map.find(5), std::nullopt);
  EXPECT_EQ(map.add({0, 0x80'0000}), Added::no_room) << "8 MiB away";
  EXPECT_EQ(map.add({0, 0x7F'FFFF}), Added::yes);
  EXPECT_EQ(map.add({0, 0}), Added::not_rising);
  EXPECT_EQ(map.add({1, 0u - 0x80'0000}), Added::yes);
  EXPECT_EQ(map.find(7), 7 - 0x80'0000u);
  for (std::uint32_t area = 1; area < 8; ++area) {
    EXPECT_EQ(map.add({area << 24, area}), Added::yes);
  }
  EXPECT_EQ(map.add({8u << 24, 0}), Added::no_room) << "a ninth area";
  EXPECT_EQ(map.find(0xFFFF'FFFF), 6u);
  for (std::uint32_t i = 1; i <= 55; ++i) EXPECT_EQ(map.add({(7u << 24) + i, 0}), Added::yes);
  EXPECT_EQ(map.add({0x7FF'FFFF, 0}), Added::no_room) << "it is full";
  map.clear();
  EXPECT_EQ(map.find(0xFFFF'FFFF), std::nullopt);
}

}  // namespace
}  // namespace updraft::delta
