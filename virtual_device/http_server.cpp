#include "virtual_device/http_server.hpp"

#include <array>

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
  void closed(const Result<>&) override {
    if (!link_.greeted()) server_.context_.stranger();
    server_.gone(*this);
  }

  link::WsWish wish() const { return machine_ ? machine_->wish() : link::WsWish::none; }
  void go_away() {
    machine_->go_away();
    wake();
  }

 private:
  const link::HttpSite& site() const override { return site_; }
  std::string_view policy() const override { return web::ota_page_policy(); }

  std::optional<linux_port::HttpReply> get(std::string_view path, Instant) override {
    using link::HttpStatus;
    path = server_.below_base(path);
    if (path == "/" || path.empty())
      return linux_port::HttpReply{
          HttpStatus::found, "text/plain", "", {{"Location", server_.base_ + "/ota"}}};
    if (path == "/ota") return page();
    if (path == "/ota/status") return status();
    if (path == "/ota/ws")
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
    server_.handlers_.fill(status);
    std::array<std::byte, kStatusBytes> room;
    const std::size_t size = write_status(status, room);
    return {.type = "application/json",
            .body = {reinterpret_cast<const char*>(room.data()), size},
            .fields = {}};
  }

  link::WsMachine* open_socket(std::string_view path) override {
    if (server_.below_base(path) != "/ota/ws" || machine_) return nullptr;
    server_.visits_.insert(this);
    link::WsDevice::Config config;
    if (const std::string_view password = server_.handlers_.password; !password.empty()) {
      config.login = &login_.emplace(
          server_.guards_, link::PasswordLogin::Config{.password = password, .from = origin});
    }
    return &machine_.emplace(server_.context_.intake, server_.context_.updater, config);
  }

  HttpServer& server_;
  const link::HttpSite& site_;
  std::optional<link::PasswordLogin> login_;
  std::optional<link::WsDevice> machine_;
  linux_port::HttpLink link_{*this};
  std::optional<linux_port::TlsLink> tls_;  // around it
};

HttpServer::HttpServer(const DoorContext& context, const std::vector<std::string>& names,
                       std::string base, Handlers handlers)
    : context_(context),
      handlers_(std::move(handlers)),
      names_(names.begin(), names.end()),
      base_(std::move(base)) {}

std::string_view HttpServer::below_base(std::string_view path) const {
  const std::string_view below = path.starts_with(base_) ? path.substr(base_.size()) : path;
  return below.empty() || below.starts_with('/') ? below : path;
}

std::uint16_t HttpServer::listen(std::uint16_t wanted, const KeptNumbers& kept,
                                 std::string_view kept_as, const linux_port::TlsContext* tls) {
  link::HttpSite& site = sites_.emplace_back();
  const std::uint16_t port = device::listen(context_, wanted, kept, kept_as, [this, &site, tls] {
    return std::make_unique<Visit>(*this, site, tls);
  });
  site = {.tls = tls != nullptr, .names = names_};
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
