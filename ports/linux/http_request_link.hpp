// One HTTP request and its answer, the client's end, as a Link: head and body go out without a
// pause, and stop when the answer comes before their end. Beast reads the answer.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "updraft/link.hpp"

#include "protocols/link/pace.hpp"
#include "protocols/link/source.hpp"

namespace updraft::linux_port {

inline constexpr Millis kHttpAnswerMs{60'000};  // for the answer, after the last byte: a device
                                                // verifies, and may erase first
inline constexpr std::size_t kHttpReplyBytes = 16 * 1024;  // of an answer's body

struct HttpSending {
  std::string method = "POST";
  std::string target;
  std::string host;  // as in a Host field
  std::vector<std::pair<std::string, std::string>> fields;
  std::string before, after;       // around the source, in the body
  link::Source* source = nullptr;  // of known size; nullptr: the body is `before` alone
};

class HttpRequestLink final : public link::Link {
 public:
  // The source outlives it. Errors: protocol (that is no HTTP), timeout (as pace.hpp says, or no
  // answer), aborted (`found` of `expected` bytes were sent), size_mismatch (the source ended
  // before its size).
  explicit HttpRequestLink(HttpSending sending);
  ~HttpRequestLink();

  void on_connected(Instant now) override { pace_.begin(now); }
  void on_bytes(Bytes rx, Instant now) override;
  void on_peer_done(Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override { pace_.moved(sent_, total_, now); }
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  link::Phase phase() const override { return closed_ ? link::Phase::closed : link::Phase::open; }
  bool proven() const override { return true; }
  Result<> outcome() const override { return outcome_; }

  // The answer, as far as it has come: a device that restarts at once may cut it off. 0: nothing
  // of it.
  unsigned status() const;
  const std::string& body() const;
  std::vector<std::string> fields(const std::string& name) const;  // of that name

  std::uint64_t sent() const { return sent_; }  // of the body
  std::uint64_t total() const { return total_; }

 private:
  struct Parser;
  void close(const Result<>& outcome);

  HttpSending sending_;
  std::unique_ptr<Parser> parser_;
  std::string out_;  // the head, and what stands before the source
  std::string in_;
  std::uint64_t total_ = 0, sent_ = 0, source_left_ = 0;
  std::size_t heard_ = 0;
  bool closed_ = false;
  link::Pace pace_;
  Result<> outcome_ = fail(Code::aborted, Where::link);
};

}  // namespace updraft::linux_port
