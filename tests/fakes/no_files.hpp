// Takes the files of a bundle and keeps nothing of them, for tests that look at its firmware.
#pragma once
#include "updraft/file_transaction.hpp"

namespace updraft::fakes {

class NoFiles final : public FileTransaction {
 public:
  Result<> begin(std::uint64_t) override { return {}; }
  Result<> expect(std::string_view, std::uint64_t) override { return {}; }
  Result<> open(std::string_view) override { return {}; }
  Result<> write(Bytes) override { return {}; }
  Result<> commit() override { return {}; }
  Result<> commit_with(const Slot&) override { return {}; }
  void abort() override {}
};

}  // namespace updraft::fakes
