// bench/run secrets [--json]: does the time of a secret's comparison tell what differs? Fails if
// it does: |t| of 4.5 or more (Welch's t-test over a million runs of two classes that take turns at
// random; spec/security.md row 22). For the nightly run, not for ./check: a busy machine adds
// noise.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "engine/crypto/secret.hpp"

namespace updraft::bench {
namespace {

constexpr std::size_t kRuns = 1'000'000;
constexpr double kMostT = 4.5;
constexpr double kKept = 0.95;  // of the runs: those that an interrupt made long say nothing
constexpr std::size_t kSecretBytes = 32;
using Answer = std::array<std::byte, kSecretBytes>;

struct Row {
  const char* name;
  std::size_t differs_at;  // of the second class; the first one is equal
};
constexpr Row kRows[] = {{"first byte", 0}, {"middle byte", 15}, {"last byte", 31}};

// Mean and variance of what is kept of a class.
struct Class {
  double count = 0, mean = 0, squares = 0;
  void add(double x) {
    ++count;
    const double delta = x - mean;
    mean += delta / count;
    squares += delta * (x - mean);
  }
  double variance() const { return squares / (count - 1); }
};

bool compare_as_the_library_does(Bytes a, Bytes b) { return crypto::ct_equal(a, b); }
// What must be found out, or the measurement shows nothing.
bool compare_and_leave_early(Bytes a, Bytes b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

double t_of(bool (*compare)(Bytes, Bytes), std::size_t differs_at) {
  std::mt19937_64 random(1);
  Answer secret;
  for (std::byte& b : secret) b = static_cast<std::byte>(random());
  std::array<Answer, 2> answers{secret, secret};
  answers[1][differs_at] ^= std::byte{1};
  Answer given;  // one place in memory for both classes
  std::vector<std::pair<bool, double>> times;
  times.reserve(kRuns);
  volatile bool sink = false;
  for (std::size_t run = 0; run < kRuns; ++run) {
    const bool second = (random() & 1) != 0;
    given = answers[second ? 1 : 0];
    const auto start = std::chrono::steady_clock::now();
    for (int again = 0; again < 8; ++again) sink = compare(secret, given);
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    times.emplace_back(second, took.count());
  }
  (void)sink;
  std::vector<double> sorted;
  sorted.reserve(kRuns);
  for (const auto& [second, time] : times) sorted.push_back(time);
  const auto limit = sorted.begin() + static_cast<std::ptrdiff_t>(kKept * kRuns);
  std::nth_element(sorted.begin(), limit, sorted.end());
  std::array<Class, 2> classes;
  for (const auto& [second, time] : times) {
    if (time <= *limit) classes[second ? 1 : 0].add(time);
  }
  const double spread =
      classes[0].variance() / classes[0].count + classes[1].variance() / classes[1].count;
  return spread > 0 ? (classes[0].mean - classes[1].mean) / std::sqrt(spread) : 0;
}

void print(bool json, const char* compare, const Row& row, double t) {
  if (json) {
    const boost::json::object object{
        {"bench", "secrets"}, {"row", compare}, {"differs", row.name}, {"t", t}, {"most", kMostT}};
    std::puts(boost::json::serialize(object).c_str());
  } else {
    fmt::print("{:<14} {:<12} {:>8.2f}\n", compare, row.name, t);
  }
}

int run(bool json) {
  if (!json)
    fmt::print("{} comparisons each; |t| below {} tells nothing.\n\n{:<14} {:<12} {:>8}\n", kRuns,
               kMostT, "comparison", "differs at", "t");
  bool held = true;
  for (const Row& row : kRows) {
    const double t = t_of(&compare_as_the_library_does, row.differs_at);
    print(json, "ct_equal", row, t);
    held = held && std::abs(t) < kMostT;
  }
  const double seen = t_of(&compare_and_leave_early, 0);
  print(json, "leaves early", kRows[0], seen);
  if (std::abs(seen) < kMostT) std::puts("the measurement does not see a comparison that leaks");
  if (!held) std::puts("the time of ct_equal tells what differs");
  return held && std::abs(seen) >= kMostT ? 0 : 1;
}

}  // namespace
}  // namespace updraft::bench

int main(int argc, char** argv) {
  return updraft::bench::run(argc > 1 && std::strcmp(argv[1], "--json") == 0);
}
