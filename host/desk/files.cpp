#include "host/desk/files.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include <unistd.h>

#include "host/desk/trouble.hpp"

namespace updraft::host {
namespace {
using Kind = Trouble::Kind;
using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

Trouble cannot(const std::string& verb, const std::string& path) {
  return {Kind::failed, "cannot " + verb + " " + path + ": " + std::strerror(errno)};
}

// To the disk, or not at all; `name` is what a person called it.
void write_through(const std::string& path, const std::string& name, Bytes bytes) {
  File file(std::fopen(path.c_str(), "wb"), &std::fclose);
  if (!file) throw cannot("write", name);
  if (std::fwrite(bytes.data(), 1, bytes.size(), file.get()) != bytes.size() ||
      std::fclose(file.release()) != 0) {
    throw cannot("write", name);
  }
}
}  // namespace

std::vector<std::byte> read_file(const std::string& path) {
  if (std::filesystem::is_directory(path)) throw Trouble(Kind::refused, path + " is a directory");
  const bool standard_input = path == "-";
  const File file(standard_input ? stdin : std::fopen(path.c_str(), "rb"),
                  standard_input ? [](std::FILE*) { return 0; } : &std::fclose);
  if (!file) throw cannot("read", path);
  std::vector<std::byte> bytes;
  std::array<std::byte, 64 * 1024> part;
  while (const std::size_t size = std::fread(part.data(), 1, part.size(), file.get())) {
    bytes.insert(bytes.end(), part.begin(), part.begin() + size);
    if (bytes.size() > kMaxFileBytes) {
      throw Trouble(Kind::refused, path + " is larger than any flash (128 MiB)");
    }
  }
  if (std::ferror(file.get()) != 0) throw cannot("read", path);
  return bytes;
}

void write_file(const std::string& path, Bytes bytes) {
  std::error_code none;
  const auto there = std::filesystem::status(path, none);
  if (std::filesystem::is_directory(there)) throw Trouble(Kind::failed, path + " is a directory");
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there)) {
    return write_through(path, path, bytes);
  }
  const std::string beside = path + "." + std::to_string(getpid()) + ".new";
  try {
    write_through(beside, path, bytes);
    if (std::rename(beside.c_str(), path.c_str()) != 0) throw cannot("write", path);
  } catch (const Trouble&) {
    (void)std::remove(beside.c_str());
    throw;
  }
}

}  // namespace updraft::host
