#include "engine/signing/signed_updates.hpp"

#include "engine/core/same_bytes.hpp"
#include "engine/suit/key_set.hpp"

namespace updraft {

Result<> SignedUpdates::open(Bytes provided) {
  memory_.open(room_.chunk);
  provided_ = provided;
  if (!memory_.has_key_set()) return adopt();
  return {};
}

// A rollback does not bring old keys back: only a higher version is taken.
Result<> SignedUpdates::adopt() {
  if (provided_.empty() || memory_.is_foreign()) return {};
  const Result<suit::KeySet> offered = suit::KeySet::read(provided_);
  if (!offered) return offered.error();
  if (memory_.has_key_set() && offered->version <= key_set_version()) return {};
  UPDRAFT_TRY(suit::check_change(*offered, nullptr));
  return memory_.replace_key_set(provided_, room_.chunk);
}

Stand SignedUpdates::stand() const {
  if (!memory_.has_key_set() && !memory_.is_foreign()) return Stand::open;
  return armed_ ? Stand::armed : Stand::closed;
}

pipeline::Sink* SignedUpdates::stage_for(PayloadClass payload, const SignedWay& way) {
  if (!memory_.has_key_set()) return nullptr;
  key_set_.reset(way.padding);
  package_.reset(way);
  if (payload == PayloadClass::key_set) return &key_set_;
  return payload == PayloadClass::signed_package ? &package_ : nullptr;
}

Result<> SignedUpdates::seal() {
  const Result<Slot> slot = boot_.update_slot();
  if (!slot) return slot.error();
  const Release& release = *package_.release();
  if (hash_of(boot_.flash(*slot), release.image_bytes, room_.chunk) != release.image) {
    return fail(Code::image_mismatch, Where::slot);
  }
  return memory_.wait_for(release, room_.chunk);
}

std::uint64_t SignedUpdates::key_set_version() {
  const Result<Bytes> stored = memory_.key_set(room_.chunk);
  if (!stored || stored->empty()) return 0;
  const Result<suit::KeySet> keys = suit::KeySet::read(*stored);
  return keys ? keys->version : 0;
}

void SignedUpdates::settle() {
  if (boot_.running_state() == OtaState::pending_verify) return;
  const std::optional<Release> pending = memory_.pending();
  if (pending && package_.runs(*pending)) {
    (void)memory_.install(*pending, room_.chunk);
  } else if (pending) {  // it was rolled back, or never chosen
    (void)memory_.wait_for_none(room_.chunk);
  }
  (void)adopt();
}

std::optional<Release> SignedUpdates::running() {
  for (const std::optional<Release>& release : {memory_.pending(), memory_.installed()}) {
    if (release && package_.runs(*release)) return release;
  }
  return std::nullopt;
}

}  // namespace updraft
