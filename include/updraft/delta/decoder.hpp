// Applies a patch as it arrives (formats/delta.md): bytes of the patch in, in any pieces; the
// target out, from front to back. One pass, no heap, everything part of the object.
//
//   Decoder decoder;
//   decoder.reset(ends, base_capacity, limit);
//   ... decoder.push(bytes) ...       // calls ends.take() with what was made
//   decoder.finish();                 // the target's digest was right
//
// The base is hashed once, before the first byte of the target is made; the target is hashed on its
// way out. No patch, whatever is in it, makes it read outside base and target, write more than
// `limit`, or go on without making target bytes.
//
// Memory: 33.8 KiB with DefaultLimits, 29.8 KiB with TightLimits (header.hpp says what each knob
// costs), of which 1.8 KiB are buffers. Constants in flash: 9 KiB. Stack: below 400 bytes besides
// what `ends` needs.
#pragma once
#include "updraft/delta/codec.hpp"
#include "updraft/delta/decoder_io.hpp"

namespace updraft::delta {

// Errors: malformed, alg_unsupported (version), alg_unsupported (needs more memory than Limits
// give), wrong_base, wrong_chip, too_big, bad_hash (the target is not what the patch promised),
// size_mismatch (the patch ended too early), and those of `ends`.
template <class Limits = DefaultLimits>
class Decoder {
 public:
  Decoder() : codec_(io_) {}
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  // `base_capacity`: bytes that the base can be read up to. `limit`: bytes that may come out.
  // `fill`: bytes that may follow the patch, because its link filled up a last block.
  void reset(Ends& ends, std::uint32_t base_capacity, std::uint64_t limit, std::size_t fill = 0);
  Result<> push(Bytes patch);
  Result<> finish();

  bool has_header() const { return part_ > Part::header; }
  const Header& header() const { return header_; }  // once it has one
  std::uint32_t made() const { return codec_.at(); }
  bool done() const { return part_ == Part::behind; }
  const Facts& facts() const { return codec_.facts(); }

 private:
  enum class Part : std::uint8_t { header, chunk_head, chunk_start, chunk, behind };
  Result<bool> advance();  // false: needs more of the patch
  Result<> take_header();
  Result<> take_chunk_head();
  Result<bool> run_chunk();
  Result<> end_chunk();

  DecoderIo io_;
  Codec<DecoderIo, Limits> codec_;
  Header header_;
  Part part_ = Part::header;
  std::uint32_t base_capacity_ = 0;
  std::uint64_t limit_ = 0;
  std::uint64_t taken_ = 0;
  std::size_t fill_ = 0;
};

extern template class Decoder<DefaultLimits>;
extern template class Decoder<TightLimits>;

}  // namespace updraft::delta
