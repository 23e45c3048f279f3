// Pushing to a web form, as `curl -F` does: esp32-ota's, or ours (protocols/form/SPEC.md).
#pragma once
#include "host/push/http_method.hpp"
#include "protocols/link/link_cipher.hpp"

namespace updraft::host {

class FormPush final : public HttpMethod {
 public:
  const Protocol& protocol() const override { return kForm; }
  // Success is its text, "OTA OK, restarting...", even where the device has restarted before its
  // answer was over. Errors: those of HttpRequestLink; not_wanted, `refusal` is what it says;
  // auth_failed; http_status (`found`): there is no such form.
  Ended push(const PushTo& to, Payload& payload) override;

  std::optional<link::LinkCipher> cipher;  // with it, choose() is not asked: what is sealed is sent
  std::string target;                      // what the file is for, if not the app: "fs:web"
};

// What such a page says of the outcome: the text behind the head that an answer begins with,
// without marks. Empty: it says nothing.
std::string form_outcome(const std::string& body);

}  // namespace updraft::host
