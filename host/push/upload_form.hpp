// A file as the only field of a form, as curl sends it: what stands around it in the body.
#pragma once
#include <string>

#include "host/push/http_client.hpp"

namespace updraft::host {

struct UploadForm {
  std::string type;  // Content-Type of the request
  std::string before, after;
};

// Short, and with a boundary that begins with a dash: some devices look for the file in the first
// 1024 bytes of the request, and for its end by the dashes.
// `part`: what the file is for, in a field before it; empty: the app, and no such field.
UploadForm upload_form(const std::string& part = "");

// POSTs the file so; as HttpClient::send(). Both outlive the call.
HttpHeard post_form(HttpClient& client, const std::string& target, Bytes file, Millis retry_for,
                    const std::string& part = "");

}  // namespace updraft::host
