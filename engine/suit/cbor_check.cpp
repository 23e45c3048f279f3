// The two checks that look at all of an item: RFC 8949 section 4.2.1, and RFC 3629 for its texts.
#include "engine/suit/cbor_reader.hpp"
#include "engine/suit/same.hpp"

namespace updraft::suit {
namespace {

constexpr std::size_t kFalse = 20, kNull = 22;  // and true between them
constexpr std::size_t kMostItems =
    UINT32_MAX / 2;  // more than any bytes hold; twice it is no overflow

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

}  // namespace

// Goes from item to item, with what is open kept in a stack of fixed depth.
class CborWalk {
 public:
  explicit CborWalk(Bytes bytes) : in_(bytes) { level_->left = 1; }
  bool whole() {
    while (in_.good()) {
      if (level_->left != 0) {
        item();
      } else if (level_ == levels_.data()) {
        return in_.at_end();
      } else {
        --level_;
      }
    }
    return false;
  }

 private:
  // An array or a map that is open.
  struct Level {
    std::size_t left = 0;  // items, of a map keys and values
    bool is_map = false;
    Bytes last_key;
  };

  void item() {
    Level& level = *level_;
    const bool is_key = level.is_map && level.left % 2 == 0;
    const CborReader::Mark start = in_.mark();
    --level.left;
    const Major major = in_.item();
    content(major);
    if (is_key) {
      const Bytes key = in_.since(start);
      if (major > Major::text || !in_order(level.last_key, key)) in_.fail();
      level.last_key = key;
    } else if (major == Major::array || major == Major::map) {
      open(major == Major::map);
    }
  }

  // Of an item that holds no others.
  void content(Major major) {
    const std::size_t value = in_.small();
    if (major == Major::bytes || major == Major::text) {
      const Bytes content = in_.part(value);
      if (major == Major::text && !is_utf8(content)) in_.fail();
    } else if (major == Major::tag || (major == Major::simple && value - kFalse > kNull - kFalse)) {
      in_.fail();
    }
  }

  void open(bool is_map) {
    const std::size_t items = in_.small();
    if (level_ == &levels_.back() || items > kMostItems) return in_.fail();
    *++level_ = {is_map ? 2 * items : items, is_map, {}};
  }

  CborReader in_;
  std::array<Level, kMaxCborDepth + 1> levels_{};
  Level* level_ = levels_.data();
};

bool is_utf8(Bytes bytes) {
  while (!bytes.empty()) {
    const std::size_t length = utf8_length(bytes);
    if (length == 0) return false;
    bytes = bytes.subspan(length);
  }
  return true;
}

bool is_deterministic(Bytes bytes) { return CborWalk(bytes).whole(); }

}  // namespace updraft::suit
