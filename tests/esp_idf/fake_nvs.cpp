#include "tests/esp_idf/fake_nvs.hpp"

#include <algorithm>

namespace updraft::esp_idf {
namespace {
constexpr std::size_t kMaxPiece = FakeNvs::kEntryBytes * (FakeNvs::kEntries - 1);
}

std::size_t FakeNvs::Page::used() const {
  std::size_t entries = 0;
  for (const Item& item : items) entries += item.span;
  return entries;
}

std::size_t FakeNvs::Page::tailroom() const {
  return full || next >= kEntries - 1 ? 0 : (kEntries - next - 1) * kEntryBytes;
}

FakeNvs::FakeNvs(std::size_t pages) : free_(pages) { (void)activate(); }

bool FakeNvs::activate() {
  if (free_ == 0) return false;
  --free_;
  pages_.emplace_back();
  return true;
}

// The page with the most entries that are not in use makes room: what is left moves to the page
// that was kept free.
esp_err_t FakeNvs::request_page() {
  if (free_ >= 2) return activate() ? ESP_OK : ESP_FAIL;
  const auto victim = std::ranges::min_element(
      pages_, [](const Page& a, const Page& b) { return a.used() < b.used(); });
  if (victim->used() == kEntries || !activate()) return ESP_ERR_NVS_NOT_ENOUGH_SPACE;
  Page& fresh = pages_.back();
  fresh.next = victim->used();
  fresh.items = std::move(victim->items);
  pages_.erase(victim);
  ++free_;
  return ESP_OK;
}

esp_err_t FakeNvs::write(Item item) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    Page& page = pages_.back();
    if (!page.full && page.next + item.span <= kEntries) {
      page.next += item.span;
      page.items.push_back(std::move(item));
      note(page.items.back().space);
      return ESP_OK;
    }
    if (attempt == 1) break;
    page.full = true;
    if (const esp_err_t err = request_page(); err != ESP_OK) return err;
  }
  return ESP_ERR_NVS_NOT_ENOUGH_SPACE;
}

std::uint8_t FakeNvs::name_space(const std::string& name) {
  if (const auto found = spaces_.find(name); found != spaces_.end()) return found->second;
  const auto number = static_cast<std::uint8_t>(spaces_.size() + 1);
  if (write({0, name, true, 1, {}, 0}) != ESP_OK) return 0;
  spaces_[name] = number;
  return number;
}

esp_err_t FakeNvs::set_number(std::uint8_t space, const std::string& key, std::uint32_t value) {
  const Item* const old = find_item(space, key);
  const int before = old != nullptr ? old->version : 1, version = 1 - before;
  Value bytes(4);
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<std::byte>(value >> (8 * i));
  if (old != nullptr && old->value == bytes) return ESP_OK;
  const esp_err_t err = write({space, key, true, 1, bytes, version});
  if (err == ESP_OK) erase_version(space, key, before);
  return err;
}

// Piece by piece, each on the page that is written; the old value goes once the new one is whole.
esp_err_t FakeNvs::set_blob(std::uint8_t space, const std::string& key, const Value& value) {
  const Item* const old = find_item(space, key);
  if (old != nullptr && old->value == value) return ESP_OK;
  const int before = old != nullptr ? old->version : 1, version = 1 - before;
  std::size_t left = value.size();
  bool first = true;
  esp_err_t err = ESP_OK;
  while (err == ESP_OK && (left > 0 || first)) {
    Page& page = pages_.back();
    const std::size_t room = page.tailroom();
    if (first && room < value.size() && room < kMaxPiece / 10) {
      page.full = true;
      err = request_page();
      if (err == ESP_OK && pages_.back().tailroom() == room) err = ESP_ERR_NVS_NOT_ENOUGH_SPACE;
      continue;
    }
    if (room == 0) err = ESP_ERR_NVS_NOT_ENOUGH_SPACE;
    if (err != ESP_OK) break;
    const std::size_t piece = std::min(left, room);
    err = write({space, key, false, 1 + (piece + kEntryBytes - 1) / kEntryBytes, {}, version});
    left -= piece;
    first = false;
    if (err == ESP_OK && (left > 0 || room - piece < kEntryBytes)) {
      pages_.back().full = true;
      err = request_page();
    }
  }
  if (err == ESP_OK) err = write({space, key, true, 1, value, version});
  erase_version(space, key, err == ESP_OK ? before : version);
  return err;
}

const FakeNvs::Item* FakeNvs::find_item(std::uint8_t space, const std::string& key) const {
  for (const Page& page : pages_) {
    for (const Item& item : page.items) {
      if (item.space == space && item.key == key && item.whole) return &item;
    }
  }
  return nullptr;
}

const FakeNvs::Value* FakeNvs::find(std::uint8_t space, const std::string& key) const {
  const Item* const item = find_item(space, key);
  return item != nullptr ? &item->value : nullptr;
}

esp_err_t FakeNvs::erase(std::uint8_t space, const std::string& key) {
  const Item* const item = find_item(space, key);
  if (item == nullptr) return ESP_ERR_NVS_NOT_FOUND;
  erase_version(space, key, item->version);
  return ESP_OK;
}

void FakeNvs::erase_version(std::uint8_t space, const std::string& key, int version) {
  const std::string name = key;  // it may be that of an item
  for (Page& page : pages_) {
    page.items.remove_if([&](const Item& item) {
      return item.space == space && item.key == name && item.version == version;
    });
  }
}

std::size_t FakeNvs::keys(const std::string& name) const {
  const auto space = spaces_.find(name);
  std::size_t found = 0;
  for (const Page& page : pages_) {
    found += static_cast<std::size_t>(std::ranges::count_if(page.items, [&](const Item& item) {
      return space != spaces_.end() && item.space == space->second && item.whole;
    }));
  }
  return found;
}

std::size_t FakeNvs::most_entries(const std::string& name) const {
  const auto space = spaces_.find(name);
  return space != spaces_.end() ? most_.at(space->second) : 0;
}

void FakeNvs::note(std::uint8_t space) {
  std::size_t entries = 0;
  for (const Page& page : pages_) {
    for (const Item& item : page.items) entries += item.space == space ? item.span : 0;
  }
  most_[space] = std::max(most_[space], entries);
}

}  // namespace updraft::esp_idf
