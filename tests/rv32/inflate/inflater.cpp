#include "engine/codec/inflater.hpp"

namespace updraft::codec {

Result<> Inflater::start(std::size_t) { return fail(Code::alg_unsupported, Where::inflate); }
void Inflater::release() {}
Result<Bytes> Inflater::next(Bytes&) { return fail(Code::alg_unsupported, Where::inflate); }
std::uint32_t crc32(std::uint32_t, Bytes) { return 0; }
std::uint32_t adler32(std::uint32_t, Bytes) { return 0; }

}  // namespace updraft::codec
