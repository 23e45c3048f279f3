// The format itself, written once: an encoder and a decoder run the same code (spec/delta.md
// sections 4 to 10). `Io` says which of the two it is:
//
//   Io::Coder        RangeDecoder, or an encoder with the same calls
//   coder()
//   bytes(q, n)      n = 1..4 bytes of the base, little-endian
//   base_size()
//   made(n)          four bytes of the target that were produced before, at n
//   put(n, bytes, size)    the target's next bytes
//   known(n)         the byte of header, segment header, checksum or digest that stands at n
//   wanted(n, size)  the bytes that the target shall have: an encoder's; a decoder's are 0
//   plan             what an encoder wants: its head, its map, its operations
//   on_learn(unit, old_address, new_address)
//
// One call of step() codes one thing: an operation, a unit, a literal. It takes at most kStepBytes
// of a patch and makes at most 4 bytes of target, or kStepBytes of known ones.
#pragma once
#include <tuple>

#include "engine/delta/address_map.hpp"
#include "engine/delta/header.hpp"
#include "engine/delta/operation.hpp"
#include "engine/delta/scanner.hpp"
#include "engine/delta/unit_coder.hpp"

namespace updraft::delta {

enum class Step : std::uint8_t { more, chunk_done };
// What the next step codes, for those who count.
enum class Activity : std::uint8_t { head, operation, literal, unit };

template <class Io, class Limits>
class Codec {
 public:
  explicit Codec(Io& io) : io_(io), scanner_(io, facts_) {}

  // Before the head. Error: wrong_base (no image, though the patch wants one).
  Result<> start(const Header& header);
  // At the start of every chunk. The first one begins with the head.
  void start_chunk(std::uint32_t from, std::uint32_t to);
  // Goes on behind `made`, the target's next bytes. Nothing else until the next start_chunk().
  void skip(Bytes made);
  // Errors: malformed, wrong_chip, alg_unsupported.
  Result<Step> step();

  Activity activity() const {
    if (phase_ < Phase::operation_count) return Activity::head;
    if (phase_ < Phase::literals) return Activity::operation;
    return phase_ == Phase::copy ? Activity::unit : Activity::literal;
  }
  std::uint32_t at() const { return n_; }  // target bytes that are there
  const Facts& facts() const { return facts_; }

 private:
  enum class Phase : std::uint8_t {
    header,
    segments,
    addresses,
    map_count,
    map,
    operation_count,
    operations,
    literals,
    copy,
    tail,
    done
  };
  static std::unexpected<Error> damaged(std::uint64_t found = 0, std::uint64_t expected = 0) {
    return fail(Code::malformed, Where::delta, found, expected);
  }

  Result<> head_step();
  Result<> code_header();
  Result<> code_segment();
  Result<> code_addresses();
  Result<> code_map_count();
  Result<> code_map_entry();
  Result<> code_operation_count();
  Result<> code_next_operation();
  void enter_operation();
  void fill_known(std::uint32_t end);
  void literal(std::uint32_t end);
  void code_literal_load(std::uint32_t address, std::uint32_t first);
  void copy_unit();
  void put(std::uint32_t bytes, std::uint32_t size);

  Unit next_unit(std::uint32_t q, std::uint32_t op_end);
  void predict(Unit& unit, std::uint32_t a, std::uint32_t b);
  void predict_load(Unit& unit, std::uint32_t a, std::uint32_t b);
  bool is_literal(std::uint32_t address, std::uint32_t value);
  std::uint32_t local(std::uint32_t target, std::uint32_t a, std::uint32_t b) const;
  bool only_address(const Unit& unit, std::uint32_t actual) const;
  void after(const Unit& unit, std::uint32_t q, std::uint32_t b, std::uint32_t actual);
  void learn(const Unit& unit, std::uint32_t old_address, std::uint32_t new_address);
  ByteClass code_class() const {
    return facts_.chip.isa == Isa::riscv ? ByteClass::riscv : ByteClass::xtensa;
  }
  auto& coder() { return io_.coder(); }

  Io& io_;
  Header header_;
  Facts facts_;
  AddressBook<Limits> book_;
  Scanner<Io> scanner_;
  UnitCoder<Limits::kLogSlots> units_;
  OperationModels operation_models_;
  OperationRing<Limits::kLook> operations_;
  LiteralPool pool_;
  NumberClass head_numbers_, map_starts_, map_deltas_;
  SmallModel same_as_base_;

