// The operations of a chunk (spec/delta.md section 5): literals, then a copy from the base. They
// run ahead of the data, so that a jump out of a copy finds where its target went.
//
// Memory: 12 bytes for each of 2 * kLook + 1 operations.
#pragma once
#include <array>
#include <cstdint>

#include "engine/delta/layout.hpp"
#include "engine/delta/number.hpp"

namespace updraft::delta {

struct Operation {
  std::uint32_t source = 0, target = 0, size = 0;  // base offset, target offset, bytes copied
  std::uint32_t source_end() const { return source + size; }
  std::uint32_t target_end() const { return target + size; }
  bool reads(std::uint32_t offset) const { return offset >= source && offset - source < size; }
};

struct OperationModels {
  NumberClass literals, size, forward, backward;
  std::array<SmallModel, 4> type;
};

// Where an operation's source begins, seen from the end of the previous one's: its type.
enum class Jump : std::uint8_t { none = 0, over_literals = 1, forward = 2, backward = 3 };

constexpr Jump jump_between(std::uint32_t previous_end, std::uint32_t literals,
                            std::uint32_t source) {
  if (source == previous_end) return Jump::none;
  if (source == previous_end + literals) return Jump::over_literals;
  return source > previous_end ? Jump::forward : Jump::backward;
}

struct CodedOperation {
  std::uint32_t literals = 0, source = 0, size = 0;
};

template <BitCoder Coder>
CodedOperation code_operation(Coder& coder, OperationModels& models, std::uint32_t previous_end,
                              CodedOperation op) {
  op.literals = code_unsigned(coder, models.literals, op.literals);
  const auto jump = static_cast<Jump>(
      code_tree(coder, models.type, 2,
                static_cast<std::uint32_t>(jump_between(previous_end, op.literals, op.source))));
  switch (jump) {
    case Jump::none:
      op.source = previous_end;
      break;
    case Jump::over_literals:
      op.source = previous_end + op.literals;
      break;
    case Jump::forward:
      op.source = previous_end + code_unsigned(coder, models.forward, op.source - previous_end);
      break;
    case Jump::backward:
      op.source = previous_end - code_unsigned(coder, models.backward, previous_end - op.source);
      break;
  }
  op.size = code_unsigned(coder, models.size, op.size);
  return op;
}

// The last and the next operations around the one that is being carried out. No updraft::Ring: what
// was carried out stays, and is found by its number.
template <std::size_t kLook>
class OperationRing {
 public:
  void reset(std::uint32_t count) {
    count_ = count;
    decoded_ = 0;
  }
  std::uint32_t count() const { return count_; }
  std::uint32_t decoded() const { return decoded_; }
  void add(const Operation& op) { ring_[decoded_++ % ring_.size()] = op; }
  // By its number in the chunk.
  const Operation& operator[](std::uint32_t number) const { return ring_[number % ring_.size()]; }

  // The nearest operation to `number`, at most `look` away, that copies from base `offset`.
  const Operation* find(std::uint32_t number, std::uint32_t look, std::uint32_t offset) const {
    for (std::uint32_t away = 1; away <= look; ++away) {
      if (number + away < decoded_ && (*this)[number + away].reads(offset)) {
        return &(*this)[number + away];
      }
      if (number >= away && (*this)[number - away].reads(offset)) return &(*this)[number - away];
    }
    return nullptr;
  }

 private:
  std::array<Operation, 2 * kLook + 1> ring_{};
  std::uint32_t count_ = 0, decoded_ = 0;
};

}  // namespace updraft::delta
