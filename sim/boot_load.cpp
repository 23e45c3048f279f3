// The second half of the bootloader: from the app that should boot to one that can.
#include "sim/boot_trace.hpp"
#include "sim/bootloader.hpp"

namespace updraft::sim {

using format::OtaState;

// Down to the factory app, then up from the start, the test app last; what is missing is left out.
std::vector<int> Bootloader::order_from(int start) const {
  std::vector<int> order;
  const auto add = [&](int index) {
    if (layout_.app(index) != nullptr) order.push_back(index);
  };
  if (start != kTestIndex) {
    for (int i = start; i >= kFactoryIndex; --i) add(i);
    for (int i = start + 1; i < static_cast<int>(layout_.slots); ++i) add(i);
  }
  add(kTestIndex);
  return order;
}

Result<BootedApp> Bootloader::load(int start) {
  const std::vector<int> order = order_from(start);
  Result<BootedApp> first = fail(Code::no_other_image, Where::boot);
  for (std::size_t i = 0; i < order.size(); ++i) {
    Result<BootedApp> app = attempt(order[i]);
    if (app) return app;
    const bool last = i + 1 == order.size();
    say(app_name(order[i]) + ": " + describe_refusal(app.error()) +
        (last ? "" : ", trying " + app_name(order[i + 1])));
    if (i == 0) first = app;
    if (app.error().code == Code::flash) return app;
  }
  say("no app can boot: the chip resets for ever");
  return first;
}

Result<BootedApp> Bootloader::attempt(int index) {
  const format::Partition& partition = *layout_.app(index);
  if (!passes_anti_rollback(index)) {
    const auto description = reader_.description(partition);
    if (!description) return std::unexpected(description.error());
    return fail(Code::secure_version_low, Where::image, description->secure_version,
                fuses_.secure_version());
  }
  const Result<format::ImageInfo> image = reader_.verify(partition);
  if (!image) return std::unexpected(image.error());
  if (initial_ && index >= 0) UPDRAFT_TRY(write_initial(index));
  const auto slot = static_cast<std::uint32_t>(index);
  const auto state =
      index < 0 ? std::nullopt : state_of_slot(otadata_.records(), slot, layout_.slots);
  std::string line = app_name(index) + ": sound, boots";
  if (image->has_descriptor) line += " (version " + std::string(image->app.version.view()) + ")";
  say(std::move(line));
  return BootedApp{index, partition, state.value_or(OtaState::undefined), *image};
}

// The first boot of a device without factory app gives the app that boots its record.
Result<> Bootloader::write_initial(int index) {
  otadata_.put(0, format::make_ota_record(static_cast<std::uint32_t>(index) + 1, OtaState::valid));
  say("record 0: first boot of this device, written for " + app_name(index) + ", valid");
  UPDRAFT_TRY(write_record(0));
  if (anti_rollback()) raise_secure_version(index);
  return {};
}

}  // namespace updraft::sim
