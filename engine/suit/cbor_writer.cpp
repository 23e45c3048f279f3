#include "engine/suit/cbor_writer.hpp"

namespace updraft::suit {

void CborWriter::raw(Bytes encoded) {
  if (fits() && encoded.size() <= out_.size() - size_) {
    std::ranges::copy(encoded, out_.begin() + static_cast<std::ptrdiff_t>(size_));
  }
  size_ += encoded.size();
}

void CborWriter::head(Major major, std::uint64_t value) {
  std::array<std::byte, kMostHeadBytes> head;
  std::size_t more = 0;  // bytes after the first: 0, 1, 2, 4 or 8
  std::uint64_t first = value;
  if (value >= 24) {
    first = 24;
    for (more = 1; more < 8 && value >> (8 * more) != 0; more *= 2) ++first;
  }
  head[0] = static_cast<std::byte>(static_cast<std::uint64_t>(major) << 5 | first);
  store_be(MutableBytes(head).subspan(1, more), value);
  raw(Bytes(head).first(1 + more));
}

void CborWriter::integer(std::int64_t value) {
  if (value >= 0) return uint(static_cast<std::uint64_t>(value));
  head(Major::nint, static_cast<std::uint64_t>(-(value + 1)));
}

void CborWriter::bytes(Bytes content) {
  head(Major::bytes, content.size());
  raw(content);
}

void CborWriter::text(std::string_view content) {
  head(Major::text, content.size());
  raw(as_bytes(content));
}

}  // namespace updraft::suit
