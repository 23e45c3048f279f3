#include "ports/linux/listener.hpp"

#include <algorithm>
#include <string>

#include <boost/asio/ip/v6_only.hpp>

namespace updraft::linux_port {
namespace {
constexpr Millis kAcceptPause{100};  // after a failed accept: out of descriptors, most often

bool gone(const std::weak_ptr<Session>& session) {
  const auto alive = session.lock();
  return alive == nullptr || alive->over();
}
}  // namespace

Result<std::uint16_t> Listener::open(const std::string& address, std::uint16_t port) {
  error_code error;
  Resolver resolver(loop_.io);
  const auto found =
      resolver.resolve(address, std::to_string(port), Resolver::numeric_service, error);
  if (!error) error = bind(found.begin()->endpoint());
  if (error) return fail(Code::unreachable, Where::link, static_cast<unsigned>(error.value()));
  accept();
  return acceptor_.local_endpoint(error).port();
}

error_code Listener::bind(const tcp::endpoint& endpoint) {
  error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && endpoint.address().is_v6()) {
    acceptor_.set_option(asio::ip::v6_only(!endpoint.address().is_unspecified()), error);
  }
  if (!error && options_.receive_buffer != 0) {  // accepted sockets inherit it
    acceptor_.set_option(tcp::socket::receive_buffer_size(options_.receive_buffer), error);
  }
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
  return error;
}

void Listener::accept() {
  acceptor_.async_accept([this](const error_code& error, Socket socket) {
    if (error == asio::error::operation_aborted) return;
    accepted(error, std::move(socket));
  });
}

void Listener::accepted(const error_code& error, Socket socket) {
  if (error) {
    pause_.expires_after(kAcceptPause);
    return pause_.async_wait([this](const error_code& cancelled) {
      if (!cancelled) accept();
    });
  }
  accept();
  if (!make_room()) return;
  std::unique_ptr<Connection> connection = make_();
  if (connection == nullptr) return;
  const auto session = std::make_shared<Session>(loop_, std::move(socket), std::move(connection));
  sessions_.push_back(session);
  session->start();
}

bool Listener::make_room() {
  std::erase_if(sessions_, gone);
  if (sessions_.size() < options_.max_connections) return true;
  const auto stranger = std::find_if(sessions_.begin(), sessions_.end(),
                                     [](const auto& session) { return !session.lock()->proven(); });
  if (stranger == sessions_.end()) return false;
  stranger->lock()->drop();
  sessions_.erase(stranger);
  return true;
}

}  // namespace updraft::linux_port
