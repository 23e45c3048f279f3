// One file for every device that connects, by as many schemes as are opened; what `updraft serve`
// does. Each client has a machine of its own, so none waits for another.
#pragma once
#include <string>
#include <vector>

#include "cli/progress_bar.hpp"
#include "cli/serve_door.hpp"
#include "cli/words/output.hpp"
#include "ports/linux/reactor.hpp"

namespace updraft::cli {

class Serving {
 public:
  struct Config {
    std::string address;
    bool once = false;  // stop after one client
    bool json = false;
  };
  // `file`, and the doors that it is given, must outlive it.
  Serving(Config config, Bytes file);

  // On door.port. Throws Stop(kFailed) if it cannot be opened.
  void listen(ServeDoor& door);
  int run();  // until a signal, or the one client is done; returns the exit status

 private:
  class Client;

  void began(Client& client);
  void ended(Client& client, const Result<>& outcome);
  void tick();
  void show_progress();

  Config config_;
  Output out_;
  Bytes file_;
  linux_port::Reactor reactor_;
  std::vector<Client*> clients_;
  ProgressBar bar_{"sending"};  // of all clients together
  bool ticking_ = false;
  int status_ = kOk;
};

}  // namespace updraft::cli
