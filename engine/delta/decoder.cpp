#include "engine/delta/decoder.hpp"

namespace updraft::delta {
namespace {

constexpr std::size_t kChunkHead = 3;   // its length
constexpr std::size_t kChunkStart = 5;  // what the range decoder begins with

}  // namespace

template <class Limits>
void Decoder<Limits>::reset(Ends& ends, std::uint32_t base_capacity, std::uint64_t limit,
                            std::size_t padding) {
  end_.reset(ends, codec_.facts());
  part_ = Part::header;
  base_capacity_ = base_capacity;
  limit_ = limit;
  padding_ = padding;
  taken_ = 0;
  unread_ = 0;
}

template <class Limits>
Result<> Decoder<Limits>::push(Bytes patch) {
  taken_ += patch.size();
  do {
    if (part_ == Part::complete) {
      if (patch.size() > padding_) return fail(Code::malformed, Where::delta, taken_);
      padding_ -= patch.size();
      return {};
    }
    end_.coder().fill(patch);
    while (part_ != Part::complete) {
      const Result<bool> moved = advance();
      if (!moved) return moved.error();
      if (!*moved) break;
    }
    if (part_ == Part::complete) {  // what the window still holds came after the patch
      const std::size_t left = end_.coder().buffered().size();
      if (left > padding_) return fail(Code::malformed, Where::delta, taken_);
      padding_ -= left;
    }
  } while (!patch.empty());
  return {};
}

template <class Limits>
Result<> Decoder<Limits>::finish() {
  if (part_ != Part::complete) return fail(Code::size_mismatch, Where::delta, taken_);
  return {};
}

template <class Limits>
Result<bool> Decoder<Limits>::advance() {
  const std::size_t there = end_.coder().buffered().size();
  switch (part_) {
    case Part::header:
      if (there < kHeaderBytes) return false;
      UPDRAFT_TRY(take_header());
      return true;
    case Part::chunk_head:
      if (there < kChunkHead) return false;
      UPDRAFT_TRY(take_chunk_head());
      return true;
    case Part::chunk_start:
      if (there < kChunkStart) return false;
      if (!end_.coder().open()) return fail(Code::malformed, Where::delta, taken_);
      part_ = Part::chunk;
      return true;
    case Part::passing:
      return pass_chunk();
    default:
      return run_chunk();
  }
}

template <class Limits>
Result<> Decoder<Limits>::take_header() {
  const Result<Header> header = parse_header(end_.coder().buffered());
  if (!header) return header.error();
  end_.coder().drop(kHeaderBytes);
  header_ = *header;
  if (!fits<Limits>(header_)) {
    return fail(Code::alg_unsupported, Where::delta, header_.look, 0, Reason::decoder_limits);
  }
  if (header_.target_size > limit_) {
    return fail(Code::too_big, Where::delta, header_.target_size, limit_);
  }
  if (header_.target_size == 0) return fail(Code::malformed, Where::delta);
  if (header_.base_size > base_capacity_) {
    return fail(Code::wrong_base, Where::delta, header_.base_size, base_capacity_);
  }
  const Result<crypto::Sha256Digest> base = end_.digest_base(header_.base_size);
  if (!base) return base.error();
  if (!std::equal(header_.base_digest.begin(), header_.base_digest.end(), base->begin())) {
    return fail(Code::wrong_base, Where::delta, load_le32(*base, 0),
                load_le32(header_.base_digest, 0));
  }
  end_.start(header_.base_size, 0);
  UPDRAFT_TRY(codec_.start(header_));
  UPDRAFT_TRY(end_.status());
  part_ = Part::chunk_head;
  return {};
}

template <class Limits>
Result<bool> Decoder<Limits>::base_is_target() {
  if (header_.target_size > base_capacity_) return false;
  const Result<crypto::Sha256Digest> base = end_.digest_base(header_.target_size);
  if (!base) return base.error();
  return *base == header_.target_digest;
}

template <class Limits>
Result<> Decoder<Limits>::take_chunk_head() {
  const std::uint32_t length = load_le24(end_.coder().buffered(), 0);
  if (length < kChunkStart) return fail(Code::malformed, Where::delta, length, kChunkStart);
  end_.coder().drop(kChunkHead);
  end_.coder().start_chunk(length);
  if (unread_ > 0) {
    --unread_;
    part_ = Part::passing;
    return {};
  }
  const std::uint32_t from = codec_.at();
  const std::uint32_t left = header_.target_size - from;
  const std::uint32_t size = header_.restart == 0 ? left : std::min(left, header_.restart);
  codec_.start_chunk(from, from + size);
  part_ = Part::chunk_start;
  return {};
}

template <class Limits>
Result<bool> Decoder<Limits>::run_chunk() {
  while (end_.coder().ready()) {
    const Result<Step> step = codec_.step();
    UPDRAFT_TRY(end_.status());
    if (!step) return step.error();
    if (*step == Step::more) continue;
    UPDRAFT_TRY(end_chunk());
    return true;
  }
  return false;
}

template <class Limits>
Result<> Decoder<Limits>::end_chunk() {
  if (end_.coder().left() != 0) return fail(Code::malformed, Where::delta, end_.coder().left());
  part_ = Part::chunk_head;
  if (codec_.at() < header_.target_size) return {};
  UPDRAFT_TRY(end_.flush());
  const crypto::Sha256Digest digest = end_.target_digest();
  if (digest != header_.target_digest) {
    return fail(Code::bad_hash, Where::delta, load_le32(digest, 0),
                load_le32(header_.target_digest, 0));
  }
  part_ = Part::complete;
  return {};
}

template <class Limits>
std::uint32_t Decoder<Limits>::next_restart() const {
  const bool head_done = has_header() && part_ != Part::complete && codec_.at() > 0;
  if (!head_done || header_.restart == 0) return 0;
  const std::uint64_t next = (codec_.at() / header_.restart + std::uint64_t{1}) * header_.restart;
  return next < header_.target_size ? static_cast<std::uint32_t>(next) : 0;
}

template <class Limits>
Result<> Decoder<Limits>::skip(Bytes made) {
  if (part_ == Part::chunk || part_ == Part::chunk_start) {
    part_ = Part::passing;
  } else if (codec_.at() % header_.restart == 0) {
    ++unread_;
  }
  end_.skip(made);
  codec_.skip(made);
  return push({});
}

template <class Limits>
bool Decoder<Limits>::pass_chunk() {
  end_.coder().pass_over();
  if (end_.coder().left() > 0) return false;
  part_ = Part::chunk_head;
  return true;
}

template <class Limits>
void Decoder<Limits>::leave_out(std::uint32_t bytes) {
  taken_ += bytes;
  end_.coder().leave_out(bytes);
}

template class Decoder<DefaultLimits>;
template class Decoder<TightLimits>;

}  // namespace updraft::delta
