// The unseal stage: takes a pre-encrypted image (spec/esp32.md section 4.1) in pieces of any
// size and pushes on its content, at most 1 KiB at a time.
//
// Only the tag at the end of AES-GCM shows whether the content is what was sent, so all but the
// last block (1 to 16 bytes) is pushed on before that is known. The last block, and finish(), wait
// for the tag: no later stage ever has the whole content of a container whose tag is wrong.
//
// Nothing may follow the content, except up to `padding` bytes with which the link filled up its
// last block. About 1.2 KiB; the crypto backend may allocate while it unwraps the key
// (crypto/rsa.hpp, crypto/p256.hpp).
#pragma once
#include <cstdint>

#include "engine/crypto/gcm.hpp"
#include "engine/format/sealed_keys.hpp"
#include "engine/pipeline/unwrap_stage.hpp"

namespace updraft::pipeline {

inline constexpr std::size_t kUnsealBytes = 1024;  // decrypted in one step

// Errors: those of parse_sealed_header() and SealedKeys::content_key(), bad_hash (the tag: damaged
// or changed on the way), size_mismatch (it ends too early), malformed (something follows it;
// `found`: bytes), and those of the next stage.
class UnsealStage final : public UnwrapStage {
 public:
  explicit UnsealStage(format::SealedKeys& keys) : keys_(keys) {}  // which outlive it
  void reset(Sink& next, std::uint64_t limit, std::size_t padding) override;
  Result<> push(Bytes chunk) override;
  Result<> finish() override;
  bool complete() const override { return part_ == Part::after_end; }

 private:
  enum class Part : std::uint8_t { header, content, after_end };
  Result<> take_header(Bytes& in);
  Result<> take_content(Bytes& in);
  Result<> take_after_end(Bytes& in);
  void fill_buffer(Bytes& in, std::size_t most);
  Result<> pass_on(std::size_t size);  // from the front of the buffer
  Result<> end_content();

  format::SealedKeys& keys_;
  crypto::Gcm256Decryptor gcm_;
  Sink* next_ = nullptr;
  Part part_ = Part::header;
  std::uint64_t limit_ = 0;
  std::uint32_t length_ = 0;  // of the content
  std::uint32_t left_ = 0;    // bytes of it that have not arrived
  std::size_t padding_ = 0;   // bytes that may still follow
  std::array<std::byte, crypto::kGcmTagBytes> tag_{};
  std::array<std::byte, kUnsealBytes> buffer_{};  // the head; then what is not decrypted yet
  std::size_t filled_ = 0;
};

}  // namespace updraft::pipeline
