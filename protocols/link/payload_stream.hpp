// A payload that comes as bare bytes, plain or in the AES of link_cipher.hpp, by a protocol that
// says nothing of it but the bytes: uart:, sd:, mqtt://.
//
//   stream.begin();
//   ... stream.write(bytes) ...                      // in pieces of any size
//   stream.finish(PayloadEnd::silence), or stream.abort(why)
//
// The engine is taken with the first kHeadBytes, as the gate judges those: fewer are a payload only
// if the protocol says that it is over. After an error of any call the payload is over, and what
// still comes of it is dropped by the caller.
#pragma once
#include <array>
#include <cstdint>

#include "updraft/intake.hpp"

#include "protocols/link/image_extent.hpp"
#include "protocols/link/stream_decryptor.hpp"

namespace updraft::link {

class PayloadStream final : private Holder {
 public:
  static constexpr std::size_t kHeadBytes = 16;        // what the gate looks at: a block of AES
  static constexpr std::uint64_t kMarginBytes = 4096;  // allowed beyond the slot: padding
  struct Config {
    Scheme scheme;
    std::uint64_t slot_size = 0;           // bytes that the update slot holds
    StreamDecryptor* decryptor = nullptr;  // nullptr: the bytes are plain
  };
  // The engine and the decryptor outlive it; the decryptor is nobody else's.
  PayloadStream(Intake& engine, const Config& config) : engine_(engine), config_(config) {}
  PayloadStream(const PayloadStream&) = delete;
  PayloadStream& operator=(const PayloadStream&) = delete;

  // A new payload; the one before is over. `size`: bytes that will come; 0: not known. Error:
  // too_big, of a size that no slot holds; it was reported. With `is_start`, what may as well be
  // the rest of something else: its first clear bytes decide. What is no start is dropped, and
  // write() returns not_wanted; nobody is told.
  using IsStart = bool (*)(Bytes head);
  Result<> begin(std::uint64_t size = 0, IsStart is_start = nullptr);
  // Errors: those of Intake::begin() and write(), too_big, busy (a sender that proved itself has
  // taken the engine); all were reported.
  Result<> write(Bytes bytes);
  // Errors: those of Intake::finish(); payload_missing (nothing came), size_mismatch (the
  // cipher text ends within a block: far more often cut than sent without its padding).
  Result<Taken> finish(PayloadEnd how);
  // The link gave up. Whoever sent less than a head has shown nothing, and nobody is told.
  void abort(const Error& why);

  bool open() const { return state_ == State::head || state_ == State::body; }
  std::uint64_t received() const { return received_; }
  std::uint64_t limit() const { return config_.slot_size + kMarginBytes; }  // bytes of a payload
  bool has_head() const { return received_ >= kHeadBytes; }
  // What came holds a whole image, so nothing has to follow it.
  bool holds_image() const { return state_ == State::body && extent_.reached(); }

 private:
  enum class State : std::uint8_t { over, head, body };

  void on_taken_over() override { state_ = State::over; }
  Bytes take_head(Bytes bytes);
  Result<> claim(Bytes head);
  Result<> hand_on(Bytes bytes);
  Result<> pass(Bytes plain);
  Result<> refuse(const Error& why);

  Intake& engine_;
  Config config_;
  State state_ = State::over;
  std::uint64_t received_ = 0, size_ = 0;
  std::array<std::byte, kHeadBytes> head_{};
  ImageExtent extent_;
  IsStart is_start_ = nullptr;
};

}  // namespace updraft::link
