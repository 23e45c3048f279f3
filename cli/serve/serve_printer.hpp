// What `updraft serve` prints while it serves.
#pragma once
#include <functional>
#include <map>
#include <string>

#include "cli/progress_bar.hpp"
#include "cli/serve/serve_door.hpp"
#include "cli/words/output.hpp"
#include "host/serve/serving.hpp"

namespace updraft::cli {

class ServePrinter final : public host::ServeWatcher {
 public:
  explicit ServePrinter(bool json) : out_(json) {}
  void listening(ServeDoor& door, const std::string& address, std::uint16_t port,
                 std::uint64_t file_bytes) const;
  void began(const host::ServedClient& client) override;
  void progress(const std::vector<host::ServedClient>& clients) override;
  void ended(const host::ServedClient& client, const Result<>& outcome) override;

  std::function<void(const Result<>&)> on_ended;  // may be empty

 private:
  Output out_;
  ProgressBar bar_{"sending"};                  // of all clients together
  std::map<std::string, std::uint64_t> shown_;  // bytes in the last event of each peer
};

}  // namespace updraft::cli
