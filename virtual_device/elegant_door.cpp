#include "virtual_device/elegant_door.hpp"

#include "protocols/elegant/elegant_device.hpp"
#include "virtual_device/http_upload_door.hpp"

namespace updraft::device {
namespace {

class ElegantRoute final : public OpenDoor, private HttpRoute {
 public:
  ElegantRoute(const DoorContext& context, HttpServer& server)
      : context_(context), server_(server) {
    server.add(*this);
    server.add_page("/update");
  }

 private:
  // A start is no change, but a page of another site has no business with it either.
  std::optional<link::HttpMark> claims(std::string_view method, std::string_view path,
                                       bool) const override {
    const bool mine =
        (method == "GET" && path == "/ota/start") || (method == "POST" && path == "/ota/upload");
    return mine ? std::optional(link::HttpMark::origin) : std::nullopt;
  }
  std::unique_ptr<HttpTaker> open(const link::HttpRequest&) override {
    return std::make_unique<HttpTakerOf<link::ElegantDevice>>(
        context_.intake, starts_,
        link::ElegantDevice::Config{
            .most = context_.most_data, .login = server_.login(), .targets = context_.parts});
  }

  const DoorContext& context_;
  HttpServer& server_;
  link::ElegantStarts starts_;
};

}  // namespace

void ElegantDoor::add_options(CLI::App& command) {
  command.add_flag("--elegant", elegant_, "ElegantOTA's routes, on the ports of the page");
}

void ElegantDoor::check() { check_opens(ports_, "--elegant"); }

std::unique_ptr<OpenDoor> ElegantDoor::open(const DoorContext& context, const KeptNumbers&) {
  auto route = std::make_unique<ElegantRoute>(context, ports_.ports().server);
  tell_listening(ports_, kElegant, context);
  return route;
}

}  // namespace updraft::device
