// How fast link and pipeline are on this machine, each beside a reference of the same minute.
#pragma once
#include <functional>
#include <string>

namespace updraft::bench {

struct Throughput {
  std::string path;
  double rate = 0;  // MiB/s, the best of some runs
  std::string reference;
  double reference_rate = 0;
};

// Calls `row` as the numbers come. References that are not installed (nc, openssl) have rate 0.
void measure_throughput(const std::function<void(const Throughput&)>& row);

}  // namespace updraft::bench
