// One connection of a device to its web server: asks, reads the answers, hands the body on. As many
// requests as the server keeps the connection for.
//
//   state    what happens                         left by
//   head     a request is out; reads the head     a whole one; 15 s (30 s for the first one, which
//            of the answer                        waits for TLS as well)
//   body     hands it on as it comes              its end: the next request, or closed; 30 s
//   without
//                                                 a byte, 60 s without 4096 of them
//   closed   ended() tells what it came to
//
// A server of a fleet is told between the package and what stands beside it that the device takes
// it. Whatever it answers, and if it breaks off there, the update goes on.
//
// TLS is a link around this one, and WebPull decides what comes next. RAM besides what it is given:
// 700 bytes.
#pragma once
#include <cstdint>

#include "updraft/link.hpp"

#include "protocols/pull/response_body.hpp"
#include "protocols/pull/response_head.hpp"
#include "protocols/pull/web_reports.hpp"
#include "protocols/pull/web_request.hpp"
#include "protocols/pull/web_route.hpp"
#include "protocols/pull/web_transfer.hpp"

namespace updraft::link {

inline constexpr Millis kPullFirstHeadMs{30'000};  // the handshake of TLS may take half of it
inline constexpr Millis kPullHeadMs{15'000};
inline constexpr Millis kPullSilenceMs{30'000};
inline constexpr std::uint64_t kPullPaceBytes = 4096;  // a server that drips is given up
inline constexpr Millis kPullPaceMs{60'000};
// Of the answer to a report: what more says is not worth the time, another connection is quicker.
inline constexpr std::size_t kPullTold = 4096;

class WebFetch final : public Link {
 public:
  enum class End : std::uint8_t {
    lost,        // the connection; what was asked for did not come
    unchanged,   // 304, 204: there is nothing to fetch
    taken,       // the file is whole and the engine took it: taken()
    go_on,       // more is needed, over another connection: the server has ended this one, or it is
                 // another server's, or the rest of an answer is not needed
    redirected,  // the parser has the location
    words,       // the whole body of a small answer: words()
    key_set,     // the server has a newer KeySet than job.key_set: it comes first
    busy,        // 429, 503 with Retry-After
    login,       // 401, 403, 407
    trouble,     // the server's fault, or the file's
    engine,      // the engine ended the update: ended_error() is its verdict
  };
  struct Job {
    std::string_view fields;                // for the server that it connects to
    const WebValidators* unless = nullptr;  // of the file that runs, or was refused
    bool proves = false;                    // who answers there has proved itself
    // Not empty: a small answer is asked for, which goes here, and no update.
    MutableBytes words = {};
    Bytes body = {};                                      // with words: what is posted to get them
    std::optional<std::uint64_t> key_set = std::nullopt;  // nullopt: whatever the server has
    WebReports* reports = nullptr;                        // the server is of a fleet
  };
  // All of it outlives this, and what the job points at. `route` leads to the file that the
  // transfer wants, and to the server that it connects to.
  WebFetch(WebTransfer& transfer, WebRoute& route, ResponseHeadParser& parser, const Job& job)
      : transfer_(transfer), route_(route), parser_(parser), job_(job) {}

  void on_connected(Instant now) override;
  void on_bytes(Bytes rx, Instant now) override;
  void on_peer_done(Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override { return closed() ? 0 : request_.write_to(tx); }
  std::optional<Instant> deadline() const override;
  Phase phase() const override { return closed() ? Phase::closed : Phase::open; }
  bool proven() const override { return true; }  // we called
  Result<> outcome() const override { return outcome_; }

  End ended() const { return end_; }
  Taken taken() const { return taken_; }
  Bytes words() const { return Bytes(job_.words).first(words_); }
  bool brought() const { return brought_; }  // bytes of the file
  const ResponseHead& head() const { return parser_.head(); }

 private:
  enum class State : std::uint8_t { head, body, closed };
  bool closed() const { return state_ == State::closed; }
  void ask();
  bool tell();
  void take_told_head();
  void take_told(std::size_t bytes);
  void told();
  void take_head(Bytes& rx);
  void judge_head();
  void judge_status(unsigned status);
  void take_body(Bytes& rx);
  void take_words(Bytes& rx);
  void end_answer();
  void finish();
  void close(End end, const Result<>& outcome);
  void fail_with(const Error& why);

  WebTransfer& transfer_;
  WebRoute& route_;
  ResponseHeadParser& parser_;
  Job job_;
  WebRequest request_;
  ResponseBody body_;
  State state_ = State::head;
  End end_ = End::lost;
  Taken taken_ = Taken::current;
  Result<> outcome_ = fail(Code::aborted, Where::link);
  bool first_ = true;  // request
  bool brought_ = false;
  std::size_t words_ = 0;
  bool telling_ = false;     // a report is out
  std::size_t unread_ = 0;   // bytes of the answer to it
  bool heard_ = false;       // since it waited last
  bool moved_ = false;       // a request went out, or enough came
  std::uint64_t paced_ = 0;  // bytes since slow_since_
  Instant silent_since_{}, slow_since_{};
};

}  // namespace updraft::link
