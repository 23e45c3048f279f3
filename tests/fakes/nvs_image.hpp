// NVS partitions as ESP-IDF writes them, for tests of who reads them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "updraft/bytes.hpp"

#include "engine/format/crc32.hpp"

namespace updraft::fakes {

class NvsImage {
 public:
  explicit NvsImage(std::size_t pages = 3) : bytes_(pages * 4096, std::byte{0xFF}) {
    begin_page(0);
  }

  // The first free number.
  std::uint8_t space(const std::string& name) {
    const std::uint8_t index = ++spaces_;
    number(0, 0x01, name, index);
    return index;
  }
  void number(std::uint8_t space, std::uint8_t type, const std::string& key, std::uint64_t value) {
    const MutableBytes entry = next(space, type, 1, 0xFF, key);
    const std::size_t size = type & 0x0Fu;
    for (std::size_t i = 0; i < size; ++i) entry[24 + i] = static_cast<std::byte>(value >> 8 * i);
    seal(entry);
  }
  void text(std::uint8_t space, const std::string& key, const std::string& value) {
    data(space, 0x21, 0xFF, key, as_bytes(std::string_view(value.c_str(), value.size() + 1)));
  }
  void blob(std::uint8_t space, const std::string& key, Bytes value, std::size_t chunk = 2000) {
    std::uint8_t count = 0;
    for (std::size_t at = 0; at < value.size(); at += chunk) {
      data(space, 0x42, count++, key, value.subspan(at, std::min(chunk, value.size() - at)));
    }
    blob_index(space, key, value.size(), count);
  }
  void blob_index(std::uint8_t space, const std::string& key, std::size_t size,
                  std::uint8_t count) {
    const MutableBytes index = next(space, 0x48, 1, 0xFF, key);
    store_le32(index, 24, static_cast<std::uint32_t>(size));
    index[28] = std::byte{count};
    index[29] = std::byte{0};
    seal(index);
  }
  void erase_last() { set_state(last_, 0); }
  void begin_page(std::size_t page) {
    page_ = page;
    entry_ = 0;
    const MutableBytes head = MutableBytes(bytes_).subspan(page * 4096, 32);
    store_le32(head, 0, 0xFFFFFFFE);
    store_le32(head, 4, static_cast<std::uint32_t>(page));
    head[8] = std::byte{0xFE};
    store_le32(head, 28, format::crc32(Bytes(head).subspan(4, 24), 0xFFFFFFFF));
    if (page > 0) store_le32(bytes_, (page - 1) * 4096, 0xFFFFFFFC);  // full
  }
  std::vector<std::byte>& bytes() { return bytes_; }
  // Where the entry that was added last begins.
  std::size_t last_at() const { return page_ * 4096 + 64 + last_ * 32; }

 private:
  void set_state(std::size_t entry, unsigned state) {
    std::byte& states = bytes_[page_ * 4096 + 32 + entry / 4];
    const unsigned shift = entry % 4 * 2;
    states = static_cast<std::byte>((std::to_integer<unsigned>(states) & ~(3u << shift)) |
                                    state << shift);
  }
  MutableBytes next(std::uint8_t space, std::uint8_t type, std::size_t span, std::uint8_t chunk,
                    const std::string& key) {
    if (entry_ + span > 126) begin_page(page_ + 1);
    last_ = entry_;
    for (std::size_t i = 0; i < span; ++i) set_state(entry_++, 2);
    const MutableBytes entry = MutableBytes(bytes_).subspan(last_at(), span * 32);
    entry[0] = std::byte{space};
    entry[1] = std::byte{type};
    entry[2] = static_cast<std::byte>(span);
    entry[3] = std::byte{chunk};
    for (std::size_t i = 0; i < 16; ++i) {
      entry[8 + i] = i < key.size() ? static_cast<std::byte>(key[i]) : std::byte{0};
    }
    return entry;
  }
  void data(std::uint8_t space, std::uint8_t type, std::uint8_t chunk, const std::string& key,
            Bytes value) {
    const MutableBytes entry = next(space, type, 1 + (value.size() + 31) / 32, chunk, key);
    store_le16(entry, 24, static_cast<std::uint16_t>(value.size()));
    store_le32(entry, 28, format::crc32(value, 0xFFFFFFFF));
    std::copy(value.begin(), value.end(), entry.begin() + 32);
    seal(entry.first(32));
  }
  static void seal(MutableBytes entry) {
    std::uint32_t crc = format::crc32(Bytes(entry).first(4), 0xFFFFFFFF);
    store_le32(entry, 4, format::crc32(Bytes(entry).subspan(8, 24), crc));
  }

  std::vector<std::byte> bytes_;
  std::size_t page_ = 0, entry_ = 0, last_ = 0;
  std::uint8_t spaces_ = 0;
};

}  // namespace updraft::fakes
