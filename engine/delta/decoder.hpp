// Applies a patch as it arrives (spec/delta.md): bytes of the patch in, in any pieces; the
// target out, from front to back. One pass, no heap, everything part of the object.
//
//   Decoder decoder;
//   decoder.reset(ends, base_capacity, limit);
//   ... decoder.push(bytes) ...       // calls ends.take() with what was made
//   decoder.finish();                 // the target's digest was right
//
// The base is hashed once, before the first byte of the target is made; the target is hashed on its
// way out. No patch can make it read outside base and target, write more than `limit`, or go on
// without making target bytes.
//
// Memory: 32 KiB with DefaultLimits, 29 KiB with TightLimits (header.hpp says what each setting
// costs), of which 1.8 KiB are buffers. Constants in flash: 9 KiB. Stack: 1.2 KiB, hashing in plain
// C++ included (docs/footprint.md, with instructions for each byte).
#pragma once
#include "engine/delta/codec.hpp"
#include "engine/delta/decoder_end.hpp"

namespace updraft::delta {

// Errors: malformed, alg_unsupported (version), alg_unsupported (needs more memory than Limits
// give), wrong_base, wrong_chip, too_big, bad_hash (the target is not what the patch promised),
// size_mismatch (the patch ended too early), and those of `ends`.
template <class Limits = DefaultLimits>
class Decoder {
 public:
  Decoder() : codec_(end_) {}
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  // `base_capacity`: bytes that the base can be read up to. `limit`: bytes that may come out.
  // `padding`: bytes that may follow the patch, because its link filled up a last block.
  void reset(Ends& ends, std::uint32_t base_capacity, std::uint64_t limit, std::size_t padding = 0);
  Result<> push(Bytes patch);
  Result<> finish();

  // Going on at a restart point (spec/delta.md section 13), with a target whose bytes before it
  // are there already. First flush(): all that was made goes to `ends`. Then skip(), with exactly
  // the target bytes [made(), next_restart()), in any pieces; the patch bytes which would have made
  // them are passed over. Once more for the restart point after that. Wrong bytes: bad_hash in the
  // end.
  Result<> flush() { return end_.flush(); }
  std::uint32_t next_restart() const;  // target offset; 0: none, or too early to skip to one
  Result<> skip(Bytes made);
  // How many of the patch's next bytes will be passed over, and may be left out if that is said.
  std::uint32_t passed_over() const { return part_ == Part::passing ? end_.coder().left() : 0; }
  void leave_out(std::uint32_t bytes);

  // Once push() has said wrong_base: whether the base begins with what the patch makes.
  Result<bool> base_is_target();

  bool has_header() const { return part_ > Part::header; }
  const Header& header() const { return header_; }  // once it has one
  std::uint32_t made() const { return codec_.at(); }
  bool done() const { return part_ == Part::complete; }
  const Facts& facts() const { return codec_.facts(); }

 private:
  enum class Part : std::uint8_t { header, chunk_head, chunk_start, chunk, passing, complete };
  Result<bool> advance();  // false: needs more of the patch
  Result<> take_header();
  Result<> take_chunk_head();
  Result<bool> run_chunk();
  bool pass_chunk();
  Result<> end_chunk();

  DecoderEnd end_;
  Codec<DecoderEnd, Limits> codec_;
  Header header_;
  Part part_ = Part::header;
  std::uint32_t base_capacity_ = 0;
  std::uint64_t limit_ = 0;
  std::uint64_t taken_ = 0;
  std::size_t padding_ = 0;
  std::uint32_t unread_ = 0;  // whole chunks to pass over, after the one that is passed over
};

extern template class Decoder<DefaultLimits>;
extern template class Decoder<TightLimits>;

}  // namespace updraft::delta
