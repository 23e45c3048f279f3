#include "host/dump/nvs.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "engine/format/crc32.hpp"

namespace updraft::dump {
namespace {

constexpr std::size_t kEntries = 126, kEntryBytes = 32, kStatesAt = 32, kEntriesAt = 64;
constexpr std::uint32_t kCrcInit = 0xFFFFFFFF;

enum : std::uint8_t { kString = 0x21, kOldBlob = 0x41, kBlobData = 0x42, kBlobIndex = 0x48 };

struct NumberType {
  std::uint8_t type;
  std::string_view word;
};
constexpr NumberType kNumbers[] = {
    {0x01, "u8"},  {0x11, "i8"},  {0x02, "u16"}, {0x12, "i16"},   {0x04, "u32"},
    {0x14, "i32"}, {0x08, "u64"}, {0x18, "i64"}, {0x24, "float"}, {0x28, "double"},
};

std::string_view page_state(std::uint32_t state) {
  switch (state) {
    case 0xFFFFFFFF:
      return "empty";
    case 0xFFFFFFFE:
      return "active";
    case 0xFFFFFFFC:
      return "full";
    case 0xFFFFFFF8:
      return "freeing";
    case 0xFFFFFFF0:
      return "corrupt";
    default:
      return "damaged";
  }
}

bool header_is_sound(Bytes page) {
  return load_le32(page, 28) == format::crc32(page.subspan(4, 24), kCrcInit);
}

bool entry_is_sound(Bytes entry) {
  std::uint32_t crc = format::crc32(entry.first(4), kCrcInit);
  crc = format::crc32(entry.subspan(8, 24), crc);
  return crc == load_le32(entry, 4);
}

unsigned entry_state(Bytes page, std::size_t i) {
  return load_u8(page, kStatesAt + i / 4) >> (i % 4 * 2) & 3u;
}

std::string key_of(Bytes entry) {
  const std::string_view field = as_text(entry.subspan(8, 16));
  return std::string(field.substr(0, field.find('\0')));
}

std::int64_t signed_of(std::uint64_t raw, std::size_t bytes) {
  const unsigned shift = static_cast<unsigned>(64 - 8 * bytes);
  return static_cast<std::int64_t>(raw << shift) >> shift;
}

std::string number_of(Bytes entry, std::uint8_t type) {
  std::uint64_t raw = load_le32(entry, 24) | std::uint64_t{load_le32(entry, 28)} << 32;
  const std::size_t bytes = type & 0x0Fu;
  if (type == 0x24) return fmt::format("{}", std::bit_cast<float>(load_le32(entry, 24)));
  if (type == 0x28) return fmt::format("{}", std::bit_cast<double>(raw));
  if ((type & 0x10) != 0) return fmt::format("{}", signed_of(raw, bytes));
  if (bytes < 8) raw &= (std::uint64_t{1} << 8 * bytes) - 1;
  return fmt::format("{}", raw);
}

// One written entry whose crc is right, with what follows it in the page.
struct Item {
  std::uint8_t space, type, chunk;
  std::string key;
  Bytes entry;
  Bytes data;  // of variable length; empty where it does not fit the page
  bool data_sound = true;
};

// Reads every written entry of a page, in order.
class Reader {
 public:
  explicit Reader(Nvs& nvs) : nvs_(nvs) {}

  void page(Bytes page) {
    NvsPage report{.state = page_state(load_le32(page, 0)), .sequence = load_le32(page, 4)};
    if (report.state != "empty" && !header_is_sound(page)) report.state = "damaged";
    if (report.state == "empty" || report.state == "damaged") {
      report.sequence = 0;
      nvs_.pages.push_back(report);
      return;
    }
    for (std::size_t i = 0; i < kEntries;) i += entry(page, i, report);
    nvs_.bad_crc += report.bad_crc;
    nvs_.pages.push_back(report);
  }

  const std::vector<Item>& items() const { return items_; }

 private:
  // How many entries it spans.
  std::size_t entry(Bytes page, std::size_t i, NvsPage& report) {
    const unsigned state = entry_state(page, i);
    if (state == 0) ++report.erased;
    if (state != 2) return 1;
    ++report.written;
    const Bytes entry = page.subspan(kEntriesAt + i * kEntryBytes, kEntryBytes);
    if (!entry_is_sound(entry)) {
      ++report.bad_crc;
      return 1;
    }
    Item item{.space = load_u8(entry, 0),
              .type = load_u8(entry, 1),
              .chunk = load_u8(entry, 3),
              .key = key_of(entry),
              .entry = entry,
              .data = {}};
    const std::size_t span = std::clamp<std::size_t>(load_u8(entry, 2), 1, kEntries - i);
    if (item.type == kString || item.type == kOldBlob || item.type == kBlobData) {
      const std::size_t size = load_le16(entry, 24);
      const std::size_t at = kEntriesAt + (i + 1) * kEntryBytes;
      if (size <= (span - 1) * kEntryBytes) item.data = page.subspan(at, size);
      item.data_sound =
          item.data.size() == size && format::crc32(item.data, kCrcInit) == load_le32(entry, 28);
      if (!item.data_sound) ++report.bad_crc;
    }
    report.written += span - 1;
    items_.push_back(std::move(item));
    return span;
  }

