#include "ports/linux/reactor.hpp"

#include <csignal>
#include <list>
#include <optional>

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include "ports/linux/asio.hpp"
#include "ports/linux/connector.hpp"
#include "ports/linux/datagram_socket.hpp"
#include "ports/linux/line_reader.hpp"
#include "ports/linux/listener.hpp"
#include "ports/linux/serial_line.hpp"

namespace updraft::linux_port {

namespace {

void mask_signals(int how) {
  sigset_t both;
  sigemptyset(&both);
  sigaddset(&both, SIGINT);
  sigaddset(&both, SIGTERM);
  pthread_sigmask(how, &both, nullptr);
}

}  // namespace

struct Reactor::Impl {
  using Handler = std::function<void(int)>;

  void wait_for_signal() {
    signals.async_wait([this](const error_code& error, int number) {
      if (error) return;
      wait_for_signal();
      on_signal(number);
    });
  }

  Loop loop;
  std::list<Listener> listeners;
  asio::signal_set signals{loop.io};
  Handler on_signal;
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
  impl_->on_signal = std::move(handler);
  impl_->signals.add(SIGINT);
  impl_->signals.add(SIGTERM);
  impl_->wait_for_signal();
  mask_signals(SIG_UNBLOCK);
}

void Reactor::hold_signals() { mask_signals(SIG_BLOCK); }

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
