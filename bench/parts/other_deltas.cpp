#include "bench/parts/other_deltas.hpp"

#include <cstdlib>
#include <string>

#include <fmt/format.h>

namespace updraft::bench {
namespace {

namespace fs = std::filesystem;

std::string quoted(const fs::path& path) { return "'" + path.string() + "'"; }

std::optional<std::uint64_t> size_after(const std::string& command, const fs::path& patch) {
  std::error_code missing;
  fs::remove(patch, missing);
  if (std::system((command + " >/dev/null 2>&1").c_str()) != 0) return std::nullopt;
  const auto size = fs::file_size(patch, missing);
  if (missing) return std::nullopt;
  return size;
}

}  // namespace

OtherDeltas other_deltas(const fs::path& old_file, const fs::path& new_file) {
  std::string name = (fs::temp_directory_path() / "updraft-bench-XXXXXX").string();
  const int made = ::mkstemp(name.data());
  if (made < 0) return {};
  const fs::path patch = name;
  const std::string from = quoted(old_file), to = quoted(new_file), out = quoted(patch);
  OtherDeltas sizes{
      .bsdiff = size_after(fmt::format("bsdiff {} {} {}", from, to, out), patch),
      .xdelta3 =
          size_after(fmt::format("xdelta3 -e -f -9 -S lzma -s {} {} {}", from, to, out), patch),
      .zstd = size_after(
          fmt::format("zstd -q -f -19 --long=27 --patch-from={} {} -o {}", from, to, out), patch)};
  std::error_code ignored;
  fs::remove(patch, ignored);
  return sizes;
}

}  // namespace updraft::bench
