// The control path, the device's end: the twin of protocols/control/SPEC.md section 8. A serial
// line that is always there: requests come, each gets one response, and when an update is installed
// the link closes after kControlRestartMs: that is the moment to restart.
//
//   session    begin              write                       end
//   none       opens it           -1                          -1
//   open       opens a new one    handed to the engine; what  the engine verifies: 0, installed; 0,
//                                 it refuses: -1, failed      none: it runs already; else -1, none
//   failed     opens a new one    -1                          -1, none
//   installed  -1                 -1                          -1
//
// A session without a begin or write for kControlIdleMs is aborted. The engine ignores bytes after
// the image: the stale end of an original host's last chunk, and its extra chunk; a write of them
// succeeds. Both forms are served, each answered in its own.
//
// Other requests: 123 returns name and version, 121 switches heartbeats on and off, all others get
// resp -1 (the older form has no such answer; there they get none). A request that cannot be
// decoded gets none either. At most kControlReplies responses are kept for a host that does not
// read; its requests beyond that are not carried out.
//
// RAM: one frame, the caller's, and less than 1 KiB.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "updraft/intake.hpp"
#include "updraft/link.hpp"

#include "engine/core/ring.hpp"
#include "protocols/control/control_message.hpp"
#include "protocols/link/claim.hpp"

namespace updraft::link {

inline constexpr Millis kControlRestartMs{5'000};      // from the response to the restart
inline constexpr Millis kControlIdleMs{30'000};        // for a session to go on
inline constexpr std::size_t kControlWrite = 8'000;    // most bytes of one write request
inline constexpr std::size_t kControlPadding = 8'000;  // after a payload, without meaning
inline constexpr std::size_t kControlReplies = 8;      // kept for a host that does not read
inline constexpr std::size_t kControlReplyBytes = 112;
static_assert(kControlReplyBytes <= kLeastRoom);
inline constexpr std::uint32_t kLeastHeartbeat = 10, kMostHeartbeat = 3'600;  // seconds

class ControlDevice final : public Link {
 public:
  struct Config {
    ControlVersion version;  // what request 123 is told
    Millis restart_after = kControlRestartMs;
  };
  // Both outlive it. `memory` holds one frame: kControlFrameBytes for all that a host can send;
  // 4 KiB and 64 bytes do for original hosts.
  ControlDevice(Intake& intake, MutableBytes memory, const Config& config)
      : claim_(intake), config_(config), framer_(memory) {}

  void on_connected(Instant now) override;  // the interface is up: says so
  void on_bytes(Bytes rx, Instant now) override;
  void on_lost(Instant now) override;  // the line itself is gone
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;  // one frame
  std::optional<Instant> deadline() const override;
  Phase phase() const override { return closed_ ? Phase::closed : Phase::open; }
  Result<> outcome() const override { return outcome_; }  // ok: restart

 private:
  enum class Session : std::uint8_t { none, open, failed, installed };
  struct Reply {
    std::array<std::byte, kControlReplyBytes> bytes;
    std::uint8_t size;
  };

  void take(const ControlFrame& frame);
  void answer(ControlForm form, const ControlMessage& request);
  bool begin();
  bool write(const ControlMessage& request);
  bool end();
  bool beat(std::uint32_t seconds);
  void say(ControlForm form, const ControlMessage& message);
  void look_for_frames(Bytes rx);

  Claim claim_;
  Config config_;
  ControlFramer framer_;
  Session session_ = Session::none;
  bool into_rescue_ =
      false;              // the request in hand failed as the device restarts into its rescue app
  bool current_ = false;  // of the answer that is made: it runs already
  Ring<Reply, kControlReplies> replies_;
  Instant heard_at_{};
  bool just_heard_ = false;            // and not waited since
  std::optional<Instant> idle_since_;  // in an open session
  std::optional<Instant> restart_at_;
  Millis heartbeat_{0};  // 0: none
  std::optional<Instant> next_heartbeat_;
  std::int32_t heartbeats_ = 0;
  bool closed_ = false;
  Result<> outcome_ = fail(Code::aborted, Where::link);
};

}  // namespace updraft::link
