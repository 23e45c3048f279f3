#include "updraft/result.hpp"

#include <set>

#include <gtest/gtest.h>

namespace updraft {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return fail(Code::malformed, Where::image, static_cast<std::uint64_t>(n), 2);
  return n / 2;
}

Result<> quarter(int n) {
  UPDRAFT_TRY(half(n));
  UPDRAFT_TRY(half(n / 2));
  return {};
}

TEST(Result, CarriesCodePlaceAndNumbers) {
  EXPECT_EQ(half(4).value(), 2);
  EXPECT_EQ(half(3).error(), (Error{Code::malformed, Where::image, 3, 2}));
}

TEST(Result, NumbersAreZeroWhereThereAreNone) {
  const Result<> error = fail(Code::busy, Where::gate);
  EXPECT_EQ(error.error().found, 0u);
  EXPECT_EQ(error.error().expected, 0u);
}

TEST(Result, TryLeavesWithTheFirstError) {
  EXPECT_TRUE(quarter(4));
  EXPECT_EQ(quarter(5).error().found, 5u);
  EXPECT_EQ(quarter(6).error().found, 3u);
}

TEST(Where, EachPlaceHasItsName) {
  std::set<std::string_view> names;
  for (const Where where :
       {Where::link, Where::gate, Where::inflate, Where::delta, Where::image, Where::table,
        Where::otadata, Where::slot, Where::boot, Where::journal, Where::device}) {
    EXPECT_TRUE(names.insert(name(where)).second) << name(where);
  }
  EXPECT_EQ(name(Where::otadata), "otadata");
  EXPECT_EQ(name(Where::device), "device");
}

}  // namespace
}  // namespace updraft
