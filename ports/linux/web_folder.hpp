// The files of a folder, as a web server gives them out: regular ones below it, nothing else.
//
// A path is decoded once (%20) and has no part that begins with a dot, so no way leads up; a link
// that leads out of the folder is not followed. A private key is not given out. What is open stays
// readable and the same, also if the file is replaced meanwhile.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "updraft/bytes.hpp"

namespace updraft::linux_port {

// A file that is open. Throws nothing.
class WebFile {
 public:
  explicit WebFile(int descriptor);
  ~WebFile();
  WebFile(WebFile&& other) noexcept;
  WebFile& operator=(WebFile&&) = delete;

  bool is_regular() const { return regular_; }
  std::uint64_t size() const { return size_; }
  // In quotes; another one whenever size or time of change is another.
  const std::string& etag() const { return etag_; }
  const std::string& modified() const { return modified_; }  // as HTTP writes dates
  // Bytes from there on, as many as there are; fewer if the file was cut short.
  std::size_t read(std::uint64_t at, MutableBytes out) const;

 private:
  int descriptor_;
  bool regular_ = false;
  std::uint64_t size_ = 0;
  std::string etag_, modified_;
};

class WebFolder {
 public:
  // A folder, or one file, which is there by its name alone.
  explicit WebFolder(const std::filesystem::path& path);
  // `target` as in a request, "/lamp/app.bin?x=y". nullopt: there is none that may be given out.
  std::optional<WebFile> open(std::string_view target) const;

 private:
  std::filesystem::path root_;
  std::string only_;  // this file alone; empty: all of them
};

}  // namespace updraft::linux_port
