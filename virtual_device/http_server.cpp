#include "virtual_device/http_server.hpp"

#include <array>
#include <optional>

#include "engine/parts/target_text.hpp"
#include "engine/rescue/rescue_version.hpp"
#include "web/ota_page.hpp"

namespace updraft::device {

// One connection: the requests it makes, and the machine of its WebSocket.
class HttpServer::Visit final : public linux_port::Connection, private linux_port::HttpService {
 public:
  Visit(HttpServer& server, const link::HttpSite& site, const linux_port::TlsContext* tls)
      : server_(server), site_(site) {
    if (tls != nullptr) tls_.emplace(*tls, link_);
  }
  ~Visit() override { server_.visits_.erase(this); }
  link::Link& link() override {
    if (tls_) return *tls_;
    return link_;
  }
  void closed(const Result<>& outcome) override {
    if (!link_.greeted()) server_.context_.stranger();
    server_.gone(*this);
    if (!taker_) return;
    taker_->closed();
    server_.context_.ended(outcome);
  }

  link::WsWish wish() const { return machine_ ? machine_->wish() : link::WsWish::none; }
  void go_away() {
    machine_->go_away();
    wake();
  }

 private:
  const link::HttpSite& site() const override { return site_; }
  std::string_view policy() const override { return web::ota_page_policy(); }
  link::Origin origin() const override { return Connection::origin; }

  link::HttpMark mark(std::string_view method, std::string_view path) override {
    const HttpRoute* const route = server_.route_of(method, path, site_.tls);
    return route == nullptr ? link::HttpMark::header
                            : *route->claims(method, server_.below_base(path), site_.tls);
  }
  link::HttpMachine* open_machine(const link::HttpRequest& request) override {
    HttpRoute* const route = server_.route_of(request.method, request.path(), site_.tls);
    if (route == nullptr || taker_) return nullptr;
    taker_ = route->open(request);
    return taker_ ? &taker_->machine() : nullptr;
  }

  std::optional<linux_port::HttpReply> get(std::string_view path, Instant) override {
    using link::HttpStatus;
    HttpRoute* const route = server_.route_of("GET", path, site_.tls);
    path = server_.below_base(path);
    if (route != nullptr) return route->get(path);
    if (path == "/" || path.empty())
      return linux_port::HttpReply{
          HttpStatus::found, "text/plain", "", {{"Location", server_.base_ + "/ota"}}};
    const auto part = server_.below_page(path);
    if (part == "") return page();
    if (part == "/status") return status();
    if (part == "/ws")
      return linux_port::HttpReply{HttpStatus::upgrade_required, "text/plain", "", {}};
    return std::nullopt;
  }
  static linux_port::HttpReply page() {
    const Bytes page = web::ota_page_gzip();
    return {.type = "text/html; charset=utf-8",
            .body = std::string(as_text(page)),
            .fields = {{"Content-Encoding", "gzip"}}};
  }
  linux_port::HttpReply status() {
    Status status;
    std::optional<parts::TargetText> targets;
    if (const parts::PartUpdater* const parts = server_.context_.parts) {
      status.more = &targets.emplace(*parts);
    }
    server_.handlers_.fill(status);
    std::array<std::byte, kStatusBytes + parts::kTargetTextBytes + kRescueTextBytes> room;
    const std::size_t size = write_status(status, room);
    return {.type = "application/json",
            .body = {reinterpret_cast<const char*>(room.data()), size},
            .fields = {}};
  }

  link::WsMachine* open_socket(std::string_view path) override {
    if (server_.below_page(server_.below_base(path)) != "/ws" || machine_) return nullptr;
    server_.visits_.insert(this);
    link::WsDevice::Config config;
    if (const std::string_view password = server_.handlers_.password; !password.empty()) {
      config.login = &login_.emplace(
          server_.guards_, link::PasswordLogin::Config{.password = password, .from = origin()});
    }
    if (const parts::PartUpdater* const parts = server_.context_.parts) {
      config.targets = &targets_.emplace(*parts);
    }
    return &machine_.emplace(server_.context_.intake, server_.context_.steering, config);
  }

  HttpServer& server_;
  const link::HttpSite& site_;
  std::optional<link::PasswordLogin> login_;
  std::optional<link::PartTargets> targets_;
  std::optional<link::WsDevice> machine_;
  std::unique_ptr<HttpTaker> taker_;  // of a request that a route claims
  linux_port::HttpLink link_{*this};
  std::optional<linux_port::TlsLink> tls_;  // around it
};

HttpServer::HttpServer(const DoorContext& context, const std::vector<std::string>& names,
                       std::string base, Handlers handlers)
    : context_(context),
      handlers_(std::move(handlers)),
      names_(names.begin(), names.end()),
      base_(std::move(base)) {
  if (handlers_.password.empty()) return;
  login_.emplace(guards_, link::HttpLogin::Config{.password = handlers_.password});
}

HttpRoute* HttpServer::route_of(std::string_view method, std::string_view path, bool tls) const {
  path = below_base(path);
  for (HttpRoute* const route : routes_) {
    if (route->claims(method, path, tls)) return route;
  }
  return nullptr;
}

std::string_view HttpServer::below_base(std::string_view path) const {
  const std::string_view below = path.starts_with(base_) ? path.substr(base_.size()) : path;
  return below.empty() || below.starts_with('/') ? below : path;
}

std::optional<std::string_view> HttpServer::below_page(std::string_view path) const {
  for (const std::string& page : pages_) {
    if (path.starts_with(page)) return path.substr(page.size());
  }
  return std::nullopt;
}

std::uint16_t HttpServer::listen(std::uint16_t wanted, const KeptNumbers& kept,
                                 std::string_view kept_as, const linux_port::TlsContext* tls) {
  link::HttpSite& site = sites_.emplace_back();
  const std::uint16_t port = device::listen(context_, wanted, kept, kept_as, [this, &site, tls] {
    return std::make_unique<Visit>(*this, site, tls);
  });
  site = {.tls = tls != nullptr, .names = names_};
  (tls != nullptr ? tls_port_ : port_) = port;
  return port;
}

void HttpServer::go_away(std::function<void()> done) {
  when_gone_ = std::move(done);
  if (visits_.empty()) return when_gone_();
  const std::vector<Visit*> open(visits_.begin(), visits_.end());
  for (Visit* const visit : open) visit->go_away();
}

void HttpServer::gone(Visit& visit) {
  visits_.erase(&visit);
  if (visit.wish() != link::WsWish::none) handlers_.wish(visit.wish());
  if (when_gone_ && visits_.empty()) when_gone_();
}

}  // namespace updraft::device
