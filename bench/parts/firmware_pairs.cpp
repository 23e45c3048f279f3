#include "bench/parts/firmware_pairs.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace updraft::bench {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

fs::path firmware_folder() {
  if (const char* chosen = std::getenv("UPDRAFT_FIRMWARE")) return chosen;
  return fs::path(UPDRAFT_SOURCE_DIR).parent_path() / "shared" / "firmware";
}

}  // namespace

std::vector<FirmwarePair> firmware_pairs() {
  const fs::path folder = firmware_folder();
  std::ifstream file(folder / "MANIFEST.json");
  if (!file) {
    throw std::runtime_error("no firmware in " + folder.string() +
                             "; set UPDRAFT_FIRMWARE to a folder with a MANIFEST.json");
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::map<std::string, std::map<std::int64_t, std::pair<std::string, fs::path>>> products;
  const json::value manifest = json::parse(text);
  for (const json::value& entry : manifest.at("images").as_array()) {
    const auto word = [&](const char* name) { return std::string(entry.at(name).as_string()); };
    products[word("product")][entry.at("sequence").to_number<std::int64_t>()] = {
        word("version"), folder / word("file")};
  }
  std::vector<FirmwarePair> pairs;
  for (const auto& [product, versions] : products) {
    for (auto at = versions.begin(); std::next(at) != versions.end(); ++at) {
      const auto& [old_version, old_file] = at->second;
      const auto& [new_version, new_file] = std::next(at)->second;
      pairs.push_back({product, old_version, new_version, old_file, new_file});
    }
  }
  return pairs;
}

std::vector<std::byte> read_bytes(const fs::path& path) {
  std::vector<std::byte> bytes(fs::file_size(path));
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return bytes;
}

}  // namespace updraft::bench
