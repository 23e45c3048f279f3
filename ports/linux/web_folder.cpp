#include "ports/linux/web_folder.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/core/hex.hpp"
#include "ports/linux/private_key_file.hpp"

namespace updraft::linux_port {
namespace {

constexpr std::size_t kSniff = 512;  // bytes; the head of an app has zeros in its first 24

// "a%20b" as "a b"; nullopt: what cannot be a name.
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    char c = text.front();
    std::size_t taken = 1;
    if (c == '%') {
      std::array<std::byte, 1> byte{};
      if (!read_hex(text.substr(1, 2), byte)) return std::nullopt;
      c = static_cast<char>(byte[0]);
      taken = 3;
    }
    if (c == '\0' || c == '\\') return std::nullopt;
    out += c;
    text.remove_prefix(taken);
  }
  return out;
}

std::string date(std::time_t when) {
  std::tm parts{};
  gmtime_r(&when, &parts);
  std::array<char, 40> text{};
  const std::size_t size =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

std::string in_hex(std::uint64_t value) {
  std::array<std::byte, 8> bytes{};
  store_be(bytes, value);
  std::string text;
  for (const std::byte b : bytes) text += HexByte(b).view();
  return text.substr(std::min(text.find_first_not_of('0'), text.size() - 1));
}

// One without a zero in front: an app has many, and need not be read any further.
bool is_private_key(const WebFile& file) {
  std::string text(kSniff, '\0');
  text.resize(file.read(0, std::as_writable_bytes(std::span(text))));
  if (text.find('\0') != text.npos) return false;
  text.resize(kMostKeyFile);
  text.resize(file.read(0, std::as_writable_bytes(std::span(text))));
  return holds_private_key(text);
}

}  // namespace

WebFile::WebFile(int descriptor) : descriptor_(descriptor) {
  struct stat status{};
  if (fstat(descriptor, &status) != 0) return;
  regular_ = S_ISREG(status.st_mode);
  size_ = static_cast<std::uint64_t>(status.st_size);
  const auto nanos = static_cast<std::uint64_t>(status.st_mtim.tv_sec) * 1'000'000'000 +
                     static_cast<std::uint64_t>(status.st_mtim.tv_nsec);
  etag_ = "\"" + in_hex(nanos) + "-" + in_hex(size_) + "\"";
  modified_ = date(status.st_mtim.tv_sec);
}

WebFile::~WebFile() {
  if (descriptor_ >= 0) (void)close(descriptor_);
}

WebFile::WebFile(WebFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      regular_(other.regular_),
      size_(other.size_),
      etag_(std::move(other.etag_)),
      modified_(std::move(other.modified_)) {}

std::size_t WebFile::read(std::uint64_t at, MutableBytes out) const {
  const ssize_t got = pread(descriptor_, out.data(), out.size(), static_cast<off_t>(at));
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

WebFolder::WebFolder(const std::filesystem::path& path) {
  std::error_code error;
  const bool folder = std::filesystem::is_directory(path, error);
  const std::filesystem::path whole = std::filesystem::canonical(path, error);
  root_ = folder ? whole : whole.parent_path();
  if (!folder) only_ = path.filename();
}

std::optional<WebFile> WebFolder::open(std::string_view target) const {
  const auto path = decoded(target.substr(0, target.find_first_of("?#")));
  if (!path || !path->starts_with('/') || path->ends_with('/')) return std::nullopt;
  const std::filesystem::path below = path->substr(1);
  if (below.is_absolute() || (!only_.empty() && below != only_)) return std::nullopt;
  if (only_.empty() && std::ranges::any_of(below, [](const std::filesystem::path& part) {
        return part.string().starts_with('.');
      })) {
    return std::nullopt;
  }
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(root_ / below, error);
  if (error) return std::nullopt;
  const auto [end, at] = std::ranges::mismatch(root_, real);
  if (end != root_.end() && only_.empty()) return std::nullopt;
  WebFile file(::open(real.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.is_regular() || is_private_key(file)) return std::nullopt;
  return file;
}

}  // namespace updraft::linux_port
