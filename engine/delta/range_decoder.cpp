#include "engine/delta/range_decoder.hpp"

namespace updraft::delta {

void RangeDecoder::reset() {
  head_ = 0;
  size_ = 0;
  left_ = 0;
  damaged_ = false;
}

void RangeDecoder::fill(Bytes& in) {
  if (in.empty()) return;
  if (head_ > 0) {
    std::copy(window_.begin() + static_cast<std::ptrdiff_t>(head_),
              window_.begin() + static_cast<std::ptrdiff_t>(size_), window_.begin());
    size_ -= head_;
    head_ = 0;
  }
  const Bytes part = in.first(std::min(in.size(), window_.size() - size_));
  std::copy(part.begin(), part.end(), window_.begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += part.size();
  in = in.subspan(part.size());
}

void RangeDecoder::start_chunk(std::uint32_t length) {
  left_ = length;
  damaged_ = false;
}

void RangeDecoder::pass_over() {
  const auto here = static_cast<std::uint32_t>(std::min<std::size_t>(left_, buffered().size()));
  left_ -= here;
  drop(here);
}

bool RangeDecoder::open() {
  constexpr unsigned kFirst = 5;
  range_ = UINT32_MAX;
  code_ = 0;
  if (left_ < kFirst || next() != 0) return false;
  for (unsigned i = 1; i < kFirst; ++i) code_ = code_ << 8 | next();
  return true;
}

}  // namespace updraft::delta
