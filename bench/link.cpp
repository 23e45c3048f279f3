// bench/run link: a 1 MiB update on the virtual clock, and what link and pipeline cost without
// flash.
#include <cstdio>
#include <cstring>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "bench/parts/modelled_update.hpp"
#include "bench/parts/throughput.hpp"

namespace updraft::bench {
namespace {

double ratio(double a, double b) { return b > 0 ? a / b : 0; }

void print_modelled(bool json, const ModelledUpdate& update) {
  if (json) {
    const boost::json::object row{{"bench", "link"},
                                  {"row", "modelled_update"},
                                  {"profile", update.profile},
                                  {"image_bytes", update.image_bytes},
                                  {"seconds", update.seconds()},
                                  {"erase_seconds", update.erase},
                                  {"program_seconds", update.program},
                                  {"read_back_seconds", update.read},
                                  {"bound_seconds", update.bound},
                                  {"ratio", ratio(update.erase + update.program, update.bound)},
                                  {"longest_call_seconds", update.longest_call}};
    std::puts(boost::json::serialize(row).c_str());
    return;
  }
  fmt::print("{:<16} {:>8.3f} {:>8.3f} {:>8.3f} {:>8.3f} {:>8.3f} {:>7.3f} {:>9.0f}\n",
             update.profile, update.seconds(), update.erase, update.program, update.read,
             update.bound, ratio(update.erase + update.program, update.bound),
             update.longest_call * 1000);
}

void print_throughput(bool json, const Throughput& row) {
  if (json) {
    const boost::json::object object{{"bench", "link"},
                                     {"row", "throughput"},
                                     {"path", row.path},
                                     {"mib_per_second", row.rate},
                                     {"reference", row.reference},
                                     {"reference_mib_per_second", row.reference_rate},
                                     {"ratio", ratio(row.rate, row.reference_rate)}};
    std::puts(boost::json::serialize(object).c_str());
    return;
  }
  fmt::print("{:<34} {:>8.0f}   {:<28} {:>8.0f} {:>7.2f}\n", row.path, row.rate, row.reference,
             row.reference_rate, ratio(row.rate, row.reference_rate));
}

void run(bool json) {
  if (!json) {
    fmt::print(
        "A 1 MiB update over raw TCP, modelled seconds (used slot, size not announced).\n"
        "bound: the fewest 64 KiB erases and page programs; ratio: erase + program to bound.\n\n"
        "{:<16} {:>8} {:>8} {:>8} {:>8} {:>8} {:>7} {:>9}\n",
        "flash", "all", "erase", "program", "read", "bound", "ratio", "call, ms");
  }
  for (const ModelledUpdate& update : model_updates()) print_modelled(json, update);
  if (!json) {
    fmt::print(
        "\nLink and pipeline without flash, MiB/s on this machine.\n\n{:<34} {:>8}   {:<28} {:>8} "
        "{:>7}\n",
        "path", "MiB/s", "reference", "MiB/s", "ratio");
  }
  measure_throughput([json](const Throughput& row) { print_throughput(json, row); });
}

}  // namespace
}  // namespace updraft::bench

int main(int argc, char** argv) {
  updraft::bench::run(argc > 1 && std::strcmp(argv[1], "--json") == 0);
  return 0;
}
