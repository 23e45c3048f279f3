#include "tests/esp_idf/fake_net.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <arpa/inet.h>
#include <sys/select.h>

#include "tests/esp_idf/fake_chip.hpp"

namespace updraft::esp_idf {

void FakeNet::call(std::function<void()> work) {
  const std::lock_guard held(mutex_);
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  work_.push_back(std::move(work));
  woken_.notify_all();
}

void FakeNet::run() {
  std::unique_lock held(mutex_);
  while (true) {
    woken_.wait(held, [this] { return off_ || !work_.empty(); });
    if (off_) return;
    const auto next = std::exchange(work_.front(), {});
    work_.pop_front();
    held.unlock();
    next();
    held.lock();
  }
}

std::function<void()> FakeNet::answer_to(const std::string& name, dns_found_callback found,
                                         void* argument) const {
  const auto known = names.find(name);
  ip_addr_t address{};
  if (known != names.end()) ip_2_ip4(&address)->addr = inet_addr(known->second.c_str());
  return [=, is_known = known != names.end()] {
    found(name.c_str(), is_known ? &address : nullptr, argument);
  };
}

err_t FakeNet::look_up(const char* name, ip_addr_t* address, dns_found_callback found,
                       void* argument) {
  in_addr digits{};
  if (inet_aton(name, &digits) != 0) {
    ip_2_ip4(address)->addr = digits.s_addr;
    return ERR_OK;
  }
  const std::lock_guard held(mutex_);
  (is_silent ? unanswered_ : work_).push_back(answer_to(name, found, argument));
  return ERR_INPROGRESS;
}

void FakeNet::answer() {
  const std::lock_guard held(mutex_);
  is_silent = false;
  std::ranges::move(unanswered_, std::back_inserter(work_));
  unanswered_.clear();
  woken_.notify_all();
}

void FakeNet::power_off() {
  {
    const std::lock_guard held(mutex_);
    off_ = true;
    woken_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  work_.clear();
  unanswered_.clear();
  off_ = false;
}

}  // namespace updraft::esp_idf

using updraft::esp_idf::chip;

extern "C" {

err_t tcpip_try_callback(tcpip_callback_fn function, void* ctx) {
  if (!chip().net.has_room) return ERR_MEM;
  chip().net.call([=] { function(ctx); });
  return ERR_OK;
}
err_t dns_gethostbyname_addrtype(const char* hostname, ip_addr_t* addr, dns_found_callback found,
                                 void* callback_arg, uint8_t) {
  return chip().net.look_up(hostname, addr, found, callback_arg);
}

int __real_select(int count, fd_set* read, fd_set* write, fd_set* error, timeval* timeout);
int __wrap_select(int count, fd_set* read, fd_set* write, fd_set* error, timeval* timeout);

// A task waits by pieces, so that it notices when the power goes off.
int __wrap_select(int count, fd_set* read, fd_set* write, fd_set* error, timeval* timeout) {
  using updraft::esp_idf::FakeTasks;
  updraft::esp_idf::expect_no_lock("select");
  if (!FakeTasks::is_task()) return __real_select(count, read, write, error, timeout);
  constexpr std::int64_t kPiece = 5'000;  // microseconds
  std::int64_t left = timeout->tv_sec * std::int64_t{1'000'000} + timeout->tv_usec;
  const fd_set to_read = *read, to_write = *write;
  while (true) {
    chip().tasks.waits();
    timeval piece{};
    piece.tv_usec = static_cast<decltype(piece.tv_usec)>(std::min(left, kPiece));
    *read = to_read;
    *write = to_write;
    const int ready = __real_select(count, read, write, error, &piece);
    left -= kPiece;
    if (ready != 0 || left <= 0) return ready;
  }
}

}  // extern "C"
