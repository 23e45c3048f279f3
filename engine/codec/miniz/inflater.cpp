#include "engine/codec/inflater.hpp"

#include "esp_rom_crc.h"

namespace updraft::codec {
namespace {

static_assert(TINFL_LZ_DICT_SIZE == kInflateWindow);

const mz_uint8* raw(Bytes bytes) { return reinterpret_cast<const mz_uint8*>(bytes.data()); }

// The decompressor takes up to three bytes more than it needs and, as it stands in ROM, keeps them
// in its bit buffer. They come from this same input: it asks for more only if it must.
void give_back(const tinfl_decompressor& decompressor, Bytes& in) {
  const std::size_t extra = decompressor.m_num_bits / 8;
  in = Bytes(in.data() - extra, in.size() + extra);
}

}  // namespace

Inflater::Inflater() { reset(); }
Inflater::~Inflater() = default;

void Inflater::reset() {
  tinfl_init(&state_.decompressor);
  state_.end = 0;
  state_.left = 0;
  state_.status = TINFL_STATUS_NEEDS_MORE_INPUT;
  done_ = false;
}

Result<Bytes> Inflater::next(Bytes& in) {
  const bool over = state_.status <= TINFL_STATUS_DONE;
  if (state_.left == 0 && !over) {
    if (state_.end == state_.dictionary.size()) state_.end = 0;
    auto* const start = reinterpret_cast<mz_uint8*>(state_.dictionary.data());
    std::size_t taken = in.size();
    std::size_t made = state_.dictionary.size() - state_.end;
    state_.status = tinfl_decompress(&state_.decompressor, raw(in), &taken, start,
                                     start + state_.end, &made, TINFL_FLAG_HAS_MORE_INPUT);
    in = in.subspan(taken);
    state_.end += made;
    state_.left = made;
    if (state_.status == TINFL_STATUS_DONE) give_back(state_.decompressor, in);
  }
  const std::size_t size = std::min(state_.left, kInflatedBytes);
  const Bytes part = Bytes(state_.dictionary).subspan(state_.end - state_.left, size);
  state_.left -= size;
  // Bytes before the damage are returned first: the verdict must not depend on the pieces.
  if (part.empty() && state_.status < TINFL_STATUS_DONE) {
    return fail(Code::malformed, Where::inflate);
  }
  done_ = state_.status == TINFL_STATUS_DONE && state_.left == 0;
  return part;
}

std::uint32_t crc32(std::uint32_t so_far, Bytes bytes) {
  return esp_rom_crc32_le(so_far, raw(bytes), static_cast<std::uint32_t>(bytes.size()));
}

std::uint32_t adler32(std::uint32_t so_far, Bytes bytes) {
  constexpr std::uint32_t kBase = 65'521;
  constexpr std::size_t kRun = 5'552;  // sums of so many bytes fit 32 bits
  std::uint32_t a = so_far & 0xFFFF, b = so_far >> 16;
  while (!bytes.empty()) {
    const Bytes run = at_most(bytes, kRun);
    for (const std::byte byte : run) {
      a += std::to_integer<std::uint32_t>(byte);
      b += a;
    }
    a %= kBase;
    b %= kBase;
    bytes = bytes.subspan(run.size());
  }
  return b << 16 | a;
}

}  // namespace updraft::codec
