// BundleDevice: the length, the metadata and the stream.
#include <algorithm>

#include "protocols/bundle/bundle_device.hpp"

namespace updraft::link {
namespace {

// "   360", blanks on both sides allowed; nothing else but digits.
std::optional<std::uint64_t> parse_length(Bytes field) {
  std::string_view text = as_text(field);
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

}  // namespace

// The metadata.

void BundleDevice::take_length(Instant now) {
  const auto length = parse_length(Bytes(field_).first(kBundleLengthChars));
  if (!length || *length == 0) return refuse({Code::protocol, Where::link}, now);
  if (*length > kBundleMetaBytes) {
    return refuse({Code::too_big, Where::link, *length, kBundleMetaBytes, Reason::bundle_list},
                  now);
  }
  say("OK");
  left_ = *length;
  enter(State::metadata, now);
  if (shared_.taken) return refuse({Code::busy, Where::link}, now);
  shared_.taken = owns_shared_ = true;
  metadata_.reset();
}

void BundleDevice::take_metadata(Bytes& rx, Instant now) {
  const Bytes part = at_most(rx, left_);
  rx = rx.subspan(part.size());
  left_ -= part.size();
  if (const Result<> taken = metadata_.push(part); !taken) return refuse(taken.error(), now);
  if (left_ > 0) return;
  if (const Result<> announced = announce(); !announced) return refuse(announced.error(), now);
  say("OK");
  left_ = metadata_.compressed_size();
  enter(State::stream, now);
  if (left_ == 0) finish_stream(now);
}

Result<> BundleDevice::announce() {
  UPDRAFT_TRY(metadata_.finish());
  UPDRAFT_TRY(shared_.inflater.start());
  const Offer offer{.scheme = kBundle, .size = shared_.files.total(), .sender_proved = true};
  session_ = Session::over;  // if one of these calls fails
  UPDRAFT_TRY(intake_.begin(offer));
  shared_.files.rewind();
  while (const auto file = shared_.files.next()) {
    UPDRAFT_TRY(intake_.expect(file->path, file->size));
  }
  shared_.files.rewind();
  session_ = Session::open;
  return open_next();
}

// The stream.

void BundleDevice::take_stream(Bytes& rx, Instant now) {
  const Bytes part = at_most(rx, left_);
  rx = rx.subspan(part.size());
  left_ -= part.size();
  if (const Result<> taken = inflate(part); !taken) return refuse(taken.error(), now);
  if (left_ == 0) finish_stream(now);
}

Result<> BundleDevice::inflate(Bytes part) {
  codec::Inflater& inflater = shared_.inflater;
  while (true) {
    const Result<Bytes> made = inflater.next(part);
    if (!made) return made.error();
    if (made->empty()) break;
    made_ += made->size();
    UPDRAFT_TRY(hand_on(*made));
  }
  const bool more_came = !part.empty() || left_ > 0;
  if (inflater.done() && more_came) return fail(Code::malformed, Where::inflate, made_);
  return {};
}

Result<> BundleDevice::hand_on(Bytes made) {
  while (!made.empty()) {
    if (file_left_ == 0) {
      return fail(Code::too_big, Where::link, made_, shared_.files.total(), Reason::bundle_content);
    }
    const Bytes part = at_most(made, file_left_);
    if (const Result<> written = intake_.write(part); !written) {
      session_ = Session::over;
      return written;
    }
    made = made.subspan(part.size());
    file_left_ -= part.size();
    if (file_left_ == 0) UPDRAFT_TRY(open_next());
  }
  return {};
}

// The next file that has bytes; empty ones before it are complete immediately.
Result<> BundleDevice::open_next() {
  while (const auto file = shared_.files.next()) {
    if (const Result<> opened = intake_.open(file->path, file->size); !opened) {
      session_ = Session::over;
      return opened;
    }
    file_left_ = file->size;
    if (file_left_ > 0) break;
  }
  return {};
}

void BundleDevice::finish_stream(Instant now) {
  if (!shared_.inflater.done() || file_left_ > 0) {
    return refuse({Code::size_mismatch, Where::link, made_, shared_.files.total()}, now);
  }
  session_ = Session::over;
  if (const auto finished = intake_.finish(); !finished) return refuse(finished.error(), now);
  outcome_ = {};
  say("UPDATE_SUCCESS");
  let_go();
  enter(State::parting, now);
}

}  // namespace updraft::link
