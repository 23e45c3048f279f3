// A device's files on Linux: DIR/fs, replaced as a whole.
//
//   fs          the files in use
//   fs.next     the next ones: files that stay are linked, new ones are written
//   fs.journal  "now" or "slot N": fs.next is complete and is to be used, now or when slot N runs;
//               its rename is the one step that decides
//   fs.old      the files in use before, until the change is kept
//
// What comes is compared with what is there, and the disk is touched at the first difference: a
// bundle of what the device has already writes nothing.
//
// Every name is made with one rename; settle() finishes or undoes whatever a power cut left.
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "updraft/file_transaction.hpp"

namespace updraft::linux_port {

class FileStore final : public FileTransaction {
 public:
  // `capacity`: bytes that one bundle may bring, if the file system has them.
  FileStore(std::filesystem::path dir, std::uint64_t capacity);
  ~FileStore();
  FileStore(const FileStore&) = delete;
  FileStore& operator=(const FileStore&) = delete;

  // Once after each start, before anything else: which slot runs, and whether its image is
  // confirmed. Again when it is. Error: flash.
  Result<> settle(std::int8_t running, bool confirmed);
  std::filesystem::path files() const { return dir_ / "fs"; }

  Result<> begin(std::uint64_t total) override;
  Result<> expect(std::string_view path, std::uint64_t size) override;
  Result<> open(std::string_view path) override;
  Result<> write(Bytes bytes) override;
  Result<> commit() override;
  Result<> commit_with(const Slot& slot) override;
  bool changed() const override { return staged_; }
  void abort() override;

  // For tests: called before every change of the disk. Its exceptions pass through.
  std::function<void()> before_change;

 private:
  using Path = std::filesystem::path;
  template <class Work>
  Result<> guarded(Work work);
  void change();
  void link_tree();
  bool holds_next(Bytes bytes);
  void make_file();
  void finish_file();
  bool close_file();
  void write_journal(const std::string& line);
  std::optional<std::string> journal() const;
  void apply();
  void keep();
  void undo();
  void remove_tree(const Path& path);
  void move(const Path& from, const Path& to);
  Path next() const { return dir_ / "fs.next"; }
  Path old() const { return dir_ / "fs.old"; }
  Path journal_path() const { return dir_ / "fs.journal"; }

  Path dir_;
  std::uint64_t capacity_;
  Path path_;                   // of the file that comes
  int file_ = -1;               // it, once it differs
  int old_ = -1;                // what is there, as long as it does not
  std::uint64_t compared_ = 0;  // bytes of that
  bool staged_ = false;         // fs.next is there: something differs
  bool active_ = false;         // begun, and neither committed nor aborted
};

}  // namespace updraft::linux_port
