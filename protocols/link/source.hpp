// Where a sending link takes its payload from: a file, a buffer, a pipeline that encrypts. An
// implementation must never wait for its bytes: protocols give up a sender that pauses.
#pragma once
#include <algorithm>
#include <cstdint>

#include "updraft/bytes.hpp"

namespace updraft::link {

inline constexpr std::uint64_t kUnknownSize = UINT64_MAX;

class Source {
 public:
  // Bytes in all; kUnknownSize: not known before the end, at which read() gives nothing.
  virtual std::uint64_t size() const = 0;
  // The next bytes, in order. Fewer than asked for only at the end, or if reading failed.
  virtual std::size_t read(MutableBytes out) = 0;

 protected:
  ~Source() = default;
};

// Bytes that are in memory; they must outlive the source.
class MemorySource final : public Source {
 public:
  explicit MemorySource(Bytes bytes) : rest_(bytes), size_(bytes.size()) {}
  std::uint64_t size() const override { return size_; }
  std::size_t read(MutableBytes out) override {
    const Bytes part = rest_.first(std::min(rest_.size(), out.size()));
    std::copy(part.begin(), part.end(), out.begin());
    rest_ = rest_.subspan(part.size());
    return part.size();
  }

 private:
  Bytes rest_;
  std::uint64_t size_;
};

}  // namespace updraft::link
