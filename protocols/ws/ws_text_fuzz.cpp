// A text message of ota_ws_update, whole and byte by byte: the same verdict and the same values.
#include <string>

#include "protocols/ws/ws_text.hpp"
#include "tests/fuzz/check.hpp"

using namespace updraft;
using fuzz::check;
using link::WsText;

namespace {

Result<> read(WsText& reader, Bytes text, std::size_t step) {
  reader.reset();
  for (std::size_t at = 0; at < text.size(); at += step) {
    UPDRAFT_TRY(reader.push(text.subspan(at, std::min(step, text.size() - at))));
  }
  return reader.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes text = fuzz::input(data, size);
  WsText whole, bytes;
  const Result<> first = read(whole, text, std::max<std::size_t>(size, 1));
  const Result<> second = read(bytes, text, 1);
  check(first.has_value() == second.has_value(), "pieces mean nothing");
  if (!first) return 0;
  check(whole.name() == bytes.name() && whole.value() == bytes.value(), "the same texts");
  check(whole.number() == bytes.number(), "the same number");
  check(whole.name().size() <= link::kWsTokenBytes, "tokens have their limit");
  check(!whole.number() || *whole.number() <= INT64_MAX, "numbers start at 0");
  return 0;
}
