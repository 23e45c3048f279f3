// A web server in memory: a few files, ranges, and one ETag for all of them, which stands for what
// they hold.
#pragma once
#include <charconv>
#include <span>

#include "protocols/link/http_text.hpp"
#include "tests/rv32/outside.hpp"
#include "tests/rv32/peer.hpp"

namespace updraft::rv32 {

struct WebFile {
  std::string_view path;
  Bytes content;
};

// One connection to it.
class WebPeer final : public Peer {
 public:
  explicit WebPeer(std::span<const WebFile> files, std::uint64_t cut_after = kNoCut)
      : Peer(cut_after), files_(files) {}
  std::size_t body_bytes() const { return body_bytes_; }  // that went out

 private:
  static constexpr std::string_view kEtag = "\"of-today\"";

  void hear(Bytes said) override {
    CHECK(asked_size_ + said.size() <= asked_.size());
    std::ranges::copy(as_text(said), asked_.begin() + static_cast<std::ptrdiff_t>(asked_size_));
    asked_size_ += said.size();
    const std::string_view asked{asked_.data(), asked_size_};
    if (!asked.ends_with("\r\n\r\n")) return;
    asked_size_ = 0;
    answer(asked);
  }
  void answer(std::string_view asked) {
    const std::size_t path = asked.find(' ') + 1;
    const WebFile* const file = find(asked.substr(path, asked.substr(path).find(' ')));
    link::HttpText head(head_);
    body_ = {};
    if (file == nullptr) {
      head.add("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    } else if (field(asked, "If-None-Match: ") == kEtag) {
      head.add("HTTP/1.1 304 Not Modified\r\nETag: ").add(kEtag).add("\r\n\r\n");
    } else {
      answer_part(file->content, field(asked, "Range: bytes="), head);
    }
    CHECK(!head.full());
    head_size_ = head.view().size();
    sent_ = 0;
  }
  void answer_part(Bytes content, std::string_view range, link::HttpText& head) {
    std::size_t first = 0, last = 0;
    const char* const end = range.data() + range.size();
    const char* const dash = std::from_chars(range.data(), end, first).ptr;
    CHECK(dash != end && std::from_chars(dash + 1, end, last).ec == std::errc{});
    last = std::min(last, content.size() - 1);
    CHECK(first <= last);
    body_ = content.subspan(first, last - first + 1);
    head.add("HTTP/1.1 206 Partial Content\r\nETag: ").add(kEtag);
    head.add("\r\nContent-Range: bytes ").add(first).add("-").add(last).add("/");
    head.add(content.size()).add("\r\nContent-Length: ").add(body_.size()).add("\r\n\r\n");
  }
  std::size_t say(MutableBytes out) override {
    const Bytes head = as_bytes({head_.data(), head_size_});
    const bool in_head = sent_ < head.size();
    const Bytes part =
        at_most(in_head ? head.subspan(sent_) : body_.subspan(sent_ - head.size()), out.size());
    std::ranges::copy(part, out.begin());
    sent_ += part.size();
    if (!in_head) body_bytes_ += part.size();
    return part.size();
  }
  bool is_done() const override { return false; }

  const WebFile* find(std::string_view path) const {
    const auto found = std::ranges::find(files_, path, &WebFile::path);
    return found == files_.end() ? nullptr : &*found;
  }
  static std::string_view field(std::string_view asked, std::string_view name) {
    const std::size_t at = asked.find(name);
    if (at == asked.npos) return {};
    const std::string_view value = asked.substr(at + name.size());
    return value.substr(0, value.find("\r\n"));
  }

  std::span<const WebFile> files_;
  std::array<char, 1024> asked_{};
  std::array<char, 256> head_{};
  std::size_t asked_size_ = 0, head_size_ = 0, sent_ = 0, body_bytes_ = 0;
  Bytes body_;
};

}  // namespace updraft::rv32
