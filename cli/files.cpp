#include "cli/files.hpp"

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
  std::size_t size = 0;
  do {
    bytes.resize(size + 256 * 1024);
    size += std::fread(bytes.data() + size, 1, bytes.size() - size, file.get());
    if (size > kMaxFileBytes) throw Stop(kRefused, path + " is larger than any flash (128 MiB)");
  } while (size == bytes.size());
  if (std::ferror(file.get()) != 0) throw cannot("read", path);
  bytes.resize(size);
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
