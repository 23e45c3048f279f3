// The format itself, written once: an encoder and a decoder run the same code (formats/delta.md
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

#include "updraft/delta/address_map.hpp"
#include "updraft/delta/header.hpp"
#include "updraft/delta/operation.hpp"
#include "updraft/delta/scanner.hpp"
#include "updraft/delta/unit_coder.hpp"

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
  // Decodes nothing but the head of the first chunk, for a decoder that goes on in a later one.
  bool in_head() const { return phase_ < Phase::operation_count; }
  // Errors: malformed, wrong_chip, alg_unsupported.
  Result<Step> step();

  Activity activity() const {
    if (phase_ < Phase::operation_count) return Activity::head;
    if (phase_ < Phase::literals) return Activity::operation;
    return phase_ == Phase::copy ? Activity::unit : Activity::literal;
  }
  std::uint32_t at() const { return n_; }  // target bytes that are there
  const Facts& facts() const { return facts_; }
  std::span<const MapEntry> map() const { return book_.map.entries(); }

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

// ---------------------------------------------------------------------------------------- head

template <class Io, class Limits>
Result<> Codec<Io, Limits>::start(const Header& header) {
  header_ = header;
  facts_ = {};
  facts_.plain = !header.image;
  facts_.target.clear();
  book_.map.clear();
  book_.chip = {};
  n_ = 0;
  history_ = 0;
  if (facts_.plain) {
    facts_.base.make_plain(header.base_size);
    facts_.target.make_plain(header.target_size);
    return {};
  }
  if (!parse_base(io_, header.base_size, facts_)) return fail(Code::wrong_base, Where::delta);
  book_.chip = facts_.chip;
  return {};
}

template <class Io, class Limits>
void Codec<Io, Limits>::start_chunk(std::uint32_t from, std::uint32_t to) {
  chunk_from_ = from;
  chunk_to_ = to;
  k_ = 0;
  planned_to_ = from;
  read_to_ = 0;
  book_.dictionary.reset(header_.log_dictionary);
  units_.reset(header_.log_slots);
  operation_models_ = {};
  operations_.reset(0);
  pool_ = {};
  head_numbers_ = {};
  map_starts_ = {};
  map_deltas_ = {};
  same_as_base_ = {};
  index_ = 0;
  last_entry_ = {};
  phase_ = Phase::operation_count;
  if (from == 0) phase_ = facts_.plain ? Phase::map_count : Phase::header;
}

template <class Io, class Limits>
Result<> Codec<Io, Limits>::head_step() {
  switch (phase_) {
    case Phase::header:
      return code_header();
    case Phase::segments:
      return code_segment();
    case Phase::addresses:
      return code_addresses();
    case Phase::map_count:
      return code_map_count();
    default:
      return code_map_entry();
  }
}

template <class Io, class Limits>
Result<> Codec<Io, Limits>::code_header() {
  for (std::uint32_t i = 0; i < facts_.header.size(); ++i) {
    const std::uint32_t old = io_.bytes(i, 1), wanted = io_.wanted(i, 1);
    std::uint32_t byte = old;
    if (!code_bit(coder(), same_as_base_, wanted == old)) {
      byte = 0;
      for (unsigned bit = 8; bit-- > 0;) byte = byte << 1 | coder().raw((wanted >> bit & 1u) != 0);
    }
    facts_.header[i] = static_cast<std::byte>(byte);
  }
  const std::uint32_t count = load_u8(facts_.header, 1);
  const std::uint16_t chip = load_le16(facts_.header, 12);
  const auto base_chip = static_cast<std::uint16_t>(io_.bytes(12, 2));
  if (chip != base_chip) return fail(Code::wrong_chip, Where::delta, chip, base_chip);
  if (count == 0 || count > format::kMaxSegments) return damaged(count, format::kMaxSegments);
  phase_ = Phase::segments;
  return {};
}

template <class Io, class Limits>
Result<> Codec<Io, Limits>::code_segment() {
  const auto old = facts_.base.segments();
  const Segment from = index_ < old.size() ? old[index_] : Segment{};
  const Segment wanted = io_.plan.segment(index_);
  const auto moved = static_cast<std::int32_t>(wanted.address - from.address);
  const auto grown = static_cast<std::int32_t>(wanted.size - from.size);
  const std::uint32_t address =
      from.address + static_cast<std::uint32_t>(code_signed(coder(), head_numbers_, moved));
  const std::uint32_t size =
      from.size + static_cast<std::uint32_t>(code_signed(coder(), head_numbers_, grown));
  const SegmentKind kind = facts_.chip.kind_of(address, index_);
  if (!facts_.target.add(address, size, kind, header_.target_size)) return damaged(size);
  if (++index_ < load_u8(facts_.header, 1)) return {};
  const bool hashed = load_u8(facts_.header, 23) == 1;
  if (!facts_.target.close(hashed, header_.target_size)) return damaged(header_.target_size);
  phase_ = Phase::addresses;
  return {};
}

