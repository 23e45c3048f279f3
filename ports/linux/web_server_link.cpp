#include "ports/linux/web_server_link.hpp"

#include <algorithm>
#include <vector>

#include "protocols/pull/web_text.hpp"

namespace updraft::linux_port {
namespace {

using link::decimal;

constexpr std::string_view kHeadEnd = "\r\n\r\n", kLineEnd = "\r\n";

bool is_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (static_cast<unsigned char>(c) >= 0x20 || c == '\t') && c != '\x7f';
  });
}

struct Part {
  std::uint64_t first = 0, last = 0;
};

// "bytes=0-4095", "bytes=4096-", "bytes=-500"; nullopt: not one range of bytes, so all is sent.
std::optional<Part> parse_part(std::string_view text, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!text.starts_with(kUnit) || size == 0) return std::nullopt;
  text.remove_prefix(kUnit.size());
  const std::size_t dash = text.find('-');
  if (dash == text.npos) return std::nullopt;
  const std::string_view from = text.substr(0, dash), to = text.substr(dash + 1);
  const auto first = decimal(from), last = decimal(to);
  if (from.empty() && last) return Part{size - std::min(*last, size), size - 1};
  if (!first || (!to.empty() && !last)) return std::nullopt;
  if (last && *last < *first) return std::nullopt;
  return Part{*first, std::min(last.value_or(size - 1), size - 1)};
}

}  // namespace

// A request as far as it matters here.
struct WebServerLink::Request {
  std::string method, target;
  std::string range, if_range, if_none_match, if_modified_since;
  bool keeps = true;
  bool sound = false;

  explicit Request(std::string_view head) {
    std::size_t hosts = 0;
    bool has_body = false, old = false;
    sound = take_line(head.substr(0, head.find(kLineEnd)), old);
    keeps = !old;
    head.remove_prefix(std::min(head.find(kLineEnd) + 2, head.size()));
    while (sound && !head.empty()) {
      const std::string_view line = head.substr(0, head.find(kLineEnd));
      head.remove_prefix(line.size() + 2);
      if (line.empty()) break;
      const std::size_t colon = line.find(':');
      sound = colon != line.npos && colon != 0 && line.front() != ' ' && line[colon - 1] != ' ' &&
              is_text(line);
      if (!sound) return;
      const std::string_view name = line.substr(0, colon);
      std::string value(
          line.substr(std::min(line.find_first_not_of(" \t", colon + 1), line.size())));
      while (value.ends_with(' ')) value.pop_back();
      if (same_word(name, "host")) ++hosts;
      if (same_word(name, "content-length") && value != "0") has_body = true;
      if (same_word(name, "transfer-encoding")) has_body = true;
      if (same_word(name, "connection") && same_word(value, "close")) keeps = false;
      if (same_word(name, "range")) range = value;
      if (same_word(name, "if-range")) if_range = value;
      if (same_word(name, "if-none-match")) if_none_match = value;
      if (same_word(name, "if-modified-since")) if_modified_since = value;
    }
    sound = sound && !has_body && (hosts == 1 || (old && hosts == 0));
  }

  // "GET /app.bin HTTP/1.1"
  bool take_line(std::string_view line, bool& old) {
    const std::size_t first = line.find(' '), last = line.rfind(' ');
    if (first == line.npos || first == last || !is_text(line)) return false;
    method = line.substr(0, first);
    target = line.substr(first + 1, last - first - 1);
    old = line.substr(last + 1) == "HTTP/1.0";
    return (old || line.substr(last + 1) == "HTTP/1.1") && target.starts_with('/') &&
           target.find(' ') == target.npos;
  }
};

void WebServerLink::on_bytes(Bytes rx, Instant) {
  if (state_ == State::closed) return;
  moved_ = moved_ || in_.empty();                    // a head that drips has its time all the same
  if (in_.size() + rx.size() > 2 * kWebHeadBytes) {  // more requests than answers
    return close(fail(Code::protocol, Where::link));
  }
  in_ += as_text(rx);
  if (state_ == State::head) answer();
}

void WebServerLink::answer() {
  const std::size_t end = in_.find(kHeadEnd);
  if (end == in_.npos && in_.size() <= kWebHeadBytes) return;
  if (end > kWebHeadBytes) {
    keeps_ = false;
    return send("431 Request Header Fields Too Large", "", "The head is too long.\n");
  }
  const Request request(std::string_view(in_).substr(0, end + kLineEnd.size()));
  in_.erase(0, end + kHeadEnd.size());
  keeps_ = request.sound && request.keeps;
  if (!request.sound) return send("400 Bad Request", "", "This is no request for a file.\n");
  reply(request);
}

