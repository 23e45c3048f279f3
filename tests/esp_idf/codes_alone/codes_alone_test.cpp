// A product without sentences (CONFIG_UPDRAFT_SENTENCES): where one would stand is the code's name.
#include <gtest/gtest.h>

#include "updraft/result.hpp"

namespace updraft {
namespace {

constexpr Code kCodes[] = {
#define UPDRAFT_LISTED(name, verdict, sentence) Code::name,
    UPDRAFT_CODES(UPDRAFT_LISTED)
#undef UPDRAFT_LISTED
};

TEST(CodesAlone, StandWhereSentencesWould) {
  for (const Code code : kCodes) {
    EXPECT_FALSE(name(code).empty());
    EXPECT_EQ(sentence(code), name(code));
    EXPECT_EQ(sentence(Error(code, Where::link)), name(code));
  }
}

TEST(CodesAlone, StandForEachReasonToo) {
  const Error no_key(Code::wrong_key, Where::link, 0, 0, Reason::sealed_no_key);
  EXPECT_EQ(sentence(no_key), "wrong_key");
}

TEST(CodesAlone, KeepTheirVerdicts) {
  EXPECT_EQ(verdict(Code::wrong_chip), Verdict::refused);
  EXPECT_EQ(verdict(Code::timeout), Verdict::failed);
}

}  // namespace
}  // namespace updraft
