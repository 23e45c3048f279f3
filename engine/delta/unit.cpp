#include "engine/delta/unit.hpp"

namespace updraft::delta {
namespace {

constexpr std::uint32_t bits(std::uint32_t unit, unsigned high, unsigned low) {
  return unit >> low & ((1u << (high - low + 1)) - 1);
}

// A field in one piece.
struct Piece {
  unsigned low, width;
};
constexpr Piece piece_of(Field field) {
  switch (field) {
    case Field::call:
    case Field::jump:
      return {6, 18};
    case Field::branch_zero:
    case Field::upper:
      return {12, field == Field::branch_zero ? 12u : 20u};
    case Field::branch_short:
      return {16, 8};
    case Field::literal_load:
      return {8, 16};
    case Field::load:
      return {20, 12};
    default:
      return {0, 32};
  }
}

// A field in pieces: `width` bits of the value from bit `from` stand in the unit at bit `to`.
struct Part {
  std::uint8_t from, width, to;
};
constexpr Part kJumpAndLink[] = {{20, 1, 31}, {1, 10, 21}, {11, 1, 20}, {12, 8, 12}};
constexpr Part kBranch[] = {{12, 1, 31}, {5, 6, 25}, {1, 4, 8}, {11, 1, 7}};
constexpr Part kStore[] = {{5, 7, 25}, {0, 5, 7}};
constexpr Part kCompressedJump[] = {{11, 1, 12}, {4, 1, 11}, {8, 2, 9}, {10, 1, 8},
                                    {6, 1, 7},   {7, 1, 6},  {1, 3, 3}, {5, 1, 2}};
constexpr Part kCompressedBranch[] = {{8, 1, 12}, {3, 2, 10}, {6, 2, 5}, {1, 2, 3}, {5, 1, 2}};

constexpr std::span<const Part> parts_of(Field field) {
  switch (field) {
    case Field::jump_and_link:
      return kJumpAndLink;
    case Field::branch:
      return kBranch;
    case Field::store:
      return kStore;
    case Field::compressed_jump:
      return kCompressedJump;
    case Field::compressed_branch:
      return kCompressedBranch;
    default:
      return {};
  }
}

}  // namespace

std::uint32_t get_field(Field field, std::uint32_t unit) {
  const auto parts = parts_of(field);
  if (parts.empty()) {
    const Piece piece = piece_of(field);
    return piece.width == 32 ? unit : bits(unit, piece.low + piece.width - 1, piece.low);
  }
  std::uint32_t value = 0;
  for (const Part& part : parts) {
    value |= bits(unit, part.to + part.width - 1u, part.to) << part.from;
  }
  return value;
}

std::uint32_t put_field(Field field, std::uint32_t unit, std::uint32_t value) {
  const auto parts = parts_of(field);
  if (parts.empty()) {
    const Piece piece = piece_of(field);
    if (piece.width == 32) return value;
    const std::uint32_t mask = ((1u << piece.width) - 1) << piece.low;
    return (unit & ~mask) | (value << piece.low & mask);
  }
  for (const Part& part : parts) {
    const std::uint32_t mask = ((1u << part.width) - 1) << part.to;
    unit = (unit & ~mask) | ((value >> part.from) << part.to & mask);
  }
  return unit;
}

unsigned field_width(Field field) {
  switch (field) {
    case Field::jump_and_link:
      return 21;
    case Field::branch:
      return 13;
    case Field::store:
    case Field::compressed_jump:
      return 12;
    case Field::compressed_branch:
      return 9;
    default:
      return piece_of(field).width;
  }
}

unsigned field_scale(Field field) {
  return field == Field::jump_and_link || field == Field::branch ? 2 : 1;
}

}  // namespace updraft::delta
