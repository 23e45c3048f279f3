// Units of both instruction sets, through both ends: whatever code and data a base holds, and
// however a target was made of it, each unit stays inside, and what the encoder writes the device's
// decoder reads.
//
// Input: chip, size of the data segment, a script of edits and of operations; the rest is data and
// code.
#include <algorithm>
#include <vector>

#include "engine/delta/decoder.hpp"
#include "engine/delta/scanner.hpp"
#include "host/delta/encoder_run.hpp"
#include "host/delta/image_bytes.hpp"
#include "host/delta/image_model.hpp"
#include "sim/demo_image.hpp"
#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {
namespace {

using Buffer = std::vector<std::byte>;

struct Target {  // a chip: where its data and its code lie
  std::uint16_t id;
  std::uint32_t data, code;
};
constexpr Target kChips[] = {{0, 0x3F40'0020, 0x400D'0040},
                             {9, 0x3C00'0020, 0x4200'0040},
                             {5, 0x3C00'0020, 0x4200'0040},
                             {13, 0x4200'0020, 0x4200'8040},
                             {13, 0x4080'0000, 0x4200'8040}};  // code and data mixed

class Script {
 public:
  explicit Script(Bytes bytes) : bytes_(bytes) {}
  std::uint32_t next() { return bytes_.empty() ? 0 : take(1)[0]; }
  std::uint32_t below(std::size_t limit) {
    const std::uint32_t number = next() << 8 | next();
    return limit == 0 ? 0 : static_cast<std::uint32_t>(number % limit);
  }
  Bytes rest() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }

 private:
  std::vector<std::uint32_t> take(std::size_t count) {
    std::vector<std::uint32_t> taken;
    for (const std::byte b : bytes_.first(count)) taken.push_back(std::to_integer<unsigned>(b));
    bytes_ = bytes_.subspan(count);
    return taken;
  }
  Bytes bytes_;
};

// Two segments, sealed.
Buffer image_of(const Target& chip, Bytes data, Bytes code) {
  Buffer image(24);
  image[0] = std::byte{0xE9};
  image[1] = std::byte{2};
  store_le16(image, 12, chip.id);
  image[23] = std::byte{1};
  const auto add = [&image](std::uint32_t address, Bytes content) {
    const std::size_t at = image.size();
    image.resize(at + 8);
    store_le32(image, at, address);
    store_le32(image, at + 4, static_cast<std::uint32_t>(content.size()));
    image.insert(image.end(), content.begin(), content.end());
  };
  add(chip.data, data);
  add(chip.code, code);
  image.resize((image.size() + 16) / 16 * 16 + 32);
  sim::reseal_image(image);
  return image;
}

// What is in the base, with bytes changed and inserted.
Buffer edited(Bytes content, Script& script) {
  Buffer made(content.begin(), content.end());
  for (std::uint32_t edits = script.next() % 8; edits > 0 && !made.empty(); --edits) {
    const auto at = static_cast<std::ptrdiff_t>(script.below(made.size()));
    const std::uint32_t what = script.next();
    if (what % 4 == 0) {
      made.insert(made.begin() + at, what / 4, static_cast<std::byte>(script.next()));
    } else {
      made[static_cast<std::size_t>(at)] = static_cast<std::byte>(what);
    }
  }
  return made;
}

std::vector<delta::MapEntry> map_of(Script& script, const Target& chip) {
  std::vector<delta::MapEntry> map;
  std::uint32_t start = chip.data;
  for (std::uint32_t entries = script.next() % 4; entries > 0; --entries) {
    start += 1 + script.below(0x400);
    map.push_back({start, script.next() - 128});
    if (entries == 2) start = std::max(start, chip.code);
  }
  return map;
}

std::vector<delta::Operation> operations_of(Script& script, std::size_t base, std::size_t target) {
  std::vector<delta::Operation> operations;
  std::uint32_t at = 0;
  for (std::uint32_t left = 1 + script.next() % 24; left > 0 && at < target; --left) {
    const std::uint32_t literals = script.next() % 16 == 0 ? script.next() % 8 : 0;
    at = static_cast<std::uint32_t>(std::min<std::size_t>(target, at + literals));
    const std::uint32_t how = script.next();
    std::uint32_t source = at;  // mostly near the diagonal
    if (how % 4 == 1) source = at + script.next() - 128;
    if (how % 4 == 2) source = script.below(base);
    if (source >= base) source = script.below(base);
    const std::size_t most = std::min(base - source, target - at);
    const std::uint32_t size = how < 128 ? 1 + script.below(600) : 1 + how % 64;
    const auto copied = static_cast<std::uint32_t>(std::min<std::size_t>(size, most));
    if (copied == 0) break;
    operations.push_back({source, at, copied});
    at += copied;
  }
  if (at < target && at < base) {  // literals are tried elsewhere, and cost the most time
    const auto rest = static_cast<std::uint32_t>(std::min(base, target) - at);
    operations.push_back({at, at, rest});
  }
  return operations;
}

