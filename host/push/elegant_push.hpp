// Pushing to ElegantOTA, or to our device that speaks as it does (protocols/elegant/SPEC.md):
// start, upload, and wait until the device is back. One of ours has a status, which says what it
// runs.
#pragma once
#include "host/push/http_method.hpp"

namespace updraft::host {

class ElegantPush final : public HttpMethod {
 public:
  const Protocol& protocol() const override { return kElegant; }
  // After an upload that ended in 400, start and upload are tried once more: what an earlier upload
  // has left behind in an original device spoils one try. Errors: those of HttpRequestLink;
  // not_wanted, `refusal` is the reason that the device gives; auth_failed, locked; http_status
  // (`found`): there is no such route. With `lost` it took the image and was not seen again.
  Ended push(const PushTo& to, Payload& payload) override;

  bool file_system = false;  // the payload is one, and no app
};

}  // namespace updraft::host
