#include "cli/push/push_printer.hpp"

#include "cli/running.hpp"

namespace updraft::cli {

void PushPrinter::progress(std::uint64_t sent, std::uint64_t total) {
  if (sent == 0) return;
  if (!out_.json()) return bar_.show(sent, total);
  if (sent == shown_ || (sent - shown_ < step_ && sent != total)) return;
  shown_ = sent;
  out_.event({{"event", "progress"}, {"sent", sent}, {"total", total}});
}

void PushPrinter::found(const host::DeviceStatus& status) {
  out_.item("device", running_line(status));
  warn_of_rescue(status);
}

void PushPrinter::restarting() { out_.item("restart", "waiting for the device"); }

void PushPrinter::into_rescue() {
  out_.event({{"event", "rescue_first"}});
  out_.item("rescue", "the device restarts into its rescue app; the file is sent again there");
}

void PushPrinter::on_trial(const host::DeviceStatus& status) {
  out_.item("running", running_line(status));
}

}  // namespace updraft::cli
