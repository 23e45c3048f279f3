// The web form on a device: POST /upload and POST /factory, the twin of protocols/form/SPEC.md. One
// for each request; the port has read the head and had it judged (by Origin: a form of a browser
// cannot have X-Updraft).
//
// The answer is the original's page with the outcome in its words, sent once the result is known,
// with a status that tells scripts the same. `strict` answers 200 whatever happens, and says no
// more than the original did.
#pragma once
#include <array>

#include "updraft/steering.hpp"

#include "engine/parts/part.hpp"
#include "protocols/link/http_login.hpp"
#include "protocols/link/http_text.hpp"
#include "protocols/link/http_upload.hpp"

namespace updraft::link {

inline constexpr std::size_t kFormAnswerBytes = 640;  // enough for any answer

// The value of esp_err_t that the original would have shown, where it has one.
std::uint32_t esp_error_of(const Error& error);

class FormDevice final : public HttpMachine, private UploadTargets {
 public:
  struct Config {
    std::uint64_t most = 0;                // bytes of a file that can make sense
    HttpLogin* login = nullptr;            // nullptr: nobody has to log in
    StreamDecryptor* decryptor = nullptr;  // of this request; nullptr: the file is plain
    std::string_view factory;              // the factory app's name; empty: there is none
    bool strict = false;
    // Of `intake`, named by the field `part` before the file; nullptr: it takes apps alone.
    const parts::Targets* targets = nullptr;
  };
  // All outlive it.
  FormDevice(Intake& intake, Steering& steering, const Config& config)
      : intake_(intake),
        steering_(steering),
        config_(config),
        upload_(intake, {.scheme = kForm,
                         .most = config.most,
                         .decryptor = config.decryptor,
                         .targets = config.targets != nullptr ? this : nullptr}) {}

  void on_request(const HttpRequest& request, Instant now) override;
  void on_body(Bytes rx, Instant now) override;
  void on_end(Instant now) override;
  void on_cut(const Error& why) override;
  std::optional<HttpAnswer> answer() const override { return answer_; }
  bool proven() const override { return upload_.has_engine() || took_; }
  // Once the answer has gone: the device restarts into its factory app.
  bool restarts() const { return restarts_; }

 private:
  enum class Step : std::uint8_t { begin, write, end };
  Result<std::uint8_t> find_target(std::string_view name) const override {
    return config_.targets->find_target(name);
  }
  void go_to_factory();
  void fail_at(Step step, const Error& why);
  void say(std::string_view text, std::uint16_t status, const Error* why = nullptr);

  Intake& intake_;
  Steering& steering_;
  Config config_;
  HttpUpload upload_;
  std::optional<HttpAnswer> answer_;
  bool factory_ = false;  // what is asked for is the factory app
  bool took_ = false;
  bool restarts_ = false;
  std::array<char, kFormAnswerBytes> room_{};
  std::array<char, kHttpChallengeBytes> challenge_{};
};

}  // namespace updraft::link
