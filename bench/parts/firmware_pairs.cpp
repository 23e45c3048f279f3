#include "bench/parts/firmware_pairs.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>

#include <boost/json/parse.hpp>

namespace updraft::bench {
namespace {

std::string read_whole(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    throw std::runtime_error(file.string() +
                             " cannot be read; UPDRAFT_FIRMWARE names the folder of the images");
  }
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string text(const boost::json::object& object, const char* member) {
  return std::string(object.at(member).as_string());
}

}  // namespace

std::vector<Product> load_products() {
  const char* const named = std::getenv("UPDRAFT_FIRMWARE");
  const std::filesystem::path folder = named != nullptr ? named : UPDRAFT_FIRMWARE_FOLDER;
  const boost::json::value manifest = boost::json::parse(read_whole(folder / "MANIFEST.json"));
  std::map<std::string, std::map<std::int64_t, Firmware>> sorted;
  for (const boost::json::value& value : manifest.as_object().at("images").as_array()) {
    const boost::json::object& entry = value.as_object();
    const std::string bytes = read_whole(folder / text(entry, "file"));
    const auto* begin = reinterpret_cast<const std::byte*>(bytes.data());
    sorted[text(entry, "product")][entry.at("sequence").as_int64()] = {
        text(entry, "version"), {begin, begin + bytes.size()}, folder / text(entry, "file")};
  }
  std::vector<Product> products;
  for (auto& [name, releases] : sorted) {
    Product& product = products.emplace_back(Product{name, {}});
    for (auto& [sequence, firmware] : releases) product.releases.push_back(std::move(firmware));
  }
  return products;
}

}  // namespace updraft::bench
