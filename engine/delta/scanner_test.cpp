// How bases are cut into units, against tests/golden/delta_units.txt.
#include "engine/delta/scanner.hpp"

#include <sstream>

#include <gtest/gtest.h>

#include "tests/golden/golden.hpp"

namespace updraft::delta {
namespace {

struct Image {
  std::vector<std::byte> bytes;
  std::uint32_t base_bytes(std::uint32_t at, std::uint32_t count) const {
    std::uint32_t value = 0;
    for (std::uint32_t i = 0; i < count && at + i < bytes.size(); ++i) {
      value |= std::uint32_t{load_u8(bytes, at + i)} << 8 * i;
    }
    return value;
  }
};

struct Case {
  std::string name;
  std::uint16_t chip = 0;
  bool call0 = false;
  std::vector<std::pair<std::uint32_t, std::vector<std::byte>>> segments;
  std::vector<std::string> units;
};

std::vector<Case> cases() {
  std::vector<Case> found;
  std::istringstream lines(golden::text("delta_units.txt"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word, rest;
    words >> word;
    if (word == "case") {
      found.push_back({.name = line.substr(5)});
    } else if (word == "chip") {
      words >> found.back().chip >> rest;
      found.back().call0 = rest == "call0";
    } else if (word == "segment") {
      words >> rest;
      found.back().segments.emplace_back(std::stoul(rest, nullptr, 16),
                                         golden::from_hex(line.substr(17)));
    } else if (word == "units") {
      found.back().units.push_back(line.substr(6));
    }
  }
  return found;
}

Image image_of(const Case& one) {
  Image image{std::vector<std::byte>(24)};
  image.bytes[0] = std::byte{format::kImageMagic};
  image.bytes[1] = static_cast<std::byte>(one.segments.size());
  store_le16(image.bytes, 12, one.chip);
  for (const auto& [address, content] : one.segments) {
    const std::size_t at = image.bytes.size();
    image.bytes.resize(at + 8);
    store_le32(image.bytes, at, address);
    store_le32(image.bytes, at + 4, static_cast<std::uint32_t>(content.size()));
    image.bytes.insert(image.bytes.end(), content.begin(), content.end());
  }
  image.bytes.resize(image.bytes.size() + 16);
  return image;
}

std::string name_of(const Unit& unit) {
  static constexpr const char* kNames[] = {"PTR",  "HDR", "FDE",  "CIE", "CALL", "JAL",
                                           "L32R", "HI",  "BR",   "LO",  "GP",   "G2",
                                           "G3",   "G4",  "WORD", "RAW"};
  std::string name = kNames[static_cast<std::size_t>(unit.kind)];
  if (unit.kind == Kind::raw || unit.kind == Kind::branch) name += std::to_string(unit.size);
  return name;
}

TEST(Scanner, CutsBasesAsThePageSays) {
  ASSERT_GT(cases().size(), 10u);
  for (const Case& one : cases()) {
    Image image = image_of(one);
    Facts facts;
    ASSERT_TRUE(parse_base(image, static_cast<std::uint32_t>(image.bytes.size()), facts))
        << one.name;
    facts.call0 = one.call0;
    Scanner<Image> scanner(image, facts);
    scanner.start_chunk();
    for (std::size_t i = 0; i < facts.base.segments().size(); ++i) {
      const Segment& segment = facts.base.segments()[i];
      scanner.start_operation();
      std::string units;
      for (std::uint32_t at = segment.offset; at < segment.end();) {
        const Unit unit = scanner.scan(at, segment.end(), segment);
        if (unit.kind == Kind::high)
          scanner.registers().set_register(
              unit, true, riscv::high_part(unit.old_bytes, segment.address_of(at)), 0, at);
        units += (units.empty() ? "" : " ") + name_of(unit);
        at += unit.size;
      }
      EXPECT_EQ(units, one.units.at(i)) << one.name;
    }
  }
}

}  // namespace
}  // namespace updraft::delta
