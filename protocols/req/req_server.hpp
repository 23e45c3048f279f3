// Package requests, the host's end: the twin of protocols/req/SPEC.md section 7. One machine for
// each connection; it never speaks unasked.
//
//   state   what happens                                        left by
//   open    answers each request with one package               the client's end; silence;
//                                                               a request that is none
//   closed  outcome() tells
//
// A request is any 8 bytes of the two that there are, however TCP cut or joined them. Each package
// is one write_to(), head and data, of at most 545 bytes: an original client takes one recv for one
// package. The last package sent is kept, so req1 gets the same bytes again, also at the end, where
// the connection stays open until the client closes it or says nothing for 5 s. A req1 before the
// first package is a req0.
//
// The client reports no result: outcome() is ok when the whole file was sent and the client closed
// in order or fell silent. RAM: below 1 KiB. Errors:
//   payload_missing  the source is empty, which this protocol cannot say
//   too_big          the source is larger than kReqFileBytes
//   protocol         no request, more than 32 waiting, or one beyond the end of the file
//   aborted          the client left early or was lost; `found` of `expected` bytes were sent
//   timeout          it asked for nothing for 30 s
//   size_mismatch    the source ended before its size
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "updraft/link.hpp"

#include "engine/core/ring.hpp"
#include "protocols/link/source.hpp"
#include "protocols/req/req_head.hpp"

namespace updraft::link {

inline constexpr std::size_t kReqDataBytes = 512;            // of each package but the last
inline constexpr std::size_t kReqWireBytes = 545;            // of a package with its head
inline constexpr std::uint64_t kReqFileBytes = 999'999'999;  // more would not fit such a head
inline constexpr std::size_t kReqJoined = 32;                // requests that may wait
inline constexpr Millis kReqIdleMs{30'000};                  // for the client to ask for more
inline constexpr Millis kReqFarewellMs{5'000};               // for it to ask for the last one again

class ReqServer final : public Link {
 public:
  // The source must outlive the server.
  explicit ReqServer(Source& source) : source_(source), total_(source.size()) {}

  void on_connected(Instant now) override;
  void on_bytes(Bytes rx, Instant now) override;
  void on_peer_done(Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  // A whole package, if there is room for kReqWireBytes.
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  Phase phase() const override { return phase_; }
  bool proven() const override { return sent_ > 0; }
  Result<> outcome() const override { return outcome_; }

  // For progress displays: bytes of the file, repetitions not counted.
  std::uint64_t sent() const { return sent_; }
  std::uint64_t total() const { return total_; }

 private:
  enum class Request : bool { next, again };

  bool take(char c);            // false: that is no request,
  bool queue(Request request);  // or one too many
  void make_package(Request request);
  bool all_sent() const { return sent_ == total_; }
  void close(Result<> outcome);

  Source& source_;
  std::uint64_t total_;
  std::uint64_t sent_ = 0;
  std::size_t matched_ = 0;             // bytes of a request that is not whole yet
  bool asked_again_ = false;            // it is a req1
  Ring<Request, kReqJoined> requests_;  // whole ones
  std::array<std::byte, kReqHeadBytes + kReqDataBytes> package_{};
  std::size_t size_ = 0;  // of the last package; 0: none yet
  Bytes unsent_;          // rest of package_
  Phase phase_ = Phase::open;
  Result<> outcome_;
  Instant moved_at_{};  // when bytes last came or went
  bool moved_ = true;
};

}  // namespace updraft::link
