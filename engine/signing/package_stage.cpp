#include "engine/signing/package_stage.hpp"

#include <algorithm>

#include "updraft/updater.hpp"

#include "engine/core/assert.hpp"
#include "engine/core/same_bytes.hpp"
#include "engine/suit/refusal.hpp"
#include "engine/suit/unsigned_package.hpp"

namespace updraft {
namespace {

constexpr std::string_view kIndexName = "#ix", kTransferName = "#img";

// Whether that is a name of the component with this number: "#img", "#img1", ...
bool is_name(std::string_view name, std::string_view what, std::size_t number) {
  if (!name.starts_with(what)) return false;
  name.remove_prefix(what.size());
  if (number == 0) return name.empty();
  return name.size() == 1 && name[0] == static_cast<char>('0' + number);
}

bool are_ours(const suit::Manifest& manifest) {
  for (std::size_t i = 0; i < manifest.count; ++i) {
    const suit::Component& each = manifest.components[i];
    const bool ours = is_name(each.uri, kTransferName, i) &&
                      (!each.fetch || is_name(each.fetch->uri, kIndexName, i));
    if (!ours) return false;
  }
  return true;
}

template <std::size_t N>
void copy_digest(Bytes from, std::array<std::byte, N>& to) {
  std::ranges::copy(from.first(N), to.begin());
}

}  // namespace

std::optional<crypto::Sha256Digest> hash_of(Flash& slot, std::uint32_t bytes, MutableBytes sector) {
  crypto::Sha256 hash;
  for (std::uint32_t at = 0; at < bytes;) {
    const MutableBytes part = sector.first(std::min<std::size_t>(sector.size(), bytes - at));
    if (!slot.read(at, part)) return std::nullopt;
    slot.yield();
    hash.update(part);
    at += static_cast<std::uint32_t>(part.size());
  }
  return hash.finish();
}

bool reads_as(Flash& flash, std::uint32_t at, Bytes wanted) {
  std::array<std::byte, kFlashPage> page;
  while (!wanted.empty()) {
    const Bytes part = at_most(wanted, page.size());
    const MutableBytes found = MutableBytes(page).first(part.size());
    if (!flash.read(at, found) || !same_bytes(part, found)) return false;
    at += static_cast<std::uint32_t>(part.size());
    wanted = wanted.subspan(part.size());
  }
  return true;
}

void PackageStage::reset(const SignedWay& way) {
  next_ = &way.next;
  slot_ = &way.slot;
  updater_ = &way.updater;
  fetcher_ = way.offer.fetcher;
  patch_at_work_ = &way.patch;
  padding_ = way.offer.padding;
  head_ = way.offer.package_head;
  unsigned_ = head_ != 0 && way.offer.unsigned_package;
  part_ = Part::head;
  filled_ = again_ = 0;
  left_ = 0;
  release_.reset();
  source_ = nullptr;
  has_index_ = checks_ = came_ = plain_ = apart_ = patch_ = looked_ = has_app_ = false;
  count_ = at_ = 0;
  page_ = 0;
  chunk_ = 0;
  misses_ = 0;
  usual_erase_ = 0;
  image_hash_.reset();
  passed_image_ = false;
  taking_ = {};
}

Result<> PackageStage::push(Bytes chunk) {
  UPDRAFT_ASSERT(next_ != nullptr);  // reset() comes first
  if (!taking_) return taking_;
  while (!chunk.empty()) UPDRAFT_TRY(take(chunk));
  return {};
}

Result<> PackageStage::take(Bytes& in) {
  switch (part_) {
    case Part::head:
      return take_head(in);
    case Part::name:
      return take_name(in);
    case Part::index:
      return take_index(in);
    case Part::transfer:
      return take_transfer(in);
    case Part::unused:
      (void)take_of_payload(in);
      return left_ == 0 ? end_payload() : Result<>{};
    case Part::after_end:
      break;
  }
  if (in.size() > padding_) return fail(Code::malformed, Where::gate, in.size(), padding_);
  padding_ -= in.size();
  in = {};
  return {};
}

Result<> PackageStage::finish() {
  if (!taking_) return taking_;
  if (part_ == Part::head) UPDRAFT_TRY(judge());
  if (part_ == Part::name && payloads_.more()) {
    return fail(Code::size_mismatch, Where::gate, filled_, release_->image_bytes);
  }
  if (part_ != Part::after_end) return fail(Code::size_mismatch, Where::gate, 0, left_);
  if (!came_ || at_ + 1 != count_) {
    return fail(Code::payload_missing, Where::gate, 0, 0, Reason::package_empty);
  }
  UPDRAFT_TRY(close_component());
  if (count_ > 1 || !has_app_) return {};
  // Nothing came to the slot: a later release of what runs is installed by this alone.
  const bool nothing_new = !unsigned_ && slot_->written() == 0 && release_ != memory_.installed();
  if (nothing_new && runs(*release_)) return memory_.install(*release_, room_.chunk);
  return {};
}

// Copies what fits of `in` behind what is in `buffer`, which is to hold `most` bytes; returns all
// of them once they are there. The bytes may stand later in the same buffer.
Bytes PackageStage::fill(MutableBytes buffer, std::uint64_t most, Bytes& in) {
  const Bytes part = at_most(in, most - filled_);
  std::copy(part.begin(), part.end(), buffer.begin() + static_cast<std::ptrdiff_t>(filled_));
  filled_ += part.size();
  in = in.subspan(part.size());
  return filled_ == most ? Bytes(buffer).first(filled_) : Bytes{};
}

Result<> PackageStage::take_head(Bytes& in) {
  const Bytes whole = fill(room_.page, head_ != 0 ? head_ : suit::kMaxEnvelopeHead, in);
  return whole.empty() ? Result<>{} : judge();
}

// Then goes on with what was gathered behind the head.
Result<> PackageStage::judge() {
  const Bytes front = Bytes(room_.page).first(filled_);
  suit::Package package;
  UPDRAFT_TRY(read(front, package));
  UPDRAFT_TRY(keep(package));
  filled_ = 0;
  part_ = payloads_.more() ? Part::name : Part::after_end;
  if (apart_ && source_ == nullptr) enter_page();
  for (Bytes rest = front.subspan(package.members.head); !rest.empty();) UPDRAFT_TRY(take(rest));
  return {};
}

// In place: a package that is handed back is copied, and the curve needs the stack.
Result<> PackageStage::read(Bytes front, suit::Package& package) {
  Error why = suit::no_refusal();
  const bool good =
      unsigned_ ? read_unsigned(front, package, why) : read_signed(front, package, why);
  if (!good) return why;
  return {};
}

bool PackageStage::read_unsigned(Bytes front, suit::Package& package, Error& why) {
  if (!suit::open_unsigned(front, package, why)) return false;
  std::array<suit::OfferedComponent, suit::kMaxComponents> offered;
  suit::DeviceState device{.vendor = product_.vendor};
  device.components = std::span(offered).first(offer(package.manifest, offered));
  const Result<> wanted = suit::check_unsigned(package, device);
  if (!wanted) why = wanted.error();
  return wanted.has_value();
}

// The KeySet stays in the room as long as the head is judged.
bool PackageStage::read_signed(Bytes front, suit::Package& package, Error& why) {
  const Result<suit::KeySet> keys = memory_.keys(room_.chunk);
  if (!keys) why = keys.error();
  if (!keys || !suit::open_package(front, &*keys, package, why)) return false;
  std::array<suit::OfferedComponent, suit::kMaxComponents> offered;
  suit::DeviceState device{.vendor = product_.vendor};
  device.components = std::span(offered).first(offer(package.manifest, offered));
  if (const std::optional<Release>& installed = memory_.installed()) {
    device.has_installed = true;
    device.installed_sequence = installed->sequence;
    device.installed_manifest = installed->manifest;
  }
  const Result<> wanted = suit::check_device(package, *keys, device);
  if (!wanted) why = wanted.error();
  return wanted.has_value();
}

// All that is needed later: the head gives way to a page of the index.
Result<> PackageStage::keep(const suit::Package& package) {
  const suit::Component& first = package.manifest.components[0];
  rescue_ = same_bytes(first.name, as_bytes(suit::kRescueComponent));
  has_app_ = rescue_ || same_bytes(first.name, as_bytes(suit::kAppComponent));
  count_ = package.manifest.count;
  UPDRAFT_TRY(judge_order(package.manifest));
  UPDRAFT_TRY(judge_parts(package));
  remember(package);
  if (rescue_) UPDRAFT_TRY(open_rescue(first));
  if (has_app_) UPDRAFT_TRY(know_app(first));
  if (has_index_) know_index(first);
  if (count_ == 1 && has_app_) return {};
  UPDRAFT_TRY(expect_data(package.manifest));
  const bool parks = !has_app_ && has_index_ && !checks_;
  if (parks && data_->leave_room(leaves_.parked_bytes())) {
    leaves_.park_at_start();
    checks_ = true;
  }
  return {};
}

void PackageStage::remember(const suit::Package& package) {
  const suit::Component& first = package.manifest.components[0];
  Release& release = release_.emplace();
  release.sequence = package.manifest.sequence;
  release.image_bytes = static_cast<std::uint32_t>(first.size);
  copy_digest(package.envelope.digest, release.manifest);
  copy_digest(first.digest, release.image);
  front_ = package.members.head;
  transfers_ = {static_cast<std::uint32_t>(first.transfer())};
  payloads_.reset(head_ == 0 ? package.members.payloads : asked_for(package.manifest));
}

// In parts: those that the device asks for, wherever the sender has them from. A third component
// leaves no memory for the digests of any but the first.
std::size_t PackageStage::asked_for(const suit::Manifest& manifest) const {
  const bool second = manifest.count == 2 && manifest.components[1].fetch.has_value();
  return manifest.count + (has_index_ ? 1 : 0) + (second ? 1 : 0);
}

Result<> PackageStage::know_app(const suit::Component& app) {
  const Release& release = *release_;
  const std::optional<LostRelease>& lost = memory_.lost();
  if (lost && lost->image == release.image) UPDRAFT_TRY(updater_->judge_past(lost->name));
  // What is remembered is only a hint, and saves the time of reading what runs.
  const bool remembered = memory_.installed() && memory_.installed()->image == release.image;
  if ((remembered || unsigned_) && runs(release)) {
    source_ = &boot_.flash(boot_.running());
    came_ = apart_;
  }
  if (!has_index_) return {};
  const std::uint64_t together =
      align_up(app.size, kFlashSector) + align_up(app.fetch->index.bytes(), kFlashSector);
  checks_ = source_ == nullptr && together <= slot_->slot().size();
  return {};
}

// Digests that fit into memory need no room in the slot.
void PackageStage::know_index(const suit::Component& first) {
  leaves_.reset(first.fetch->index, *slot_, apart_);
  plain_ = index().transfer() == release_->image_bytes;
  if (source_ == nullptr && (apart_ || leaves_.in_memory())) checks_ = true;
  if (fetcher_ == nullptr || source_ != nullptr) return;
  PackageParts parts{.head = front_, .index = index().bytes(), .transfer = index().transfer()};
  if (apart_) {
    parts.index_name = first.fetch->uri;
    parts.transfer_name = first.uri;
  }
  fetcher_->has_parts(parts);
}

// Where index and transfer stand: both in the package, or, of one component, both beside it. In
// parts: wherever the sender has them from.
Result<> PackageStage::judge_parts(const suit::Package& package) {
  const suit::Component& first = package.manifest.components[0];
  const auto missing = [](Reason why) {
    return fail(Code::payload_missing, Where::gate, 0, 0, why);
  };
  has_index_ = first.fetch.has_value();
  if (head_ != 0) return {};
  apart_ = !suit::is_integrated(first.uri);
  if (!apart_ || count_ > 1) {
    const bool ours = are_ours(package.manifest);
    return ours ? Result<>{} : missing(Reason::package_empty);
  }
  if (!has_index_) return missing(Reason::package_bare);
  const bool split = suit::is_integrated(first.fetch->uri) || package.members.payloads != 0;
  if (split) return missing(Reason::package_empty);
  return fetcher_ != nullptr ? Result<>{} : missing(Reason::package_apart);
}

bool PackageStage::runs(const Release& release) {
  Flash& running = boot_.flash(boot_.running());
  return release.image_bytes <= running.size() &&
         hash_of(running, release.image_bytes, room_.chunk) == release.image;
}

Result<> PackageStage::take_name(Bytes& in) {
  const Result<bool> read = payloads_.next(in);
  if (!read) return read.error();
  return *read ? enter_payload() : Result<>{};
}

Result<> PackageStage::enter_payload() {
  left_ = payloads_.size();
  filled_ = 0;
  part_ = Part::unused;
  UPDRAFT_TRY(enter_component());
  if (has_index_ && is_name(payloads_.name(), kIndexName, at_)) {
    if (left_ != index().bytes())
      return fail(Code::index_mismatch, Where::gate, left_, index().bytes());
    if (checks_) part_ = Part::index;
    page_ = 0;
  } else if (is_name(payloads_.name(), kTransferName, at_)) {
    if (transfers_[at_] != 0 && left_ != transfers_[at_]) {
      return fail(Code::size_mismatch, Where::gate, left_, transfers_[at_]);
    }
    // The pages come first in the order of names.
    if (checks_ && page_ != index().pages())
      return fail(Code::payload_missing, Where::gate, 0, 0, Reason::package_empty);
    came_ = true;
    plain_ = left_ == release_->image_bytes;
    if (source_ == nullptr || is_data()) part_ = Part::transfer;
  }
  return left_ == 0 ? end_payload() : Result<>{};
}

// In the order of names the indexes of the third and the fourth come before the transfer of the
// second: those are passed over, and nothing but their transfers goes on to the next one.
Result<> PackageStage::enter_component() {
  const std::size_t next = at_ + 1;
  if (next >= count_) return {};
  const std::string_view name = payloads_.name();
  const bool opens =
      is_name(name, kTransferName, next) || (count_ == 2 && is_name(name, kIndexName, next));
  if (!opens) return {};
  if (!came_) return fail(Code::payload_missing, Where::gate, 0, 0, Reason::package_empty);
  UPDRAFT_TRY(close_component());
  at_ = next;
  return open_data();
}

Bytes PackageStage::take_of_payload(Bytes& in) {
  const Bytes part = at_most(in, left_);
  left_ -= part.size();
  in = in.subspan(part.size());
  return part;
}

Result<> PackageStage::end_payload() {
  if (!apart_) {
    part_ = payloads_.more() ? Part::name : Part::after_end;
  } else if (part_ == Part::index) {  // the chunks that this page is of
    constexpr std::uint64_t kSpan = suit::kLeavesOnPage * suit::kChunkBytes;
    part_ = Part::transfer;
    left_ = std::min<std::uint64_t>(kSpan, index().transfer() - chunk_ * suit::kChunkBytes);
  } else if (page_ < index().pages()) {
    enter_page();
  } else {
    came_ = true;
    part_ = Part::after_end;
  }
  return {};
}

void PackageStage::enter_page() {
  part_ = Part::index;
  filled_ = 0;
  left_ = index().page_bytes(page_);
}

Result<> PackageStage::take_index(Bytes& in) {
  const std::size_t before = filled_;
  const Bytes page = fill(room_.chunk, index().page_bytes(page_), in);
  left_ -= filled_ - before;
  return page.empty() ? Result<>{} : end_page();
}

Result<> PackageStage::end_page() {
  if (data_ != nullptr && leaves_.parks(page_)) UPDRAFT_TRY(data_->give_up_slot());
  UPDRAFT_TRY(judge_part(leaves_.take_page(page_)));
  ++page_;
  filled_ = 0;
  return left_ == 0 ? end_payload() : Result<>{};
}

Result<> PackageStage::take_transfer(Bytes& in) {
  if (!checks_) {
    UPDRAFT_TRY(push_on(take_of_payload(in)));
  } else {
    const std::size_t before = filled_;
    const Bytes chunk = fill(room_.chunk, index().chunk_bytes(chunk_), in);
    left_ -= filled_ - before;
    if (!chunk.empty()) UPDRAFT_TRY(end_chunk());
  }
  return left_ == 0 ? end_payload() : Result<>{};
}

Result<> PackageStage::end_chunk() {
  const Bytes chunk = Bytes(room_.chunk).first(filled_);
  UPDRAFT_TRY(judge_part(leaves_.check(chunk_, chunk)));
  if (chunk_ == 0) patch_ = classify(at_most(chunk, kClassifyBytes)) == PayloadClass::delta;
  filled_ = 0;
  ++chunk_;
  return push_on(chunk);
}

// Where the device asks for parts, a damaged one is asked for again.
Result<> PackageStage::judge_part(const Result<>& right) {
  if (right || head_ == 0 || !is_damaged_part(right.error())) return right;
  again_ = filled_;
  left_ += filled_;
  filled_ = 0;
  return right;
}

// Unpacking may come to more than was signed, and without an index so may the transfer itself.
Result<> PackageStage::push_on(Bytes part) {
  if (is_data()) return data_->write_data(part);
  UPDRAFT_TRY(next_->push(part));
  if (plain_) image_hash_.update(part);
  return judge_size();
}

Result<> PackageStage::judge_size() const {
  if (slot_->written() <= release_->image_bytes) return {};
  return fail(Code::too_big, Where::image, slot_->written(), release_->image_bytes);
}

Result<> PackageStage::push_from_source() {
  for (std::uint32_t at = 0; at < release_->image_bytes;) {
    const MutableBytes part =
        MutableBytes(room_.chunk)
            .first(std::min<std::size_t>(room_.chunk.size(), release_->image_bytes - at));
    UPDRAFT_TRY(source_->read(at, part));
    UPDRAFT_TRY(next_->push(part));
    at += static_cast<std::uint32_t>(part.size());
  }
  return {};
}

}  // namespace updraft