  Nvs& nvs_;
  std::vector<Item> items_;
};

using Spaces = std::map<std::uint8_t, std::string>;

Spaces spaces_of(const std::vector<Item>& items) {
  Spaces spaces;
  for (const Item& item : items) {
    if (item.space == 0 && item.type == 0x01) spaces[load_u8(item.entry, 24)] = item.key;
  }
  return spaces;
}

std::string space_name(const Spaces& spaces, std::uint8_t index) {
  const auto it = spaces.find(index);
  return it != spaces.end() ? it->second : fmt::format("#{}", index);
}

void add(Nvs& nvs, NvsEntry entry) {
  if (nvs.entries.size() < kMaxNvsEntries) {
    nvs.entries.push_back(std::move(entry));
  } else {
    ++nvs.more;
  }
}

// Chunks of a blob by its place in the order; the newest of the same place counts.
struct BlobKey {
  std::uint8_t space;
  std::string_view key;
  std::uint8_t chunk;
  auto operator<=>(const BlobKey&) const = default;
};
using Chunks = std::map<BlobKey, const Item*>;

// `room`: bytes that blobs may still have, so that indexes cannot name the same chunks without end.
NvsEntry blob_of(const Item& index, const Chunks& chunks, std::size_t& room) {
  NvsEntry blob{.key = index.key, .type = "blob"};
  const std::uint32_t size = load_le32(index.entry, 24);
  const std::uint8_t count = load_u8(index.entry, 28), start = load_u8(index.entry, 29);
  for (unsigned i = 0; i < count; ++i) {
    const auto it = chunks.find({index.space, index.key, static_cast<std::uint8_t>(start + i)});
    if (it == chunks.end() || it->second->data.size() > room) {
      blob.whole = false;
      continue;
    }
    room -= it->second->data.size();
    blob.whole &= it->second->data_sound;
    blob.data.insert(blob.data.end(), it->second->data.begin(), it->second->data.end());
  }
  blob.whole &= blob.data.size() == size;
  return blob;
}

void add_items(Nvs& nvs, const std::vector<Item>& items, std::size_t room) {
  const Spaces spaces = spaces_of(items);
  Chunks chunks;
  for (const Item& item : items) {
    if (item.type == kBlobData) chunks[{item.space, item.key, item.chunk}] = &item;
  }
  for (const Item& item : items) {
    if (item.space == 0 || item.type == kBlobData) continue;
    NvsEntry entry{.key = item.key, .type = "unknown", .whole = item.data_sound};
    const auto number = std::ranges::find(kNumbers, item.type, &NumberType::type);
    if (item.type == kBlobIndex) {
      entry = blob_of(item, chunks, room);
    } else if (number != std::end(kNumbers)) {
      entry.type = number->word;
      entry.number = number_of(item.entry, item.type);
    } else if (item.type == kString || item.type == kOldBlob) {
      entry.type = item.type == kString ? "string" : "blob";
      entry.data.assign(item.data.begin(), item.data.end());
      const bool ended =
          item.type == kString && !entry.data.empty() && entry.data.back() == std::byte{0};
      if (ended) entry.data.pop_back();
    }
    entry.space = space_name(spaces, item.space);
    add(nvs, std::move(entry));
  }
  std::ranges::sort(nvs.entries, {},
                    [](const NvsEntry& e) { return std::tie(e.space, e.key, e.type, e.data); });
}

}  // namespace

bool is_nvs(Bytes partition) {
  if (partition.size() < kNvsPageBytes) return false;
  const std::string_view state = page_state(load_le32(partition, 0));
  return state != "empty" && state != "damaged" && header_is_sound(partition.first(kNvsPageBytes));
}

Nvs read_nvs(Bytes partition) {
  std::vector<Bytes> pages;
  for (std::size_t at = 0; at + kNvsPageBytes <= partition.size(); at += kNvsPageBytes) {
    pages.push_back(partition.subspan(at, kNvsPageBytes));
  }
  // The older page first, so that what was written last counts.
  std::ranges::sort(pages, {},
                    [](Bytes page) { return std::pair(load_le32(page, 4), page.data()); });
  Nvs nvs;
  Reader reader(nvs);
  for (const Bytes page : pages) reader.page(page);
  std::size_t written = 0;
  for (const NvsPage& page : nvs.pages) written += page.written;
  nvs.encrypted = written != 0 && nvs.bad_crc == written;
  add_items(nvs, reader.items(), partition.size());
  return nvs;
}

}  // namespace updraft::dump