// Every unit of an image, one after the other.
void scan_all(Bytes image, const diff::ParsedImage& parsed) {
  diff::ImageBytes bytes{image};
  delta::Facts facts;
  facts.chip = parsed.chip;
  facts.base = parsed.layout;
  facts.base_size = bytes.size();
  facts.call0 = parsed.call0;
  facts.global_pointer = {parsed.global_pointer, parsed.global_pointer};
  facts.frame_header = {parsed.frame_header, parsed.frame_header};
  facts.frame_table_entries = parsed.frame_table_entries;
  delta::Scanner<diff::ImageBytes> scanner(bytes, facts);
  scanner.start_chunk();
  for (const delta::Segment& segment : parsed.layout.segments()) {
    scanner.start_operation();
    for (std::uint32_t at = segment.offset; at < segment.end();) {
      const delta::Unit unit = scanner.scan(at, segment.end(), segment);
      check(unit.size >= 1 && unit.size <= 4, "a unit has one to four bytes");
      check(segment.end() - at >= unit.size, "a unit stays in its segment");
      check(unit.old_bytes == bytes.base_bytes(at, unit.size), "it holds the base's bytes");
      const std::uint32_t field = delta::get_field(unit.field, unit.old_bytes);
      check(delta::put_field(unit.field, unit.old_bytes, field) == unit.old_bytes,
            "a field is where it was");
      at += unit.size;
    }
  }
}

struct Memory final : delta::Ends {
  Result<> read_base(std::uint32_t offset, MutableBytes out) override {
    check(offset <= base.size() && base.size() - offset >= out.size(), "base reads stay inside");
    std::copy_n(base.begin() + offset, out.size(), out.begin());
    return {};
  }
  Result<> take(Bytes some) override {
    made.insert(made.end(), some.begin(), some.end());
    return {};
  }
  Result<> read_made(std::uint32_t offset, MutableBytes out) override {
    check(offset <= made.size() && made.size() - offset >= out.size(), "target reads stay inside");
    std::copy_n(made.begin() + offset, out.size(), out.begin());
    return {};
  }
  Bytes base;
  Buffer made;
};

delta::Header header_of(Bytes base, Bytes target) {
  delta::Header header;
  header.base_size = static_cast<std::uint32_t>(base.size());
  header.target_size = static_cast<std::uint32_t>(target.size());
  const auto digest = crypto::sha256(base);
  std::copy_n(digest.begin(), header.base_digest.size(), header.base_digest.begin());
  header.target_digest = crypto::sha256(target);
  return header;
}

void run(Bytes input) {
  if (input.size() < 8) return;
  Script script(input);
  const Target& chip = kChips[script.next() % std::size(kChips)];
  const std::size_t scripted = std::min<std::size_t>(script.next(), script.rest().size());
  const std::size_t data_size = script.next();
  constexpr std::size_t kMostContent = 256;  // small bases are tried faster
  const Bytes content =
      at_most(script.rest().subspan(std::min(scripted, script.rest().size())), kMostContent);
  Script edits(script.rest().first(std::min(scripted, script.rest().size())));
  const Bytes data = content.first(std::min(data_size, content.size()));
  const Bytes code = content.subspan(data.size());
  const Buffer base = image_of(chip, data, code);
  const Buffer new_data = edited(data, edits), new_code = edited(code, edits);
  const Buffer target = image_of(chip, new_data, new_code);

  const diff::ParsedImage old_parsed = diff::parse_image(base);
  const diff::ParsedImage new_parsed = diff::parse_image(target);
  check(old_parsed.is_image && new_parsed.reproduces, "the images are images");
  scan_all(base, old_parsed);

  diff::Plan plan;
  plan.facts.target = new_parsed.layout;
  plan.facts.global_pointer = {chip.data + 0x800, chip.data + 0x800 + edits.next() % 2 * 16};
  plan.facts.frame_header = {old_parsed.frame_header, new_parsed.frame_header};
  if (old_parsed.frame_header == 0) plan.facts.frame_header = {};
  plan.map = map_of(edits, chip);
  plan.operations = operations_of(edits, base.size(), target.size());
  delta::Header header = header_of(base, target);
  header.call0 = edits.next() % 4 == 0;
  const diff::RunResult coded = diff::run_encoder(header, plan, base, target);
  const auto head = delta::make_header(header);
  Buffer patch(head.begin(), head.end());
  patch.insert(patch.end(), coded.chunks.begin(), coded.chunks.end());

  static delta::Decoder<> decoder;
  Memory memory;
  memory.base = base;
  decoder.reset(memory, header.base_size, header.target_size);
  check(decoder.push(patch).has_value(), "the decoder takes what the encoder made");
  check(decoder.finish().has_value(), "and reaches its end");
  check(memory.made == target, "the target comes out");
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::fuzz::run(updraft::fuzz::input(data, size));
  return 0;
}
