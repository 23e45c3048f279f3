// Real firmware, consecutive versions of several products, as shared/firmware/MANIFEST.json lists
// it. UPDRAFT_FIRMWARE names the folder; default: ../shared/firmware beside the repository.
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace updraft::bench {

struct Firmware {
  std::string version;
  std::vector<std::byte> image;
  std::filesystem::path file;
};

struct Product {
  std::string name;
  std::vector<Firmware> releases;  // oldest first
};

// Throws std::runtime_error with a sentence if the folder cannot be read.
std::vector<Product> load_products();

}  // namespace updraft::bench
