// A serial device that is no hardware: a pseudo terminal in raw mode, with a link of a fixed name
// to it. Programs open the link as they would open /dev/esps0; this process holds the other end.
//
// The open terminal can be handed to the next process image, so that a host that has it open keeps
// it over a restart of the device, as a driver keeps its device while the chip restarts.
#pragma once
#include <filesystem>
#include <string>

namespace updraft::linux_port {

class Pty {
 public:
  // Makes a terminal and the link. A link that is there is replaced; anything else of that name is
  // in the way. Throws std::runtime_error with a sentence.
  explicit Pty(std::filesystem::path link);
  // Takes over what the process that ran before left open with keep_open(); what was on its way is
  // dropped.
  Pty(std::filesystem::path link, int kept);
  ~Pty();
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;

  int fd() const { return fd_; }              // the end of this process
  std::string path() const { return path_; }  // "/dev/pts/7"
  // For the next process image: stays open and linked when this object goes.
  int keep_open();

 private:
  void make_link() const;

  std::filesystem::path link_;
  int fd_ = -1;
  std::string path_;
  bool kept_ = false;
};

// Switches a terminal to raw mode; does nothing to other files. False: it failed.
bool make_raw(int fd);

bool is_pty(int fd);  // that end of a pseudo terminal which its maker holds
// Whether no program has the other end of this pseudo terminal open; false for other files.
bool nobody_has_open(int fd);
bool has_something(int fd);  // to read
// Drops what was written into this pseudo terminal and not read at its other end.
void drop_unread(int fd);

}  // namespace updraft::linux_port
