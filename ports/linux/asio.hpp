// Boost.Asio as this port uses it. Only the .cpp files of this folder include it.
#pragma once
#include <chrono>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "updraft/time.hpp"

namespace updraft::linux_port {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// On the concrete executor, which costs no virtual calls.
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Resolver = asio::ip::basic_resolver<tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

// The loop and the time it started.
struct Loop {
  asio::io_context io{1};
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();

  Instant now() const {
    return Instant{std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - start)};
  }
  std::chrono::steady_clock::time_point at(Instant instant) const {
    return start + instant.time_since_epoch();
  }
};

}  // namespace updraft::linux_port
