#include "cli/push/push_elegant.hpp"

#include "host/push/elegant_push.hpp"

namespace updraft::cli {

void ElegantPushDoor::add_options(CLI::App& command) {
  user_.add_options(command, "elegant");
  options_.add(command, "elegant");
  options_.tls.add_options(command, "elegants");
}

std::string ElegantPushDoor::examples() const {
  return "  updraft push build/app.bin elegant://192.168.1.20   # ElegantOTA\n"
         "  updraft push build/app.bin elegants://kitchen.local --fingerprint 5f82...\n";
}

int ElegantPushDoor::push(const PushJob& job) {
  host::ElegantPush push;
  push.file_system = job.is_data();
  const std::string user = user_.given();
  push.login.user = user.empty() ? "admin" : user;
  push.login.basic_in_clear = true;  // some devices know nothing else
  return push_by_http(job, push, options_, options_.chooses());
}

}  // namespace updraft::cli
