// The inflate stage: takes a zlib or gzip stream, told apart by its first byte, and pushes on what
// it inflates to, in pieces of at most 4 KiB. The checksum at its end is checked.
//
// A gzip stream may have further members after the first, as gzip itself allows; a zlib stream
// ends with its checksum. Anything else after the end is malformed, except up to `padding` bytes
// with which the link filled up its last block. If such bytes are possible, what comes
// after a content that is complete() is padding, even if it looks like a member.
//
// LentInflateStage borrows its memory once it has read the head of the stream, as much as that asks
// for (11 KiB and the window on the chip; gzip never says less than 32 KiB), and gives it back at
// the end. InflateStage has it set aside, 44 KiB. One stage undoes one layer.
#pragma once
#include <cstdint>

#include "engine/codec/inflater.hpp"
#include "engine/codec/stream_header.hpp"
#include "engine/pipeline/unwrap_stage.hpp"

namespace updraft::pipeline {

// Errors: no_memory (from push(), before anything goes on), malformed (`found`: compressed bytes up
// to the call that failed), too_big (more than `limit` comes out), bad_checksum, size_mismatch (the
// stream ends too early), and those of the next stage.
class BasicInflateStage : public UnwrapStage {
 public:
  explicit BasicInflateStage(Lender& lender) : inflater_(lender) {}  // which outlives it
  void reset(Sink& next, std::uint64_t limit, std::size_t padding) override;
  Result<> push(Bytes chunk) override;
  Result<> finish() override;
  bool complete() const override { return ended() && next_->complete(); }

 protected:
  ~BasicInflateStage() = default;
  void release() { inflater_.release(); }

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

class LentInflateStage final : public BasicInflateStage {
 public:
  using BasicInflateStage::BasicInflateStage;
  void give_back() override;
};

class InflateStage final : private WithRoom<codec::inflate_memory(codec::kInflateWindow)>,
                           public BasicInflateStage {
 public:
  InflateStage() : BasicInflateStage(room) {}
  void give_back() override;
};

}  // namespace updraft::pipeline
