#include "host/delta/encoder_run.hpp"

#include <array>
#include <memory>
#include <stdexcept>

#include "engine/delta/codec.hpp"
#include "host/delta/image_bytes.hpp"
#include "host/delta/range_encoder.hpp"

namespace updraft::diff {
namespace {

using delta::CodedOperation;
using delta::Operation;

class EncoderEnd {
 public:
  using Coder = RangeEncoder;

  // The plan, as the codec asks for it.
  struct PlanView {
    const Plan* whole = nullptr;
    std::vector<CodedOperation> chunk;  // the operations of the current chunk
    delta::Segment segment(std::uint32_t i) const { return whole->facts.target.segments()[i]; }
    delta::AddressPair global_pointer() const { return whole->facts.global_pointer; }
    delta::AddressPair frame_header() const { return whole->facts.frame_header; }
    delta::MapEntry map_entry(std::uint32_t i) const { return whole->map[i]; }
    std::uint32_t map_count() const { return static_cast<std::uint32_t>(whole->map.size()); }
    CodedOperation operation(std::uint32_t i) const { return chunk[i]; }
    std::uint32_t operation_count() const { return static_cast<std::uint32_t>(chunk.size()); }
  };

  EncoderEnd(const Plan& plan_to_code, Bytes old_image, Bytes new_image)
      : old_{old_image}, new_{new_image} {
    plan.whole = &plan_to_code;
  }

  Coder& coder() { return coder_; }
  std::uint32_t base_size() const { return old_.size(); }
  std::uint32_t base_bytes(std::uint32_t offset, std::uint32_t size) const {
    return old_.base_bytes(offset, size);
  }
  std::uint32_t produced_word(std::uint32_t offset) const { return new_.base_bytes(offset, 4); }
  std::uint32_t known_byte(std::uint32_t offset) const { return new_.base_bytes(offset, 1); }
  std::uint32_t wanted(std::uint32_t offset, std::uint32_t size) const {
    return new_.base_bytes(offset, size);
  }
  void put(std::uint32_t offset, std::uint32_t bytes, std::uint32_t size) const {
    if (wanted(offset, size) != bytes) throw std::logic_error("the codec made another target");
  }
  void on_learn(const delta::Unit& unit, std::uint32_t new_address) {
    sightings.push_back({unit.old_target, new_address, unit.kind});
  }

  PlanView plan;
  std::vector<Sighting> sightings;

 private:
  Coder coder_;
  ImageBytes old_, new_;
};
static_assert(delta::CodecEnd<EncoderEnd>);

// The part of the plan's operations that makes [from, to), cut at both ends.
std::vector<CodedOperation> operations_of(const Plan& plan, std::uint32_t from, std::uint32_t to) {
  std::vector<CodedOperation> coded;
  std::uint32_t at = from;
  for (const Operation& op : plan.operations) {
    const std::uint32_t start = std::max(op.target, from), end = std::min(op.target_end(), to);
    if (start >= end) continue;
    coded.push_back({start - at, op.source + (start - op.target), end - start});
    at = end;
  }
  return coded;
}

void append_chunk(std::vector<std::byte>& out, const std::vector<std::byte>& chunk) {
  if (chunk.size() >= 1u << 24) throw std::length_error("a chunk is larger than 16 MiB");
  std::array<std::byte, 4> size;
  store_le32(size, 0, static_cast<std::uint32_t>(chunk.size()));
  out.insert(out.end(), size.begin(), size.end() - 1);
  out.insert(out.end(), chunk.begin(), chunk.end());
}

double& share_of(Shares& shares, delta::Activity activity) {
  switch (activity) {
    case delta::Activity::head:
      return shares.head;
    case delta::Activity::operation:
      return shares.operations;
    case delta::Activity::literal:
      return shares.literals;
    default:
      return shares.units;
  }
}

}  // namespace

RunResult run_encoder(const delta::Header& header, const Plan& plan, Bytes old_image,
                      Bytes new_image) {
  EncoderEnd end(plan, old_image, new_image);
  const auto codec = std::make_unique<delta::Codec<EncoderEnd, EncoderLimits>>(end);
  if (!codec->start(header)) throw std::logic_error("the base is no image");
  RunResult result;
  while (codec->at() < header.target_size) {
    const std::uint32_t from = codec->at();
    const std::uint32_t left = header.target_size - from;
    const std::uint32_t to = from + (header.restart == 0 ? left : std::min(left, header.restart));
    end.plan.chunk = operations_of(plan, from, to);
    codec->start_chunk(from, to);
    for (Result<delta::Step> step = delta::Step::more; *step == delta::Step::more;) {
      const delta::Activity activity = codec->activity();
      const double before = end.coder().bits();
      step = codec->step();
      if (!step) throw std::logic_error("the plan does not fit the format");
      const double spent = (end.coder().bits() - before) / 8;
      share_of(result.shares, activity) += spent;
    }
    append_chunk(result.chunks, end.coder().finish_short());
  }
  result.sightings = std::move(end.sightings);
  return result;
}

}  // namespace updraft::diff
