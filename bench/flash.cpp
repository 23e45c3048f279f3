// bench/run flash: what installing real firmware costs on every flash profile, by our writer and by
// the strategies of the field, beside the least that the job could cost.
#include <cstdio>
#include <cstring>
#include <exception>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "bench/parts/flash_jobs.hpp"
#include "bench/parts/flash_table.hpp"

namespace updraft::bench {
namespace {

void print_json(const FlashRow& row) {
  boost::json::array wear;
  for (const std::uint64_t sectors : row.wear) wear.push_back(sectors);
  const boost::json::object object{{"bench", "flash"},
                                   {"profile", row.profile},
                                   {"product", row.product},
                                   {"from", row.from},
                                   {"to", row.to},
                                   {"job", row.job},
                                   {"strategy", row.strategy},
                                   {"max_block", row.max_block},
                                   {"image_bytes", row.image_bytes},
                                   {"seconds", row.cost.seconds},
                                   {"bound_seconds", row.bound},
                                   {"ratio", row.ratio()},
                                   {"of_full", row.of_full},
                                   {"erase_seconds", row.cost.erase},
                                   {"program_seconds", row.cost.program},
                                   {"read_seconds", row.cost.read},
                                   {"verify_seconds", row.cost.verify},
                                   {"choice_seconds", row.cost.choice_seconds},
                                   {"longest_call_seconds", row.cost.longest_stretch},
                                   {"bytes_programmed", row.cost.bytes_programmed},
                                   {"bytes_read", row.cost.bytes_read},
                                   {"max_erases_per_sector", row.cost.max_erases()},
                                   {"sectors_by_erases", wear}};
  std::puts(boost::json::serialize(object).c_str());
}

int run(bool json, std::string_view profile) {
  FlashTable table;
  for_each_flash_row(profile, [&](const FlashRow& row) {
    if (json) return print_json(row);
    table.add(row);
  });
  if (json) return 0;
  table.print();
  return table.meets_goals() ? 0 : 1;
}

}  // namespace
}  // namespace updraft::bench

int main(int argc, char** argv) {
  bool json = false;
  std::string_view profile;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) {
      json = true;
    } else if (std::strcmp(argv[i], "--profile") == 0 && i + 1 < argc) {
      profile = argv[++i];
    } else {
      std::fputs("usage: bench/run flash [--json] [--profile NAME]\n", stderr);
      return 2;
    }
  }
  try {
    return updraft::bench::run(json, profile);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench flash: %s\n", error.what());
    return 1;
  }
}
