// The body of an HTTP request on its way to the update engine: a file as it is, or the file in a
// form (multipart.hpp), for every protocol that uploads by HTTP. The engine is taken with the first
// bytes that it can judge (claim.hpp), not with the head.
//
//   HttpUpload upload(intake, {.scheme = kHttp, .most = slot});
//   upload.begin(request, proved)     // then write() for each piece, then finish(); or abort()
//
// After an error the upload is over, and the engine knows.
#pragma once
#include <optional>

#include "protocols/link/claim.hpp"
#include "protocols/link/http_exchange.hpp"
#include "protocols/link/multipart.hpp"
#include "protocols/link/stream_decryptor.hpp"

namespace updraft::link {

// What an error is to a client of HTTP.
std::uint16_t http_status_of(const Error& error);

// Looks at the file as it comes, and has the last word before it is installed.
class UploadCheck {
 public:
  virtual void update(Bytes bytes) = 0;
  virtual Result<> judge() = 0;

 protected:
  ~UploadCheck() = default;
};

// Knows the targets of a device by their names. Errors: as of parts::Targets.
class UploadTargets {
 public:
  virtual Result<std::uint8_t> find_target(std::string_view name) const = 0;

 protected:
  ~UploadTargets() = default;
};

class HttpUpload {
 public:
  struct Config {
    Scheme scheme;
    std::uint64_t most = 0;                // bytes of a file that can make sense
    StreamDecryptor* decryptor = nullptr;  // nullptr: the file is plain
    UploadCheck* check = nullptr;          // nullptr: nobody asks
    // Finds what the field `part` of a form names; nullptr: a form that has one is refused.
    const UploadTargets* targets = nullptr;
  };
  // All of it outlives the upload.
  HttpUpload(Intake& intake, const Config& config) : claim_(intake), config_(config) {}

  // What the file is for, if not the app (Offer::target); before begin().
  void aim(std::uint8_t target) { target_ = target; }
  // Errors: protocol (a form without a boundary), payload_missing (no body), too_big, and those of
  // welcome().
  Result<> begin(const HttpRequest& request, bool proved);
  // Bytes of the body. Errors: protocol (no such form), too_big, and those of Claim.
  Result<> write(Bytes rx);
  // The body is over. Errors: payload_missing (no file in the form, or an empty one),
  // size_mismatch (the form does not end, or an encrypted file ends within a block), and those of
  // the check and of Claim.
  Result<Taken> finish();
  void abort(const Error& why);

  bool reached() const { return claim_.reached(); }  // the engine was taken
  bool has_engine() const { return claim_.has_engine(); }
  bool found_file() const { return received_ > 0 || (form_ && form_->found_file()); }
  std::uint64_t received() const { return received_; }  // bytes of the file

 private:
  Result<> take(Bytes file);
  Result<> aim_by_form();
  Result<> give_up(const Error& why);
  Result<> judge_end();

  Claim claim_;
  Config config_;
  Offer offer_;
  std::uint8_t target_ = 0;
  std::optional<Multipart> form_;
  std::uint64_t received_ = 0;
};

}  // namespace updraft::link
