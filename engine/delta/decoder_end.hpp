// What a decoder reads and writes besides the patch: base bytes and target bytes through small
// caches, the output through a small buffer, checksum and digests as running sums over it.
//
// The first error of any of them is kept; from then on reads give zeros and nothing is written.
#pragma once
#include "engine/crypto/digest.hpp"
#include "engine/delta/codec_end.hpp"
#include "engine/delta/range_decoder.hpp"
#include "engine/delta/read_cache.hpp"

namespace updraft::delta {

// The two images of a decoder, implemented by its owner.
class Ends {
 public:
  virtual Result<> read_base(std::uint32_t offset, MutableBytes out) = 0;
  virtual Result<> take(Bytes made) = 0;  // the target, from front to back
  // What take() was given before: it must be readable immediately.
  virtual Result<> read_made(std::uint32_t offset, MutableBytes out) = 0;

 protected:
  ~Ends() = default;
};

inline constexpr std::size_t kOutputBytes = 512;

class DecoderEnd {
 public:
  using Coder = RangeDecoder;
  Coder& coder() { return coder_; }
  const Coder& coder() const { return coder_; }

  void reset(Ends& ends, const Facts& facts);
  void start(std::uint32_t base_size, std::uint32_t from);  // the output begins at `from`
  // SHA-256 over the base's first `size` bytes.
  Result<crypto::Sha256Digest> digest_base(std::uint32_t size);
  Result<> flush();
  void skip(Bytes made);  // the target's next bytes, which its owner has already; after flush()
  crypto::Sha256Digest target_digest() { return target_sha_.finish(); }
  const Result<>& status() const { return status_; }

  // What the codec asks for (codec_end.hpp).
  std::uint32_t base_size() const { return base_size_; }
  std::uint32_t base_bytes(std::uint32_t offset, std::uint32_t size);
  std::uint32_t produced_word(std::uint32_t offset);
  std::uint32_t known_byte(std::uint32_t offset);
  void put(std::uint32_t offset, std::uint32_t bytes, std::uint32_t size);
  std::uint32_t wanted(std::uint32_t, std::uint32_t) const { return 0; }
  void on_learn(const Unit&, std::uint32_t) const {}

  struct NoPlan {  // a decoder has no plan
    Segment segment(std::uint32_t) const { return {}; }
    MapEntry map_entry(std::uint32_t) const { return {}; }
    CodedOperation operation(std::uint32_t) const { return {}; }
    std::uint32_t operation_count() const { return 0; }
    std::uint32_t map_count() const { return 0; }
    AddressPair global_pointer() const { return {}; }
    AddressPair frame_header() const { return {}; }
  };
  static constexpr NoPlan plan{};

 private:
  void sum(Bytes made);
  // Offset of the appended digest, which covers all bytes before it. 0: the image has none.
  std::uint32_t summed_to() const { return facts_->plain ? 0 : facts_->target.checksum_at() + 1; }
  std::uint32_t produced_byte(std::uint32_t offset);
  std::uint32_t base_byte(std::uint32_t offset);
  void keep(const Result<>& result) {
    if (status_ && !result) status_ = result;
  }

  Coder coder_;
  Ends* ends_ = nullptr;
  const Facts* facts_ = nullptr;
  std::uint32_t base_size_ = 0;
  Result<> status_;
  ReadCache<4, 128> base_cache_;
  ReadCache<8, 64> made_cache_;
  std::array<std::byte, kOutputBytes> output_{};
  std::size_t output_size_ = 0;
  std::uint32_t flushed_ = 0;  // target offset of output_[0]
  std::uint8_t checksum_ = 0;
  crypto::Sha256 target_sha_, image_sha_;
  crypto::Sha256Digest image_digest_{};
};
static_assert(CodecEnd<DecoderEnd>);

}  // namespace updraft::delta
