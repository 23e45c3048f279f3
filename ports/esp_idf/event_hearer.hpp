// Who hears of the same events as the application, at once and under the lock.
#pragma once
#include "updraft.h"

namespace updraft::esp_idf {

class EventHearer {
 public:
  virtual void note(const updraft_event_t& event) = 0;

 protected:
  ~EventHearer() = default;

 private:
  friend class Reporter;
  EventHearer* next_ = nullptr;
};

}  // namespace updraft::esp_idf
