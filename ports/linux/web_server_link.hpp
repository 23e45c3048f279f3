// The server's end of one HTTP connection that gives out files, as a Link: GET and HEAD, one range
// of a file, "if it changed" and "if it is still the same", one request after the other.
//
// A head has kWebHeadMs once it began and kWebHeadBytes; a peer that asks for nothing more has
// kWebIdleMs, one that takes nothing kWebStallMs. Bodies of requests are not read. Strict as a
// server should be: what two readers could take for different requests is 400.
#pragma once
#include <optional>
#include <string>

#include "updraft/link.hpp"

#include "ports/linux/web_folder.hpp"

namespace updraft::linux_port {

inline constexpr std::size_t kWebHeadBytes = 8192;
inline constexpr Millis kWebHeadMs{10'000}, kWebIdleMs{60'000}, kWebStallMs{60'000};

class WebServerLink final : public link::Link {
 public:
  explicit WebServerLink(const WebFolder& folder) : folder_(folder) {}  // which outlives it

  void on_connected(Instant now) override { since_ = now; }
  void on_bytes(Bytes rx, Instant now) override;
  void on_peer_done(Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  link::Phase phase() const override {
    return state_ == State::closed ? link::Phase::closed : link::Phase::open;
  }
  bool proven() const override { return answered_; }
  // ok if each request that was read got its whole answer.
  Result<> outcome() const override { return outcome_; }

  // For progress: bytes of the file that is being sent, or was last.
  std::uint64_t sent() const { return sent_; }
  std::uint64_t total() const { return total_; }

 private:
  enum class State : std::uint8_t { head, reply, closed };
  struct Request;
  void answer();
  void reply(const Request& request);
  void send(const std::string& status, const std::string& fields, const std::string& text = "");
  void close(const Result<>& outcome);

  const WebFolder& folder_;
  State state_ = State::head;
  bool keeps_ = true;      // the connection, after this answer
  bool answered_ = false;  // a request that was one
  bool moved_ = false;
  std::string in_, out_;
  std::size_t out_at_ = 0;
  std::optional<WebFile> file_;  // after out_
  std::uint64_t at_ = 0, end_ = 0;
  std::uint64_t sent_ = 0, total_ = 0;
  Result<> outcome_;
  Instant since_{};
};

}  // namespace updraft::linux_port
