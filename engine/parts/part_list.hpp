// The list of a device's data partitions, made by a port from its partition table: the entries in
// their order, each with its Flash.
#pragma once
#include <array>
#include <span>

#include "engine/parts/part.hpp"

namespace updraft::parts {

class PartList {
 public:
  // The next entry, apps included, for which `flash` may be nullptr; it outlives the list. What
  // comes after kTargets is left out.
  void add(const format::Partition& entry, Flash* flash);

  std::span<Part> parts() { return std::span(parts_).first(count_); }
  std::span<const Part> parts() const { return std::span(parts_).first(count_); }
  Flash* staging() const { return staging_; }  // nullptr: the table has none

 private:
  bool pairs_with(const format::Partition& entry) const;

  std::array<Part, kTargets> parts_;
  std::size_t count_ = 0;
  Flash* staging_ = nullptr;
  format::Partition first_;    // the entry before, if
  bool may_be_first_ = false;  // it may be the first of a pair
};

}  // namespace updraft::parts
