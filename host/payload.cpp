#include "host/payload.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/stat.h>

namespace updraft::host {
namespace {

int keep_open(std::FILE*) { return 0; }

std::uint64_t size_of(std::FILE* file) {
  struct stat info{};
  const bool known = fstat(fileno(file), &info) == 0 && S_ISREG(info.st_mode);
  return known ? static_cast<std::uint64_t>(info.st_size) : link::kUnknownSize;
}

}  // namespace

Payload::Payload(const std::string& name, const HttpOptions& http)
    : name_(name), file_(nullptr, keep_open), size_(link::kUnknownSize) {
  if (is_http_url(name)) {
    http_ = std::make_unique<HttpSource>(name, http);
    size_ = http_->size();
  } else if (name == "-") {
    name_ = "standard input";
    file_ = {stdin, keep_open};
  } else {
    file_ = {std::fopen(name.c_str(), "rbe"), std::fclose};
    if (file_ == nullptr) {
      failure_ = {{Code::unreachable, Where::link, static_cast<unsigned>(errno)},
                  name + ": " + std::strerror(errno)};
      return;
    }
    size_ = size_of(file_.get());
  }
  read_head();
}

Payload::Payload(std::vector<std::byte> bytes)
    : name_("the payload"), file_(nullptr, keep_open), bytes_(std::move(bytes)) {
  size_ = bytes_.size();
  read_head();
}

void Payload::read_head() {
  head_size_ = read_on(head_);
  if (head_size_ == 0 && !failure()) {
    failure_ = {{Code::payload_missing, Where::link}, name_ + " is empty"};
  }
}

std::size_t Payload::read(MutableBytes out) {
  const std::size_t part = std::min(out.size(), head_size_ - head_read_);
  std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(head_read_), part, out.begin());
  head_read_ += part;
  return part + read_on(out.subspan(part));
}

std::size_t Payload::read_on(MutableBytes out) {
  if (http_) return http_->read(out);
  if (!bytes_.empty()) {
    const Bytes part = at_most(Bytes(bytes_).subspan(bytes_read_), out.size());
    std::ranges::copy(part, out.begin());
    bytes_read_ += part.size();
    return part.size();
  }
  if (file_ == nullptr || out.empty()) return 0;
  const std::size_t size = std::fread(out.data(), 1, out.size(), file_.get());
  if (size < out.size() && std::ferror(file_.get()) != 0) {
    failure_ = {{Code::unreachable, Where::link, static_cast<unsigned>(errno)},
                name_ + ": " + std::strerror(errno)};
  }
  return size;
}

std::optional<SourceFailure> Payload::failure() const {
  return http_ ? http_->failure() : failure_;
}

std::vector<std::byte> read_all(Payload& payload) {
  constexpr std::size_t kPiece = 64 * 1024;
  std::vector<std::byte> whole;
  for (std::size_t got = 1; got > 0;) {
    const std::size_t had = whole.size();
    whole.resize(had + kPiece);
    got = payload.read(MutableBytes(whole).subspan(had));
    whole.resize(had + got);
  }
  return whole;
}

}  // namespace updraft::host