template <class Io, class Limits>
Result<> Codec<Io, Limits>::code_addresses() {
  const auto pair = [this](std::uint32_t old_wanted, std::uint32_t new_wanted) {
    const std::uint32_t old = code_unsigned(coder(), head_numbers_, old_wanted);
    const auto moved = static_cast<std::int32_t>(new_wanted - old_wanted);
    return std::pair{old,
                     old + static_cast<std::uint32_t>(code_signed(coder(), head_numbers_, moved))};
  };
  std::tie(facts_.gp_old, facts_.gp_new) = pair(io_.plan.address(0), io_.plan.address(1));
  std::tie(facts_.eh_old, facts_.eh_new) = pair(io_.plan.address(2), io_.plan.address(3));
  if (facts_.eh_old != 0) facts_.eh_count = table_entries(io_, facts_.base, facts_.eh_old);
  phase_ = Phase::map_count;
  return {};
}

template <class Io, class Limits>
Result<> Codec<Io, Limits>::code_map_count() {
  map_count_ = code_unsigned(coder(), head_numbers_, io_.plan.map_count());
  if (map_count_ > kMaxMapEntries || (facts_.plain && map_count_ != 0)) {
    return damaged(map_count_, kMaxMapEntries);
  }
  if (map_count_ > Limits::kMapEntries) {
    return fail(Code::alg_unsupported, Where::delta, map_count_, Limits::kMapEntries);
  }
  index_ = 0;
  phase_ = map_count_ > 0 ? Phase::map : Phase::operation_count;
  return {};
}

template <class Io, class Limits>
Result<> Codec<Io, Limits>::code_map_entry() {
  const MapEntry wanted = io_.plan.map_entry(index_);
  const std::uint32_t rise = code_unsigned(coder(), map_starts_, wanted.start - last_entry_.start);
  const auto change = static_cast<std::int32_t>(wanted.delta - last_entry_.delta);
  const auto turn = static_cast<std::uint32_t>(code_signed(coder(), map_deltas_, change));
  const MapEntry entry{last_entry_.start + rise, last_entry_.delta + turn};
  if (!book_.map.add(entry)) return damaged(entry.start, last_entry_.start);
  last_entry_ = entry;
  if (++index_ == map_count_) phase_ = Phase::operation_count;
  return {};
}

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

// --------------------------------------------------------------------------------- prediction

template <class Io, class Limits>
std::uint32_t Codec<Io, Limits>::local(std::uint32_t target, std::uint32_t a,
                                       std::uint32_t b) const {
  const std::uint32_t moved_along = target + (b - a);
  const Segment* in = facts_.base.at_address(target);
  if (in == nullptr) return moved_along;
  const std::uint32_t offset = in->offset + (target - in->address);
  if (operations_[k_].reads(offset)) return moved_along;
  const Operation* op = operations_.find(k_, header_.look, offset);
  if (op == nullptr) return moved_along;
  const std::uint32_t there = op->to + (offset - op->from);
  const Segment* to = facts_.target.at_offset(there);
  return to != nullptr ? to->address + (there - to->offset) : moved_along;
}

template <class Io, class Limits>
void Codec<Io, Limits>::predict(Unit& unit, std::uint32_t a, std::uint32_t b) {
  const auto [address, source] = book_.predict(unit.target);
  switch (unit.kind) {
    case Kind::ptr:
      unit.predicted = address;
      unit.source = source;
      return;
    case Kind::hdr:
      unit.predicted = address - facts_.eh_new;
      unit.source = source;
      return;
    case Kind::fde:
      unit.predicted = address - b;
      unit.source = source;
      return;
    case Kind::cie:
      unit.predicted = b - address;
      unit.source = source;
      return;
    case Kind::call: {
      const std::uint32_t v = unit.in_base ? address : unit.target;
      unit.source = unit.in_base ? source : 3;
      unit.predicted = put_field(unit.field, unit.old, (v - 4 - (b & ~3u)) >> 2);
      return;
    }
    case Kind::l32r:
      return predict_load(unit, a, b);
    case Kind::br: {
      const std::uint32_t v = local(unit.target, a, b);
      const bool riscv = facts_.chip.isa == Isa::riscv;
      unit.predicted = put_field(unit.field, unit.old, v - b - (riscv ? 0 : 4));
      unit.source = unit.predicted != unit.old ? 1 : 0;
      if (unit.field == Field::branch) unit.source = static_cast<std::uint8_t>(unit.source + 2);
      return;
    }
    case Kind::jal: {
      std::uint32_t v = unit.target;
      unit.source = 3;
      if (unit.local) {
        v = local(unit.target, a, b);
        unit.source = 2;
      } else if (unit.in_base) {
        v = address;
        unit.source = source;
      }
      unit.predicted = put_field(unit.field, unit.old, v - b);
      return;
    }
    case Kind::hi: {
      unit.source = unit.in_base ? source : 3;
      if (!unit.in_base) return;
      const bool relative = (unit.old & 127u) == 0x17;
      const std::uint32_t high = address - (relative ? b : 0) + 0x800;
      unit.predicted = put_field(unit.field, unit.old, high >> 12);
      return;
    }
    default: {  // lo, gp
      const std::uint32_t low = address - unit.base_new;
      const bool reaches = static_cast<std::uint32_t>(sign_extend(low, 12)) == low;
      unit.source = reaches ? source : 3;
      if (reaches) unit.predicted = put_field(unit.field, unit.old, low);
      return;
    }
  }
}

