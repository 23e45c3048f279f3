#include "cli/files.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "cli/command.hpp"

namespace updraft::cli {
namespace {
using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

Stop cannot(const std::string& verb, const std::string& path) {
  return {kFailed, "cannot " + verb + " " + path + ": " + std::strerror(errno)};
}
}  // namespace

std::vector<std::byte> read_file(const std::string& path) {
  if (std::filesystem::is_directory(path)) throw Stop(kRefused, path + " is a directory");
  const bool standard_input = path == "-";
  const File file(standard_input ? stdin : std::fopen(path.c_str(), "rb"),
                  standard_input ? [](std::FILE*) { return 0; } : &std::fclose);
  if (!file) throw cannot("read", path);
  std::vector<std::byte> bytes;
  std::array<std::byte, 64 * 1024> part;
  while (const std::size_t size = std::fread(part.data(), 1, part.size(), file.get())) {
    bytes.insert(bytes.end(), part.begin(), part.begin() + size);
    if (bytes.size() > kMaxFileBytes) {
      throw Stop(kRefused, path + " is larger than any flash (128 MiB)");
    }
  }
  if (std::ferror(file.get()) != 0) throw cannot("read", path);
  return bytes;
}

void write_file(const std::string& path, Bytes bytes) {
  File file(std::fopen(path.c_str(), "wb"), &std::fclose);
  if (!file) throw cannot("write", path);
  if (std::fwrite(bytes.data(), 1, bytes.size(), file.get()) != bytes.size() ||
      std::fclose(file.release()) != 0) {
    throw cannot("write", path);
  }
}

}  // namespace updraft::cli
