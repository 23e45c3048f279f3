#include "ports/linux/listener.hpp"

#include <algorithm>
#include <string>

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>

namespace updraft::linux_port {
namespace {
constexpr Millis kAcceptPause{100};  // after a failed accept: out of descriptors, most often

}  // namespace

Result<std::uint16_t> Listener::open(const std::string& address, std::uint16_t port) {
  error_code error;
  Resolver resolver(loop_.io);
  const auto found =
      resolver.resolve(address, std::to_string(port), Resolver::numeric_service, error);
  if (error) return fail(Code::unreachable, Where::link, kUnknownName);
  error = bind(found.begin()->endpoint());
  if (error) return fail(Code::unreachable, Where::link, static_cast<unsigned>(error.value()));
  accept();
  return acceptor_.local_endpoint(error).port();
}

// A port that the kernel chooses is asked for without reuse_address: with it two programs may get
// the same one, and the second finds out when it listens. Connections that are over must not hold
// the port when the device comes back to it, so the option is set all the same, before any is
// accepted.
error_code Listener::bind(const tcp::endpoint& endpoint) {
  error_code error;
  const tcp::acceptor::reuse_address reuse(true);
  acceptor_.open(endpoint.protocol(), error);
  if (!error && endpoint.port() != 0) acceptor_.set_option(reuse, error);
  if (!error && endpoint.address().is_v6()) {
    acceptor_.set_option(asio::ip::v6_only(!endpoint.address().is_unspecified()), error);
  }
  if (!error && options_.receive_buffer != 0) {  // accepted sockets inherit it
    acceptor_.set_option(tcp::socket::receive_buffer_size(options_.receive_buffer), error);
  }
  if (!error) acceptor_.bind(endpoint, error);
  if (!error && endpoint.port() == 0) acceptor_.set_option(reuse, error);
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
  queue(std::move(socket));
}

void Listener::queue(Socket socket) {
  error_code gone;
  const tcp::endpoint peer = socket.remote_endpoint(gone);
  if (gone) return;
  waiting_.push_back({origin_of(peer.address()), loop_.now() + kWaitMs, std::move(socket)});
  let_in();
  if (waiting_.size() <= kMostWaiting) return;
  const std::size_t away = who_is_sent_away(origins());
  waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(away));
}

void Listener::let_in() {
  std::erase_if(places_, [](const Place& place) { return place.session->over(); });
  const Instant now = loop_.now();
  std::erase_if(waiting_, [now](const Waiting& waiting) { return waiting.until <= now; });
  while (!waiting_.empty()) {
    const auto next = static_cast<std::ptrdiff_t>(who_enters(origins(), guests()));
    if (places_.size() >= options_.places && !make_room()) break;
    Waiting enters = std::move(waiting_[static_cast<std::size_t>(next)]);
    waiting_.erase(waiting_.begin() + next);
    seat(std::move(enters));
  }
  if (!waiting_.empty()) wait_for_a_chance();
}

bool Listener::make_room() {
  const std::optional<std::size_t> leaves = who_leaves(guests(), loop_.now());
  if (!leaves) return false;
  const auto place = places_.begin() + static_cast<std::ptrdiff_t>(*leaves);
  const std::shared_ptr<Session> session = std::move(place->session);
  places_.erase(place);
  session->on_over = nullptr;
  session->drop();
  return true;
}

void Listener::seat(Waiting waiting) {
  std::unique_ptr<Connection> connection = make_();
  if (connection == nullptr) return;
  const auto session =
      std::make_shared<Session>(loop_, std::move(waiting.socket), std::move(connection));
  session->on_over = [this] { asio::post(loop_.io, [this] { let_in(); }); };
  places_.push_back({waiting.from, session});
  session->start();
}

// Somebody waits, and all guests are safe for now.
void Listener::wait_for_a_chance() {
  const Instant next =
      std::min(next_chance(guests()).value_or(Instant::max()), waiting_.front().until);
  chance_.expires_at(loop_.at(next));
  chance_.async_wait([this](const error_code& cancelled) {
    if (!cancelled) let_in();
  });
}

std::vector<Guest> Listener::guests() const {
  std::vector<Guest> guests;
  guests.reserve(places_.size());
  for (const Place& place : places_) {
    guests.push_back({place.from, place.session->safe_until(options_.patience)});
  }
  return guests;
}

std::vector<Origin> Listener::origins() const {
  std::vector<Origin> origins;
  origins.reserve(waiting_.size());
  for (const Waiting& waiting : waiting_) origins.push_back(waiting.from);
  return origins;
}

}  // namespace updraft::linux_port