// A literal with that value stands at this target address already.
template <class Io, class Limits>
bool Codec<Io, Limits>::is_literal(std::uint32_t address, std::uint32_t value) {
  const Segment* in = facts_.target.at_address(address);
  if (in == nullptr) return false;
  const std::uint32_t offset = in->offset + (address - in->address);
  return offset <= n_ && n_ - offset >= 4 && io_.made(offset) == value;
}

template <class Io, class Limits>
void Codec<Io, Limits>::predict_load(Unit& unit, std::uint32_t a, std::uint32_t b) {
  constexpr std::uint32_t kReach = 64;
  const std::uint32_t base = (b + 3) & ~3u;
  std::uint32_t v = unit.target + base - ((a + 3) & ~3u);
  unit.source = 3;
  const Segment* in = facts_.base.at_address(unit.target);
  unit.in_base = in != nullptr && in->size - (unit.target - in->address) >= 4;
  if (unit.in_base) {
    const std::uint32_t old = io_.bytes(in->offset + (unit.target - in->address), 4);
    const std::uint32_t value = facts_.chip.is_address(old) ? book_.predict(old).address : old;
    const Prediction there = book_.predict(unit.target);
    const std::uint32_t a0 = there.address & ~3u;
    const std::uint32_t a1 =
        pool_.last_old() != 0 ? unit.target + (pool_.last_new() - pool_.last_old()) : a0;
    const auto found = [&](std::uint32_t address, std::uint8_t source) {
      if (!is_literal(address, value)) return false;
      v = address;
      unit.source = source;
      return true;
    };
    v = a1;
    bool done = found(a0, std::min<std::uint8_t>(there.source, 1)) || found(a1, 2);
    for (std::uint32_t i = 4; i <= 4 * kReach && !done; i += 4) {
      done = found(a1 + i, 2) || found(a1 - i, 2) || found(a0 + i, 2) || found(a0 - i, 2);
    }
  }
  unit.predicted = put_field(Field::l32r, unit.old, (v - base) >> 2);
}

template <class Io, class Limits>
bool Codec<Io, Limits>::only_address(const Unit& unit, std::uint32_t actual) const {
  if (unit.kind == Kind::ptr) return facts_.chip.is_address(actual);
  return put_field(unit.field, unit.old, 0) == put_field(unit.field, actual, 0);
}

// What a unit, right or wrong, teaches about the addresses to come.
template <class Io, class Limits>
void Codec<Io, Limits>::after(const Unit& unit, std::uint32_t q, std::uint32_t b,
                              std::uint32_t actual) {
  if (!holds_address(unit.kind)) return;
  const bool same = only_address(unit, actual);
  const std::uint32_t field = get_field(unit.field, actual);
  switch (unit.kind) {
    case Kind::ptr:
      if (same) learn(unit, unit.target, actual);
      return;
    case Kind::hdr:
    case Kind::fde:
    case Kind::cie: {
      std::uint32_t to = unit.kind == Kind::hdr ? facts_.eh_new + actual : b + actual;
      if (unit.kind == Kind::cie) to = b - actual;
      if (facts_.target.at_address(to) != nullptr) learn(unit, unit.target, to);
      return;
    }
    case Kind::call:
      if (same && unit.in_base) {
        learn(unit, unit.target,
              (b & ~3u) + 4 + 4 * static_cast<std::uint32_t>(sign_extend(field, 18)));
      }
      return;
    case Kind::l32r: {
      if ((actual & 15u) != 1) return;
      const std::uint32_t to = ((b + 3) & ~3u) + 4 * field - 0x4'0000;
      pool_.use(to);
      if (!same || !unit.in_base) return;
      pool_.pair(unit.target, to);
      learn(unit, unit.target, to);
      return;
    }
    case Kind::jal:
      if (same && unit.in_base && !unit.local) {
        learn(unit, unit.target, b + static_cast<std::uint32_t>(sign_extend(field, 21)));
      }
      return;
    case Kind::hi: {
      const bool relative = (unit.old & 127u) == 0x17;
      const std::uint32_t a =
          facts_.base.at_offset(q)->address + (q - facts_.base.at_offset(q)->offset);
      scanner_.set_register(unit, same, (unit.old & 0xFFFF'F000) + (relative ? a : 0),
                            (actual & 0xFFFF'F000) + (relative ? b : 0), q);
      return;
    }
    case Kind::lo:
    case Kind::gp: {
      const std::uint32_t to = unit.base_new + low_part(actual);
      if (same && facts_.chip.is_address(to)) learn(unit, unit.target, to);
      return;
    }
    default:
      return;
  }
}

template <class Io, class Limits>
void Codec<Io, Limits>::learn(const Unit& unit, std::uint32_t old_address,
                              std::uint32_t new_address) {
  io_.on_learn(unit, old_address, new_address);
  book_.learn(old_address, new_address);
}

}  // namespace updraft::delta
