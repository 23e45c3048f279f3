// A small direct-mapped cache in front of reads of flash: a decoder asks for four bytes at a time.
#pragma once
#include <array>
#include <cstdint>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

namespace updraft::delta {

template <std::uint32_t kLines, std::uint32_t kLineBytes>
class ReadCache {
 public:
  void clear() {
    for (Line& line : lines_) line.size = 0;
  }

  // The byte at `offset` < `limit`, below which all may be read: `read(offset, out)` fetches it. A
  // line that was short when it was fetched is fetched again once the limit has grown.
  template <class Read>
  Result<std::uint8_t> byte(std::uint32_t offset, std::uint32_t limit, Read read) {
    const std::uint32_t start = offset - offset % kLineBytes;
    Line& line = lines_[offset / kLineBytes % kLines];
    if (line.start != start || offset - start >= line.size) {
      line.size = 0;
      const std::size_t size = std::min<std::size_t>(kLineBytes, limit - start);
      UPDRAFT_TRY(read(start, MutableBytes(line.bytes).first(size)));
      line.start = start;
      line.size = static_cast<std::uint32_t>(size);
    }
    return std::to_integer<std::uint8_t>(line.bytes[offset - start]);
  }

  // What is here from `offset` on, up to the end of its line; empty: byte() has to fetch it.
  Bytes here(std::uint32_t offset) const {
    const Line& line = lines_[offset / kLineBytes % kLines];
    const std::uint32_t at = offset % kLineBytes;
    if (line.start != offset - at || at >= line.size) return {};
    return Bytes(line.bytes).subspan(at, line.size - at);
  }

 private:
  struct Line {
    std::uint32_t start = 0, size = 0;
    std::array<std::byte, kLineBytes> bytes{};
  };
  std::array<Line, kLines> lines_;
};

}  // namespace updraft::delta
