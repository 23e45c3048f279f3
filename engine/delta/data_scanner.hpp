// Units of data (spec/delta.md section 8.1): words, pointers among them, and the relative words of
// the exception frames.
#pragma once
#include "engine/delta/scan_place.hpp"

namespace updraft::delta {

template <BaseReader Base>
class DataScanner {
 public:
  DataScanner(Base& base, const Facts& facts) : base_(base), facts_(facts) {}

  void start_operation() {
    description_mark_ = kNowhere;
    pointer_mark_ = kNowhere;
  }

  Unit scan(const ScanPlace& place) {
    const std::uint32_t value = base_.base_bytes(place.at, 4);
    const bool marked = place.at == pointer_mark_ && place.left() >= 4;
    pointer_mark_ = kNowhere;
    if (marked) return marked_pointer(place, value);
    if (place.address % 4 != 0 || place.left() < 4 || facts_.plain) {
      const std::uint32_t size = std::min(4 - place.address % 4, place.left());
      return plain_unit(size == 4 ? Kind::word : Kind::raw, ByteClass::data, size, value);
    }
    if (facts_.chip.is_address(value)) return word_unit(Kind::pointer, value, value);
    if (in_frame_table(place.address)) {
      return word_unit(Kind::frame_header, value, facts_.frame_header.old_address + value);
    }
    if (place.at == description_mark_) {
      description_mark_ = kNowhere;
      return word_unit(Kind::frame_description, value, place.address + value);
    }
    if (points_to_common_part(place, value)) {
      description_mark_ = place.at + 4;
      return word_unit(Kind::frame_common, value, place.address - value);
    }
    if (const std::uint32_t size = before_pointer(place, value); size > 0) {
      pointer_mark_ = place.at + size;
      return plain_unit(Kind::raw, ByteClass::data, size, value);
    }
    return plain_unit(Kind::word, ByteClass::data, 4, value);
  }

 private:
  static constexpr std::uint32_t kNowhere = UINT32_MAX;  // a base is smaller than that

  bool in_frame_table(std::uint32_t address) const {
    const std::uint32_t header = facts_.frame_header.old_address;
    return header != 0 && address - (header + 12) < 8 * facts_.frame_table_entries;
  }

  // The second word of a frame description: how far back its common part lies.
  bool points_to_common_part(const ScanPlace& place, std::uint32_t distance) {
    const std::uint32_t before = place.at - place.segment.offset;
    if (distance <= 12 || distance >= 0x20'0000 || distance % 4 != 0) return false;
    if (distance > before || before < 4) return false;
    const std::uint32_t length = base_.base_bytes(place.at - 4, 4);
    if (length < 8 || length >= 0x1000 || length % 4 != 0) return false;
    const std::uint32_t common = place.at - distance;
    const std::uint32_t common_length = base_.base_bytes(common, 4);
    if (common_length < 8 || common_length >= 64) return false;
    if (base_.base_bytes(common + 4, 4) != 0) return false;
    const std::uint32_t version = base_.base_bytes(common + 8, 1);
    return version == 1 || version == 3;
  }

  // What stands before a pointer at an odd place in the frames of C++ exceptions: the length of a
  // description's further data, or the encodings in a common part; 0: nothing of the kind.
  std::uint32_t before_pointer(const ScanPlace& place, std::uint32_t bytes) {
    if ((bytes & 0xFF) == 4) return points_into_base(place, 1) ? 1 : 0;
    const bool encodings = (bytes & 0xFFFF) == 6 || (bytes & 0xFFFF) == 7;
    return encodings && points_into_base(place, 2) ? 2 : 0;
  }
  bool points_into_base(const ScanPlace& place, std::uint32_t ahead) {
    if (place.left() < ahead + 4) return false;
    const std::uint32_t value = base_.base_bytes(place.at + ahead, 4);
    return facts_.chip.is_address(value) && facts_.base.at_address(value) != nullptr;
  }
  static Unit marked_pointer(const ScanPlace& place, std::uint32_t value) {
    Unit unit = word_unit(Kind::pointer, value, value);
    unit.exception_table = place.address % 4 == 1;
    return unit;
  }

  Base& base_;
  const Facts& facts_;
  std::uint32_t description_mark_ = kNowhere;  // where a frame description's code address stands
  std::uint32_t pointer_mark_ = kNowhere;      // where a pointer stands, aligned or not
};

}  // namespace updraft::delta
