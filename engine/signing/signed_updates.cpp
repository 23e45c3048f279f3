#include "engine/signing/signed_updates.hpp"

#include "engine/core/same_bytes.hpp"
#include "engine/format/image_in_flash.hpp"
#include "engine/format/sealed_header.hpp"
#include "engine/format/signature_sector.hpp"
#include "engine/suit/key_set.hpp"
#include "engine/suit/token.hpp"

namespace updraft {
namespace {

Result<format::AppDescriptor> descriptor_in(Flash& slot) {
  std::array<std::byte, format::kAppDescriptorBytes> bytes;
  UPDRAFT_TRY(slot.read(format::kAppDescriptorOffset, bytes));
  return format::parse_app_descriptor(bytes);
}

}  // namespace

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
  if (armed_) return Stand::armed;
  return memory_.pins_image_keys() ? Stand::pinned : Stand::closed;
}

pipeline::Sink* SignedUpdates::stage_for(PayloadClass payload, const SignedWay& way) {
  const bool unsigned_package =
      payload == PayloadClass::signed_package && way.offer.unsigned_package;
  if (unsigned_package && stand() == Stand::closed) {
    refusing_.reset({Code::not_armed, Where::gate});
    return &refusing_;
  }
  // From its owner alone, and he is known by his pairing: a password on a plain line is less.
  const bool first_key_set = payload == PayloadClass::key_set && way.offer.scheme == kNative &&
                             way.offer.sender_proved && !memory_.is_foreign();
  if (!memory_.has_key_set() && !unsigned_package && !first_key_set) return nullptr;
  key_set_.reset(way.offer.padding);
  package_.reset(way);
  if (payload == PayloadClass::key_set) return &key_set_;
  if (payload == PayloadClass::signed_package) return &package_;
  const std::uint64_t head = payload == PayloadClass::encrypted ? format::kSealedHeaderBytes : 0;
  const std::uint32_t slot = way.slot.slot().size();
  if (way.offer.size <= slot + head) return nullptr;
  refusing_.reset({Code::too_big, Where::slot, way.offer.size, slot});
  return &refusing_;
}

Result<> SignedUpdates::seal(const format::ImageInfo& image) {
  const Result<Slot> slot = boot_.update_slot();
  if (!slot) return slot.error();
  Flash& flash = boot_.flash(*slot);
  const bool released = package_.release() && package_.is_signed();
  return released ? seal_release(flash, image) : seal_image(flash, image);
}

// The slot was just read back, and its image is the one that was sent, to the last byte: where that
// is all of the file, and was what the package promises, the slot is.
Result<> SignedUpdates::seal_release(Flash& slot, const format::ImageInfo& image) {
  const Release& release = *package_.release();
  const bool read_back = package_.passed_image() && image.length == release.image_bytes;
  if (!read_back && hash_of(slot, release.image_bytes, room_.chunk) != release.image) {
    return fail(Code::image_mismatch, Where::slot);
  }
  return memory_.wait_for(release, room_.chunk);
}

// spec/suit.md section 9. Such an image has no sequence number; instead it must be of the project
// that runs, and its secure version was compared before the slot was entered.
Result<> SignedUpdates::seal_image(Flash& slot, const format::ImageInfo& image) {
  const std::uint64_t sector = format::signature_sector_at(image.length);
  if (!inside(sector, kFlashSector, slot.size())) return fail(Code::unsigned_image, Where::image);
  const auto at = static_cast<std::uint32_t>(sector);
  const std::optional<crypto::Sha256Digest> digest = hash_of(slot, at, room_.chunk);
  if (!digest) return fail(Code::flash, Where::slot);
  UPDRAFT_TRY(slot.read(at, room_.page));
  const Result<suit::KeySet> keys = memory_.keys(room_.chunk);
  if (!keys) return keys.error();
  std::array<crypto::Sha256Digest, suit::kMaxImageKeys> pinned;
  std::size_t count = 0;
  for (suit::CborReader in(keys->image_keys); !in.at_end() && count < pinned.size(); ++count) {
    std::ranges::copy(in.bytes(), pinned[count].begin());
  }
  UPDRAFT_TRY(format::verify_signature_sector(
      room_.page, *digest, std::span<const crypto::Sha256Digest>(pinned).first(count)));
  const Result<format::AppDescriptor> running = descriptor_in(boot_.flash(boot_.running()));
  const bool same = running && image.has_descriptor &&
                    running->project_name.view() == image.app.project_name.view();
  if (!same) return fail(Code::wrong_product, Where::image);
  return memory_.pending() ? memory_.wait_for_none(room_.chunk) : Result<>{};
}

