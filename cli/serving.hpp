// One file for every device that connects, by as many schemes as are opened; what `updraft serve`
// does. Each client has a machine of its own, so none waits for another.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "updraft/intake.hpp"

#include "cli/progress_bar.hpp"
#include "cli/words/output.hpp"
#include "ports/linux/reactor.hpp"
#include "protocols/raw/raw_cipher.hpp"

namespace updraft::cli {

class Serving {
 public:
  struct Config {
    std::string address;
    std::optional<link::RawCipher> cipher;  // of raw
    bool once = false;                      // stop after one client
    bool json = false;
  };
  // `file` must outlive it.
  Serving(Config config, Bytes file);

  // Throws Stop(kFailed) where the port cannot be had.
  void listen(Scheme scheme, std::uint16_t port);
  int run();  // until a signal, or the one client is done; returns the exit status

 private:
  class Client;
  template <class Machine>
  class MachineClient;

  std::unique_ptr<ports::Connection> make_client(Scheme scheme);
  void began(Client& client);
  void ended(Client& client, const Result<>& outcome);
  void tick();
  void show_progress();

  Config config_;
  Output out_;
  Bytes file_;
  ports::Reactor reactor_;
  std::vector<Client*> clients_;
  ProgressBar bar_{"sending"};  // of all clients together
  bool ticking_ = false;
  int status_ = kOk;
};

}  // namespace updraft::cli
