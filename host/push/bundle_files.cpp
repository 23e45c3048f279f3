#include "host/push/bundle_files.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <zlib.h>

#include "host/desk/files.hpp"
#include "host/desk/printable.hpp"
#include "host/desk/trouble.hpp"
#include "host/files/trim.hpp"
#include "protocols/bundle/bundle_path.hpp"

namespace updraft::host {
namespace {

namespace fs = std::filesystem;
using Kind = Trouble::Kind;

// Of this side alone: originals have no limit, and a device of ours refuses by its own. Far more
// than any flash holds; they bound what a directory that was given by mistake can make of memory
// here.
constexpr std::size_t kMaxFiles = 65'536;
constexpr std::size_t kMaxListBytes = 16 * 1024 * 1024;

std::vector<std::string> ignored_parts(const fs::path& dir) {
  const fs::path file = dir / "pymakr.conf";
  std::vector<std::string> parts;
  if (!fs::exists(file)) return parts;
  const std::vector<std::byte> bytes = read_file(file.string());
  try {
    const auto json = boost::json::parse(as_text(bytes));
    const boost::json::value* ignore = json.as_object().if_contains("py_ignore");
    if (ignore == nullptr) return parts;
    for (const auto& part : ignore->as_array()) parts.emplace_back(part.as_string());
  } catch (const std::exception& error) {
    throw Trouble(Kind::refused, fmt::format("{}: {}", file.string(), error.what()));
  }
  return parts;
}

bool is_inside(const fs::path& dir, const fs::path& file) {
  std::error_code none;
  const fs::path root = fs::canonical(dir, none);
  const fs::path real = fs::canonical(file, none);
  if (none) return false;  // it leads nowhere, or round and round
  const auto [end, at] = std::mismatch(root.begin(), root.end(), real.begin(), real.end());
  return end == root.end() && at != real.end();
}

// Whether a link's file is sent. A link to a directory is never followed: it may lead round.
bool follows(const fs::path& dir, const fs::path& link, const BundleLinks& links) {
  std::error_code none;
  if (links.follow && is_inside(dir, link) && fs::is_regular_file(link, none)) return true;
  if (links.skipped) links.skipped(link.lexically_relative(dir).generic_string());
  return false;
}

std::vector<std::string> paths_to_send(const fs::path& dir, const BundleLinks& links) {
  const std::vector<std::string> ignored = ignored_parts(dir);
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    std::error_code none;
    const bool link = entry.is_symlink(none);
    if (link ? !follows(dir, entry.path(), links) : !entry.is_regular_file(none)) continue;
    const std::string path = entry.path().lexically_relative(dir).generic_string();
    const bool skip = std::ranges::any_of(
        ignored, [&](const std::string& part) { return path.find(part) != path.npos; });
    if (skip) continue;
    if (!is_bundle_path(path)) {
      throw Trouble(Kind::refused, printable(path) + ": no device takes a path like that");
    }
    if (paths.size() == kMaxFiles) {
      throw Trouble(Kind::refused, fmt::format("{} has more than {} files; is it the right one?",
                                               dir.string(), kMaxFiles));
    }
    paths.push_back(path);
  }
  std::ranges::sort(paths);
  return paths;
}

std::vector<std::byte> deflated(const std::vector<std::byte>& plain) {
  z_stream z{};
  constexpr int kRaw = -15, kMemory = 9;
  if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, kRaw, kMemory, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw Trouble(Kind::failed, "zlib cannot start");
  }
  std::vector<std::byte> out(deflateBound(&z, static_cast<uLong>(plain.size())));
  z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(plain.data()));
  z.avail_in = static_cast<uInt>(plain.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  (void)deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  (void)deflateEnd(&z);
  return out;
}

}  // namespace

Bundle make_bundle(const fs::path& dir, const BundleLinks& links) {
  const std::vector<std::string> paths = paths_to_send(dir, links);
  if (paths.empty()) throw Trouble(Kind::refused, dir.string() + ": there is nothing to send");
  std::vector<std::byte> plain;
  boost::json::array files;
  for (const std::string& path : paths) {
    std::vector<std::byte> content = read_file((dir / path).string());
    if (path == kBundleFirmware) content.resize(files::without_padding(content).size());
    plain.insert(plain.end(), content.begin(), content.end());
    if (plain.size() > kMaxFileBytes) {
      throw Trouble(Kind::refused, dir.string() + " is larger than any flash (128 MiB)");
    }
    files.push_back(boost::json::object{{"path", path}, {"size", content.size()}});
  }
  Bundle bundle{paths.size(), plain.size(), {}, deflated(plain)};
  bundle.metadata =
      boost::json::serialize(boost::json::object{{"compressed_size", bundle.stream.size()},
                                                 {"total_uncompressed", plain.size()},
                                                 {"files", std::move(files)}});
  if (bundle.metadata.size() > kMaxListBytes) {
    throw Trouble(Kind::refused, "the paths together are longer than 16 MiB");
  }
  return bundle;
}

}  // namespace updraft::host
