// What a package brings besides an app: content of data partitions, behind it or alone.
#include <algorithm>

#include "engine/core/same_bytes.hpp"
#include "engine/signing/package_stage.hpp"
#include "engine/suit/data_component.hpp"

namespace updraft {

// Of what the package brings, that which this device has: an app, and its data partitions.
std::size_t PackageStage::offer(const suit::Manifest& manifest,
                                std::span<suit::OfferedComponent> offered) const {
  std::size_t count = 0;
  for (const suit::Component& component : manifest.all()) {
    std::uint64_t room = 0;
    if (same_bytes(component.name, as_bytes(suit::kAppComponent))) room = slot_->slot().size();
    const bool rescue = same_bytes(component.name, as_bytes(suit::kRescueComponent));
    if (rescue && data_ != nullptr) room = data_->rescue_room();
    const std::string_view label = suit::data_label(component.name);
    if (!label.empty() && data_ != nullptr) room = data_->room_for(label);
    if (room != 0) offered[count++] = {component.name, product_.class_id, room};
  }
  return count;
}

// Data is stored behind an app of the same slot, so that one is written first, and there is one.
// The rescue app comes alone.
Result<> PackageStage::judge_order(const suit::Manifest& manifest) const {
  if (rescue_ && manifest.count > 1) return fail(Code::malformed, Where::gate);
  for (const suit::Component& later : manifest.all().subspan(1)) {
    if (suit::data_label(later.name).empty()) return fail(Code::malformed, Where::gate);
  }
  return {};
}

Result<> PackageStage::expect_data(const suit::Manifest& manifest) {
  UPDRAFT_TRY(data_->begin_data(has_app_ && source_ == nullptr, !unsigned_));
  for (std::size_t i = 0; i < count_; ++i) {
    const suit::Component& each = manifest.components[i];
    transfers_[i] = static_cast<std::uint32_t>(each.transfer());
    if (i == 0 && has_app_) continue;
    UPDRAFT_TRY(data_->expect_data({.label = suit::data_label(each.name),
                                    .digest = each.digest,
                                    .bytes = each.size,
                                    .transfer = transfers_[i]}));
  }
  second_index_ = 0;
  const std::optional<suit::Fetch>& second = manifest.components[1].fetch;
  if (count_ == 2 && second && second->index.pages() <= LeafStore::kPagesHeld) {
    const Bytes pages = second->index.page_items();
    second_index_ = pages.size();
    std::ranges::copy(pages, second_pages_.begin());
  }
  if (has_app_) return {};
  return data_->open_data();
}

// A component that follows another one.
Result<> PackageStage::open_data() {
  has_index_ = checks_ = second_index_ != 0;
  came_ = plain_ = false;
  page_ = 0;
  chunk_ = 0;
  if (has_index_) {
    const Bytes pages = Bytes(second_pages_).first(second_index_);
    leaves_.reset(suit::ChunkIndex(transfers_[at_], pages), *slot_, false);
  }
  return data_->open_data();
}

Result<> PackageStage::open_rescue(const suit::Component& rescue) {
  const DataComponent content{
      .label = {}, .digest = rescue.digest, .bytes = rescue.size, .transfer = rescue.transfer()};
  return data_->open_rescue(content, !unsigned_);
}

Result<> PackageStage::close_component() { return is_data() ? data_->close_data() : close_app(); }

// The image is whole, and in the slot unless it is what runs.
Result<> PackageStage::close_app() {
  if (source_ != nullptr) UPDRAFT_TRY(push_from_source());
  UPDRAFT_TRY(next_->finish());
  UPDRAFT_TRY(judge_size());
  passed_image_ = plain_ && image_hash_.finish() == release_->image;
  return {};
}

}  // namespace updraft
