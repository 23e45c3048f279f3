// Real releases: patches between them, through the device's own stage and slot writer. The sample
// has several chips, both directions, another product and another chip; UPDRAFT_SWEEP=nightly takes
// all pairs.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <thread>

#include <gtest/gtest.h>

#include "engine/pipeline/patch_stage.hpp"
#include "host/delta/diff.hpp"
#include "tests/fakes/ram_flash.hpp"
#include "tests/fakes/sweep.hpp"

namespace updraft::diff {
namespace {

namespace fs = std::filesystem;
using Buffer = std::vector<std::byte>;

constexpr std::uint32_t kSlotBytes = 4 << 20;
constexpr std::uint32_t kRestart = 256 * 1024;
constexpr std::size_t kKiB = 1024;

fs::path firmware_folder() {
  const char* const chosen = std::getenv("UPDRAFT_FIRMWARE");
  if (chosen != nullptr) return chosen;
  return fs::path(UPDRAFT_SOURCE_DIR).parent_path() / "shared" / "firmware";
}

Buffer read(const std::string& name) {
  const fs::path file = firmware_folder() / name;
  Buffer bytes(fs::file_size(file));
  std::ifstream(file, std::ios::binary)
      .read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

struct Pair {
  std::string from, to;
  std::size_t most = SIZE_MAX;  // bytes that the patch may have
  std::uint32_t restart = 0;
  Effort effort = Effort::thorough;
};
struct Outcome {
  std::size_t bytes = 0;
  bool image = false;
  std::string wrong;  // empty: the target came out
};

// What a device would do: the running slot, the stage, the slot that is written and read back.
std::string apply_on_device(const Buffer& from, const Buffer& patch, const Buffer& to) {
  fakes::RamFlash base(kSlotBytes), slot(kSlotBytes);
  std::ranges::copy(from, base.bytes.begin());
  pipeline::SlotWriter::Room room;
  pipeline::SlotWriter writer{room};
  const auto stage = std::make_unique<pipeline::PatchStage>();
  writer.reset(slot, {});
  stage->reset(writer, {&base, &writer}, slot.size(), 0);
  constexpr std::size_t kSegment = 1436;
  Result<> result;
  for (Bytes rest = patch; result && !rest.empty();) {
    const Bytes segment = at_most(rest, kSegment);
    result = stage->push(segment);
    rest = rest.subspan(segment.size());
  }
  if (result) result = stage->finish();
  if (!result) return std::string(name(result.error().code));
  return std::ranges::equal(to, Bytes(slot.bytes).first(to.size())) ? "" : "another target";
}

Outcome try_pair(const Pair& pair) {
  const Buffer from = read(pair.from), to = read(pair.to);
  const Patch patch =
      make_patch(from, to, {.effort = pair.effort, .restart = pair.restart, .progress = {}});
  return {patch.bytes.size(), patch.header.image, apply_on_device(from, patch.bytes, to)};
}

std::vector<Outcome> try_all(const std::vector<Pair>& pairs) {
  std::vector<Outcome> outcomes(pairs.size());
  std::atomic<std::size_t> next = 0;
  std::vector<std::jthread> workers;
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) {
    workers.emplace_back([&] {
      for (std::size_t at = next++; at < pairs.size(); at = next++) {
        outcomes[at] = try_pair(pairs[at]);
      }
    });
  }
  workers.clear();
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    EXPECT_EQ(outcomes[i].wrong, "") << pairs[i].from << " to " << pairs[i].to;
    EXPECT_LE(outcomes[i].bytes, pairs[i].most) << pairs[i].from << " to " << pairs[i].to;
  }
  return outcomes;
}

class Firmware : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::is_directory(firmware_folder()))
      GTEST_SKIP() << "no firmware in " << firmware_folder();
  }
};

