#include "updraft/flash.hpp"

#include <algorithm>

namespace updraft {

Result<> program_pages(Flash& flash, std::uint32_t offset, Bytes data) {
  while (!data.empty()) {
    const std::uint32_t left = kFlashPage - offset % kFlashPage;
    const Bytes page = data.first(std::min<std::size_t>(data.size(), left));
    UPDRAFT_TRY(flash.program(offset, page));
    flash.yield();
    offset += static_cast<std::uint32_t>(page.size());
    data = data.subspan(page.size());
  }
  return {};
}

Result<> FlashWindow::read(std::uint32_t offset, MutableBytes out) {
  if (!inside(offset, out.size(), size_)) return fail(Code::flash, Where::slot, offset, size_);
  return whole_.read(offset_ + offset, out);
}

Result<> FlashWindow::program(std::uint32_t offset, Bytes data) {
  if (!inside(offset, data.size(), size_)) return fail(Code::flash, Where::slot, offset, size_);
  return whole_.program(offset_ + offset, data);
}

Result<> FlashWindow::erase(std::uint32_t offset, std::uint32_t length) {
  if (!inside(offset, length, size_)) return fail(Code::flash, Where::slot, offset, size_);
  return whole_.erase(offset_ + offset, length);
}

}  // namespace updraft
