#include "virtual_device/native_board.hpp"

#include "engine/format/chip.hpp"

namespace updraft::device {

NativeBoard::NativeBoard(const DoorContext& context)
    : context_(context), pairing_(context.options.state, context.id), fill_(context.status()) {}

void NativeBoard::describe(link::NativeFacts& facts) {
  fill_(facts.status);
  facts.id = context_.id;
  facts.chip = format::chip_name(context_.app.image.header.chip_id);
  facts.class_id = context_.options.trusted.class_id;
  facts.refused_peers = refused_;
  const SignedUpdates* const signing = context_.signing;
  if (signing == nullptr) return;
  facts.key_set = signing->key_set_version();
  if (signing->installed()) facts.sequence = signing->installed()->sequence;
  if (signing->armed()) facts.armed = context_.armed_for();
}

link::NativeInstalled NativeBoard::installed() {
  if (context_.updater.state() != UpdateState::installed) {
    Status status;
    fill_(status);
    return {.slot = Text<16>(status.slot.view()), .image = status.running, .is_data = true};
  }
  const Installed last = context_.updater.last_installed();
  return {Text<16>(last.slot.label.view()), last.image, last.trust};
}

Text<16> NativeBoard::other_slot() {
  const Result<Slot> other = context_.boot.update_slot();
  return other ? Text<16>(other->label.view()) : Text<16>();
}

}  // namespace updraft::device
