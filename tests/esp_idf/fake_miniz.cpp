// The ROM's inflater over zlib, with its habit: at the end of a stream it has taken up to two bytes
// more than it needed and keeps them in its bit buffer.
#include <algorithm>
#include <cstring>
#include <memory>

#include <zlib.h>

#include "esp_rom_crc.h"
#include "miniz.h"

namespace {

struct Fake {
  z_stream stream;
  std::size_t used;
  alignas(16) unsigned char arena[48 * 1024];
};
static_assert(sizeof(Fake) + 16 <= sizeof(tinfl_decompressor::m_fake));

Fake& fake_of(tinfl_decompressor& r) {
  void* place = r.m_fake;
  std::size_t room = sizeof r.m_fake;
  return *static_cast<Fake*>(std::align(16, sizeof(Fake), place, room));
}

void* take(void* opaque, unsigned count, unsigned size) {
  auto& fake = *static_cast<Fake*>(opaque);
  void* taken = fake.arena + fake.used;
  fake.used += (std::size_t{count} * size + 15) / 16 * 16;
  return fake.used <= sizeof fake.arena ? taken : nullptr;
}

}  // namespace

extern "C" tinfl_status tinfl_decompress(tinfl_decompressor* r, const mz_uint8* in,
                                         std::size_t* in_size, mz_uint8*, mz_uint8* out,
                                         std::size_t* out_size, mz_uint32) {
  Fake& fake = fake_of(*r);
  z_stream& stream = fake.stream;
  if (r->m_state == 0) {
    std::memset(&fake, 0, sizeof fake);
    stream.zalloc = &take;
    stream.zfree = [](void*, void*) {};
    stream.opaque = &fake;
    inflateInit2(&stream, -15);
    r->m_state = 1;
    r->m_num_bits = 0;
  }
  stream.next_in = const_cast<mz_uint8*>(in);
  stream.avail_in = static_cast<unsigned>(*in_size);
  stream.next_out = out;
  stream.avail_out = static_cast<unsigned>(*out_size);
  const int result = inflate(&stream, Z_NO_FLUSH);
  *out_size -= stream.avail_out;
  const std::size_t extra = result == Z_STREAM_END ? std::min<std::size_t>(2, stream.avail_in) : 0;
  r->m_num_bits = static_cast<mz_uint32>(8 * extra + 3);
  *in_size -= stream.avail_in - extra;
  if (result == Z_STREAM_END) return TINFL_STATUS_DONE;
  if (result != Z_OK && result != Z_BUF_ERROR) return TINFL_STATUS_FAILED;
  return stream.avail_out == 0 ? TINFL_STATUS_HAS_MORE_OUTPUT : TINFL_STATUS_NEEDS_MORE_INPUT;
}

extern "C" std::uint32_t esp_rom_crc32_le(std::uint32_t crc, const std::uint8_t* buf,
                                          std::uint32_t len) {
  return static_cast<std::uint32_t>(crc32(crc, buf, len));
}