void WebServerLink::reply(const Request& request) {
  answered_ = true;
  const bool only_head = request.method == "HEAD";
  if (!only_head && request.method != "GET") {
    return send("405 Method Not Allowed", "Allow: GET, HEAD\r\n", "Files can be fetched here.\n");
  }
  file_ = std::nullopt;
  std::optional<WebFile> file = folder_.open(request.target);
  if (!file) return send("404 Not Found", "", only_head ? "" : "There is no such file.\n");
  const std::string which = "ETag: " + file->etag() + "\r\nLast-Modified: " + file->modified() +
                            "\r\nAccept-Ranges: bytes\r\nCache-Control: no-cache\r\n";
  const bool tagged = !request.if_none_match.empty();
  const bool same = tagged ? request.if_none_match == file->etag() || request.if_none_match == "*"
                           : request.if_modified_since == file->modified();
  if (same) return send("304 Not Modified", which);
  const bool still = request.if_range.empty() || request.if_range == file->etag() ||
                     request.if_range == file->modified();
  const std::uint64_t size = file->size();
  const auto part = still ? parse_part(request.range, size) : std::nullopt;
  if (part && part->first >= size) {
    return send("416 Range Not Satisfiable",
                "Content-Range: bytes */" + std::to_string(size) + "\r\n");
  }
  at_ = part ? part->first : 0;
  end_ = part ? part->last + 1 : size;
  std::string fields = which + "Content-Type: application/octet-stream\r\n";
  if (part) {
    fields += "Content-Range: bytes " + std::to_string(at_) + "-" + std::to_string(end_ - 1) + "/" +
              std::to_string(size) + "\r\n";
  }
  fields += "Content-Length: " + std::to_string(end_ - at_) + "\r\n";
  send(part ? "206 Partial Content" : "200 OK", fields);
  if (only_head) return;
  sent_ = at_;
  total_ = size;
  file_.emplace(std::move(*file));
}

void WebServerLink::send(const std::string& status, const std::string& fields,
                         const std::string& text) {
  out_ = "HTTP/1.1 " + status + "\r\n" + fields;
  if (!text.empty() ||
      (fields.find("Content-Length") == fields.npos && !status.starts_with("304"))) {
    out_ += "Content-Length: " + std::to_string(text.size()) + "\r\n";
  }
  if (!text.empty()) out_ += "Content-Type: text/plain\r\n";
  out_ += keeps_ ? "\r\n" : "Connection: close\r\n\r\n";
  out_ += text;
  out_at_ = 0;
  state_ = State::reply;
  moved_ = true;
}

std::size_t WebServerLink::write_to(MutableBytes tx) {
  if (state_ != State::reply) return 0;
  moved_ = true;
  if (out_at_ < out_.size()) {
    const Bytes part = at_most(as_bytes(std::string_view(out_).substr(out_at_)), tx.size());
    std::ranges::copy(part, tx.begin());
    out_at_ += part.size();
    return part.size();
  }
  if (file_ && at_ < end_) {
    const std::size_t most =
        static_cast<std::size_t>(std::min<std::uint64_t>(tx.size(), end_ - at_));
    const std::size_t size = file_->read(at_, tx.first(most));
    if (size == 0) close(fail(Code::size_mismatch, Where::link, at_, end_));  // it was cut short
    at_ += size;
    sent_ = at_;
    return size;
  }
  file_ = std::nullopt;
  state_ = State::head;
  if (!keeps_) {
    close({});
  } else {
    answer();
  }
  return state_ == State::reply ? write_to(tx) : 0;
}

void WebServerLink::on_peer_done(Instant now) {
  if (state_ == State::head && in_.empty()) return close({});
  if (state_ == State::head) return on_lost(now);
  keeps_ = false;  // it waits for the answer
}

void WebServerLink::on_lost(Instant) {
  if (state_ == State::closed) return;
  const bool between = state_ == State::head && in_.empty();
  close(between ? Result<>{} : fail(Code::aborted, Where::link, sent_, total_));
}

void WebServerLink::on_waiting(Instant now) {
  if (moved_) since_ = now;
  moved_ = false;
}

std::optional<Instant> WebServerLink::deadline() const {
  if (state_ == State::closed) return std::nullopt;
  if (state_ == State::reply) return since_ + kWebStallMs;
  return since_ + (in_.empty() ? kWebIdleMs : kWebHeadMs);
}

void WebServerLink::on_deadline(Instant now) {
  if (state_ == State::closed || now < *deadline()) return;
  const bool idle = state_ == State::head && in_.empty() && answered_;
  close(idle ? Result<>{} : fail(Code::timeout, Where::link, sent_, total_));
}

void WebServerLink::close(const Result<>& outcome) {
  state_ = State::closed;
  outcome_ = outcome;
}

}  // namespace updraft::linux_port
