// What the pushes by HTTP have in common: whom they trust, how they log in, and that they may look
// at the device's status first.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "host/push/http_client.hpp"
#include "host/push/push_method.hpp"

namespace updraft::host {

class HttpMethod : public PushMethod {
 public:
  TlsTrust trust;  // of a URL in TLS
  HttpLoginOf login;
  // As of WsPush: what is sent in place of the payload to a device that says this of itself
  // (nothing, where it has no status). Empty: the payload, and the status is not asked for.
  std::function<Bytes(const DeviceStatus& device)> choose;
  // Of the image, as a status has it: what the device runs already is not sent. nullopt: not known.
  std::optional<std::string> digest;

 protected:
  // Before anything is sent. What is to be sent; nullopt: it is over, and `ended` says how.
  std::optional<Bytes> chosen(HttpClient& client, const PushTo& to, const std::string& status_path,
                              Bytes payload, Ended& ended) const;
};

// The device's own words about itself. http_status: it has none; else that of HttpClient::send().
Result<DeviceStatus> status_by(HttpClient& client, const std::string& path, Millis retry_for);

}  // namespace updraft::host
