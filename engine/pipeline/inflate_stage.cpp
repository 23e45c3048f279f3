#include "engine/pipeline/inflate_stage.hpp"

#include "engine/core/assert.hpp"

namespace updraft::pipeline {
namespace {

constexpr std::size_t kGzipTrailer = 8;  // CRC-32 and size, little-endian
constexpr std::size_t kZlibTrailer = 4;  // Adler-32, big-endian
constexpr std::uint8_t kGzipFirst = 0x1F;

}  // namespace

void BasicInflateStage::reset(Sink& next, std::uint64_t limit, std::size_t padding) {
  next_ = &next;
  limit_ = limit;
  padding_ = padding;
  taken_ = 0;
  made_ = 0;
  start_member();
}

void LentInflateStage::give_back() { release(); }
void InflateStage::give_back() { release(); }

void BasicInflateStage::start_member() {
  header_.reset();
  part_ = Part::header;
  member_made_ = 0;
  trailer_size_ = 0;
}

Result<> BasicInflateStage::push(Bytes chunk) {
  UPDRAFT_ASSERT(next_ != nullptr);  // reset() comes first
  taken_ += chunk.size();
  while (!chunk.empty()) {
    Result<> taken;
    if (part_ == Part::header) {
      taken = take_header(chunk);
    } else if (part_ == Part::body) {
      taken = take_body(chunk);
    } else if (part_ == Part::trailer) {
      taken = take_trailer(chunk);
    } else if (part_ == Part::after_end) {
      taken = take_after_end(chunk);
    } else {
      taken = take_padding(chunk);
    }
    if (!taken) return taken;
  }
  return {};
}

Result<> BasicInflateStage::finish() {
  if (!ended()) return fail(Code::size_mismatch, Where::inflate, taken_);
  return next_->finish();
}

Result<> BasicInflateStage::take_header(Bytes& in) {
  UPDRAFT_TRY(header_.take(in));
  if (!header_.done()) return {};
  UPDRAFT_TRY(inflater_.start(header_.window()));
  part_ = Part::body;
  checksum_ = gzip() ? 0 : 1;
  return {};
}

Result<> BasicInflateStage::take_body(Bytes& in) {
  while (true) {
    const Result<Bytes> made = inflater_.next(in);
    if (!made) return fail(Code::malformed, Where::inflate, taken_);
    if (made->empty()) break;
    UPDRAFT_TRY(pass_on(*made));
  }
  if (inflater_.done()) part_ = Part::trailer;
  return {};
}

Result<> BasicInflateStage::pass_on(Bytes made) {
  made_ += made.size();
  member_made_ += made.size();
  if (made_ > limit_) return fail(Code::too_big, Where::inflate, made_, limit_);
  checksum_ = gzip() ? codec::crc32(checksum_, made) : codec::adler32(checksum_, made);
  return next_->push(made);
}

Result<> BasicInflateStage::take_trailer(Bytes& in) {
  const std::size_t size = gzip() ? kGzipTrailer : kZlibTrailer;
  const Bytes part = in.first(std::min(in.size(), size - trailer_size_));
  std::copy(part.begin(), part.end(),
            trailer_.begin() + static_cast<std::ptrdiff_t>(trailer_size_));
  trailer_size_ += part.size();
  in = in.subspan(part.size());
  if (trailer_size_ < size) return {};
  part_ = Part::after_end;
  const std::uint32_t expected =
      gzip() ? load_le32(trailer_, 0)
             : static_cast<std::uint32_t>(load_be(Bytes(trailer_).first(kZlibTrailer)));
  if (checksum_ != expected) return fail(Code::bad_checksum, Where::inflate, checksum_, expected);
  const auto size_field = static_cast<std::uint32_t>(member_made_ & UINT32_MAX);
  if (gzip() && load_le32(trailer_, 4) != size_field) {
    return fail(Code::malformed, Where::inflate, member_made_, load_le32(trailer_, 4));
  }
  return {};
}

Result<> BasicInflateStage::take_after_end(Bytes& in) {
  const bool only_padding = padding_ > 0 && next_->complete();
  if (gzip() && !only_padding && load_u8(in, 0) == kGzipFirst) {
    start_member();
  } else {
    part_ = Part::padding;
  }
  return {};
}

Result<> BasicInflateStage::take_padding(Bytes& in) {
  if (in.size() > padding_) return fail(Code::malformed, Where::inflate, taken_);
  padding_ -= in.size();
  in = {};
  return {};
}

}  // namespace updraft::pipeline
