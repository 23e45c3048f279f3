// Reads lines from a file descriptor on a thread of its own, so that any kind of file will do and
// its flags, which it may share with other programs, stay as they are.
#pragma once
#include <functional>
#include <string>
#include <thread>

namespace updraft::linux_port {

inline constexpr std::size_t kMaxLine = 4096;  // a longer line comes in parts

class LineReader {
 public:
  // `on_line` is called on the reader's thread.
  LineReader(int fd, std::function<void(std::string)> on_line);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

 private:
  void run();
  bool wait() const;  // false: the reader shall end
  void take(std::string_view bytes);

  int fd_;
  int stop_;  // an eventfd
  std::function<void(std::string)> on_line_;
  std::string line_;
  std::thread thread_;
};

}  // namespace updraft::linux_port
