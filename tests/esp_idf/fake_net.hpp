// lwIP's task and its name server. Addresses in digits are answered at once.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "lwip/dns.h"
#include "lwip/tcpip.h"

namespace updraft::esp_idf {

class FakeNet {
 public:
  FakeNet() = default;
  ~FakeNet() { power_off(); }
  FakeNet(const FakeNet&) = delete;
  FakeNet& operator=(const FakeNet&) = delete;

  std::map<std::string, std::string> names;  // and their addresses, while nothing runs
  bool has_room = true;                      // for messages to lwIP's task
  bool is_silent = false;                    // the name server does not answer, until answer()
  void answer();
  void power_off();  // nobody is told anything any more

  // For the functions of lwIP.
  void call(std::function<void()> work);
  err_t look_up(const char* name, ip_addr_t* address, dns_found_callback found, void* argument);

 private:
  void run();
  std::function<void()> answer_to(const std::string& name, dns_found_callback found,
                                  void* argument) const;

  std::mutex mutex_;
  std::condition_variable woken_;
  std::deque<std::function<void()>> work_, unanswered_;
  std::thread thread_;
  bool off_ = false;
};

}  // namespace updraft::esp_idf
