// A device's HTTP end and a client's WebSocket end in memory, plain or with TLS, for a Pipe.
#pragma once
#include <optional>

#include "ports/linux/http_link.hpp"
#include "ports/linux/tls_link.hpp"
#include "ports/linux/ws_client_link.hpp"
#include "protocols/http/http_device.hpp"
#include "protocols/ws/ws_device.hpp"
#include "protocols/ws/ws_host.hpp"
#include "tests/fakes/fake_intake.hpp"
#include "tests/fakes/fake_steering.hpp"

namespace updraft::linux_port {

class DeviceService final : public HttpService {
 public:
  const link::HttpSite& site() const override { return site_; }
  std::string_view policy() const override { return "default-src 'none'"; }
  std::optional<HttpReply> get(std::string_view path, Instant) override {
    if (path != "/page") return std::nullopt;
    return HttpReply{.type = "text/plain", .body = "hello", .fields = {}};
  }
  link::WsMachine* open_socket(std::string_view path) override {
    return path == "/ota/ws" ? &device : nullptr;
  }
  link::HttpMachine* open_machine(const link::HttpRequest& request) override {
    return request.method == "POST" && request.path() == "/up" ? &upload : nullptr;
  }

  fakes::FakeIntake intake;
  fakes::FakeSteering steering;
  link::WsDevice device{intake, steering};
  link::HttpDevice upload{intake, {.scheme = kHttp, .most = 4096}};

 private:
  link::HttpSite site_{.tls = false, .names = {}};
};

}  // namespace updraft::linux_port
