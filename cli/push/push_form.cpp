#include "cli/push/push_form.hpp"

#include "cli/push/push_http.hpp"
#include "cli/push/push_printer.hpp"
#include "host/push/form_push.hpp"
#include "host/push/through_rescue.hpp"

namespace updraft::cli {

void FormPushDoor::add_options(CLI::App& command) {
  password_.add_options(command, "form");
  cipher_.add_options(command, "form");
}

std::string FormPushDoor::examples() const {
  return "  updraft push build/app.bin form://192.168.1.20      # esp32-ota's web form\n";
}

int FormPushDoor::push(const PushJob& job) {
  const Output out(job.json);
  const std::vector<std::byte> image = job.is_data() ? read_data(job.file) : read_image(job.file);
  const std::vector<std::byte> payload =
      job.is_data() ? image : payload_of(job.file, image, false, out);
  host::FormPush push;
  push.cipher = cipher_.read();
  if (job.is_data()) push.target = job.target_name;
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
