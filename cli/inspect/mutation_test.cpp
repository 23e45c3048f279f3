// The whole command over files that were changed at random: it ends, its report is of bounded size,
// and nothing is read past the end (which the sanitizers watch).
#include <random>

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "cli/inspect/inspect.hpp"
#include "cli/words/stop.hpp"
#include "sim/demo_image.hpp"
#include "tests/fakes/core_image.hpp"
#include "tests/fakes/nvs_image.hpp"
#include "tests/fakes/sweep.hpp"
#include "tests/golden/sample_files.hpp"

namespace updraft::cli {
namespace {

using File = std::vector<std::byte>;

// A dump with something in each partition.
File small_flash() {
  File flash(0x60000, std::byte{0xFF});
  const auto put = [&](std::size_t at, Bytes bytes) {
    std::copy(bytes.begin(), bytes.end(), flash.begin() + static_cast<std::ptrdiff_t>(at));
  };
  const format::Partition rows[] = {
      {format::PartitionType::data, 2, 0x9000, 0x3000, Text<16>("nvs"), 0},
      {format::PartitionType::data, 0, 0xD000, 0x2000, Text<16>("otadata"), 0},
      {format::PartitionType::app, 0x10, 0x10000, 0x10000, Text<16>("ota_0"), 0},
      {format::PartitionType::app, 0x11, 0x20000, 0x10000, Text<16>("ota_1"), 0},
      {format::PartitionType::data, 3, 0x30000, 0x10000, Text<16>("coredump"), 0},
      {format::PartitionType::data, 6, 0x40000, 0x10000, Text<16>("updraft"), 0}};
  std::array<std::byte, format::kPartitionTableBytes> table;
  (void)format::write_partition_table(rows, table);
  fakes::NvsImage nvs;
  const std::uint8_t space = nvs.space("app");
  nvs.text(space, "name", "a value");
  nvs.blob(space, "blob", as_bytes("0123456789"));
  fakes::CoreImage core{
      .chip_id = 5, .tasks = {{0x3FC90000, "main", 0x42000000}}, .crashed = 0x3FC90000};
  put(0, sim::make_bootloader({.speed_size = 0x0F}));
  put(0x8000, table);
  put(0x9000, nvs.bytes());
  put(0x10000, sim::make_image({.size = 8192}));
  put(0x20000, sim::make_image({.version = "2.0", .size = 4096}));
  put(0x30000, core.make());
  return flash;
}

std::vector<File> samples() {
  std::vector<File> files{small_flash()};
  for (golden::SampleFile& sample :
       golden::sample_files(UPDRAFT_SOURCE_DIR "/tests/golden/files.tsv")) {
    if (sample.bytes.size() <= 0x30000) files.push_back(std::move(sample.bytes));
  }
  return files;
}

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}
  File change(const std::vector<File>& files) {
    File file = pick(files);
    for (std::size_t i = below(4) + 1; i > 0 && !file.empty(); --i) once(file, files);
    return file;
  }

 private:
  std::size_t below(std::size_t n) { return random_() % n; }
  const File& pick(const std::vector<File>& files) {
    return below(3) == 0 ? files.front() : files[below(files.size())];
  }
  void once(File& file, const std::vector<File>& files) {
    const std::size_t at = below(file.size());
    static constexpr std::uint32_t kEdges[] = {0,          1,      0x7FFFFFFF, 0x80000000,
                                               0xFFFFFFFF, 0x1000, 0xFFFF,     0x10000000};
    switch (below(5)) {
      case 0:
        file[at] ^= static_cast<std::byte>(1u << below(8));
        break;
      case 1:
        file.resize(at);
        break;
      case 2:
        if (file.size() >= at + 4) store_le32(file, at, kEdges[below(std::size(kEdges))]);
        break;
      case 3: {
        const File& other = pick(files);
        const std::size_t n = std::min({other.size(), file.size() - at, below(5000)});
        std::copy_n(other.begin(), n, file.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      }
      default:
        for (std::size_t i = at; i < std::min(file.size(), at + below(64)); ++i)
          file[i] = static_cast<std::byte>(random_());
    }
  }
  std::mt19937 random_;
};

TEST(InspectMutated, EndsWithAReportOfBoundedSize) {
  const int runs = sweep() == Sweep::nightly ? 20'000 : sweep() == Sweep::full ? 1'500 : 300;
  const std::vector<File> files = samples();
  Mutator mutator(sweep() == Sweep::full ? 1 : static_cast<unsigned>(sweep_seed()));
  for (int run = 0; run < runs; ++run) {
    const File file = mutator.change(files);
    try {
      const Finding finding = inspect_bytes(file, {});
      EXPECT_FALSE(finding.json.at("kind").as_string().empty()) << run;
      EXPECT_LT(finding.lines.size(), 2000u) << run;
      EXPECT_LT(boost::json::serialize(finding.json).size(), 4u << 20) << run;
    } catch (const Stop&) {
      // a sentence, too
    }
  }
}

}  // namespace
}  // namespace updraft::cli
