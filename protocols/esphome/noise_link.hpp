// Noise around either end of ESPHome's OTA: protocols/esphome/SPEC.md section 3. A Link around a
// Link, which takes no heap: lets the first ten bytes pass in the clear, as they were said, shakes
// hands over all of them, and then carries what the inner link says in frames.
//
//   host    6C 26 F7 5C 45, and its features                  clear
//   device  00 VV, and 48 SS                                  clear
//   host    01, length, 00, 48 bytes of Noise                 the handshake's first message
//   device  the same, or 01, length, a status, the reason     the second one
//   both    01, length, at most 1024 bytes and a tag of 16
//
// What the inner link says after the clear bytes waits for the handshake. An error byte in place of
// an answer passes in the clear and ends it.
//
// Errors, besides the inner link's: auth_failed (the other side has another key), protocol.
#pragma once
#include <array>
#include <optional>

#include "updraft/link.hpp"

#include "protocols/esphome/noise_handshake.hpp"

namespace updraft::link {

inline constexpr std::size_t kNoisePlainBytes = 1024;  // of a frame
inline constexpr std::size_t kNoiseFrameHead = 3;
inline constexpr std::size_t kNoiseFrameBytes = kNoisePlainBytes + kNoiseTagBytes;

class NoiseLink final : public Link {
 public:
  using Side = NoiseHandshake::Side;
  // `inner` outlives it: an EsphomeHost as initiator, an EsphomeDevice as responder, with `noise`
  // set.
  NoiseLink(Side side, Link& inner, const NoiseKey& key,
            crypto::RandomSource random = &crypto::random_bytes)
      : side_(side), inner_(inner), key_(key), random_(random) {}

  void on_connected(Instant now) override { inner_.on_connected(now); }
  void on_bytes(Bytes rx, Instant now) override;
  void on_peer_done(Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  Phase phase() const override;
  bool proven() const override { return !failed_ && inner_.proven(); }
  bool greeted() const override { return !failed_ && inner_.greeted(); }
  Result<> outcome() const override { return failed_ ? failed_result_ : inner_.outcome(); }

 private:
  static constexpr std::size_t kHostClear = 6, kDeviceClear = 4;
  // Bytes in the clear of one side.
  struct Clear {
    std::array<std::byte, kHostClear> bytes{};
    std::size_t size = 0;
    void add(Bytes more);
    Bytes view() const { return Bytes(bytes).first(size); }
  };
  std::size_t clear_in() const { return side_ == Side::initiator ? kDeviceClear : kHostClear; }
  std::size_t clear_out() const { return side_ == Side::initiator ? kHostClear : kDeviceClear; }
  bool is_clear() const { return heard_.size < clear_in() || said_.size < clear_out(); }

  Bytes take_clear(Bytes rx, Instant now);
  void begin();
  void take_frame(Instant now);
  void take_handshake(Bytes payload, Instant now);
  void take_data(Bytes payload, Instant now);
  void put(Bytes bytes);
  void put_frame(Bytes payload);
  void put_sealed();
  void fail_with(Code code, Instant now);

  Side side_;
  Link& inner_;
  NoiseKey key_;
  crypto::RandomSource random_;
  Clear heard_, said_;
  std::optional<NoiseHandshake> handshake_;
  bool ready_ = false, failed_ = false;
  NoiseCipher sends_, receives_;
  using Frame = std::array<std::byte, kNoiseFrameHead + kNoiseFrameBytes>;
  Frame frame_;  // that comes in
  std::size_t frame_size_ = 0;
  Frame out_;  // what goes out
  std::size_t out_size_ = 0, out_at_ = 0;
  Result<> failed_result_;
};

}  // namespace updraft::link
