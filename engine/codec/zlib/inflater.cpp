#include "engine/codec/inflater.hpp"

#include <bit>
#include <limits>

namespace updraft::codec {
namespace {

int raw_window(std::size_t bytes) {
  return -static_cast<int>(std::bit_width(bytes) - 1);  // negative: no header, no checksum
}

void* take(void* state, unsigned count, unsigned size) {
  auto& memory = *static_cast<InflateState*>(state);
  const std::size_t bytes = align_up(std::size_t{count} * size, alignof(std::max_align_t));
  if (bytes > memory.size - memory.used) return nullptr;
  void* taken = memory.arena.data() + memory.used;
  memory.used += bytes;
  return taken;
}

void give_back(void*, void*) {}  // all of it goes with the state

unsigned clamp(std::size_t size) {
  return static_cast<unsigned>(std::min<std::size_t>(size, std::numeric_limits<unsigned>::max()));
}

const Bytef* raw(Bytes bytes) { return reinterpret_cast<const Bytef*>(bytes.data()); }

}  // namespace

static_assert(sizeof(InflateState::made) == kInflatedBytes);

Result<> Inflater::start(std::size_t window) {
  if (window_ < window) {
    release();
    const Result<std::byte*> memory = borrow(lender_, inflate_memory(window));
    if (!memory) return memory.error();
    state_ = new (*memory) InflateState;
    state_->size = state_->arena.size() + window;
    state_->stream.zalloc = &take;
    state_->stream.zfree = &give_back;
    state_->stream.opaque = state_;
    (void)inflateInit2(&state_->stream, raw_window(window));  // next() tells if it failed
    window_ = window;
  }
  (void)inflateReset(&state_->stream);
  done_ = false;
  return {};
}

void Inflater::release() {
  if (state_ == nullptr) return;
  (void)inflateEnd(&state_->stream);
  lender_.take_back(reinterpret_cast<std::byte*>(state_));
  state_ = nullptr;
  window_ = 0;
}

Result<Bytes> Inflater::next(Bytes& in) {
  if (done_) return Bytes{};
  z_stream& stream = state_->stream;
  const std::size_t offered = clamp(in.size());
  stream.next_in = const_cast<Bytef*>(raw(in));  // zlib only reads it
  stream.avail_in = static_cast<unsigned>(offered);
  stream.next_out = reinterpret_cast<Bytef*>(state_->made.data());
  stream.avail_out = static_cast<unsigned>(state_->made.size());
  const int result = inflate(&stream, Z_NO_FLUSH);
  in = in.subspan(offered - stream.avail_in);
  const Bytes made = Bytes(state_->made).first(state_->made.size() - stream.avail_out);
  const bool bad = result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR;
  // Bytes before the damage are returned first: the verdict must not depend on the pieces.
  if (bad && made.empty()) return fail(Code::malformed, Where::inflate);
  done_ = result == Z_STREAM_END;
  return made;
}

std::uint32_t crc32(std::uint32_t so_far, Bytes bytes) {
  return static_cast<std::uint32_t>(crc32_z(so_far, raw(bytes), bytes.size()));
}

std::uint32_t adler32(std::uint32_t so_far, Bytes bytes) {
  return static_cast<std::uint32_t>(adler32_z(so_far, raw(bytes), bytes.size()));
}

}  // namespace updraft::codec
