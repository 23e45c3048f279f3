// The stage for patches of esp_delta_ota (spec/esp32.md section 4.2), so that a fleet can move
// over: 64-byte header, then a detools patch of the sequential kind in a heatshrink stream.
//
//   header: u32 magic FCCDDE10, the base's appended SHA-256, zeros
//   body:   04, output size (varint), 44, heatshrink stream of
//           0, then records: D, D bytes to add to base bytes; E, E bytes as they are; A to skip
//
// A record may yield nothing, and the original tool writes several such in a row. What bounds them
// is the patch: a record has at least 3 bytes in the stream, and 16 bits of the patch make at most
// 128.
//
// The base's appended SHA-256 is compared before the first byte comes out; nothing in such a patch
// names the result, which is judged as an image like any other.
//
// A device that asks for its patch again runs the result, and has the base in the slot that it
// would write to, as long as no other update has changed that. Then the patch is applied to that
// one, and what it makes must be what runs, byte for byte: the first difference is wrong_base, and
// until then nothing is written. Where it would be written all the same (Offer::again) it is
// wrong_base before the first erase.
//
// About 1 KiB; nothing is allocated.
#pragma once
#include <array>
#include <cstdint>

#include "engine/codec/heatshrink.hpp"
#include "engine/pipeline/patch_sink.hpp"

namespace updraft::pipeline {

inline constexpr std::size_t kMaxVarintBytes = 5;

// Errors: malformed (also: base bytes outside the base, more output than was announced),
// alg_unsupported (another patch type, compression or
// setting), wrong_base, too_big, size_mismatch (ends too early), flash, and those of the next
// stage.
class EspPatchStage final : public PatchSink {
 public:
  void reset(Sink& next, const PatchImages& images, std::uint64_t limit,
             std::size_t padding) override;
  Result<> push(Bytes chunk) override;
  Result<> finish() override;
  bool complete() const override { return part_ == Part::after_end; }

 private:
  enum class Part : std::uint8_t {
    header,
    type,
    size,
    setting,  // before the stream
    data_size,
    diff_size,
    diff,
    extra_size,
    extra,
    skip,  // in the stream
    after_end
  };
  // A number as detools writes it: sign in bit 6 of the first byte, low bits first.
  class Varint {
   public:
    void reset() { *this = {}; }
    Result<bool> take(std::byte byte);  // true: it is complete
    std::int64_t value() const { return negative_ ? -value_ : value_; }

   private:
    std::int64_t value_ = 0;
    std::size_t bytes_ = 0;
    bool negative_ = false;
  };

  Result<> take_plain(std::byte byte);     // before the stream
  Result<> take_streamed(std::byte byte);  // in it
  Result<> judge_header();
  Result<bool> is_base(Flash& slot) const;
  Result<> push_if_it_runs(Bytes made);
  Result<> put(std::byte byte);
  Result<std::byte> base_byte();
  Result<> push_on();
  Result<> end_record();

  static constexpr std::size_t kHeaderBytes = 64, kPieceBytes = 256;
  Sink* next_ = nullptr;
  PatchImages images_;
  Flash* base_ = nullptr;  // one of them
  Part part_ = Part::header;
  codec::Heatshrink stream_;
  Varint number_;
  std::uint64_t taken_ = 0, limit_ = 0;
  std::size_t padding_ = 0;
  std::uint32_t compared_ = 0;  // bytes that were made of what ran before, and are what runs
  std::array<std::byte, kHeaderBytes> header_{};
  std::size_t header_size_ = 0;
  std::uint64_t size_ = 0, made_ = 0;  // of the output: announced, and so far
  std::uint64_t left_ = 0;             // of the run that is taken
  std::int64_t from_ = 0;              // next base byte
  std::array<std::byte, kPieceBytes> output_{}, cached_{};
  std::size_t output_size_ = 0, cached_size_ = 0;
  std::uint32_t cached_at_ = 0;
};

}  // namespace updraft::pipeline
