#include "ports/linux/connector.hpp"

#include <boost/asio/post.hpp>

#include "ports/linux/session.hpp"

namespace updraft::linux_port {
namespace {
constexpr Millis kTryMs{5'000};     // for one address to answer
constexpr Millis kRetryPause{200};  // the original device closes its port between two looks at it

// A name that no server and no file has is wrong, or one of multicast DNS, whose owner may be
// restarting. What a resolver calls temporary may change any moment.
bool stays_unknown(const std::string& host, const error_code& error) {
  return error == asio::error::host_not_found && !host.ends_with(".local");
}
}  // namespace

Connector::Connector(Loop& loop, std::string host, std::uint16_t port,
                     std::unique_ptr<Connection> connection, const ConnectOptions& options)
    : loop_(loop),
      host_(std::move(host)),
      port_(port),
      connection_(std::move(connection)),
      give_up_at_(loop.now() + options.retry_for),
      resolver_(loop.io),
      socket_(loop.io),
      timer_(loop.io) {}

void Connector::start() {
  asio::post(loop_.io, [self = shared_from_this()] { self->resolve(); });
}

void Connector::resolve() {
  error_code no_number;
  const auto address = asio::ip::make_address(host_, no_number);
  if (!no_number) {
    endpoints_ = {{address, port_}};
    return try_next();
  }
  resolver_.async_resolve(
      host_, std::to_string(port_), Resolver::numeric_service,
      [self = shared_from_this()](const error_code& error, const Resolver::results_type& results) {
        self->resolved(error, results);
      });
}

void Connector::resolved(const error_code& error, const Resolver::results_type& results) {
  if (error) return round_failed(error);
  for (const auto& entry : results) endpoints_.push_back(entry.endpoint());
  try_next();
}

void Connector::try_next() {
  const tcp::endpoint endpoint = endpoints_.front();
  endpoints_.erase(endpoints_.begin());
  timer_.expires_after(kTryMs);
  timer_.async_wait([self = shared_from_this()](const error_code& cancelled) {
    const bool due = self->timer_.expiry() <= std::chrono::steady_clock::now();
    error_code ignored;
    if (!cancelled && due) self->socket_.close(ignored);
  });
  socket_ = Socket(loop_.io);
  socket_.async_connect(endpoint,
                        [self = shared_from_this()](const error_code& e) { self->tried(e); });
}

void Connector::tried(const error_code& error) {
  timer_.cancel();
  if (!error && socket_.is_open()) {
    return std::make_shared<Session>(loop_, std::move(socket_), std::move(connection_))->start();
  }
  if (!endpoints_.empty()) return try_next();
  round_failed(socket_.is_open() ? error : asio::error::timed_out);
}

void Connector::round_failed(const error_code& error) {
  if (loop_.now() + kRetryPause > give_up_at_ || stays_unknown(host_, error)) {
    const std::unique_ptr<Connection> connection = std::move(connection_);
    const bool unknown = error.category() == asio::error::get_netdb_category() ||
                         error.category() == asio::error::get_addrinfo_category();
    const std::uint64_t number = unknown ? kUnknownName : static_cast<unsigned>(error.value());
    return connection->closed(fail(Code::unreachable, Where::link, number));
  }
  timer_.expires_after(kRetryPause);
  timer_.async_wait([self = shared_from_this()](const error_code& cancelled) {
    if (!cancelled) self->resolve();
  });
}

}  // namespace updraft::linux_port
