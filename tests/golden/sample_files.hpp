// The sample files of tests/golden/files.tsv, made from their recipes.
#pragma once
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/format/partition_table.hpp"
#include "sim/raw_image.hpp"

namespace updraft::golden {

struct SampleFile {
  std::string name, kind;
  std::vector<std::byte> bytes;
};

class SampleMaker {
 public:
  std::vector<std::byte> make(const std::string& recipe) {
    bytes_.clear();
    filler_ = std::byte{0};
    for (std::size_t at = 0; at < recipe.size();) at = step(recipe, at);
    return bytes_;
  }

 private:
  static std::size_t hex(const std::string& text) { return std::stoul(text, nullptr, 16); }

  // One step; a text may hold blanks, so it reaches to the next step's sign.
  std::size_t step(const std::string& recipe, std::size_t at) {
    std::size_t end = recipe.find(' ', at);
    if (recipe[at + 1] == ':' && std::string("tuU").find(recipe[at]) != std::string::npos) {
      while (end != std::string::npos && !begins_step(recipe, end + 1))
        end = recipe.find(' ', end + 1);
    }
    const std::string one = recipe.substr(at, end == std::string::npos ? end : end - at);
    run(one);
    return end == std::string::npos ? recipe.size() : end + 1;
  }
  static bool begins_step(const std::string& recipe, std::size_t at) {
    const std::string rest = recipe.substr(at, 2);
    return rest.starts_with('@') || rest.starts_with('=') ||
           (rest.size() == 2 && rest[1] == ':' &&
            std::string("xtuUf").find(rest[0]) != std::string::npos);
  }

  void run(const std::string& one) {
    const std::string rest = one.substr(one.find(':') + 1);
    if (one[0] == '@' || one[0] == '=') return bytes_.resize(hex(one.substr(1)), filler_);
    if (one[0] == '!') return bytes_.resize(std::stoul(one.substr(1)));
    if (one.starts_with("f:")) filler_ = static_cast<std::byte>(hex(rest));
    if (one.starts_with("x:")) {
      for (std::size_t i = 0; i < rest.size(); i += 2) add(hex(rest.substr(i, 2)));
    }
    if (one.starts_with("t:") || one.starts_with("u:") || one.starts_with("U:")) text(one[0], rest);
    if (one.starts_with("noise:")) noise(std::stoul(rest));
    if (one.starts_with("table:")) table(rest);
    if (one.starts_with("image:")) image(rest);
  }

  void add(std::size_t byte) { bytes_.push_back(static_cast<std::byte>(byte)); }
  void add(const std::vector<std::byte>& more) {
    bytes_.insert(bytes_.end(), more.begin(), more.end());
  }

  void text(char width, const std::string& text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      char c = text[i];
      if (c == '\\' && i + 1 < text.size()) c = text[++i] == 'n' ? '\n' : '\r';
      if (width == 'U') add(0);
      add(static_cast<unsigned char>(c));
      if (width == 'u') add(0);
    }
  }

  void noise(std::size_t size) {
    std::uint32_t state = 1;
    for (; size > 0; --size) {
      state = state * 1664525 + 1013904223;
      add(state >> 24);
    }
  }

  void table(const std::string& places) {
    const auto at = [&](std::size_t i) {
      return static_cast<std::uint32_t>(hex(i == 0 ? places : places.substr(places.find(',') + 1)));
    };
    const format::Partition entries[] = {
        {format::PartitionType::data, 0, at(0), 0x2000, updraft::Text<16>("otadata"), 0},
        {format::PartitionType::app, 0x10, at(1), 0x100000, updraft::Text<16>("ota_0"), 0}};
    std::array<std::byte, format::kPartitionTableBytes> table;
    (void)format::write_partition_table(entries, table);
    add(std::vector<std::byte>(table.begin(), table.begin() + 96));
    bytes_.resize(bytes_.size() + 32, std::byte{0xFF});
  }

  void image(const std::string& text) {
    std::istringstream in(text);
    std::string word;
    std::getline(in, word, ':');
    sim::RawImage image{.chip = format::find_chip(word)};
    std::string descriptor;
    std::getline(in, descriptor, ',');
    while (std::getline(in, word, ',')) {
      const std::size_t size = std::stoul(word.substr(word.find('=') + 1));
      image.segments.push_back(
          {static_cast<std::uint32_t>(hex(word)), std::vector<std::byte>(size)});
    }
    std::vector<std::byte>& first = image.segments.front().data;
    if (descriptor == "d") store_le32(first, 0, format::kAppDescriptorMagic);
    if (descriptor == "b") first[0] = std::byte{0x50};
    add(sim::make_raw_image(image));
  }

  std::vector<std::byte> bytes_;
  std::byte filler_{0};
};

inline std::vector<SampleFile> sample_files(const char* tsv) {
  std::ifstream in(tsv);
  std::vector<SampleFile> files;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    SampleFile file;
    std::string recipe;
    std::getline(fields, file.name, '\t');
    std::getline(fields, file.kind, '\t');
    std::getline(fields, recipe);
    file.bytes = SampleMaker().make(recipe);
    files.push_back(std::move(file));
  }
  if (files.empty()) throw std::runtime_error("no samples");
  return files;
}

}  // namespace updraft::golden
