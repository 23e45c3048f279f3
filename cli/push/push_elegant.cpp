#include "cli/push/push_elegant.hpp"

#include "cli/push/push_http.hpp"
#include "cli/push/push_printer.hpp"
#include "host/push/elegant_push.hpp"
#include "host/push/through_rescue.hpp"

namespace updraft::cli {

void ElegantPushDoor::add_options(CLI::App& command) {
  user_.add_options(command, "elegant (admin, if not given)");
  password_.add_options(command, "elegant");
}

std::string ElegantPushDoor::examples() const {
  return "  updraft push build/app.bin elegant://192.168.1.20   # ElegantOTA\n";
}

int ElegantPushDoor::push(const PushJob& job) {
  const Output out(job.json);
  const std::vector<std::byte> image = job.is_data() ? read_data(job.file) : read_image(job.file);
  const std::vector<std::byte> payload =
      job.is_data() ? image : payload_of(job.file, image, false, out);
  host::ElegantPush push;
  push.file_system = job.is_data();
  const std::string user = user_.given();
  push.login.user = user.empty() ? "admin" : user;
  push.login.basic_in_clear = true;  // some devices know nothing else
  push.login.password = [this, target = job.target.text()] {
    return read_password(password_.given(), Ask::yes, target);
  };
  PushPrinter printer(out, job.target.host);
  const Interrupt interrupt;
  const host::Ended ended = host::push_through_rescue(push, job.to(printer), payload);
  throw_if_stopped(ended);
  return conclude_http(job, ended, out, base_of(job.file, image));
}

}  // namespace updraft::cli
