// SIGINT and SIGTERM as events of the loop.
//
// The thread blocks them and reads them from a descriptor. One that was not read is still pending
// in the kernel, where it outlives execv(): the next program finds it. A handler would have taken
// it, and with it the wish to end.
#pragma once
#include <functional>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "ports/linux/asio.hpp"

namespace updraft::linux_port {

class Signals {
 public:
  using Handler = std::function<void(int)>;

  // Of the thread that runs the loop; other threads must block them. Throws std::system_error.
  Signals(Loop& loop, Handler on_signal);
  // Unless they are held, what was not told is dropped, and they do again what they did before.
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  void hold();  // reads no more of them; they stay blocked

 private:
  void wait();
  int take();  // 0: there is none

  asio::posix::basic_stream_descriptor<Executor> pending_;
  Handler on_signal_;
  bool held_ = false;
};

}  // namespace updraft::linux_port
