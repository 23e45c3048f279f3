// The format itself, written once: an encoder and a decoder run the same code (spec/delta.md
// sections 4 to 10). `End` says which of the two it is (codec_end.hpp).
//
// One call of step() codes one thing: an operation, a unit, a literal. It takes at most kStepBytes
// of a patch and makes at most 4 bytes of target, or kStepBytes of known ones.
#pragma once
#include "engine/delta/codec_end.hpp"
#include "engine/delta/header.hpp"
#include "engine/delta/operation_coder.hpp"
#include "engine/delta/scanner.hpp"
#include "engine/delta/unit_coder.hpp"

namespace updraft::delta {

enum class Step : std::uint8_t { more, chunk_done };
// What the next step codes, for statistics.
enum class Activity : std::uint8_t { head, operation, literal, unit };

template <CodecEnd End, class Limits>
class Codec {
 public:
  explicit Codec(End& end) : end_(end), scanner_(end, facts_) {}

  // Before the head. Error: wrong_base (no image, though the patch wants one).
  Result<> start(const Header& header);
  // At the start of every chunk. The first one begins with the head.
  void start_chunk(std::uint32_t from, std::uint32_t to);
  // Goes on after `made`, the target's next bytes. Nothing else until the next start_chunk().
  void skip(Bytes made);
  // Errors: malformed, wrong_chip, alg_unsupported.
  Result<Step> step();

  Activity activity() const {
    if (phase_ < Phase::operation_count) return Activity::head;
    if (phase_ < Phase::literals) return Activity::operation;
    return phase_ == Phase::copy ? Activity::unit : Activity::literal;
  }
  std::uint32_t at() const { return at_; }  // target bytes that are there
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
  static NumberedFailure damaged(std::uint64_t found = 0, std::uint64_t expected = 0) {
    return fail(Code::malformed, Where::delta, found, expected);
  }

  Result<> head_step();
  Result<> code_header();
  Result<> code_segment();
  Result<> code_addresses();
  AddressPair code_address_pair(const AddressPair& wanted);
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

  struct Place {               // of a unit; addresses are 0 outside all segments
    std::uint32_t source = 0;  // base offset
    std::uint32_t old_address = 0, new_address = 0;
  };
  Unit next_unit(Place& place, std::uint32_t source_end);

  void predict(Unit& unit, const Place& place);
  void predict_word(Unit& unit, const Prediction& moved, std::uint32_t new_address) const;
  void predict_call(Unit& unit, const Prediction& moved, std::uint32_t new_address) const;
  void predict_jump(Unit& unit, const Prediction& moved, const Place& place) const;
  void predict_branch(Unit& unit, const Place& place) const;
  void predict_high(Unit& unit, const Prediction& moved, std::uint32_t new_address) const;
  void predict_low(Unit& unit, const Prediction& moved) const;
  void predict_literal_load(Unit& unit, const Place& place);
  Prediction find_literal(std::uint32_t old_literal, std::uint32_t old_value);
  bool is_literal(std::uint32_t address, std::uint32_t value);
  std::uint32_t local(std::uint32_t old_target, const Place& place) const;
  bool only_address(const Unit& unit, std::uint32_t actual) const;

  void learn_from(const Unit& unit, const Place& place, std::uint32_t actual);
  void learn_frame_word(const Unit& unit, std::uint32_t new_target);
  void learn_literal_load(const Unit& unit, std::uint32_t new_literal, std::uint32_t actual,
                          bool same);
  void learn(const Unit& unit, std::uint32_t new_address);
  ByteClass code_class() const {
    return facts_.chip.isa == Isa::riscv ? ByteClass::riscv : ByteClass::xtensa;
  }
  auto& coder() { return end_.coder(); }

  End& end_;
  Header header_;
  Facts facts_;
  AddressBook<Limits> book_;
  Scanner<End> scanner_;
  UnitCoder<Limits::kLogSlots> units_;
  OperationCoder operation_coder_;
  OperationRing<Limits::kLook> operations_;
  LiteralPool pool_;
  NumberClass head_numbers_, map_starts_, map_deltas_;
  SmallModel same_as_base_;

