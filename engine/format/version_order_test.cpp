#include "engine/format/version_order.hpp"

#include <gtest/gtest.h>

namespace updraft::format {
namespace {

struct Row {
  const char* a;
  const char* b;
  bool a_is_older, b_is_older;
};

// The page is tested with the same rows (web/tests/version.test.mjs).
constexpr Row kRows[] = {
    {"1.0.0", "1.0.1", true, false},
    {"1.9.0", "1.10.0", true, false},
    {"v1.2", "1.2.0", false, false},
    {"V1.2", "v1.3", true, false},
    {"1.2.3-rc1", "1.2.3", true, false},
    {"1.2.3-rc1", "1.2.3-rc2", false, false},  // which is the newer one, names do not say
    {"1.2.3-rc1", "1.2.2", false, true},
    {"1.2.3", "1.2.3-4-gdeadbee", true, false},
    {"1.2.3-4-gdeadbee", "1.2.3-10-g1a2b3c4-dirty", true, false},
    {"1.2.3-dirty", "1.2.3", false, false},
    {"1.2.3+a", "1.2.3+b", false, false},
    {"2024.11.3", "2025.1", true, false},
    {"0.0.0.0.1", "0.0.0.0.2", true, false},
    {"0.0.0.0.0.1", "0.0.0.0.0.2", false, false},  // more numbers than versions have
    {"4294967295.0", "4294967296.0", false, false},
    {"1a2b3c4", "9f8e7d6", false, false},  // hashes
    {"1234567", "7654321", false, false},  // so is this
    {"", "1.0", false, false},
    {"1.", "2.0", false, false},
    {"1..0", "2.0", false, false},
    {"-1.0", "2.0", false, false},
    {"release", "1.0", false, false},
};

TEST(VersionOrder, SaysOnlyWhatTheTextsSay) {
  for (const Row& row : kRows) {
    EXPECT_EQ(is_older(row.a, row.b), row.a_is_older) << row.a << " " << row.b;
    EXPECT_EQ(is_older(row.b, row.a), row.b_is_older) << row.b << " " << row.a;
    EXPECT_FALSE(is_older(row.a, row.a)) << row.a;
  }
}

}  // namespace
}  // namespace updraft::format
