// Makes patches of the esp_delta_ota kind for tests.
#pragma once
#include <cstdint>
#include <vector>

#include "updraft/bytes.hpp"

#include "engine/codec/heatshrunk_samples.hpp"

namespace updraft::samples {

using PatchBytes = std::vector<std::byte>;

inline void append(PatchBytes& to, Bytes from) { to.insert(to.end(), from.begin(), from.end()); }

inline PatchBytes varint(std::int64_t value) {
  const auto size = static_cast<std::uint64_t>(value < 0 ? -value : value);
  PatchBytes bytes{static_cast<std::byte>((size & 0x3F) | (value < 0 ? 0x40u : 0u))};
  for (std::uint64_t rest = size >> 6; rest > 0; rest >>= 7) {
    bytes.back() |= std::byte{0x80};
    bytes.push_back(static_cast<std::byte>(rest & 0x7F));
  }
  return bytes;
}

// A record: bytes to add to the base, bytes as they are, and where the base goes on.
struct EspRecord {
  PatchBytes diff, extra;
  std::int64_t skip = 0;
};

inline PatchBytes esp_stream(const std::vector<EspRecord>& records) {
  PatchBytes stream = varint(0);
  for (const EspRecord& record : records) {
    append(stream, varint(static_cast<std::int64_t>(record.diff.size())));
    append(stream, record.diff);
    append(stream, varint(static_cast<std::int64_t>(record.extra.size())));
    append(stream, record.extra);
    append(stream, varint(record.skip));
  }
  return stream;
}

inline PatchBytes esp_body(std::int64_t size, Bytes stream) {
  PatchBytes body{std::byte{0x04}};
  append(body, varint(size));
  body.push_back(std::byte{0x44});
  append(body, heatshrunk(stream));
  return body;
}

// `identity`: the base's appended SHA-256.
inline PatchBytes esp_patch(Bytes identity, Bytes body) {
  PatchBytes patch(64);
  store_le32(patch, 0, 0xFCCD'DE10);
  std::copy(identity.begin(), identity.end(), patch.begin() + 4);
  append(patch, body);
  return patch;
}

// The simplest patch: the part that both images have as differences, the rest as it is.
inline PatchBytes esp_patch_between(Bytes old_image, Bytes new_image) {
  EspRecord record;
  const std::size_t both = std::min(old_image.size(), new_image.size());
  for (std::size_t i = 0; i < both; ++i) {
    record.diff.push_back(static_cast<std::byte>(std::to_integer<unsigned>(new_image[i]) -
                                                 std::to_integer<unsigned>(old_image[i])));
  }
  append(record.extra, new_image.subspan(both));
  return esp_patch(old_image.last(32),
                   esp_body(static_cast<std::int64_t>(new_image.size()), esp_stream({record})));
}

}  // namespace updraft::samples
