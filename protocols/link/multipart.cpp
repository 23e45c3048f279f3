#include "protocols/link/multipart.hpp"

#include <algorithm>
#include <utility>

#include "protocols/link/header_text.hpp"

namespace updraft::link {
namespace {

constexpr std::byte kCr{'\r'};

// bcharsnospace of RFC 2046, and the space, which may not be the last one.
bool is_boundary(std::string_view text) {
  constexpr std::string_view kMarks = "'()+_,-./:=? ";
  return !text.empty() && text.size() <= kMultipartBoundary && !text.ends_with(' ') &&
         std::ranges::all_of(text, [&](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  kMarks.find(c) != kMarks.npos;
         });
}

// A file, by the line of its part's head.
bool names_a_file(std::string_view line) {
  constexpr std::string_view kName = "content-disposition:";
  if (!same_word(line.substr(0, kName.size()), kName)) return false;
  HeaderParameters parameters(line.substr(kName.size()));
  while (const auto parameter = parameters.next()) {
    if (same_word(parameter->name, "filename") || same_word(parameter->name, "filename*")) {
      return true;
    }
    if (same_word(parameter->name, "name") && parameter->value == "file") return true;
  }
  return false;
}

// The field that says what the file is for.
bool names_the_part(std::string_view line) {
  constexpr std::string_view kName = "content-disposition:";
  if (!same_word(line.substr(0, kName.size()), kName)) return false;
  HeaderParameters parameters(line.substr(kName.size()));
  while (const auto parameter = parameters.next()) {
    if (same_word(parameter->name, "name")) return parameter->value == "part";
  }
  return false;
}

}  // namespace

bool is_multipart(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  return same_word(trimmed(type), "multipart/form-data");
}

std::string_view multipart_boundary(std::string_view content_type) {
  if (!is_multipart(content_type)) return {};
  HeaderParameters parameters(content_type);
  while (const auto parameter = parameters.next()) {
    if (!same_word(parameter->name, "boundary")) continue;
    return is_boundary(parameter->value) ? parameter->value : std::string_view();
  }
  return {};
}

// The first delimiter stands at the beginning, as if a line had ended before it.
Multipart::Multipart(std::string_view boundary) : matched_(2) {
  const auto add = [this](std::string_view text) {
    const Bytes part = at_most(as_bytes(text), delimiter_.size() - delimiter_size_);
    std::ranges::copy(part, delimiter_.begin() + static_cast<std::ptrdiff_t>(delimiter_size_));
    delimiter_size_ += part.size();
  };
  add("\r\n--");
  add(boundary);
  if (boundary.empty()) state_ = State::broken;
}

Bytes Multipart::next(Bytes& rx) {
  while (!rx.empty() && (state_ == State::before || state_ == State::file)) {
    if (at_ == At::content) {
      const Bytes part = content(rx);
      if (state_ == State::file && !part.empty()) return part;
      if (names_) take_field(part);
      continue;
    }
    const char c = static_cast<char>(rx.front());
    rx = rx.subspan(1);
    at_ == At::head ? head(c) : after_boundary(c);
    last_ = c;
  }
  rx = {};
  return {};
}

// Up to where a delimiter may begin. CR stands in it only once, at its front: so one that breaks
// off can begin anew only with the byte that broke it.
Bytes Multipart::content(Bytes& rx) {
  if (matched_ == 0) {
    const auto cr = std::ranges::find(rx, kCr);
    const Bytes plain = rx.first(static_cast<std::size_t>(cr - rx.begin()));
    rx = rx.subspan(plain.size());
    if (!plain.empty()) return plain;
  }
  while (!rx.empty() && rx.front() == delimiter_[matched_]) {
    rx = rx.subspan(1);
    if (++matched_ == delimiter_size_) {
      end_content();
      return {};
    }
  }
  if (rx.empty()) return {};
  return Bytes(delimiter_).first(std::exchange(matched_, 0));  // it was none: content after all
}

// A zero would end the name before its end, and what comes in pieces would be another one.
void Multipart::take_field(Bytes piece) {
  std::array<std::byte, kMultipartPart> text{};
  const std::string_view before = part_.view();
  const bool ends = std::ranges::find(piece, std::byte{0}) != piece.end();
  if (ends || before.size() + piece.size() > text.size()) {
    state_ = State::broken;
    return;
  }
  std::ranges::copy(as_bytes(before), text.begin());
  std::ranges::copy(piece, text.begin() + static_cast<std::ptrdiff_t>(before.size()));
  part_ = Text<kMultipartPart>(Bytes(text).first(before.size() + piece.size()));
}

void Multipart::end_content() {
  if (state_ == State::file) state_ = State::done;
  at_ = At::after_boundary;
  matched_ = 0;
  last_ = 0;
}

// "--" ends the form; else blanks and the end of the line, and a part's head follows.
void Multipart::after_boundary(char c) {
  const bool blank = c == ' ' || c == '\t';
  if (c == '\n' && last_ == '\r') {
    at_ = At::head;
    head_size_ = line_size_ = 0;
    file_ = names_ = false;
  } else if (c == '-' && last_ == '-') {
    state_ = State::none;
  } else if ((c == '-' && last_ != 0) || last_ == '-' || last_ == '\r' ||
             (c != '-' && c != '\r' && !blank)) {
    state_ = State::broken;
  }
}

void Multipart::head(char c) {
  if (++head_size_ > kMultipartHead) {
    state_ = State::broken;
  } else if (c == '\n') {
    last_ == '\r' ? end_line() : void(state_ = State::broken);
  } else if (c != '\r') {
    if (line_size_ < line_.size()) line_[line_size_] = c;
    ++line_size_;
  }
}

// An empty one ends the head.
void Multipart::end_line() {
  if (line_size_ != 0) {
    const std::string_view line(line_.data(), std::min(line_size_, line_.size()));
    file_ = file_ || names_a_file(line);
    names_ = names_ || names_the_part(line);
    line_size_ = 0;
    return;
  }
  if (file_) state_ = State::file;
  at_ = At::content;
}

}  // namespace updraft::link
