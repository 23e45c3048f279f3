// What the pushes by HTTP have in common: whom they trust, how they log in, and that they look at
// the device's status, where it has one, before and after.
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
  // (nothing, where it has no status). Empty: the payload.
  std::function<Bytes(const DeviceStatus& device)> choose;
  // As of WsPush: what is sent is for a data partition of this device; nullptr: it has no status.
  // Whoever does not want it to be sent throws. Empty: nobody asks.
  std::function<void(const DeviceStatus* device)> judge_target;
  // Of the image, as a status has it: with `choose`, what the device runs already is not sent.
  // nullopt: not known.
  std::optional<std::string> digest;
  bool wait = true;  // until the device runs what was sent, and has decided whether it stays

 protected:
  // Before anything is sent. What is to be sent; nullopt: it is over, and `ended` says how.
  std::optional<Bytes> chosen(HttpClient& client, const PushTo& to, const std::string& status_path,
                              Bytes payload, Ended& ended) const;
  // After an update that went well: what runs then, where the device has a status.
  void follow(HttpClient& client, const PushTo& to, const std::string& status_path,
              Ended& ended) const;
};

// Of a device that answers with a text: the status has the reason, if the device has one.
void ask_why(HttpClient& client, const std::string& status_path, Ended& ended);

// Of a page of ours, beside a form or another's routes.
inline constexpr const char* kStatusPath = "/ota/status";

// The device's own words about itself. http_status: it has none; else that of HttpClient::send().
Result<DeviceStatus> status_by(HttpClient& client, const std::string& path, Millis retry_for);

}  // namespace updraft::host
