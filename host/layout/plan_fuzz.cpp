// Two tables and facts about a device: a plan is an answer, with the rule of a refusal, and what is
// safe keeps its promises on paper: X stays in an app of the new table, and nothing of it is
// written before.
#include <algorithm>

#include "host/layout/plan_text.hpp"
#include "host/layout/rules.hpp"
#include "tests/fuzz/check.hpp"

namespace {

using namespace updraft;

// Small numbers, so that tables have something to do with each other.
format::PartitionTable table_from(Bytes bytes) {
  format::PartitionTable table;
  while (bytes.size() >= 5) {
    format::Partition p;
    p.type = static_cast<format::PartitionType>(load_u8(bytes, 0) & 1);
    constexpr std::uint8_t kApps[] = {0x10, 0x11, 0x00, 0x12}, kData[] = {0x00, 0x02, 0x82, 0x83};
    const unsigned kind = load_u8(bytes, 1) & 3;
    p.subtype = p.type == format::PartitionType::app ? kApps[kind] : kData[kind];
    p.offset = (load_u8(bytes, 2) & 63u) * 0x10000;
    p.size = (load_u8(bytes, 3) & 31u) * 0x10000;
    if (p.type == format::PartitionType::data && p.subtype == 0) p.size = 0x2000;
    const char label[] = {static_cast<char>('a' + (load_u8(bytes, 4) & 7)), 0};
    p.label = Text<16>(std::string_view(label));
    if (!table.add(p)) break;
    bytes = bytes.subspan(5);
  }
  return table;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes = fuzz::input(data, size);
  if (size < 4) return 0;
  const std::size_t middle = 4 + std::min<std::size_t>(data[0], size - 4);
  const auto old = table_from(bytes.subspan(4, middle - 4)),
             next = table_from(bytes.subspan(middle));
  layout::Facts facts{.running = static_cast<int>(data[1] & 3) - 1,
                      .image_bytes = data[2] * 0x4000u,
                      .flash_bytes = 4u << 20,
                      .guarded = (data[3] & 1) != 0,
                      .fs_grows = (data[3] & 2) != 0};
  if ((data[3] & 4) != 0) facts.lose = {"a", "b"};
  const layout::Plan plan = layout::plan_change(old, next, facts);
  fuzz::check(!layout::plan_lines(plan).empty(), "a plan has an answer");
  const bool refused = plan.verdict == layout::Verdict::refused;
  fuzz::check(refused == (plan.rule != 0), "a refusal names its rule");
  fuzz::check(!refused || (!plan.why.empty() && !plan.remedy.empty() && plan.steps.empty()),
              "and says what to do");
  if (refused) return 0;
  const format::Partition* const was = layout::running_in(old, facts.running);
  const format::Partition* const then = layout::running_in(next, plan.runs_then);
  fuzz::check(was != nullptr && then != nullptr, "what runs has a place before and after");
  const std::uint32_t length =
      facts.image_bytes != 0 ? facts.image_bytes : layout::usual_image(was->size);
  fuzz::check(then->size >= length, "and fits there");
  const layout::Range x{then->offset, length};
  for (const layout::Part& part : plan.parts) {
    if (part.fate != layout::Fate::moved) continue;
    fuzz::check(!x.overlaps({part.to, part.to_bytes}), "nothing moves onto what runs");
  }
  return 0;
}
