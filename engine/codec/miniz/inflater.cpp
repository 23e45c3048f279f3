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

// A window that is smaller than the stream needs makes wrong bytes, which its checksum shows.
Result<> Inflater::start(std::size_t window) {
  if (window_ < window) {
    release();
    const Result<std::byte*> memory = borrow(lender_, inflate_memory(window));
    if (!memory) return memory.error();
    state_ = new (*memory) InflateState;
    window_ = window;
  }
  tinfl_init(&state_->decompressor);
  state_->end = 0;
  state_->left = 0;
  state_->status = TINFL_STATUS_NEEDS_MORE_INPUT;
  done_ = false;
  return {};
}

void Inflater::release() {
  if (state_ != nullptr) lender_.take_back(reinterpret_cast<std::byte*>(state_));
  state_ = nullptr;
  window_ = 0;
}

Result<Bytes> Inflater::next(Bytes& in) {
  InflateState& state = *state_;
  const MutableBytes dictionary(reinterpret_cast<std::byte*>(state_ + 1), window_);
  const bool over = state.status <= TINFL_STATUS_DONE;
  if (state.left == 0 && !over) {
    if (state.end == dictionary.size()) state.end = 0;
    auto* const start = reinterpret_cast<mz_uint8*>(dictionary.data());
    std::size_t taken = in.size();
    std::size_t made = dictionary.size() - state.end;
    state.status = tinfl_decompress(&state.decompressor, raw(in), &taken, start, start + state.end,
                                    &made, TINFL_FLAG_HAS_MORE_INPUT);
    in = in.subspan(taken);
    state.end += made;
    state.left = made;
    if (state.status == TINFL_STATUS_DONE) give_back(state.decompressor, in);
  }
  const std::size_t size = std::min(state.left, kInflatedBytes);
  const Bytes part = Bytes(dictionary).subspan(state.end - state.left, size);
  state.left -= size;
  // Bytes before the damage are returned first: the verdict must not depend on the pieces.
  if (part.empty() && state.status < TINFL_STATUS_DONE) {
    return fail(Code::malformed, Where::inflate);
  }
  done_ = state.status == TINFL_STATUS_DONE && state.left == 0;
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
