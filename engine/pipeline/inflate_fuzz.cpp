// InflateStage: its output is what zlib itself makes of the stream, in any pieces.
//
// Input: byte 0 chooses the pieces, bytes 1..2 the limit; the stream follows.
#include <algorithm>
#include <vector>

#include <zlib.h>

#include "engine/pipeline/inflate_stage.hpp"
#include "tests/fuzz/stage_run.hpp"

namespace updraft::fuzz {
namespace {

Outcome inflate(Bytes stream, std::size_t piece, std::uint64_t limit) {
  static pipeline::InflateStage stage;
  Collector next;
  stage.reset(next, limit, 0);
  return run_stage(stage, next, stream, piece, limit);
}

// The whole of what was accepted, once more with zlib's own reader of heads and checksums.
void check_against_zlib(Bytes stream, const std::vector<std::byte>& ours) {
  std::vector<std::byte> theirs;
  std::vector<std::byte> space(ours.size() + 1);
  while (!stream.empty()) {
    z_stream z{};
    check(inflateInit2(&z, 15 + 32) == Z_OK, "zlib starts");
    z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(stream.data()));
    z.avail_in = static_cast<uInt>(stream.size());
    z.next_out = reinterpret_cast<Bytef*>(space.data());
    z.avail_out = static_cast<uInt>(space.size());
    const int ended = ::inflate(&z, Z_FINISH);
    theirs.insert(theirs.end(), space.begin(),
                  space.begin() + static_cast<std::ptrdiff_t>(z.total_out));
    stream = stream.last(z.avail_in);
    (void)inflateEnd(&z);
    check(ended == Z_STREAM_END, "zlib accepts what we accept");
  }
  check(theirs == ours, "zlib makes the same of it");
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft;
  using namespace updraft::fuzz;
  if (size < 3) return 0;
  const Bytes bytes = input(data, size);
  const std::uint64_t limit = load_le16(bytes, 1);
  const Bytes stream = bytes.subspan(3);
  const Outcome whole = inflate(stream, SIZE_MAX, limit);
  const Outcome pieces = inflate(stream, 1 + load_u8(bytes, 0), limit);
  check(whole.result.has_value() == pieces.result.has_value(), "pieces give the same verdict");
  if (!whole.result) {
    check(whole.result.error().code == pieces.result.error().code, "pieces give the same code");
    return 0;
  }
  check(whole.bytes == pieces.bytes, "pieces give the same bytes");
  check_against_zlib(stream, whole.bytes);
  return 0;
}
