// The plain upload for scripts, POST /ota, on the HTTP and HTTPS ports of a virtual device
// (protocols/http/SPEC.md). By https it is a protocol of its own.
#pragma once
#include "virtual_device/http_door.hpp"

namespace updraft::device {

class HttpUploadDoor final : public Door {
 public:
  // `ports` outlives it, and opens before it. `row`: kHttp or kHttps.
  HttpUploadDoor(const HttpDoor& ports, const Protocol& row)
      : ports_(ports), row_(row), tls_(row.words.front().tls) {}
  const Protocol& protocol() const override { return row_; }
  std::vector<std::string> openers() const override { return {tls_ ? "--https" : "--http"}; }
  // It has none of the options, which are of who fetches.
  std::string why_unused(const std::string&) const override { return "--pull fetches by it"; }
  bool asked_for() const override { return ports_.opens(tls_); }
  std::unique_ptr<OpenDoor> open(const DoorContext& context, const KeptNumbers& kept) override;

 private:
  const HttpDoor& ports_;
  const Protocol& row_;
  bool tls_;
};

// Tells that a protocol can be reached on a port of the page. `shown` to people, if given.
void tell_listening(const HttpDoor& ports, Scheme scheme, bool tls, const DoorContext& context,
                    const std::string& shown);
// The same of a protocol that lives on all of them.
void tell_listening(const HttpDoor& ports, Scheme scheme, const DoorContext& context);

// Throws cli::Stop for an option that needs one of these ports and has none.
void check_opens(const HttpDoor& ports, const std::string& option);

}  // namespace updraft::device
