// One file for every device that connects, by as many protocols as are opened. Each client has a
// machine of its own, so none waits for another.
#pragma once
#include <string>
#include <vector>

#include "host/serve/serve_method.hpp"
#include "ports/linux/reactor.hpp"

namespace updraft::host {

// A device that fetches, and how far it is.
struct ServedClient {
  Scheme scheme;
  std::string peer;  // "127.0.0.1:50123"
  std::uint64_t sent = 0, total = 0;
};

// What happens, as it happens, on the thread that serves.
class ServeWatcher {
 public:
  virtual ~ServeWatcher() = default;
  virtual void began(const ServedClient& client) = 0;
  // Every 250 ms while there are clients: all of them.
  virtual void progress(const std::vector<ServedClient>& clients) = 0;
  virtual void ended(const ServedClient& client, const Result<>& outcome) = 0;
};

class Serving {
 public:
  // `file`, the watcher, and the methods that it is given, must outlive it.
  Serving(Bytes file, ServeWatcher& watcher) : file_(file), watcher_(watcher) {}

  // Returns the port, the real one if 0 was asked for. Error: unreachable, `found` is errno.
  Result<std::uint16_t> listen(const std::string& address, std::uint16_t port, ServeMethod& method);
  void stop_on_signals() {  // SIGINT and SIGTERM
    reactor_.on_signal([this](int) { stop(); });
  }
  void run() { reactor_.run(); }  // until stop()
  void stop() { reactor_.stop(); }

 private:
  class Client;

  void began(Client& client);
  void ended(Client& client, const Result<>& outcome);
  void tick();
  void show_progress();

  Bytes file_;
  ServeWatcher& watcher_;
  std::vector<Client*> clients_;
  bool ticking_ = false;
  linux_port::Reactor reactor_;
};

}  // namespace updraft::host
