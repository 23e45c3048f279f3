// What of a package need not come, because the device holds it verifiably. Asked by links that can
// choose what comes next.
#include <algorithm>

#include "engine/signing/package_stage.hpp"

namespace updraft {
namespace {

// Holes in what the slot has are passed over, up to so many chunks; then nothing is looked for.
constexpr unsigned kMostMisses = 8;

// SHA-256 of bytes that a slot holds. nullopt: it has none there, or cannot be read.
std::optional<crypto::Sha256Digest> hash_at(Flash& slot, std::uint64_t at, std::size_t bytes) {
  if (!inside(at, bytes, slot.size())) return std::nullopt;
  crypto::Sha256 hash;
  std::array<std::byte, kFlashPage> page;
  slot.yield();
  for (std::size_t done = 0; done < bytes;) {
    const MutableBytes part = MutableBytes(page).first(std::min(page.size(), bytes - done));
    if (!slot.read(static_cast<std::uint32_t>(at + done), part)) return std::nullopt;
    hash.update(part);
    done += part.size();
  }
  return hash.finish();
}

}  // namespace

void PackageStage::take_held(std::uint64_t& received, std::uint64_t& size) {
  received -= again_;
  again_ = 0;
  if (taking_) taking_ = look_for_held(received, size);
}

Result<> PackageStage::look_for_held(std::uint64_t& received, std::uint64_t& size) {
  // A package that was smaller than a head may be.
  if (part_ == Part::head && filled_ != 0 && received == size) UPDRAFT_TRY(judge());
  if (!release_) return {};
  if (head_ != 0 && source_ != nullptr) {
    pass_over(received);
    return {};
  }
  if (source_ == nullptr && apart_) size = front_ + index().bytes() + index().transfer();
  if (count_ > 1 || !has_app_) return {};  // data is not looked for
  if (holds_image()) {
    came_ = true;
    part_ = Part::after_end;
    received = size;
    return {};
  }
  if (!checks_) return {};
  if (plain_) return take_parts(received);
  if (*patch_at_work_ != nullptr) leave_out(received);
  return {};
}

// What runs is the image, or the slot has all of it, whatever the transfer is. This is looked at
// before any of it was pushed on.
bool PackageStage::holds_image() {
  if (source_ != nullptr) return true;
  if (plain_ || !checks_ || chunk_ != 0 || looked_ || head_ != 0) return false;
  looked_ = true;
  Flash& slot = slot_->slot();
  if (hash_of(slot, release_->image_bytes, slot_->scratch()) != release_->image) return false;
  source_ = &slot;
  limit_erase(true);
  return true;
}

// Pages of the index that the slot's content comes to, and chunks that it holds.
Result<> PackageStage::take_parts(std::uint64_t& received) {
  while (part_ == Part::index || part_ == Part::transfer) {
    const std::size_t had = filled_;
    const bool is_page = part_ == Part::index;
    const bool held = is_page ? head_ == 0 && complete_page() : complete_chunk();
    if (!held) break;
    received += filled_ - had;
    left_ -= filled_ - had;
    UPDRAFT_TRY(is_page ? end_page() : end_chunk());
    if (!is_page && left_ == 0) UPDRAFT_TRY(end_payload());
  }
  return {};
}

// Of what runs, the payload that would come next: finish() reads it from where it runs.
void PackageStage::pass_over(std::uint64_t& received) {
  if (part_ != Part::unused) return;
  received += left_;
  left_ = 0;
  taking_ = end_payload();
}

// An erase of more than a sector would take away what comes next.
void PackageStage::limit_erase(bool limited) {
  if (limited == (usual_erase_ != 0)) return;
  const std::uint32_t before = slot_->limit_erase(limited ? kFlashSector : usual_erase_);
  usual_erase_ = limited ? before : 0;
}

// The leaves that are missing, of what the slot has. A page in which one of them is another is not
// the page that was signed: then it has to come.
bool PackageStage::complete_page() {
  const MutableBytes page = MutableBytes(room_.chunk).first(index().page_bytes(page_));
  const std::size_t from = filled_ - filled_ % suit::kDigestBytes;
  std::array<std::byte, suit::kDigestBytes> came;  // of a leaf that is there in part
  std::ranges::copy(page.subspan(from, came.size()), came.begin());
  bool held = true;
  for (std::size_t at = from; at < page.size() && held; at += suit::kDigestBytes) {
    const std::uint64_t chunk = page_ * suit::kLeavesOnPage + at / suit::kDigestBytes;
    const auto leaf = hash_at(slot_->slot(), chunk * suit::kChunkBytes, index().chunk_bytes(chunk));
    held = leaf.has_value();
    if (held) std::ranges::copy(*leaf, page.subspan(at).begin());
  }
  held = held && index().check_page(page_, page).has_value();
  if (held) {
    filled_ = page.size();
  } else {
    std::ranges::copy(came, page.subspan(from).begin());
  }
  return held;
}

// From the slot, or else from what runs: much of a new image may stand where it stood. False: the
// chunk has to come, and is gathered as before.
bool PackageStage::complete_chunk() {
  if (misses_ >= kMostMisses) return false;
  const std::size_t size = index().chunk_bytes(chunk_);
  const MutableBytes rest = MutableBytes(room_.chunk).first(size).subspan(filled_);
  const auto at = static_cast<std::uint32_t>(chunk_ * suit::kChunkBytes + filled_);
  for (Flash* const held : {&slot_->slot(), &boot_.flash(boot_.running())}) {
    held->yield();
    const bool read = inside(at, rest.size(), held->size()) && held->read(at, rest).has_value();
    if (!read || !leaves_.check(chunk_, Bytes(room_.chunk).first(size))) continue;
    misses_ = 0;
    filled_ = size;
    limit_erase(held == &slot_->slot());
    return true;
  }
  // Behind a hole the slot may hold more, which an erase of a block would take away.
  if (++misses_ == kMostMisses) limit_erase(false);
  return false;
}

// A patch that goes on at a restart point: its bytes before that one, in whole chunks.
void PackageStage::leave_out(std::uint64_t& received) {
  if (!patch_ || part_ != Part::transfer || filled_ != 0) return;
  const std::uint64_t needless = std::min<std::uint64_t>((*patch_at_work_)->passed_over(), left_);
  const std::uint64_t chunks = needless / suit::kChunkBytes;
  const std::uint64_t bytes = chunks * suit::kChunkBytes;
  (*patch_at_work_)->leave_out(static_cast<std::uint32_t>(bytes));
  received += bytes;
  left_ -= bytes;
  chunk_ += chunks;
  if (left_ == 0) (void)end_payload();
}

}  // namespace updraft