  Phase phase_ = Phase::header;
  std::uint32_t index_ = 0;  // of the segment or map entry
  MapEntry last_entry_{};
  std::uint32_t map_count_ = 0;
  std::uint32_t chunk_from_ = 0, chunk_to_ = 0;
  std::uint32_t n_ = 0;           // next target byte
  std::uint32_t k_ = 0;           // the operation that is carried out
  std::uint32_t planned_to_ = 0;  // target bytes up to the last decoded operation's end
  std::uint32_t read_to_ = 0;     // where its source ended
  std::uint32_t history_ = 0;     // the last three target bytes
  std::uint32_t literal_at_ = 0, literal_size_ = 0;  // place in the literal instruction, its size
};

// ---------------------------------------------------------------------------------- operations

template <class Io, class Limits>
Result<> Codec<Io, Limits>::code_operation_count() {
  const std::uint32_t count = code_unsigned(coder(), head_numbers_, io_.plan.operation_count());
  if (count > chunk_to_ - chunk_from_) return damaged(count, chunk_to_ - chunk_from_);
  operations_.reset(count);
  phase_ = Phase::operations;
  return {};
}

template <class Io, class Limits>
Result<> Codec<Io, Limits>::code_next_operation() {
  const CodedOperation op = code_operation(coder(), operation_models_, read_to_,
                                           io_.plan.operation(operations_.decoded()));
  const std::uint64_t end = std::uint64_t{planned_to_} + op.literals + op.size;
  const std::uint64_t read_to = std::uint64_t{op.from} + op.size;
  if (op.size == 0 || end > chunk_to_) return damaged(end, chunk_to_);
  if (read_to > io_.base_size()) return damaged(read_to, io_.base_size());
  operations_.add({.from = op.from, .to = planned_to_ + op.literals, .size = op.size});
  planned_to_ = static_cast<std::uint32_t>(end);
  read_to_ = static_cast<std::uint32_t>(read_to);
  return {};
}

template <class Io, class Limits>
void Codec<Io, Limits>::enter_operation() {
  literal_at_ = 0;
  literal_size_ = 0;
  phase_ = k_ < operations_.count() ? Phase::literals : Phase::tail;
  if (phase_ == Phase::literals && n_ == operations_[k_].to) {
    scanner_.start_operation();
    phase_ = Phase::copy;
  }
  if (phase_ == Phase::tail && n_ == chunk_to_) phase_ = Phase::done;
}

template <class Io, class Limits>
Result<Step> Codec<Io, Limits>::step() {
  if (phase_ < Phase::operation_count) {
    UPDRAFT_TRY(head_step());
  } else if (phase_ == Phase::operation_count) {
    UPDRAFT_TRY(code_operation_count());
  } else if (phase_ == Phase::operations) {
    const std::uint64_t ahead = std::uint64_t{k_} + header_.look;
    if (operations_.decoded() < operations_.count() && operations_.decoded() <= ahead) {
      UPDRAFT_TRY(code_next_operation());
    } else {
      enter_operation();
    }
  } else if (phase_ == Phase::literals) {
    literal(operations_[k_].to);
    if (n_ == operations_[k_].to) enter_operation();
  } else if (phase_ == Phase::copy) {
    copy_unit();
    const Operation& op = operations_[k_];
    if (n_ - op.to == op.size) {
      ++k_;
      phase_ = Phase::operations;
    }
  } else if (phase_ == Phase::tail) {
    literal(chunk_to_);
    if (n_ == chunk_to_) phase_ = Phase::done;
  }
  if (coder().damaged()) return damaged();
  return phase_ == Phase::done ? Step::chunk_done : Step::more;
}

// ------------------------------------------------------------------------------- target bytes

template <class Io, class Limits>
void Codec<Io, Limits>::put(std::uint32_t bytes, std::uint32_t size) {
  io_.put(n_, bytes, size);
  for (std::uint32_t i = 0; i < size; ++i) {
    history_ = (history_ << 8 | (bytes >> 8 * i & 255u)) & 0xFF'FFFF;
  }
  n_ += size;
}

template <class Io, class Limits>
void Codec<Io, Limits>::fill_known(std::uint32_t end) {
  const std::uint32_t known = std::min(facts_.target.known_bytes(n_), end - n_);
  for (std::uint32_t i = 0; i < known; ++i) put(io_.known(n_), 1);
  literal_at_ = 0;
  literal_size_ = 0;
}

template <class Io, class Limits>
void Codec<Io, Limits>::literal(std::uint32_t end) {
  if (facts_.target.known_bytes(n_) > 0) return fill_known(end);
  const Segment* to = facts_.target.at_offset(n_);
  const std::uint32_t address = to != nullptr ? to->address + (n_ - to->offset) : n_;
  ByteContext context{.history = history_};
  const bool code = to != nullptr && to->kind != SegmentKind::data;
  if (!code) {
    context.idx = address % 4;
  } else {
    context.cls = code_class();
    context.idx = literal_at_;
  }
  const std::uint32_t byte = units_.bytes().code(coder(), context, io_.wanted(n_, 1));
  put(byte, 1);
  if (!code) return;
  const bool xtensa = facts_.chip.isa == Isa::xtensa;
  if (literal_at_ == 0) {
    const std::uint32_t op0 = byte & 15u;
    literal_size_ = (byte & 3u) == 3 ? 4 : 2;
    if (xtensa) literal_size_ = op0 == 15 ? 4 : op0 >= 8 && op0 < 14 ? 2 : 3;
    if (xtensa && op0 == 1 && std::min(end, to->end()) - n_ >= 2) {
      return code_literal_load(address, byte);
    }
  }
  if (++literal_at_ == literal_size_) literal_at_ = 0;
}

// The other two bytes of an L32R, by its literal.
template <class Io, class Limits>
void Codec<Io, Limits>::code_literal_load(std::uint32_t address, std::uint32_t first) {
  const std::uint32_t base = ((address + 3) & ~3u) - 0x4'0000;
  const std::uint32_t wanted = base + 4 * io_.wanted(n_, 2);
  const std::uint32_t to = pool_.code(coder(), pool_.next(), units_.distance(Kind::l32r), wanted);
  const std::uint32_t unit = put_field(Field::l32r, first, (to - base) >> 2);
  put(unit >> 8, 2);
  pool_.use(base + 4 * get_field(Field::l32r, unit));
}

template <class Io, class Limits>
void Codec<Io, Limits>::copy_unit() {
  const Operation op = operations_[k_];
  if (facts_.target.known_bytes(n_) > 0) return fill_known(op.to + op.size);
  const std::uint32_t q = op.from + (n_ - op.to);
  Unit unit = next_unit(q, op.from + op.size);
  const Segment* from = facts_.base.at_offset(q);
  const Segment* to = facts_.target.at_offset(n_);
  const bool placed = from != nullptr && to != nullptr;
  const std::uint32_t a = placed ? from->address + (q - from->offset) : 0;
  const std::uint32_t b = placed ? to->address + (n_ - to->offset) : 0;
  if (holds_address(unit.kind)) predict(unit, a, b);
  const std::uint32_t wanted = io_.wanted(n_, unit.size);
  const auto load = [&](std::uint32_t word) {
    const std::uint32_t base = ((b + 3) & ~3u) - 0x4'0000;
    const std::uint32_t guess = base + 4 * get_field(Field::l32r, unit.predicted);
    const std::uint32_t literal_at = pool_.code(coder(), guess, units_.distance(Kind::l32r),
                                                base + 4 * get_field(Field::l32r, word));
    return put_field(Field::l32r, unit.predicted, (literal_at - base) >> 2);
  };
  const std::uint32_t actual =
      units_.code(coder(), unit, history_, wanted, only_address(unit, wanted), load);
  after(unit, q, b, actual);
  put(actual, unit.size);
}

template <class Io, class Limits>
Unit Codec<Io, Limits>::next_unit(std::uint32_t q, std::uint32_t op_end) {
  const Segment* from = facts_.base.at_offset(q);
  const Segment* to = facts_.target.at_offset(n_);
  if (from == nullptr || to == nullptr) {
    const std::uint32_t byte = io_.bytes(q, 1);
    return {.old = byte, .predicted = byte};
  }
  const std::uint32_t left = std::min({op_end - q, from->end() - q, to->end() - n_});
  return scanner_.scan(q, q + left, *from);
}

}  // namespace updraft::delta

#include "engine/delta/codec_addresses.hpp"
#include "engine/delta/codec_head.hpp"
