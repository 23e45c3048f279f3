// updraft.sequence: the number of the last release that was signed, beside updraft.toml. It rises
// with each one and never falls, as devices take no number twice for another package.
//
// Two programs that sign at once wait for each other: who has a SequenceFile has it alone.
#pragma once
#include <cstdint>
#include <filesystem>

namespace updraft::host {

inline constexpr const char* kSequenceName = "updraft.sequence";
inline constexpr std::size_t kMostSequenceFile = 64;  // bytes; a number has 16 digits at most

class SequenceFile {
 public:
  // Beside `settings`, which is there. Throws Trouble: not readable, or no number in it.
  explicit SequenceFile(const std::filesystem::path& settings);
  ~SequenceFile();
  SequenceFile(const SequenceFile&) = delete;
  SequenceFile& operator=(const SequenceFile&) = delete;

  // Of the next release; 1 where there was none. Throws Trouble: there is no higher one.
  std::uint64_t next() const;
  // That this one was signed: written in one step and for good. A lower one changes nothing.
  // Throws Trouble.
  void signed_as(std::uint64_t sequence);

 private:
  std::filesystem::path file_;
  std::uint64_t last_ = 0;
  int lock_ = -1;
};

}  // namespace updraft::host
