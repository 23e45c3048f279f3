#include "cli/push/push_form.hpp"

#include "host/push/form_push.hpp"

namespace updraft::cli {

void FormPushDoor::add_options(CLI::App& command) {
  options_.add(command, "form");
  options_.tls.add_options(command, "forms");
  cipher_.add_options(command, "form");
}

std::string FormPushDoor::examples() const {
  return "  updraft push build/app.bin form://192.168.1.20      # esp32-ota's web form\n"
         "  updraft push build/app.bin forms://kitchen.local --fingerprint 5f82...\n";
}

int FormPushDoor::push(const PushJob& job) {
  host::FormPush push;
  push.cipher = cipher_.read();
  if (job.is_data()) push.target = job.target_name;
  return push_by_http(job, push, options_, !push.cipher && options_.chooses());
}

}  // namespace updraft::cli
