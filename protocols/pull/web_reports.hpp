// What became of updates, as a device tells the server of its fleet (spec/protocols/native.md
// section 3.4). A port keeps it, over restarts as well; WebPull posts it.
#pragma once
#include <string_view>

#include "updraft/bytes.hpp"

namespace updraft::link {

inline constexpr std::string_view kReportName = "report";  // beside the URL
inline constexpr std::size_t kMostReportBytes = 2048;      // what a server takes at a time

class WebReports {
 public:
  // What the server does not know yet: one JSON object, of kMostReportBytes at most, which stays
  // where it is until the next call. Empty: nothing.
  virtual Bytes report() = 0;
  // That report is over, so that report() has less: the server took it, or will never take it.
  virtual void reported(bool taken) = 0;
  // The engine has judged a package of the server's, and fetches what it brings.
  virtual void accepted() = 0;
  // The server wants to know who this is (web_hello.hpp), in the next report.
  virtual void hello_wanted() = 0;

 protected:
  ~WebReports() = default;
};

}  // namespace updraft::link
