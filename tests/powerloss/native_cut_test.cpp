// Cut the power at every flash operation of an install by native push: the sequence never falls,
// nothing is half trusted, and the next push sends only what the slot lacks.
#include <gtest/gtest.h>

#include "tests/powerloss/resumed.hpp"

namespace updraft::powerloss {
namespace {

TEST(NativeCut, AfterAnyCutOnlyWhatIsMissingIsSent) {
  const Image first = make_image("1.0.0", 24 * 1024), next = make_image("2.0.0", kResumedBytes);
  const Image package = Desk::shared().package(next, {.sequence = kSequence});
  Rig rig(kSigned, first, nullptr, trusted());
  bring_no_key_set(rig);
  expect_only_what_is_missing(rig, next, [&]() -> Carried {
    const std::string said = rig.native(package);
    return {said, rig.native_data()};
  });
}

}  // namespace
}  // namespace updraft::powerloss
