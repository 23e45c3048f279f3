// ElegantOTA's routes on a device: GET /ota/start and POST /ota/upload, the twin of
// protocols/elegant/SPEC.md. One machine for each request; what a start said is kept in
// ElegantStarts, which all connections share, until its upload comes from the same address.
//
// The file's MD5, if the start named it, is checked before the image is chosen: an upload that was
// damaged on the way changes nothing.
#pragma once
#include <array>
#include <optional>

#include "engine/crypto/md5.hpp"
#include "engine/parts/part.hpp"
#include "protocols/link/http_login.hpp"
#include "protocols/link/http_upload.hpp"

namespace updraft::link {

inline constexpr Millis kElegantStartMs{60'000};  // from a start to its upload
inline constexpr std::size_t kElegantStarts = 4;  // clients that have started, at a time
inline constexpr std::size_t kElegantAnswerBytes = 160;

class ElegantStarts {
 public:
  struct Start {
    std::optional<crypto::Md5Digest> file;  // nullopt: it named none
    std::uint8_t target = parts::kApp;
  };
  // A client's second start takes the place of its first; one too many that of the oldest.
  void begin(Origin from, const Start& start, Instant now);
  // nullopt: that client has not started.
  std::optional<Start> of(Origin from, Instant now) const;
  // Each start is good for one whole upload. One that broke off leaves it: its end may be seen only
  // after the client has started anew.
  void end(Origin from);

 private:
  struct Place {
    Origin from = kSomewhere;
    Instant until = Instant::min();
    Start start;
  };
  std::array<Place, kElegantStarts> places_;
};

class ElegantDevice final : public HttpMachine, private UploadCheck {
 public:
  struct Config {
    std::uint64_t most = 0;      // bytes of a file that can make sense
    HttpLogin* login = nullptr;  // nullptr: nobody has to log in
    // Of `intake`; nullptr: it takes apps alone. mode=fs means its file system.
    const parts::Targets* targets = nullptr;
  };
  // All outlive it.
  ElegantDevice(Intake& intake, ElegantStarts& starts, const Config& config)
      : intake_(intake),
        starts_(starts),
        config_(config),
        upload_(intake, {.scheme = kElegant, .most = config.most, .check = this}) {}

  void on_request(const HttpRequest& request, Instant now) override;
  void on_body(Bytes rx, Instant now) override;
  void on_end(Instant now) override;
  void on_cut(const Error& why) override;
  std::optional<HttpAnswer> answer() const override { return answer_; }
  bool proven() const override { return upload_.has_engine() || took_; }

 private:
  void start(const HttpRequest& request, Instant now);
  void update(Bytes bytes) override;
  Result<> judge() override;
  void refuse(std::string_view reason, std::uint16_t status = 400);
  void refuse(const Error& why);

  Intake& intake_;
  ElegantStarts& starts_;
  Config config_;
  HttpUpload upload_;
  Origin from_ = kSomewhere;
  std::optional<crypto::Md5Digest> announced_;
  crypto::Md5 md5_;
  bool damaged_ = false;  // the file was not the one that was announced
  bool took_ = false;
  std::optional<HttpAnswer> answer_;
  std::array<char, kElegantAnswerBytes> room_{};
  std::array<char, kHttpChallengeBytes> challenge_{};
};

}  // namespace updraft::link
