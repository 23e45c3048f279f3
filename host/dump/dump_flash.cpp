#include "host/dump/dump_flash.hpp"

namespace updraft::dump {

Result<> DumpFlash::read(std::uint32_t offset, MutableBytes out) {
  if (!inside(offset, out.size(), size_)) return fail(Code::flash, Where::device);
  const std::uint64_t end = std::uint64_t{base_} + file_.size();
  if (offset >= end && !out.empty()) {
    if (!missed_) missed_ = offset;
    return fail(Code::flash, Where::device);
  }
  // A reader takes more than it needs at a time: what is after the end reads as erased until
  // somebody begins there.
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint64_t at = std::uint64_t{offset} + i;
    const bool there = at >= base_ && at < end;
    out[i] = there ? file_[static_cast<std::size_t>(at - base_)] : std::byte{0xFF};
  }
  return {};
}

}  // namespace updraft::dump
