// bench/run delta: patches between consecutive releases of real firmware, beside what the usual
// tools make of them, what an update by patch costs a device, and the goals of the format. Every
// patch is applied by the device's decoder and compared byte for byte before its size counts.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>

#include <fmt/format.h>

#include "bench/parts/delta_report.hpp"
#include "bench/parts/firmware_pairs.hpp"
#include "host/delta/diff.hpp"

namespace updraft::bench {
namespace {

constexpr std::uint32_t kRestart = 256 * 1024;
constexpr double kFastLink = 11e6, kSlowLink = 20e3;  // bit/s
constexpr diff::Effort kFast = diff::Effort::fast, kThorough = diff::Effort::thorough;
using Image = std::vector<std::byte>;

// Of the processor's time: making a patch takes one thread, and what else runs shall not count.
double seconds_since(std::clock_t start) {
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

Image patch_of(const Image& from, const Image& to, diff::Effort effort, std::uint32_t restart = 0) {
  return diff::make_patch(from, to, {.effort = effort, .restart = restart, .progress = {}}).bytes;
}

PairRow measure(const std::string& product, const Firmware& old_release,
                const Firmware& new_release) {
  const Image &old_image = old_release.image, &new_image = new_release.image;
  PairRow row{
      .product = product, .old_version = old_release.version, .new_version = new_release.version};
  row.image = new_image.size();
  std::clock_t start = std::clock();
  row.fast = patch_of(old_image, new_image, kFast).size();
  row.encode_fast = seconds_since(start);
  start = std::clock();
  const Image patch = patch_of(old_image, new_image, kThorough);
  row.encode = seconds_since(start);
  row.thorough = patch.size();
  start = std::clock();
  (void)diff::apply_patch(old_image, patch);
  row.decode = seconds_since(start);
  row.with_restarts = patch_of(old_image, new_image, kThorough, kRestart).size();
  row.back = patch_of(new_image, old_image, kFast).size();
  row.others = other_deltas(old_release.file, new_release.file);
  row.by_patch = {model_cost(old_image, patch, kFastLink), model_cost(old_image, patch, kSlowLink)};
  row.full = {model_cost(old_image, new_image, kFastLink),
              model_cost(old_image, new_image, kSlowLink)};
  return row;
}

// The last release of each product to that of the next one.
std::vector<AcrossRow> measure_across(const std::vector<Product>& products) {
  std::vector<AcrossRow> rows;
  for (std::size_t i = 0; i < products.size(); ++i) {
    const Product &from = products[i], &to = products[(i + 1) % products.size()];
    const Firmware &old_one = from.releases.back(), &new_one = to.releases.back();
    rows.push_back({from.name + " " + old_one.version, to.name + " " + new_one.version,
                    new_one.image.size(), patch_of(old_one.image, new_one.image, kFast).size()});
  }
  return rows;
}

// Half of the pairs take less, half more.
double typical(const std::vector<PairRow>& rows, double PairRow::* seconds) {
  std::vector<double> sorted;
  for (const PairRow& row : rows) sorted.push_back(row.*seconds);
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

std::vector<Goal> goals_of(const std::vector<PairRow>& rows) {
  const auto kib = [&rows](std::uint64_t PairRow::* bytes) {
    std::uint64_t sum = 0;
    for (const PairRow& row : rows) sum += row.*bytes;
    return static_cast<double>(sum) / 1024;
  };
  return {{"all pairs forward, thorough", kib(&PairRow::thorough), 745, "KiB"},
          {"all pairs forward, --fast", kib(&PairRow::fast), 750, "KiB"},
          {"all pairs forward, --restart 256K", kib(&PairRow::with_restarts), 752, "KiB"},
          {"a typical pair is encoded, --fast", typical(rows, &PairRow::encode_fast), 1.5, "s"}};
}

void run(bool json) {
  if (!json) print_heading();
  const std::vector<Product> products = load_products();
  std::vector<PairRow> rows;
  for (const Product& product : products) {
    for (std::size_t i = 1; i < product.releases.size(); ++i) {
      rows.push_back(measure(product.name, product.releases[i - 1], product.releases[i]));
      print_pair(rows.back(), json);
    }
  }
  if (rows.empty()) throw std::runtime_error("no product has two releases");
  print_total(rows, json);
  print_across(measure_across(products), json);
  print_goals(goals_of(rows), json);
}

}  // namespace
}  // namespace updraft::bench

int main(int argc, char** argv) {
  try {
    updraft::bench::run(argc > 1 && std::strcmp(argv[1], "--json") == 0);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench delta: {}\n", error.what());
    return 1;
  }
  return 0;
}
