#include "ports/linux/datagram_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <functional>

#include <boost/asio/ip/multicast.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <sys/socket.h>

#include "ports/linux/connector.hpp"
#include "ports/linux/dnssd/announcer.hpp"
#include "ports/linux/peer_address.hpp"

namespace updraft::linux_port {
namespace {

asio::ip::address_v4 group_address() { return address_of(mdns_group()).to_v4(); }

// The link belongs to the one in datagrams, which hears how it went.
class CallBack final : public Connection {
 public:
  CallBack(Loop& loop, link::DatagramLink& caller, link::Link& link, std::function<void()> then)
      : loop_(loop), caller_(caller), link_(link), then_(std::move(then)) {}
  link::Link& link() override { return link_; }
  void closed(const Result<>& outcome) override {
    caller_.on_called_back(outcome, loop_.now());
    then_();
  }

 private:
  Loop& loop_;
  link::DatagramLink& caller_;
  link::Link& link_;
  std::function<void()> then_;
};

}  // namespace

Result<std::uint16_t> DatagramSocket::open(const std::string& address, std::uint16_t port) {
  error_code error;
  asio::ip::basic_resolver<udp, Executor> resolver(loop_.io);
  const auto found = resolver.resolve(address, std::to_string(port),
                                      asio::ip::resolver_base::numeric_service, error);
  if (error) return fail(Code::unreachable, Where::link, kUnknownName);
  const udp::endpoint endpoint = found.begin()->endpoint();
  socket_.open(endpoint.protocol(), error);
  if (!error && endpoint.address().is_v6()) {
    socket_.set_option(asio::ip::v6_only(!endpoint.address().is_unspecified()), error);
  }
  if (!error) socket_.bind(endpoint, error);
  return opened(error);
}

Result<std::uint16_t> DatagramSocket::open_group(std::uint16_t port, std::vector<NetInterface> on) {
  networks_ = std::move(on);
  error_code error;
  socket_.open(udp::v4(), error);
  if (port != 0) {
    if (!error) socket_.set_option(asio::socket_base::reuse_address(true), error);
    const int yes = 1;  // asio has no option for it
    const int done =
        ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    if (!error && done != 0) error = error_code(errno, boost::system::system_category());
  }
  if (!error) socket_.bind(udp::endpoint(udp::v4(), port), error);
  for (const NetInterface& network : networks_) {
    error_code ignored;  // a network that went away in between
    socket_.set_option(
        asio::ip::multicast::join_group(group_address(), asio::ip::address_v4(network.address)),
        ignored);
  }
  constexpr int kHops = 255;  // RFC 6762, 11
  if (!error) socket_.set_option(asio::ip::multicast::hops(kHops), error);
  return opened(error);
}

Result<std::uint16_t> DatagramSocket::opened(const error_code& error) {
  error_code failed = error;
  if (!failed) socket_.non_blocking(true, failed);
  if (failed) return fail(Code::unreachable, Where::link, static_cast<unsigned>(failed.value()));
  receive();
  turn();
  return socket_.local_endpoint(failed).port();
}

bool DatagramSocket::is_local(const udp::endpoint& peer) const {
  if (networks_.empty()) return true;
  if (!peer.address().is_v4()) return false;
  return std::ranges::any_of(networks_,
                             [ip = peer.address().to_v4().to_uint()](const NetInterface& network) {
                               return network.contains(ip);
                             });
}

void DatagramSocket::send_to_group(Bytes bytes) {
  for (const NetInterface& network : networks_) {
    error_code error;
    socket_.set_option(
        asio::ip::multicast::outbound_interface(asio::ip::address_v4(network.address)), error);
    const udp::endpoint group(group_address(), kMdnsPort);
    if (!error) socket_.send_to(asio::buffer(bytes.data(), bytes.size()), group, 0, error);
  }
}

void DatagramSocket::turn() {
  const Instant now = loop_.now();
  if (const auto due = link_.deadline(); due && *due <= now) link_.on_deadline(now);
  send();
  if (calling_ != nullptr) calling_->wake();  // it may be wanted no more
  call_back();
  wait();
}

// What the kernel does not take now is lost, as on the way.
void DatagramSocket::send() {
  error_code ignored;
  const bool as_v6 = socket_.local_endpoint(ignored).address().is_v6();
  while (const auto datagram = link_.write_to(tx_)) {
    if (!networks_.empty() && datagram->to == mdns_group()) {
      send_to_group(Bytes(tx_).first(datagram->size));
      continue;
    }
    const udp::endpoint to(address_of(datagram->to, as_v6), datagram->to.port);
    socket_.send_to(asio::buffer(tx_, datagram->size), to, 0, ignored);
  }
}

void DatagramSocket::call_back() {
  while (const auto call = link_.call_back()) {
    auto connection =
        std::make_unique<CallBack>(loop_, link_, *call->link, [self = shared_from_this()] {
          self->calling_ = nullptr;
          self->turn();
        });
    calling_ = connection.get();
    std::make_shared<Connector>(loop_, address_of(call->to).to_string(), call->to.port,
                                std::move(connection), ConnectOptions{})
        ->start();
  }
}

void DatagramSocket::receive() {
  socket_.async_receive_from(
      asio::buffer(rx_), from_,
      [self = shared_from_this()](const error_code& error, std::size_t size) {
        if (error == asio::error::operation_aborted) return;
        if (!error && self->is_local(self->from_))
          self->link_.on_datagram(peer_of(self->from_), Bytes(self->rx_).first(size),
                                  self->loop_.now());
        self->receive();
        self->turn();
      });
}

void DatagramSocket::wait() {
  const auto due = link_.deadline();
  if (!due) return;
  timer_.expires_at(loop_.at(*due));
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    error_code ignored;
    // Datagrams that wait in the socket came in time.
    if (!error && self->socket_.available(ignored) == 0) self->turn();
  });
}

}  // namespace updraft::linux_port
