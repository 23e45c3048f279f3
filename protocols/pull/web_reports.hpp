// What became of updates, as a device tells the server of its fleet (spec/protocols/native.md
// section 3.4). A port keeps it, over restarts as well; WebPull posts it.
#pragma once
#include "updraft/bytes.hpp"

namespace updraft::link {

inline constexpr std::size_t kMostReportBytes = 2048;  // what a server takes at a time

class WebReports {
 public:
  // What the server does not know yet: one JSON object, of kMostReportBytes at most, which stays
  // where it is until the next call. Empty: nothing.
  virtual Bytes report() = 0;
  // That report is over: the server took it, or will never take it.
  virtual void reported() = 0;

 protected:
  ~WebReports() = default;
};

}  // namespace updraft::link
