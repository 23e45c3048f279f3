// The two checks that look at all of an item: RFC 8949 section 4.2.1, and RFC 3629 for its texts.
#include "engine/suit/cbor_reader.hpp"

namespace updraft::suit {
namespace {

constexpr std::uint64_t kFalse = 20, kNull = 22;  // and true between them

// An array or a map that is open.
struct Level {
  std::uint64_t left = 0;  // items, of a map keys and values
  bool is_map = false;
  Bytes last_key;
};

bool in_order(Bytes before, Bytes key) {
  return before.empty() || std::ranges::lexicographical_compare(before, key);
}

// A code point's first byte: how many more follow, and what the first of those may be, as RFC 3629
// section 4 has them.
struct Utf8Row {
  std::uint8_t first, last, more, low, high;
};
constexpr Utf8Row kUtf8[] = {
    {0x00, 0x7F, 0, 0, 0},       {0xC2, 0xDF, 1, 0x80, 0xBF}, {0xE0, 0xE0, 2, 0xA0, 0xBF},
    {0xE1, 0xEC, 2, 0x80, 0xBF}, {0xED, 0xED, 2, 0x80, 0x9F}, {0xEE, 0xEF, 2, 0x80, 0xBF},
    {0xF0, 0xF0, 3, 0x90, 0xBF}, {0xF1, 0xF3, 3, 0x80, 0xBF}, {0xF4, 0xF4, 3, 0x80, 0x8F}};

// Of the code point in front; 0: it is none.
std::size_t utf8_length(Bytes bytes) {
  const std::uint8_t first = load_u8(bytes, 0);
  const auto* const row =
      std::ranges::find_if(kUtf8, [&](const Utf8Row& r) { return first <= r.last; });
  if (row == std::end(kUtf8) || first < row->first || bytes.size() <= row->more) return 0;
  for (std::size_t i = 1; i <= row->more; ++i) {
    const std::uint8_t byte = load_u8(bytes, i);
    const std::uint8_t low = i == 1 ? row->low : std::uint8_t{0x80};
    const std::uint8_t high = i == 1 ? row->high : std::uint8_t{0xBF};
    if (byte < low || byte > high) return 0;
  }
  return std::size_t{1} + row->more;
}

// Goes from item to item, with what is open kept in a stack of fixed depth.
class Walk {
 public:
  explicit Walk(Bytes bytes) : reader_(bytes) {}
  bool whole() {
    levels_[0].left = 1;
    while (true) {
      while (levels_[depth_].left == 0) {
        if (depth_ == 0) return reader_.at_end();
        --depth_;
      }
      if (!item()) return false;
    }
  }

 private:
  bool item() {
    Level& level = levels_[depth_];
    const bool is_key = level.is_map && level.left % 2 == 0;
    const std::size_t start = reader_.at();
    --level.left;
    const CborReader::Head head = reader_.head();
    if (!content(head, is_key)) return false;
    if (!is_key) return true;
    const Bytes key = reader_.since(start);
    if (!in_order(level.last_key, key)) return false;
    level.last_key = key;
    return true;
  }

  bool content(const CborReader::Head& head, bool is_key) {
    switch (head.major) {
      case Major::uint:
      case Major::nint:
        break;
      case Major::bytes:
        (void)reader_.take(head.value);
        break;
      case Major::text:
        return is_utf8(reader_.take(head.value)) && reader_.good();
      case Major::array:
      case Major::map:
        return !is_key && open(head);
      case Major::tag:
        return false;
      case Major::simple:
        return !is_key && reader_.good() && head.value >= kFalse && head.value <= kNull;
    }
    return reader_.good();
  }

  bool open(const CborReader::Head& head) {
    constexpr std::uint64_t kMostItems =
        UINT32_MAX;  // more than any bytes hold; twice it is no overflow
    if (depth_ == kMaxCborDepth || head.value > kMostItems) return false;
    const bool is_map = head.major == Major::map;
    levels_[++depth_] = {is_map ? 2 * head.value : head.value, is_map, {}};
    return true;
  }

  CborReader reader_;
  std::array<Level, kMaxCborDepth + 1> levels_{};
  std::size_t depth_ = 0;
};

}  // namespace

bool is_utf8(Bytes bytes) {
  while (!bytes.empty()) {
    const std::size_t length = utf8_length(bytes);
    if (length == 0) return false;
    bytes = bytes.subspan(length);
  }
  return true;
}

bool is_deterministic(Bytes bytes) { return Walk(bytes).whole(); }

}  // namespace updraft::suit
