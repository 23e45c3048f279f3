#include "host/delta/encoder_run.hpp"

#include <memory>
#include <stdexcept>

#include "engine/delta/codec.hpp"
#include "host/delta/range_encoder.hpp"

namespace updraft::diff {
namespace {

using delta::CodedOperation;
using delta::Operation;

class EncoderIo {
 public:
  using Coder = RangeEncoder;

  // What Codec asks for of an encoder's wishes.
  struct PlanView {
    const Plan* whole = nullptr;
    std::vector<CodedOperation> chunk;  // the operations of the current chunk
    delta::Segment segment(std::uint32_t i) const { return whole->facts.target.segments()[i]; }
    delta::MapEntry map_entry(std::uint32_t i) const { return whole->map[i]; }
    std::uint32_t map_count() const { return static_cast<std::uint32_t>(whole->map.size()); }
    CodedOperation operation(std::uint32_t i) const { return chunk[i]; }
    std::uint32_t operation_count() const { return static_cast<std::uint32_t>(chunk.size()); }
    std::uint32_t address(std::uint32_t i) const {
      const delta::Facts& f = whole->facts;
      return std::array{f.gp_old, f.gp_new, f.eh_old, f.eh_new}[i];
    }
  };

  EncoderIo(const Plan& plan_to_code, Bytes old_image, Bytes new_image)
      : old_(old_image), new_(new_image) {
    plan.whole = &plan_to_code;
  }

  Coder& coder() { return coder_; }
  std::uint32_t base_size() const { return static_cast<std::uint32_t>(old_.size()); }
  std::uint32_t bytes(std::uint32_t q, std::uint32_t size) const { return load(old_, q, size); }
  std::uint32_t made(std::uint32_t n) const { return load(new_, n, 4); }
  std::uint32_t wanted(std::uint32_t n, std::uint32_t size) const { return load(new_, n, size); }
  std::uint32_t known(std::uint32_t n) const { return load(new_, n, 1); }
  void put(std::uint32_t n, std::uint32_t bytes, std::uint32_t size) const {
    if (load(new_, n, size) != bytes) throw std::logic_error("the codec made another target");
  }
  void on_learn(const delta::Unit& unit, std::uint32_t old_address, std::uint32_t new_address) {
    sightings.push_back({old_address, new_address, unit.kind});
  }

  PlanView plan;
  std::vector<Sighting> sightings;

 private:
  static std::uint32_t load(Bytes from, std::uint32_t at, std::uint32_t size) {
    if (size == 4 && at + std::size_t{4} <= from.size()) return load_le32(from, at);
    std::uint32_t value = 0;
    for (std::uint32_t i = 0; i < size && at + i < from.size(); ++i) {
      value |= std::to_integer<std::uint32_t>(from[at + i]) << 8 * i;
    }
    return value;
  }

  Coder coder_;
  Bytes old_, new_;
};

// The part of the plan's operations that makes [from, to), cut at both ends.
std::vector<CodedOperation> operations_of(const Plan& plan, std::uint32_t from, std::uint32_t to) {
  std::vector<CodedOperation> coded;
  std::uint32_t at = from;
  for (const Operation& op : plan.operations) {
    const std::uint32_t start = std::max(op.to, from), end = std::min(op.to + op.size, to);
    if (start >= end) continue;
    coded.push_back({start - at, op.from + (start - op.to), end - start});
    at = end;
  }
  return coded;
}

void append_chunk(std::vector<std::byte>& out, const std::vector<std::byte>& chunk) {
  if (chunk.size() >= 1u << 24) throw std::length_error("a chunk is larger than 16 MiB");
  for (unsigned i = 0; i < 3; ++i)
    out.push_back(static_cast<std::byte>(chunk.size() >> 8 * i & 255));
  out.insert(out.end(), chunk.begin(), chunk.end());
}

}  // namespace

RunResult run_encoder(const delta::Header& header, const Plan& plan, Bytes old_image,
                      Bytes new_image) {
  EncoderIo io(plan, old_image, new_image);
  const auto codec = std::make_unique<delta::Codec<EncoderIo, EncoderLimits>>(io);
  if (!codec->start(header)) throw std::logic_error("the base is no image");
  RunResult result;
  while (codec->at() < header.target_size) {
    const std::uint32_t from = codec->at();
    const std::uint32_t left = header.target_size - from;
    const std::uint32_t to = from + (header.restart == 0 ? left : std::min(left, header.restart));
    io.plan.chunk = operations_of(plan, from, to);
    codec->start_chunk(from, to);
    for (Result<delta::Step> step = delta::Step::more; *step == delta::Step::more;) {
      const delta::Activity activity = codec->activity();
      const double before = io.coder().bits();
      step = codec->step();
      if (!step) throw std::logic_error("the plan does not fit the format");
      const double spent = (io.coder().bits() - before) / 8;
      switch (activity) {
        case delta::Activity::head:
          result.shares.head += spent;
          break;
        case delta::Activity::operation:
          result.shares.operations += spent;
          break;
        case delta::Activity::literal:
          result.shares.literals += spent;
          break;
        case delta::Activity::unit:
          result.shares.units += spent;
          break;
      }
    }
    append_chunk(result.chunks, io.coder().finish());
  }
  result.sightings = std::move(io.sightings);
  return result;
}

}  // namespace updraft::diff
