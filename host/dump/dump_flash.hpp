// The flash that a dump was read from, as far as the dump goes: reads beyond it fail and are
// remembered, so that nothing is judged by bytes that nobody has.
#pragma once
#include <optional>

#include "updraft/flash.hpp"

namespace updraft::dump {

class DumpFlash final : public Flash {
 public:
  // `file` begins at flash offset `base`; what is in front of it reads as erased. Outlives it.
  DumpFlash(Bytes file, std::uint32_t base, std::uint32_t size)
      : file_(file), base_(base), size_(size) {}

  std::uint32_t size() const override { return size_; }
  Result<> read(std::uint32_t offset, MutableBytes out) override;
  Result<> program(std::uint32_t, Bytes) override { return fail(Code::flash, Where::device); }
  Result<> erase(std::uint32_t, std::uint32_t) override { return fail(Code::flash, Where::device); }

  // The first read that began after the end of the file; nullopt: there was none.
  std::optional<std::uint32_t> missed() const { return missed_; }
  void forget() { missed_.reset(); }

 private:
  Bytes file_;
  std::uint32_t base_, size_;
  std::optional<std::uint32_t> missed_;
};

}  // namespace updraft::dump