// Under sanitizers one of them, another one each time.
TEST_F(Firmware, ASampleOfAllPairs) {
  const std::string uzg = "uzg01-esp32/", c3 = "nukihub-esp32c3/9.00-master.";
  std::vector<Pair> pairs = {
      {uzg + "v0.2.5.bin", uzg + "v0.2.6.bin", 2200},
      {uzg + "v0.2.6.bin", uzg + "v0.2.5.bin", 6500, kRestart},
      {c3 + "20240728.bin", c3 + "20240729.bin", 2100},
      {"fluidnc-noradio-esp32/v3.9.8.bin", uzg + "v0.2.6.bin"},
      {"nukihub-esp32c6/9.13.bin", "fluidnc-noradio-esp32/v3.9.8.bin"},
  };
  const std::string across_chips = pairs.back().from;
  if (sweep() == Sweep::sample) pairs = {pairs[sweep_start(pairs.size())]};
  const std::vector<Outcome> outcomes = try_all(pairs);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    EXPECT_EQ(outcomes[i].image, pairs[i].from != across_chips) << "across chips it is plain";
  }
}

// Products are folders, and the names of their releases are in order.
std::vector<std::vector<std::string>> products() {
  std::map<std::string, std::vector<std::string>> sorted;
  for (const auto& entry : fs::recursive_directory_iterator(firmware_folder())) {
    if (entry.path().extension() != ".bin") continue;
    const std::string product = entry.path().parent_path().filename().string();
    sorted[product].push_back(product + "/" + entry.path().filename().string());
  }
  std::vector<std::vector<std::string>> all;
  for (auto& [name, releases] : sorted) {
    std::ranges::sort(releases);
    all.push_back(std::move(releases));
  }
  return all;
}

std::size_t total(const std::vector<Outcome>& outcomes) {
  return std::accumulate(outcomes.begin(), outcomes.end(), std::size_t{0},
                         [](std::size_t sum, const Outcome& one) { return sum + one.bytes; });
}

TEST_F(Firmware, AllPairsBothWays) {
  if (sweep() != Sweep::nightly) GTEST_SKIP() << "UPDRAFT_SWEEP=nightly tries all pairs";
  std::vector<Pair> forward, fast, back, with_restarts;
  for (const auto& releases : products()) {
    for (std::size_t i = 1; i < releases.size(); ++i) {
      forward.push_back({releases[i - 1], releases[i]});
      with_restarts.push_back({releases[i - 1], releases[i], SIZE_MAX, kRestart});
      fast.push_back({releases[i - 1], releases[i], SIZE_MAX, 0, Effort::fast});
      back.push_back({releases[i], releases[i - 1], SIZE_MAX, 0, Effort::fast});
    }
  }
  const std::size_t there = total(try_all(forward)), quickly = total(try_all(fast)),
                    restarts = total(try_all(with_restarts)), again = total(try_all(back));
  std::printf("%zu pairs: %zu bytes forward, %zu fast, %zu with restart points, %zu back, fast\n",
              forward.size(), there, quickly, restarts, again);
  if (forward.size() == 20) {
    EXPECT_LE(there, 745 * kKiB);
    EXPECT_LE(quickly, 750 * kKiB);
    EXPECT_LE(restarts, 752 * kKiB);
    EXPECT_LE(again, 713 * kKiB);
  }
}

TEST_F(Firmware, AcrossProductsAndChips) {
  if (sweep() != Sweep::nightly) GTEST_SKIP() << "UPDRAFT_SWEEP=nightly tries all pairs";
  std::vector<Pair> pairs;
  const auto all = products();
  for (std::size_t i = 0; i < all.size(); ++i) {
    pairs.push_back({all[i].back(), all[(i + 1) % all.size()].back(), SIZE_MAX, 0, Effort::fast});
    pairs.push_back(
        {all[(i + 2) % all.size()].back(), all[i].back(), SIZE_MAX, kRestart, Effort::fast});
  }
  const std::size_t across = total(try_all(pairs));
  std::printf("%zu pairs across products and chips: %zu bytes\n", pairs.size(), across);
  if (pairs.size() == 14) {
    EXPECT_LE(across, 15'200 * kKiB);
  }
}

}  // namespace
}  // namespace updraft::diff
