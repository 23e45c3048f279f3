#include "virtual_device/http_upload_door.hpp"

#include "cli/words/stop.hpp"
#include "protocols/http/http_device.hpp"

namespace updraft::device {
namespace {

class UploadRoute final : public OpenDoor, private HttpRoute {
 public:
  UploadRoute(const DoorContext& context, HttpServer& server, const Protocol& row, bool tls)
      : context_(context), server_(server), row_(row), tls_(tls) {
    server.add(*this);
  }

 private:
  std::optional<link::HttpMark> claims(std::string_view method, std::string_view path,
                                       bool tls) const override {
    if (tls != tls_ || method != "POST" || path != "/ota") return std::nullopt;
    return link::HttpMark::header;
  }
  std::unique_ptr<HttpTaker> open(const link::HttpRequest&) override {
    return std::make_unique<HttpTakerOf<link::HttpDevice>>(
        context_.intake,
        link::HttpDevice::Config{
            .scheme = row_, .most = context_.most_bytes, .login = server_.login()});
  }

  const DoorContext& context_;
  HttpServer& server_;
  const Protocol& row_;
  bool tls_;
};

}  // namespace

void tell_listening(const HttpDoor& ports, Scheme scheme, bool tls, const DoorContext& context,
                    const std::string& shown) {
  const HttpDoor::Ports open = ports.ports();
  Listening listening = listening_by(scheme, context);
  listening.policy = ports.policy(scheme, context);
  listening.port = open.server.port(tls);
  if (tls) listening.fingerprint = open.fingerprint;
  listening.shown = shown;
  context.events.on_listening(listening);
}

void tell_listening(const HttpDoor& ports, Scheme scheme, const DoorContext& context) {
  for (const bool tls : {false, true}) {
    if (ports.opens(tls)) tell_listening(ports, scheme, tls, context, "");
  }
}

void check_opens(const HttpDoor& ports, const std::string& option) {
  if (ports.opens(false) || ports.opens(true)) return;
  throw cli::Stop(cli::kUsage, option + ": add --http PORT or --https PORT, where it is served");
}

std::unique_ptr<OpenDoor> HttpUploadDoor::open(const DoorContext& context, const KeptNumbers&) {
  HttpServer& server = ports_.ports().server;
  auto route = std::make_unique<UploadRoute>(context, server, row_, tls_);
  Listening there{row_, context.options.listen, server.port(tls_), Trust::signed_image};
  tell_listening(ports_, row_, tls_, context,
                 std::string(row_.name) + "://" + host_of_url(there) + ":" +
                     std::to_string(there.port) + "/ota (curl: docs/http.md)");
  return route;
}

}  // namespace updraft::device
