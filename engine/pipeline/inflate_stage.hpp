// The inflate stage: takes a zlib or gzip stream, told apart by its first byte, and pushes on what
// it inflates to, in pieces of at most 4 KiB. The checksum at its end is checked.
//
// A gzip stream may have further members after the first, as gzip itself allows; a zlib stream
// ends with its checksum. Anything else after the end is malformed, except up to `padding` bytes
// with which the link filled up its last block. If such bytes are possible, what comes
// after a content that is complete() is padding, even if it looks like a member.
//
// About 44 KiB, all of it part of the object; nothing is allocated. One stage undoes one layer.
#pragma once
#include <cstdint>

#include "engine/codec/inflater.hpp"
#include "engine/codec/stream_header.hpp"
#include "engine/pipeline/sink.hpp"

namespace updraft::pipeline {

// Errors: malformed (`found`: compressed bytes up to the call that failed), too_big (more than
// `limit` comes out), bad_checksum, size_mismatch (the stream ends too early), and those of the
// next stage.
class InflateStage final : public Sink {
 public:
  // A new stream. `limit`: bytes that may come out of it.
  void reset(Sink& next, std::uint64_t limit, std::size_t padding = 0);
  Result<> push(Bytes chunk) override;
  Result<> finish() override;
  bool complete() const override { return ended() && next_->complete(); }

 private:
  enum class Part : std::uint8_t { header, body, trailer, after_end, padding };
  Result<> take_header(Bytes& in);
  Result<> take_body(Bytes& in);
  Result<> pass_on(Bytes made);
  Result<> take_trailer(Bytes& in);
  Result<> take_after_end(Bytes& in);
  Result<> take_padding(Bytes& in);
  void start_member();
  bool ended() const { return part_ >= Part::after_end; }
  bool gzip() const { return header_.format() == codec::StreamFormat::gzip; }

  codec::Inflater inflater_;
  codec::StreamHeader header_;
  Sink* next_ = nullptr;
  Part part_ = Part::header;
  std::uint64_t taken_ = 0, made_ = 0, limit_ = 0;
  std::uint64_t member_made_ = 0;  // bytes that this member gave
  std::size_t padding_ = 0;        // bytes that may still follow
  std::uint32_t checksum_ = 0;
  std::array<std::byte, 8> trailer_{};
  std::size_t trailer_size_ = 0;
};

}  // namespace updraft::pipeline
