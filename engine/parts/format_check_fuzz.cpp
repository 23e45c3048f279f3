// The format checks of data partitions: the first byte says kind and size, the rest is content.
// What is let in at the end was let in at every unit; sizes that are let in fit.
#include <algorithm>
#include <array>

#include "updraft/flash.hpp"

#include "engine/parts/format_check.hpp"
#include "tests/fuzz/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft;
  using namespace updraft::fuzz;
  const Bytes raw = input(data, size);
  if (raw.empty()) return 0;
  const std::uint8_t choice = load_u8(raw, 0);
  const parts::FormatCheck::Wanted wanted{.kind = static_cast<parts::Kind>(choice % 5),
                                          .size = kFlashSector << (choice / 5 % 8),
                                          .fs_autosize = choice >= 200};
  parts::FormatCheck judge;
  judge.reset(wanted);
  for (Bytes rest = raw.subspan(1); !rest.empty();) {
    const Bytes part = at_most(rest, parts::kUnit);
    std::array<std::byte, parts::kUnit> unit;
    unit.fill(std::byte{0xFF});
    std::ranges::copy(part, unit.begin());
    rest = rest.subspan(part.size());
    const Result<> taken = judge.push(unit);
    if (!taken) {
      const Code code = taken.error().code;
      check(code == Code::wrong_format || code == Code::wrong_target, "its own codes");
      return 0;
    }
    const bool first = part.data() == raw.data() + 1;
    if (!first) continue;
    const parts::Looks looks = parts::look_at(unit);
    check(looks != parts::Looks::app, "no app gets in");
    const bool sized = looks == parts::Looks::littlefs &&
                       (wanted.kind == parts::Kind::littlefs || wanted.kind == parts::Kind::spiffs);
    if (!sized) continue;
    const std::uint64_t bytes = parts::littlefs_bytes(unit);
    check(wanted.fs_autosize ? bytes <= wanted.size : bytes == wanted.size, "its size fits");
  }
  (void)judge.finish();
  return 0;
}
