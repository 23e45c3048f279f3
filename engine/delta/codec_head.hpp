// How a codec starts, and the head of the first chunk: layout, addresses, map (spec/delta.md
// sections 4 and 5). Belongs to codec.hpp, which includes it.
#pragma once
#include "engine/delta/codec.hpp"

namespace updraft::delta {

template <CodecEnd End, class Limits>
Result<> Codec<End, Limits>::start(const Header& header) {
  header_ = header;
  facts_ = {};
  facts_.plain = !header.image;
  facts_.call0 = header.call0;
  facts_.target.clear();
  book_.map.clear();
  book_.chip = {};
  at_ = 0;
  history_ = 0;
  if (facts_.plain) {
    facts_.base_size = header.base_size;
    facts_.base.make_plain(header.base_size);
    facts_.target.make_plain(header.target_size);
    return {};
  }
  if (!parse_base(end_, header.base_size, facts_)) return fail(Code::wrong_base, Where::delta);
  book_.chip = facts_.chip;
  return {};
}

template <CodecEnd End, class Limits>
void Codec<End, Limits>::start_chunk(std::uint32_t from, std::uint32_t to) {
  chunk_from_ = from;
  chunk_to_ = to;
  now_ = 0;
  planned_to_ = from;
  book_.dictionary.reset(header_.log_dictionary);
  units_.reset(header_.log_slots);
  operation_coder_.reset();
  scanner_.start_chunk();
  last_table_ = {};
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

template <CodecEnd End, class Limits>
void Codec<End, Limits>::skip(Bytes made) {
  at_ += static_cast<std::uint32_t>(made.size());
  for (const std::byte byte : made.last(std::min<std::size_t>(made.size(), 3))) {
    history_ = longer_history(history_, std::to_integer<std::uint32_t>(byte));
  }
}

template <CodecEnd End, class Limits>
Result<> Codec<End, Limits>::head_step() {
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

template <CodecEnd End, class Limits>
Result<> Codec<End, Limits>::code_header() {
  for (std::uint32_t i = 0; i < facts_.header.size(); ++i) {
    const std::uint32_t old = end_.base_bytes(i, 1), wanted = end_.wanted(i, 1);
    std::uint32_t byte = old;
    if (!code_bit(coder(), same_as_base_, wanted == old)) {
      byte = 0;
      for (unsigned bit = 8; bit-- > 0;) byte = byte << 1 | coder().raw((wanted >> bit & 1u) != 0);
    }
    facts_.header[i] = static_cast<std::byte>(byte);
  }
  const std::uint32_t count = load_u8(facts_.header, 1);
  const std::uint16_t chip = load_le16(facts_.header, 12);
  const auto base_chip = static_cast<std::uint16_t>(end_.base_bytes(12, 2));
  if (chip != base_chip) return fail(Code::wrong_chip, Where::delta, chip, base_chip);
  if (count == 0 || count > format::kMaxSegments) return damaged(count, format::kMaxSegments);
  phase_ = Phase::segments;
  return {};
}

template <CodecEnd End, class Limits>
Result<> Codec<End, Limits>::code_segment() {
  const auto old = facts_.base.segments();
  const Segment from = index_ < old.size() ? old[index_] : Segment{};
  const Segment wanted = end_.plan.segment(index_);
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

template <CodecEnd End, class Limits>
AddressPair Codec<End, Limits>::code_address_pair(const AddressPair& wanted) {
  const std::uint32_t old = code_unsigned(coder(), head_numbers_, wanted.old_address);
  const auto moved = static_cast<std::int32_t>(wanted.new_address - wanted.old_address);
  return {old, old + static_cast<std::uint32_t>(code_signed(coder(), head_numbers_, moved))};
}

template <CodecEnd End, class Limits>
Result<> Codec<End, Limits>::code_addresses() {
  facts_.global_pointer = code_address_pair(end_.plan.global_pointer());
  facts_.frame_header = code_address_pair(end_.plan.frame_header());
  const std::uint32_t header = facts_.frame_header.old_address;
  if (header != 0) facts_.frame_table_entries = table_entries(end_, facts_.base, header);
  phase_ = Phase::map_count;
  return {};
}

template <CodecEnd End, class Limits>
Result<> Codec<End, Limits>::code_map_count() {
  map_count_ = code_unsigned(coder(), head_numbers_, end_.plan.map_count());
  if (map_count_ > kMaxMapEntries || (facts_.plain && map_count_ != 0)) {
    return damaged(map_count_, kMaxMapEntries);
  }
  if (map_count_ > Limits::kMapEntries) {
    return fail(Code::alg_unsupported, Where::delta, map_count_, Limits::kMapEntries,
                Reason::decoder_limits);
  }
  index_ = 0;
  phase_ = map_count_ > 0 ? Phase::map : Phase::operation_count;
  return {};
}

template <CodecEnd End, class Limits>
Result<> Codec<End, Limits>::code_map_entry() {
  const MapEntry wanted = end_.plan.map_entry(index_);
  const std::uint32_t rise = code_unsigned(coder(), map_starts_, wanted.start - last_entry_.start);
  const auto change = static_cast<std::int32_t>(wanted.delta - last_entry_.delta);
  const auto turn = static_cast<std::uint32_t>(code_signed(coder(), map_deltas_, change));
  const MapEntry entry{last_entry_.start + rise, last_entry_.delta + turn};
  using Added = decltype(book_.map)::Added;
  const Added added = book_.map.add(entry);
  if (added == Added::not_rising) return damaged(entry.start, last_entry_.start);
  if (added == Added::no_room) {
    return fail(Code::alg_unsupported, Where::delta, entry.start, entry.delta,
                Reason::decoder_limits);
  }
  last_entry_ = entry;
  if (++index_ == map_count_) phase_ = Phase::operation_count;
  return {};
}

}  // namespace updraft::delta
