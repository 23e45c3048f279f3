// What sweeps over signed updates share: a device that holds a KeySet, and what must always be true
// of it.
#pragma once
#include <gtest/gtest.h>

#include "engine/signing/test_signed_bench.hpp"
#include "tests/powerloss/rig.hpp"

namespace updraft::powerloss {

inline constexpr std::uint64_t kSequence = 7;  // of the package that comes

inline sim::Trusted trusted() {
  const Desk& desk = Desk::shared();
  return {.key_set = desk.key_set(1, desk.release_key),
          .vendor = {desk.product.vendor.begin(), desk.product.vendor.end()},
          .class_id = {desk.product.class_id.begin(), desk.product.class_id.end()}};
}

// The device holds the KeySet, and its apps bring none: what is lost is not made up for.
inline void bring_no_key_set(Rig& rig) {
  sim::Trusted product = trusted();
  product.key_set.clear();
  rig.trust(std::move(product));
}

inline std::uint64_t sequence(Rig& rig) {
  const auto& installed = rig.device().signing()->installed();
  return installed ? installed->sequence : 0;
}

inline std::uint64_t version(Rig& rig) { return rig.device().signing()->key_set_version(); }

// Of a device that is switched on: it holds its KeySet, and the release that is confirmed.
inline void expect_trust(Rig& rig) {
  ASSERT_EQ(rig.device().signing()->stand(), Stand::closed);
  ASSERT_EQ(version(rig), 1u);
  const bool stays = rig.running() == "2.0.0" && rig.state() != OtaState::pending_verify;
  ASSERT_EQ(sequence(rig), stays ? kSequence : 0) << "of what is confirmed, and of nothing else";
}

}  // namespace updraft::powerloss
