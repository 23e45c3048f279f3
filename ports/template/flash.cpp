#include "ports/template/flash.hpp"

namespace updraft::port_template {
namespace {

// Every call outside of the part is refused here, before a driver sees it.
Result<> check(const Flash& flash, std::uint32_t offset, std::size_t length) {
  if (inside(offset, length, flash.size())) return {};
  return fail(Code::flash, Where::slot, offset);
}

}  // namespace

Result<> PartFlash::read(std::uint32_t offset, MutableBytes out) {
  UPDRAFT_TRY(check(*this, offset, out.size()));
  return fail(Code::flash, Where::slot, offset);  // fill in
}

// Any offset and length: split at multiples of kFlashPage if the part wraps there.
Result<> PartFlash::program(std::uint32_t offset, Bytes data) {
  UPDRAFT_TRY(check(*this, offset, data.size()));
  return fail(Code::flash, Where::slot, offset);  // fill in
}

// Use the largest erase that fits: 64 KiB at a multiple of 64 KiB is one operation.
Result<> PartFlash::erase(std::uint32_t offset, std::uint32_t length) {
  UPDRAFT_TRY(check(*this, offset, length));
  if (offset % kFlashSector != 0 || length % kFlashSector != 0) {
    return fail(Code::flash, Where::slot, offset);
  }
  return fail(Code::flash, Where::slot, offset);  // fill in
}

}  // namespace updraft::port_template
