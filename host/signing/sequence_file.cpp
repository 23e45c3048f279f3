#include "host/signing/sequence_file.hpp"

#include <cerrno>
#include <charconv>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "engine/suit/manifest.hpp"
#include "host/desk/files.hpp"
#include "host/desk/trouble.hpp"

namespace updraft::host {
namespace {

std::uint64_t read_number(const std::filesystem::path& file) {
  std::error_code none;
  if (!std::filesystem::exists(file, none)) return 0;
  const std::vector<std::byte> bytes = read_file(file.string(), kMostSequenceFile);
  std::string_view text = as_text(bytes);
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  std::uint64_t number = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [after, error] = std::from_chars(begin, end, number);
  if (error == std::errc{} && after == end && number <= suit::kMaxSequence) return number;
  throw Trouble(Trouble::Kind::refused,
                file.string() +
                    " holds no number of a release; write the last one there that was "
                    "signed, as devices take no lower one");
}

}  // namespace

SequenceFile::SequenceFile(const std::filesystem::path& settings)
    : file_(settings.parent_path() / kSequenceName) {
  lock_ = ::open(settings.c_str(), O_RDONLY | O_CLOEXEC);
  if (lock_ < 0) throw cannot("read", settings.string());
  while (::flock(lock_, LOCK_EX) != 0) {
    if (errno == EINTR) continue;
    const int error = errno;
    ::close(lock_);
    throw cannot("lock", settings.string(), error);
  }
  try {
    last_ = read_number(file_);
  } catch (...) {
    ::close(lock_);
    throw;
  }
}

SequenceFile::~SequenceFile() { ::close(lock_); }

std::uint64_t SequenceFile::next() const {
  if (last_ < suit::kMaxSequence) return last_ + 1;
  throw Trouble(Trouble::Kind::refused, file_.string() + " holds the highest number there is");
}

void SequenceFile::signed_as(std::uint64_t sequence) {
  if (sequence <= last_) return;
  write_file(file_.string(), as_bytes(std::to_string(sequence) + "\n"));
  last_ = sequence;
}

}  // namespace updraft::host
