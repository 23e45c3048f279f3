// What the codec needs from the end that uses it: the decoder's (DecoderEnd) or the encoder's
// (diff::EncoderEnd). The format is written once (docs/decisions/0014-delta-one-description.md);
// these concepts hold everything in which the two ends differ.
#pragma once
#include "engine/delta/address_map.hpp"
#include "engine/delta/base_reader.hpp"
#include "engine/delta/bit_coder.hpp"
#include "engine/delta/facts.hpp"
#include "engine/delta/operation.hpp"
#include "engine/delta/unit.hpp"

namespace updraft::delta {

// The plan of an encoder: its layout, its map, its operations. A decoder's answers are not used.
template <class T>
concept CodecPlan = requires(const T& plan, std::uint32_t index) {
  { plan.segment(index) } -> std::same_as<Segment>;  // of the target
  { plan.global_pointer() } -> std::same_as<AddressPair>;
  { plan.frame_header() } -> std::same_as<AddressPair>;
  { plan.map_count() } -> std::same_as<std::uint32_t>;
  { plan.map_entry(index) } -> std::same_as<MapEntry>;
  { plan.operation_count() } -> std::same_as<std::uint32_t>;  // of the chunk
  { plan.operation(index) } -> std::same_as<CodedOperation>;
};

template <class T>
concept CodecEnd =
    BaseReader<T> && BitCoder<typename T::Coder> && CodecPlan<decltype(T::plan)> &&
    requires(T& end, const T& unchanged, std::uint32_t target_offset, std::uint32_t bytes,
             std::uint32_t size, const Unit& unit, std::uint32_t new_address) {
      { end.coder() } -> std::same_as<typename T::Coder&>;
      { unchanged.base_size() } -> std::same_as<std::uint32_t>;
      // Four bytes of the target that were produced before.
      { end.produced_word(target_offset) } -> std::same_as<std::uint32_t>;
      // The byte of header, segment header, padding, checksum or digest that stands there.
      { end.known_byte(target_offset) } -> std::same_as<std::uint32_t>;
      // The bytes that the target shall have: an encoder's. A decoder's are 0.
      { unchanged.wanted(target_offset, size) } -> std::same_as<std::uint32_t>;
      end.put(target_offset, bytes, size);  // the target's next bytes
      end.on_learn(unit, new_address);      // what the address that it holds has become
    };

}  // namespace updraft::delta
