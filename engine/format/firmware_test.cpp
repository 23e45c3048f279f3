// Real application images of several products and chips, if they are at hand: in the folder that
// UPDRAFT_FIRMWARE names, else in ../shared/firmware beside the source tree.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "engine/format/verify.hpp"

namespace updraft::format {
namespace {

namespace fs = std::filesystem;

fs::path firmware_folder() {
  const char* chosen = std::getenv("UPDRAFT_FIRMWARE");
  return chosen != nullptr ? fs::path(chosen)
                           : fs::path(UPDRAFT_SOURCE_DIR).parent_path() / "shared" / "firmware";
}

std::vector<std::byte> read(const fs::path& path) {
  std::vector<std::byte> bytes(fs::file_size(path));
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

TEST(RealFirmware, IsCompleteInAnyPieces) {
  const fs::path folder = firmware_folder();
  if (!fs::is_directory(folder)) {
    GTEST_SKIP() << "no firmware in " << folder << "; set UPDRAFT_FIRMWARE to a folder of images";
  }
  std::size_t images = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".bin") continue;
    SCOPED_TRACE(entry.path().filename());
    ++images;
    const std::vector<std::byte> bytes = read(entry.path());
    const std::string product = entry.path().parent_path().filename();
    const Chip* chip = find_chip(std::string_view(product).substr(product.rfind('-') + 1));
    ASSERT_NE(chip, nullptr) << product;
    const ImageExpectation expectation{
        .chip = chip, .chip_revision = 3, .capacity = static_cast<std::uint32_t>(bytes.size())};
    const auto info = verify(bytes, expectation, 1460);
    ASSERT_TRUE(info) << name(info.error().code) << " " << info.error().found << " "
                      << info.error().expected;
    EXPECT_TRUE(info->complete);
    EXPECT_TRUE(info->has_descriptor);
    EXPECT_EQ(info->length, bytes.size());
    if (!info->header.hash_appended) continue;  // uzg01 is built without one
    EXPECT_TRUE(std::ranges::equal(Bytes(bytes).last(kHashBytes), info->digest));
  }
  EXPECT_GE(images, 27u) << "in " << folder;
}

}  // namespace
}  // namespace updraft::format
