#include "protocols/bundle/bundle_path.hpp"

#include <algorithm>

#include "engine/core/words.hpp"

namespace updraft {
namespace {

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte != 0x7F && c != '\\';
}

}  // namespace

std::string_view bundle_part(std::string_view path) {
  constexpr std::string_view kEnd = ".bin";
  if (!path.starts_with(kBundlePart) || !path.ends_with(kEnd)) return {};
  path.remove_prefix(kBundlePart.size());
  if (path.size() <= kEnd.size() || path.find('/') != path.npos) return {};
  path.remove_suffix(kEnd.size());
  return path;
}

bool is_bundle_path(std::string_view path) {
  if (path.empty() || path.size() > kBundlePath) return false;
  if (!std::ranges::all_of(path, is_plain)) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view component = path.substr(0, slash);
    if (component.empty() || component == "." || component == "..") return false;
    if (slash == path.npos) return true;
    path.remove_prefix(slash + 1);
  }
}

bool bundle_paths_clash(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  const bool starts_alike = same_word(a, b.substr(0, a.size()));
  return starts_alike && (a.size() == b.size() || b[a.size()] == '/');
}

}  // namespace updraft
