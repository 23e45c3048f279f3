#include "protocols/bundle/bundle_metadata.hpp"

#include <algorithm>

namespace updraft::link {
namespace {

using Kind = format::JsonToken::Kind;

Failure broken() { return fail(Code::protocol, Where::link); }

// A member that must be there once and count something.
Result<> take_count(const format::JsonToken& token, std::optional<std::uint64_t>& into) {
  if (into || token.kind != Kind::number || !token.whole || token.number < 0) return broken();
  into = static_cast<std::uint64_t>(token.number);
  return {};
}

}  // namespace

void BundleMetadata::reset() {
  files_.clear();
  reader_.reset();
  depth_ = 0;
  member_ = Member::other;
  in_files_ = false;
  files_seen_ = false;
  compressed_size_.reset();
  total_.reset();
}

Result<> BundleMetadata::finish() {
  UPDRAFT_TRY(reader_.finish());
  if (!compressed_size_ || !total_ || !files_seen_ || files_.count() == 0) return broken();
  if (files_.total() != *total_) return fail(Code::protocol, Where::link, files_.total(), *total_);
  return {};
}

Result<> BundleMetadata::on_token(const format::JsonToken& token) {
  switch (token.kind) {
    case Kind::key:
      return on_key(token);
    case Kind::begin_object:
    case Kind::begin_array:
      return on_begin(token);
    case Kind::end_object:
    case Kind::end_array:
      return on_end();
    default:
      return on_value(token);
  }
}

Result<> BundleMetadata::on_key(const format::JsonToken& token) {
  member_ = Member::other;
  if (depth_ == 1 && token.text == "compressed_size") member_ = Member::compressed_size;
  if (depth_ == 1 && token.text == "total_uncompressed") member_ = Member::total;
  if (depth_ == 1 && token.text == "files") member_ = Member::files;
  if (in_file() && token.text == "path") member_ = Member::path;
  if (in_file() && token.text == "size") member_ = Member::size;
  return {};
}

Result<> BundleMetadata::on_value(const format::JsonToken& token) {
  if (depth_ == 0 || (in_files_ && depth_ == 2)) return broken();  // wants an object
  switch (member_) {
    case Member::compressed_size:
      return take_count(token, compressed_size_);
    case Member::total:
      return take_count(token, total_);
    case Member::path:
      return take_path(token);
    case Member::size:
      return take_count(token, size_);
    case Member::files:
      return broken();
    case Member::other:
      break;
  }
  return {};
}

Result<> BundleMetadata::on_begin(const format::JsonToken& token) {
  const bool object = token.kind == Kind::begin_object;
  const bool is_top = depth_ == 0;
  const bool is_file = in_files_ && depth_ == 2;
  const bool is_files = member_ == Member::files && !is_file;
  if ((is_top || is_file) && !object) return broken();
  if (is_files && (object || files_seen_)) return broken();
  if (!is_top && !is_file && !is_files && member_ != Member::other) return broken();
  if (is_files) in_files_ = files_seen_ = true;
  if (is_file) {
    path_size_.reset();
    size_.reset();
  }
  member_ = Member::other;
  ++depth_;
  return {};
}

Result<> BundleMetadata::on_end() {
  const bool was_file = in_file();
  --depth_;
  member_ = Member::other;
  if (in_files_ && depth_ == 1) in_files_ = false;
  if (!was_file) return {};
  if (!path_size_ || !size_) return broken();
  return files_.add({path_.data(), *path_size_}, *size_);
}

Result<> BundleMetadata::take_path(const format::JsonToken& token) {
  if (path_size_ || token.kind != Kind::string) return broken();
  if (token.cut || token.text.size() > path_.size()) {
    return fail(Code::bad_path, Where::link, files_.count());
  }
  std::ranges::copy(token.text, path_.begin());
  path_size_ = token.text.size();
  return {};
}

}  // namespace updraft::link
