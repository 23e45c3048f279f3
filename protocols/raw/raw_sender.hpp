// Raw TCP, the host's end: the twin of protocols/raw/SPEC.md section 6. The same machine for push
// (the host connects) and serve (the device connects): sends everything without waiting for
// answers, closes its sending side, and reads until the device closes.
//
// The device never sends a byte: outcome() is ok when everything was sent and the device closed in
// order. A device that refused the image at its end does the same. Errors:
//   aborted        the device closed or was lost first; `found` of `expected` bytes were sent
//   protocol       the peer speaks, so it is no such device; said() has its first words
//   timeout        it takes the stream slower than pace.hpp says, or did not close within 60 s
//                  after the last byte
//   size_mismatch  the source ended before its size; the device sees a cut stream
#pragma once
#include <cstdint>
#include <optional>

#include "updraft/link.hpp"

#include "protocols/link/pace.hpp"
#include "protocols/link/sealing_source.hpp"

namespace updraft::link {

inline constexpr Millis kRawCloseMs{60'000};      // for the device to verify and close
inline constexpr std::size_t kRawSaidBytes = 64;  // enough to know an SSH or a web server

class RawSender final : public Link {
 public:
  // The source must outlive the sender. With a cipher the stream is encrypted on the way, its last
  // block filled up with FF, as erased flash is.
  explicit RawSender(Source& source, const LinkCipher* cipher = nullptr);

  void on_connected(Instant now) override { pace_.begin(now); }
  void on_bytes(Bytes rx, Instant now) override;
  void on_peer_done(Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  Phase phase() const override { return phase_; }
  bool proven() const override { return true; }  // who waits for firmware sends nothing to prove it
  Result<> outcome() const override { return outcome_; }

  // For progress displays: bytes on the wire, padding included. total(): kUnknownSize until the end
  // if the source does not say.
  std::uint64_t sent() const { return sent_; }
  std::uint64_t total() const { return total_; }
  // Of a peer that speaks: the beginning of what it said, as it came.
  std::string_view said() const { return said_.view(); }

 private:
  void close(Result<> outcome);

  std::optional<SealingSource> sealing_;
  Source& source_;
  std::uint64_t total_;
  std::uint64_t sent_ = 0;
  Phase phase_ = Phase::open;
  Result<> outcome_;
  Text<kRawSaidBytes> said_;
  Pace pace_;
};

}  // namespace updraft::link
