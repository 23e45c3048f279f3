// The payload to be sent, by its name: a file, standard input (-), or an http(s) URL. Read once,
// from the start to the end, a piece at a time.
#pragma once
#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/http_source.hpp"

namespace updraft::host {

class Payload final : public link::Source {
 public:
  // See failure() before anything else. For a URL, this waits for the body to begin.
  explicit Payload(const std::string& name, const HttpOptions& http = {});
  // Bytes that are at hand already.
  explicit Payload(std::vector<std::byte> bytes);

  std::uint64_t size() const override { return size_; }  // link::kUnknownSize: only the end tells
  std::size_t read(MutableBytes out) override;
  // The first bytes, up to 16, without reading them.
  Bytes head() const { return Bytes(head_).first(head_size_); }
  // Errors: those of HttpSource; unreachable (a file that cannot be read), payload_missing (it is
  // empty).
  std::optional<SourceFailure> failure() const;

 private:
  void read_head();
  std::size_t read_on(MutableBytes out);

  std::string name_;
  std::unique_ptr<HttpSource> http_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::vector<std::byte> bytes_;
  std::size_t bytes_read_ = 0;
  std::uint64_t size_;
  std::array<std::byte, 16> head_{};
  std::size_t head_size_ = 0, head_read_ = 0;
  std::optional<SourceFailure> failure_;  // of what is no URL
};

// All that is left of it; see failure() then.
std::vector<std::byte> read_all(Payload& payload);

}  // namespace updraft::host
