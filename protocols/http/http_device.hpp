// POST /ota on a device: the twin of protocols/http/SPEC.md. One for each request; the port has
// read the head and had it judged.
#pragma once
#include <array>

#include "protocols/link/http_login.hpp"
#include "protocols/link/http_upload.hpp"

namespace updraft::link {

inline constexpr std::size_t kHttpJsonBytes = 320;  // enough for any answer

// The answer as JSON, in `room`.
std::string_view write_http_result(const Result<Taken>& result, std::span<char> room);

class HttpDevice final : public HttpMachine {
 public:
  struct Config {
    Scheme scheme;               // kHttp, kHttps
    std::uint64_t most = 0;      // bytes of a file that can make sense
    HttpLogin* login = nullptr;  // nullptr: nobody has to log in
  };
  // All outlive it.
  HttpDevice(Intake& intake, const Config& config)
      : intake_(intake), config_(config), upload_(intake, {config.scheme, config.most}) {}

  void on_request(const HttpRequest& request, Instant now) override;
  void on_body(Bytes rx, Instant now) override;
  void on_end(Instant now) override;
  void on_cut(const Error& why) override;
  std::optional<HttpAnswer> answer() const override { return answer_; }
  bool proven() const override { return upload_.has_engine() || took_; }

 private:
  bool log_in(const HttpRequest& request, Instant now);
  void say(const Result<Taken>& result);

  Intake& intake_;
  Config config_;
  HttpUpload upload_;
  std::optional<HttpAnswer> answer_;
  bool took_ = false;
  std::array<char, kHttpJsonBytes> json_{};
  std::array<char, kHttpChallengeBytes> challenge_{};
};

}  // namespace updraft::link
