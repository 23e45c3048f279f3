// The data partitions of a device, as targets of updates (spec/beyond-app.md section 2). A port
// fills in a list once, from its partition table.
//
// An offer names its target by a number: 0 is the app, n is the n-th part of the list. Links get
// the number from Targets, by the name that their protocol carries: "fs:LABEL", or "fs" where there
// is one file system only.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "updraft/flash.hpp"

#include "engine/format/partition_table.hpp"
#include "engine/parts/format_check.hpp"

namespace updraft::parts {

inline constexpr std::size_t kParts = 4;    // that one package may bring, and an app be bound to
inline constexpr std::size_t kTargets = 8;  // that a device may have; more are not offered
inline constexpr std::size_t kLabel = format::kPartitionLabelBytes;
inline constexpr std::size_t kTargetChars = 3 + kLabel;  // "fs:LABEL"
inline constexpr std::uint8_t kApp = 0;                  // the target that is not in the list

// The partition that parts are received into first, where a table has one.
inline constexpr std::string_view kStaging = "staging";

struct Part {
  Text<kLabel> label;  // of a pair NAME_0 and NAME_1: NAME
  Kind kind = Kind::other;
  std::array<Flash*, 2> copies{};  // the second: only of a pair
  bool target = true;              // false: an update never goes there
  // What the product says of it.
  bool in_place = false;     // received where it is, for want of other room
  bool fs_autosize = false;  // FormatCheck::Wanted

  bool is_pair() const { return copies[1] != nullptr; }
  std::uint32_t size() const { return copies[0]->size(); }
};

// Whether an update may go to it at all: not to what the chip or this library keeps its own state
// in, not to the live nvs, not to what is readonly or whose label cannot be said.
bool may_be_target(const format::Partition& partition);

// "fs:web"; parts that the list has once can be found by it.
Text<kTargetChars> target_name(const Part& part);

// What a link asks of a device's targets; nullptr where there are none but the app.
class Targets {
 public:
  // The number of a target. Errors: wrong_target (it exists, and updates never go there),
  // no_partition, which_partition ("fs" alone, and there are several file systems).
  virtual Result<std::uint8_t> find_target(std::string_view name) const = 0;
  virtual std::span<const Part> parts() const = 0;
  // It would be received where it is: a power cut leaves half of it.
  virtual bool goes_in_place(const Part& part) const = 0;
  // It would be received beside the slots, which stay as they are.
  virtual bool keeps_older_app(const Part&) const { return false; }
  // Bytes of the partition of the rescue app, by the name "rescue"; 0: no update can be for it.
  virtual std::uint32_t rescue_room() const { return 0; }

 protected:
  ~Targets() = default;
};

// Of a list. `usual`: the label that "fs" alone means where there are several; empty: none.
Result<std::uint8_t> find_target(std::span<const Part> parts, std::string_view name,
                                 std::string_view usual = {});

// The pair that two neighbours of a table are: "web" of web_0 and web_1; empty: they are none.
std::string_view pair_name(const format::Partition& first, const format::Partition& second);

}  // namespace updraft::parts
