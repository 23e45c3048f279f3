#include "ports/linux/reactor.hpp"

#include <list>
#include <optional>

#include <boost/asio/post.hpp>

#include "ports/linux/asio.hpp"
#include "ports/linux/connector.hpp"
#include "ports/linux/datagram_socket.hpp"
#include "ports/linux/line_reader.hpp"
#include "ports/linux/listener.hpp"
#include "ports/linux/serial_line.hpp"
#include "ports/linux/signals.hpp"

namespace updraft::linux_port {

struct Reactor::Impl {
  Loop loop;
  std::list<Listener> listeners;
  std::optional<Signals> signals;
  std::optional<LineReader> console;  // last: its thread posts to the loop
};

Reactor::Reactor() : impl_(std::make_unique<Impl>()) {}
Reactor::~Reactor() = default;

Instant Reactor::now() const { return impl_->loop.now(); }

Result<std::uint16_t> Reactor::listen(const std::string& address, std::uint16_t port,
                                      ConnectionMaker make, const ListenOptions& options) {
  Listener& listener = impl_->listeners.emplace_back(impl_->loop, std::move(make), options);
  const Result<std::uint16_t> opened = listener.open(address, port);
  if (!opened) impl_->listeners.pop_back();
  return opened;
}

void Reactor::connect(const std::string& host, std::uint16_t port,
                      std::unique_ptr<Connection> connection, const ConnectOptions& options) {
  std::make_shared<Connector>(impl_->loop, host, port, std::move(connection), options)->start();
}

Result<std::uint16_t> Reactor::datagrams(const std::string& address, std::uint16_t port,
                                         link::DatagramLink& link) {
  return std::make_shared<DatagramSocket>(impl_->loop, link)->open(address, port);
}

Result<std::function<void()>> Reactor::multicasts(std::uint16_t port, std::vector<NetInterface> on,
                                                  link::DatagramLink& link) {
  const auto socket = std::make_shared<DatagramSocket>(impl_->loop, link);
  const Result<std::uint16_t> opened = socket->open_group(port, std::move(on));
  if (!opened) return std::unexpected(opened.error());
  // It goes with the loop, and whoever holds this may outlive both.
  return [known = std::weak_ptr(socket)] {
    if (const auto there = known.lock()) there->turn();
  };
}

void Reactor::serial(int fd, std::unique_ptr<Connection> connection) {
  std::make_shared<SerialLine>(impl_->loop, fd, std::move(connection))->start();
}

void Reactor::after(Millis delay, std::function<void()> handler) {
  const auto timer = std::make_shared<Timer>(impl_->loop.io);
  timer->expires_after(delay);
  timer->async_wait([timer, handler = std::move(handler)](const error_code& error) {
    if (!error) handler();
  });
}

void Reactor::on_signal(std::function<void(int)> handler) {
  impl_->signals.emplace(impl_->loop, std::move(handler));
}

void Reactor::hold_signals() {
  if (impl_->signals) impl_->signals->hold();
}

void Reactor::on_line(int fd, std::function<void(std::string_view)> handler) {
  impl_->console.emplace(fd, [this, handler = std::move(handler)](std::string line) {
    asio::post(impl_->loop.io, [handler, line = std::move(line)] { handler(line); });
  });
}

void Reactor::run() {
  impl_->loop.io.run();
  impl_->loop.io.restart();  // for the next run; a stop() that came before this one was heeded
}

void Reactor::stop() { impl_->loop.io.stop(); }

}  // namespace updraft::linux_port
