// A link on a serial line: a file descriptor that is always there, without connections and ends.
// Each write_to() of the link is one write.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "ports/linux/asio.hpp"
#include "ports/linux/reactor.hpp"
#include "protocols/link/link_driver.hpp"

namespace updraft::linux_port {

class SerialLine : public std::enable_shared_from_this<SerialLine> {
 public:
  // Uses a duplicate of `fd`.
  SerialLine(Loop& loop, int fd, std::unique_ptr<Connection> connection);
  void start();  // lives until the link closes or the line is lost

 private:
  void turn();  // after whatever happened
  void send();
  void receive();
  void wait();
  void time_is_up();
  void lost();
  void end();

  Loop& loop_;
  asio::posix::basic_stream_descriptor<Executor> line_;
  Timer timer_;
  std::unique_ptr<Connection> connection_;
  std::optional<link::LinkDriver> driver_;
  bool sending_ = false;
  bool receiving_ = false;
  std::vector<std::byte> rx_, tx_;
};

}  // namespace updraft::linux_port