  Phase phase_ = Phase::header;
  std::uint32_t index_ = 0;  // of the segment or map entry
  MapEntry last_entry_{};
  std::uint32_t map_count_ = 0;
  std::uint32_t chunk_from_ = 0, chunk_to_ = 0;
  std::uint32_t at_ = 0;          // target offset of the next byte
  std::uint32_t now_ = 0;         // the operation that is carried out, by its number
  std::uint32_t planned_to_ = 0;  // where the last decoded operation's target ends
  std::uint32_t history_ = 0;     // the last three target bytes
  AddressPair last_table_;        // the last exception table that a frame description pointed to
  // Of the instruction that the last literals belong to: how much of it is there, and its size.
  std::uint32_t literal_at_ = 0, literal_size_ = 0;
};

// ---------------------------------------------------------------------------------- operations

template <CodecEnd End, class Limits>
Result<> Codec<End, Limits>::code_operation_count() {
  const std::uint32_t count = code_unsigned(coder(), head_numbers_, end_.plan.operation_count());
  if (count > chunk_to_ - chunk_from_) return damaged(count, chunk_to_ - chunk_from_);
  operations_.reset(count);
  phase_ = Phase::operations;
  return {};
}

template <CodecEnd End, class Limits>
Result<> Codec<End, Limits>::code_next_operation() {
  const CodedOperation op = operation_coder_.code(coder(), operations_, planned_to_,
                                                  end_.plan.operation(operations_.decoded()));
  const std::uint64_t target_end = std::uint64_t{planned_to_} + op.literals + op.size;
  const std::uint64_t source_end = std::uint64_t{op.source} + op.size;
  if (op.size == 0 || target_end > chunk_to_) return damaged(target_end, chunk_to_);
  if (source_end > end_.base_size()) return damaged(source_end, end_.base_size());
  operations_.add({.source = op.source, .target = planned_to_ + op.literals, .size = op.size});
  planned_to_ = static_cast<std::uint32_t>(target_end);
  return {};
}

template <CodecEnd End, class Limits>
void Codec<End, Limits>::enter_operation() {
  literal_at_ = 0;
  literal_size_ = 0;
  phase_ = now_ < operations_.count() ? Phase::literals : Phase::tail;
  if (phase_ == Phase::literals && at_ == operations_[now_].target) {
    scanner_.start_operation();
    units_.start_operation(operations_[now_].size);
    phase_ = Phase::copy;
  }
  if (phase_ == Phase::tail && at_ == chunk_to_) phase_ = Phase::done;
}

template <CodecEnd End, class Limits>
Result<Step> Codec<End, Limits>::step() {
  if (phase_ < Phase::operation_count) {
    UPDRAFT_TRY(head_step());
  } else if (phase_ == Phase::operation_count) {
    UPDRAFT_TRY(code_operation_count());
  } else if (phase_ == Phase::operations) {
    const std::uint64_t ahead = std::uint64_t{now_} + header_.look;
    if (operations_.decoded() < operations_.count() && operations_.decoded() <= ahead) {
      UPDRAFT_TRY(code_next_operation());
    } else {
      enter_operation();
    }
  } else if (phase_ == Phase::literals) {
    literal(operations_[now_].target);
    if (at_ == operations_[now_].target) enter_operation();
  } else if (phase_ == Phase::copy) {
    copy_unit();
    const Operation& op = operations_[now_];
    if (at_ - op.target == op.size) {
      ++now_;
      phase_ = Phase::operations;
    }
  } else if (phase_ == Phase::tail) {
    literal(chunk_to_);
    if (at_ == chunk_to_) phase_ = Phase::done;
  }
  if (coder().damaged()) return damaged();
  return phase_ == Phase::done ? Step::chunk_done : Step::more;
}

// ------------------------------------------------------------------------------- target bytes

template <CodecEnd End, class Limits>
void Codec<End, Limits>::put(std::uint32_t bytes, std::uint32_t size) {
  end_.put(at_, bytes, size);
  for (std::uint32_t i = 0; i < size; ++i) {
    history_ = longer_history(history_, bytes >> 8 * i & 255u);
  }
  at_ += size;
}

template <CodecEnd End, class Limits>
void Codec<End, Limits>::fill_known(std::uint32_t end) {
  const std::uint32_t known = std::min(facts_.target.known_bytes(at_), end - at_);
  for (std::uint32_t i = 0; i < known; ++i) put(end_.known_byte(at_), 1);
  literal_at_ = 0;
  literal_size_ = 0;
}

template <CodecEnd End, class Limits>
void Codec<End, Limits>::literal(std::uint32_t end) {
  if (facts_.target.known_bytes(at_) > 0) return fill_known(end);
  const Segment* in = facts_.target.at_offset(at_);
  const std::uint32_t address = in != nullptr ? in->address_of(at_) : at_;
  ByteContext context{.history = history_};
  const bool code = in != nullptr && in->kind != SegmentKind::data;
  if (!code) {
    context.position = address % 4;
  } else {
    context.byte_class = code_class();
    context.position = literal_at_;
  }
  const std::uint32_t byte = units_.bytes().code(coder(), context, end_.wanted(at_, 1));
  put(byte, 1);
  if (!code) return;
  if (literal_at_ == 0) {
    const bool is_xtensa = facts_.chip.isa == Isa::xtensa;
    literal_size_ = is_xtensa ? xtensa::size_of(byte) : riscv::is_long(byte) ? 4 : 2;
    const bool has_room = std::min(end, in->end()) - at_ >= 2;
    if (is_xtensa && xtensa::is_literal_load(byte) && has_room) {
      return code_literal_load(address, byte);
    }
  }
  if (++literal_at_ == literal_size_) literal_at_ = 0;
}

// The other two bytes of an L32R, by its literal.
template <CodecEnd End, class Limits>
void Codec<End, Limits>::code_literal_load(std::uint32_t address, std::uint32_t first) {
  const std::uint32_t base = xtensa::literal_base(address);
  const std::uint32_t wanted = base + 4 * end_.wanted(at_, 2);
  NumberClass& distance = units_.distance(Kind::literal_load);
  const std::uint32_t literal = pool_.code(coder(), pool_.next(), distance, wanted);
  const std::uint32_t unit = put_field(Field::literal_load, first, (literal - base) >> 2);
  put(unit >> 8, 2);
  pool_.use(base + 4 * get_field(Field::literal_load, unit));
}

template <CodecEnd End, class Limits>
void Codec<End, Limits>::copy_unit() {
  const Operation op = operations_[now_];
  if (facts_.target.known_bytes(at_) > 0) return fill_known(op.target_end());
  Place place{.source = op.source + (at_ - op.target)};
  Unit unit = next_unit(place, op.source_end());
  if (holds_address(unit.kind)) predict(unit, place);
  const std::uint32_t wanted = end_.wanted(at_, unit.size);
  const auto code_literal = [&](std::uint32_t wanted_unit) {
    const std::uint32_t base = xtensa::literal_base(place.new_address);
    const auto literal_of = [base](std::uint32_t load) {
      return base + 4 * get_field(Field::literal_load, load);
    };
    const std::uint32_t literal =
        pool_.code(coder(), literal_of(unit.predicted), units_.distance(Kind::literal_load),
                   literal_of(wanted_unit));
    return put_field(Field::literal_load, unit.predicted, (literal - base) >> 2);
  };
  const bool same = End::Coder::kEncodes && only_address(unit, wanted);
  const std::uint32_t actual = units_.code(coder(), unit, history_, wanted, same, code_literal);
  learn_from(unit, place, actual);
  put(actual, unit.size);
}

// Fills in the addresses of `place`.
template <CodecEnd End, class Limits>
Unit Codec<End, Limits>::next_unit(Place& place, std::uint32_t source_end) {
  const std::uint32_t source = place.source;
  const Segment* from = facts_.base.at_offset(source);
  const Segment* to = facts_.target.at_offset(at_);
  if (from == nullptr || to == nullptr) {
    const std::uint32_t byte = end_.base_bytes(source, 1);
    return {.old_bytes = byte, .predicted = byte};
  }
  place.old_address = from->address_of(source);
  place.new_address = to->address_of(at_);
  const std::uint32_t left = std::min({source_end - source, from->end() - source, to->end() - at_});
  return scanner_.scan(source, source + left, *from);
}

}  // namespace updraft::delta

#include "engine/delta/codec_addresses.hpp"
#include "engine/delta/codec_head.hpp"
#include "engine/delta/codec_learning.hpp"
