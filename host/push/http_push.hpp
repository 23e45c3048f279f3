// Pushing by plain HTTP: one POST, whose answer says how it went (protocols/http/SPEC.md).
#pragma once
#include "host/push/http_method.hpp"

namespace updraft::host {

class HttpPush final : public HttpMethod {
 public:
  // `row`: kHttp or kHttps.
  explicit HttpPush(const Protocol& row) : row_(row) {}
  const Protocol& protocol() const override { return row_; }
  // Errors: those of HttpRequestLink; what the device says (`judged`); http_status, `found` is the
  // status and `refusal` what came with it: this is no such device, or it does not go by that name.
  Ended push(const PushTo& to, Payload& payload) override;

 private:
  const Protocol& row_;
};

}  // namespace updraft::host
