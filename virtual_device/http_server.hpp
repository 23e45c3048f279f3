// What listens on the HTTP and HTTPS ports of a virtual device: the routes that every port serves
// (docs/ws.md), each connection with its machine.
#pragma once
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ports/linux/http_link.hpp"
#include "ports/linux/tls_link.hpp"
#include "protocols/link/http_login.hpp"
#include "protocols/ws/ws_device.hpp"
#include "virtual_device/door.hpp"

namespace updraft::device {

// A machine in memory of its own, for one request.
class HttpTaker {
 public:
  virtual ~HttpTaker() = default;
  virtual link::HttpMachine& machine() = 0;
  virtual void closed() {}  // the connection is over
};
template <class Machine>
class HttpTakerOf final : public HttpTaker {
 public:
  template <class... Arguments>
  explicit HttpTakerOf(Arguments&&... arguments)
      : machine_(std::forward<Arguments>(arguments)...) {}
  link::HttpMachine& machine() override { return machine_; }

 private:
  Machine machine_;
};

// What a protocol serves on these ports besides the page. Paths come as below the server's base.
class HttpRoute {
 public:
  virtual ~HttpRoute() = default;
  // nullopt: such a request is not its own. Else what has to mark it.
  virtual std::optional<link::HttpMark> claims(std::string_view method, std::string_view path,
                                               bool tls) const = 0;
  // Takes a request that it claims. nullptr: get() has the answer.
  virtual std::unique_ptr<HttpTaker> open(const link::HttpRequest& request) = 0;
  virtual std::optional<linux_port::HttpReply> get(std::string_view /*path*/) {
    return std::nullopt;
  }
};

class HttpServer {
 public:
  struct Handlers {
    std::function<void(Status&)> fill;       // what the device knows about itself
    std::function<void(link::WsWish)> wish;  // of a connection that has just been closed
    std::string_view password;               // that peers have to know; empty: anybody may ask
  };
  // `names` as HttpSite has them. `base`: the path under which a proxy shows the device,
  // "/kitchen"; empty: none. Requests come with it or without it, as the proxy likes. The rest
  // outlives the server.
  HttpServer(const DoorContext& context, const std::vector<std::string>& names, std::string base,
             Handlers handlers);

  // Returns the real port. `tls`: speaks https there, and outlives the server; nullptr: http. As
  // device::listen().
  std::uint16_t listen(std::uint16_t wanted, const KeptNumbers& kept, std::string_view kept_as,
                       const linux_port::TlsContext* tls);

  // Outlives the connections.
  void add(HttpRoute& route) { routes_.push_back(&route); }
  // Our page, its socket and its status, at a path besides /ota.
  void add_page(std::string path) { pages_.push_back(std::move(path)); }
  // For routes, by the password that peers have to know; nullptr: there is none. One for all
  // connections, whose wrong answers count with those of the page.
  link::HttpLogin* login() { return login_ ? &*login_ : nullptr; }
  std::uint16_t port(bool tls) const { return tls ? tls_port_ : port_; }  // 0: it is not open

  // Closes every WebSocket with 1001, because the device restarts; `done` is called once all are
  // gone.
  void go_away(std::function<void()> done);

 private:
  class Visit;
  void gone(Visit& visit);
  // The same of our page: "" of the page itself, "/status", "/ws". nullopt: of no page of ours.
  std::optional<std::string_view> below_page(std::string_view path) const;
  HttpRoute* route_of(std::string_view method, std::string_view path, bool tls) const;
  std::string_view below_base(std::string_view path) const;

  const DoorContext& context_;
  Handlers handlers_;
  std::vector<std::string_view> names_;
  std::string base_;
  std::list<link::HttpSite> sites_;
  link::LoginGuards guards_;
  std::optional<link::HttpLogin> login_;
  std::vector<HttpRoute*> routes_;
  std::vector<std::string> pages_ = {"/ota"};
  std::uint16_t port_ = 0, tls_port_ = 0;
  std::set<Visit*> visits_;  // connections with a WebSocket
  std::function<void()> when_gone_;
};

}  // namespace updraft::device
