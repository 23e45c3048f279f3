// What may be done once in a program, by whichever task comes first.
#pragma once
#include <atomic>

namespace updraft::esp_idf {

class Once {
 public:
  bool take() { return !taken_.exchange(true); }  // false: it is done already, or under way
  void give_back() { taken_ = false; }            // it did not work out: the next one may try

 private:
  std::atomic<bool> taken_ = false;
};

}  // namespace updraft::esp_idf
