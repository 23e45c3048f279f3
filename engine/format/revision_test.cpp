#include "engine/format/revision.hpp"

#include <string>

#include <gtest/gtest.h>

namespace updraft::format {
namespace {

TEST(Revision, IsToldAsMajorAndMinor) {
  const std::pair<std::uint16_t, const char*> rows[] = {{0, "v0.0"},        {3, "v0.3"},
                                                        {199, "v1.99"},     {301, "v3.1"},
                                                        {25185, "v251.85"}, {65535, "v655.35"}};
  for (const auto& [revision, text] : rows) EXPECT_EQ(revision_text(revision).view(), text);
}

TEST(Revision, ARangeIsToldWithTheEndsThatItHas) {
  const std::pair<RevisionRange, const char*> rows[] = {{{100, 199}, "v1.0 to v1.99"},
                                                        {{3, 0}, "v0.3 and up"},
                                                        {{3, 65535}, "v0.3 and up"},
                                                        {{0, 199}, "up to v1.99"},
                                                        {{0, 0}, "any"},
                                                        {{0, 65535}, "any"},
                                                        {{301, 301}, "only v3.1"},
                                                        {{65535, 99}, "v655.35 to v0.99"}};
  for (const auto& [range, text] : rows) {
    EXPECT_EQ(revision_text(range).view(), text);
    EXPECT_EQ(RevisionRange::unpacked(range.packed()), range);
  }
}

}  // namespace
}  // namespace updraft::format
