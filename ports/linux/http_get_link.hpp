// One GET for a small document, as a Link.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "updraft/link.hpp"

namespace updraft::linux_port {

inline constexpr Millis kHttpGetMs{10'000};                // for the whole answer
inline constexpr std::size_t kHttpDocumentBytes = 65'536;  // of its body
// Of the whole answer: head, body, the lines between chunks and trailers.
inline constexpr std::size_t kHttpAnswerBytes = 2 * 65'536;

class HttpGetLink final : public link::Link {
 public:
  // `host` as in a Host field. Errors: http_status (`found`: it is not 200), protocol, timeout,
  // aborted.
  HttpGetLink(const std::string& host, const std::string& path);
  ~HttpGetLink();

  void on_connected(Instant now) override { started_ = now; }
  void on_bytes(Bytes rx, Instant now) override;
  void on_peer_done(Instant now) override;
  void on_lost(Instant now) override;
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  link::Phase phase() const override { return closed_ ? link::Phase::closed : link::Phase::open; }
  Result<> outcome() const override { return outcome_; }

  const std::string& body() const;  // if the outcome is ok

 private:
  struct Parser;
  void conclude();
  void give_up(Code code, std::uint64_t found = 0);

  std::unique_ptr<Parser> parser_;
  std::string out_, in_;
  std::size_t heard_ = 0;  // bytes
  Instant started_{};
  bool closed_ = false;
  Result<> outcome_ = fail(Code::aborted, Where::link);
};

}  // namespace updraft::linux_port
