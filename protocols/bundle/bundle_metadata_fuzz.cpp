// The metadata reader of bundle://, and the JSON reader below it: pieces give the verdict of the
// whole, and what is accepted keeps every rule.
//
// Input: byte 0 chooses the pieces; the text follows.
#include <algorithm>
#include <vector>

#include "protocols/bundle/bundle_metadata.hpp"
#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {
namespace {

struct Outcome {
  Result<> result;
  std::size_t count;
  std::uint64_t total;
};

Outcome read(link::BundleList& files, Bytes text, std::size_t piece) {
  link::BundleMetadata metadata(files);
  metadata.reset();
  Result<> result;
  while (result && !text.empty()) {
    const Bytes part = text.first(std::min(piece, text.size()));
    result = metadata.push(part);
    text = text.subspan(part.size());
  }
  if (result) result = metadata.finish();
  if (result) (void)metadata.compressed_size();
  return {result, files.count(), files.total()};
}

void check_list(link::BundleList& files) {
  std::vector<link::BundleFile> all;
  files.rewind();
  while (const auto file = files.next()) {
    check(is_bundle_path(file->path), "paths lead nowhere else");
    for (const auto& other : all) {
      check(!bundle_paths_clash(file->path, other.path), "each file is there once");
    }
    all.push_back(*file);
  }
  check(all.size() == files.count() && files.count() <= link::kBundleFiles, "files are counted");
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft;
  using namespace updraft::fuzz;
  if (size == 0) return 0;
  static std::vector<std::byte> memory(link::kBundleMetaBytes);
  link::BundleList files(memory);
  const Bytes text = input(data, size).subspan(1);
  const Outcome whole = read(files, text, SIZE_MAX);
  const Outcome pieces = read(files, text, 1 + data[0] % 16u);
  check(whole.result == pieces.result, "pieces give the verdict of the whole");
  check(whole.count == pieces.count && whole.total == pieces.total, "and the same list");
  check_list(files);
  return 0;
}
