// The targets of a device, as its status document names them:
//
//   "targets":[{"name":"fs:web","format":"littlefs","bytes":262144,"way":"staged"}]
//
// keeps_older_app: of what is staged, that there is a partition for that beside the slots. And,
// with the format "app", the rescue app of a device that has one.
//
// way: "staged" (the old content comes back with the old app), "pair" (likewise), "in_place" (a
// power cut leaves half of it, until it is sent again).
#pragma once
#include "updraft/status.hpp"

#include "engine/parts/part.hpp"

namespace updraft::parts {

// What a document with targets needs beyond kStatusBytes: of each the longest name and words, and
// ten digits.
inline constexpr std::size_t kTargetTextBytes = 16 + (kTargets + 1) * 112;

class TargetText final : public StatusMember {
 public:
  explicit TargetText(const Targets& targets) : targets_(targets) {}  // which outlive it
  std::size_t write(MutableBytes out) const override;

 private:
  const Targets& targets_;
};

}  // namespace updraft::parts
