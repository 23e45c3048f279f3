#include "virtual_device/sd_door.hpp"

#include "ports/linux/folder_card.hpp"
#include "protocols/sd/sd_device.hpp"

namespace updraft::device {
namespace {

class CardSlot final : public OpenDoor {
 public:
  CardSlot(const DoorContext& context, const std::filesystem::path& folder,
           link::LinkDecryptor* decryptor)
      : context_(context),
        card_(folder),
        device_(context.intake, card_, {.slot_size = context.most_bytes, .decryptor = decryptor}) {
    Listening listening = listening_by(kSd, context);
    listening.address = folder.string();
    context_.events.on_listening(listening);
    if (!card_.list()) context_.events.on_warning("there is no card at " + folder.string());
    wait(Millis{0});
  }

 private:
  void wait(Millis time) {
    context_.reactor.after(time, [this] { step(); });
  }
  // A new update is begun only when it would not be turned away.
  void step() {
    const bool waits = context_.updater.state() != UpdateState::idle || context_.steering.pending();
    if (device_.is_looking() && waits) return wait(kSdLookMs);
    switch (device_.step()) {
      case link::SdDevice::Next::soon:
        return wait(Millis{0});
      case link::SdDevice::Next::later:
        return wait(kSdLookMs);
      case link::SdDevice::Next::restart:
        return context_.ended({});
    }
  }

  const DoorContext& context_;
  linux_port::FolderCard card_;
  link::SdDevice device_;
};

}  // namespace

void SdDoor::add_options(CLI::App& command) {
  command.add_option("--sd", folder_, "files on a card, which is this folder")->type_name("DIR");
  cipher_.add_options(command, "sd");
}

void SdDoor::check() {
  if (const auto cipher = cipher_.read()) decryptor_.emplace(*cipher);
}

std::unique_ptr<OpenDoor> SdDoor::open(const DoorContext& context, const KeptNumbers&) {
  return std::make_unique<CardSlot>(context, *folder_, decryptor_ ? &*decryptor_ : nullptr);
}

}  // namespace updraft::device
