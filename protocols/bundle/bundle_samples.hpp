// Bundles for tests: files, the metadata that announce them, and the stream that carries them.
#pragma once
#include <string>
#include <vector>

#include "updraft/bytes.hpp"

#include "engine/codec/deflated_samples.hpp"

namespace updraft::samples {

struct File {
  std::string path, content;
  friend bool operator==(const File&, const File&) = default;
};

struct Bundle {
  std::string metadata;
  std::vector<std::byte> stream;
};

inline std::string joined(const std::vector<File>& files) {
  std::string all;
  for (const File& file : files) all += file.content;
  return all;
}

inline std::string metadata_of(const std::vector<File>& files, std::size_t compressed) {
  std::string list;
  for (const File& file : files) {
    list += (list.empty() ? "" : ", ") + ("{\"path\": \"" + file.path + "\", \"size\": ") +
            std::to_string(file.content.size()) + ", \"full_path\": \"/home/u/" + file.path + "\"}";
  }
  return "{\"compressed_size\": " + std::to_string(compressed) +
         ", \"total_uncompressed\": " + std::to_string(joined(files).size()) + ", \"files\": [" +
         list + "]}";
}

inline Bundle bundle_of(const std::vector<File>& files) {
  auto stream = deflated(as_bytes(joined(files)), Wrapping::raw);
  return {metadata_of(files, stream.size()), stream};
}

inline std::string length_field(std::size_t size) {
  const std::string digits = std::to_string(size);
  return std::string(10 - std::min<std::size_t>(10, digits.size()), ' ') + digits;
}

inline std::vector<File> usual_files() {
  const auto noise = mixed(20'000);
  return {{"boot.py", "print(1)\n"},
          {"empty.txt", ""},
          {"lib/deep/a.py", std::string(reinterpret_cast<const char*>(noise.data()), 20'000)},
          {"main.py", "import boot\n"},
          {"z/last", ""}};
}

}  // namespace updraft::samples
