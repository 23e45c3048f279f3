// A link on a serial line: a file descriptor that is always there, without connections and ends.
// Each write_to() of the link is one write.
//
// On a pseudo terminal that no program has open, what the link says is dropped, and so is what its
// last reader left unread: so drivers of serial devices do, and some hosts rely on it.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "ports/linux/asio.hpp"
#include "ports/linux/reactor.hpp"
#include "protocols/link/link_driver.hpp"

namespace updraft::linux_port {

inline constexpr Millis kFirstPause{
    5};  // from look to look while nobody has it open; doubles up to
inline constexpr Millis kLongestPause{100};

class SerialLine : public std::enable_shared_from_this<SerialLine> {
 public:
  // Uses a duplicate of `fd`.
  SerialLine(Loop& loop, int fd, std::unique_ptr<Connection> connection);
  void start();  // lives until the link closes or the line is lost

 private:
  void turn();  // after whatever happened
  void look_who_reads();
  void send();
  void sent(const error_code& error, std::size_t size);
  void receive();
  void received(const error_code& error, std::size_t size);
  void wait_for_somebody();
  void wait();
  void time_is_up();
  void lost();
  void end();

  Loop& loop_;
  asio::posix::basic_stream_descriptor<Executor> line_;
  Timer timer_, somebody_;
  std::unique_ptr<Connection> connection_;
  std::optional<link::LinkDriver> driver_;
  bool sending_ = false;
  bool receiving_ = false;
  bool vacant_ = false;  // no program has the line open
  Millis pause_ = kFirstPause;
  std::vector<std::byte> rx_, tx_;
};

}  // namespace updraft::linux_port