// What nobody signed leaves the sequence as it is.
Result<> SignedUpdates::seal_data(const crypto::Sha256Digest& data) {
  if (!package_.is_signed()) return {};
  Release release = *package_.release();
  release.image = data;
  return memory_.wait_for(release, room_.chunk);
}

void SignedUpdates::settle() {
  if (boot_.running_state() == OtaState::pending_verify) return;
  if (const std::optional<Release> pending = memory_.pending()) settle(*pending);
  (void)adopt();
}

// Of data alone the app stays what it was. Data on trial has its starts to be confirmed.
void SignedUpdates::settle(const Release& pending) {
  const DataStand stand =
      data_ != nullptr ? data_->stand_of(pending.image, pending.image_bytes) : DataStand::gone;
  if (package_.runs(pending)) {
    (void)memory_.install(pending, room_.chunk);
  } else if (stand == DataStand::kept) {
    Release release = pending;
    if (installed()) release.image = installed()->image;
    if (installed()) release.image_bytes = installed()->image_bytes;
    (void)memory_.install(release, room_.chunk);
  } else if (stand == DataStand::gone) {  // it was rolled back, or never chosen
    (void)lose(pending);
  }
}

// Its slot still has the name by which the journal knows it; an image without a digest of its own
// is named by that of all its bytes.
Result<> SignedUpdates::lose(const Release& release) {
  const Result<Slot> slot = boot_.update_slot();
  if (!slot) return memory_.wait_for_none(room_.chunk);
  Flash& flash = boot_.flash(*slot);
  if (hash_of(flash, release.image_bytes, room_.chunk) != release.image) {
    return memory_.wait_for_none(room_.chunk);
  }
  const Result<crypto::Sha256Digest> appended = format::appended_digest(flash);
  const crypto::Sha256Digest name = appended ? *appended : release.image;
  return memory_.lose({.image = release.image, .name = name}, room_.chunk);
}

bool SignedUpdates::takes_tokens() {
  const Result<suit::KeySet> keys = memory_.keys(room_.chunk);
  return keys && keys->role(suit::Role::freshness).count != 0;
}

Result<Freshness> SignedUpdates::judge_token(Bytes bytes, std::string_view device_id, Bytes nonce) {
  const Result<suit::Token> token = suit::read_token(bytes);
  if (!token) return token.error();
  const Result<suit::KeySet> keys = memory_.keys(room_.chunk);
  if (!keys) return keys.error();
  UPDRAFT_TRY(suit::check_token(*token, *keys, device_id, nonce));
  const bool ours = product_.class_id.empty() || same_bytes(token->class_id, product_.class_id);
  if (!ours) return fail(Code::wrong_product, Where::gate);
  (void)memory_.raise_not_before(token->now, room_.chunk);  // the answer holds without it
  const bool newer =
      token->newest_sequence > release() || token->newest_key_set > key_set_version();
  return Freshness{.now = token->now, .newer = newer};
}

std::optional<Release> SignedUpdates::running() {
  for (const std::optional<Release>& release : {memory_.pending(), memory_.installed()}) {
    if (release && package_.runs(*release)) return release;
  }
  return std::nullopt;
}

}  // namespace updraft
