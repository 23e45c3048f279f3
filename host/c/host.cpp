// The C door: names, numbers and checks around updraft::control::Client.
#include "updraft/host.h"

#include <atomic>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "updraft/version.hpp"

#include "host/client_update.hpp"
#include "host/desk/mutex.hpp"

namespace {

using namespace updraft;

struct Session {
  control::Client client;
  std::string device;
  std::mutex mutex;                     // one call at a time,
  std::atomic<std::thread::id> inside;  // of this thread
  std::string error;                    // the last one's sentence
};

// Handles are numbers in the shape of pointers, never used twice.
class Registry {
 public:
  updraft_ota* add(std::shared_ptr<Session> session) {
    const host::MutexLock lock(mutex_);
    sessions_[++last_] = std::move(session);
    // It is never followed. NOLINTNEXTLINE(performance-no-int-to-ptr)
    return reinterpret_cast<updraft_ota*>(last_);
  }
  std::shared_ptr<Session> find(updraft_ota* handle) {
    const host::MutexLock lock(mutex_);
    const auto found = sessions_.find(reinterpret_cast<std::uintptr_t>(handle));
    return found == sessions_.end() ? nullptr : found->second;
  }
  void remove(updraft_ota* handle) {
    const host::MutexLock lock(mutex_);
    sessions_.erase(reinterpret_cast<std::uintptr_t>(handle));
  }

 private:
  host::Mutex mutex_;
  std::map<std::uintptr_t, std::shared_ptr<Session>> sessions_ UPDRAFT_GUARDED_BY(mutex_);
  std::uintptr_t last_ UPDRAFT_GUARDED_BY(mutex_) = 0;
};

Registry& registry() {
  static Registry one;
  return one;
}

thread_local std::string last_open_error;
thread_local std::string shown_error;

int number_of(const Error& error) {
  switch (error.code) {
    case Code::not_wanted:
      return UPDRAFT_ERR_REFUSED;
    case Code::timeout:
      return UPDRAFT_ERR_TIMEOUT;
    case Code::unreachable:
      return UPDRAFT_ERR_UNREACHABLE;
    case Code::busy:
      return UPDRAFT_ERR_BUSY;
    case Code::aborted:
    case Code::rescue_first:
      return UPDRAFT_ERR_LOST;
    case Code::no_session:
      return UPDRAFT_ERR_ORDER;
    case Code::payload_missing:
      return UPDRAFT_ERR_EMPTY;
    default:
      return UPDRAFT_ERR_PROTOCOL;
  }
}

int told(Session& session, const Error& error) {
  session.error = host::explain(error, session.device);
  return number_of(error);
}

int told(Session& session, int error) {
  session.error = updraft_ota_error_text(error);
  return error;
}

// One call with a session: others wait, except one from within this one, which would wait for ever.
// A lock that is not always taken is beyond -Wthread-safety; with() is the only one that makes a
// Turn.
class Turn {
 public:
  explicit Turn(Session& session) : session_(session) {
    if (session.inside == std::this_thread::get_id()) return;
    lock_ = std::unique_lock(session.mutex);
    session.inside = std::this_thread::get_id();
  }
  ~Turn() {
    if (lock_) session_.inside = std::thread::id();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  explicit operator bool() const { return lock_.owns_lock(); }

 private:
  Session& session_;
  std::unique_lock<std::mutex> lock_;
};

// Finds the handle, locks out other calls with it, and turns exceptions into error numbers.
template <class Work>
int with(updraft_ota* handle, Work work) {
  try {
    const std::shared_ptr<Session> session = registry().find(handle);
    if (session == nullptr) return UPDRAFT_ERR_HANDLE;
    const Turn turn(*session);
    return turn ? work(*session) : static_cast<int>(UPDRAFT_ERR_ORDER);
  } catch (...) {
    return UPDRAFT_ERR_MEMORY;
  }
}

template <class Work>
int with_result(updraft_ota* handle, Work work) {
  return with(handle, [&](Session& session) {
    const Result<> done = work(session.client);
    return done ? UPDRAFT_OK : told(session, done.error());
  });
}

void copy(const std::string& from, char* to, size_t size) {
  if (to == nullptr || size == 0) return;
  const std::size_t part = std::min(from.size(), size - 1);
  std::memcpy(to, from.data(), part);
  to[part] = '\0';
}

int push_to(Session& session, const char* name, const host::HttpOptions& http,
            updraft_ota_progress progress, void* context) {
  bool stopped = false;
  host::Payload payload(name, http);
  host::ClientUpdateOptions options{.wait_for_restart = false};
  options.progress = [&](std::uint64_t sent, std::uint64_t total) {
    stopped = progress != nullptr && progress(sent, total, context) != 0;
    return !stopped;
  };
  const auto updated = host::run_update(session.client, payload, options);
  if (stopped) return told(session, UPDRAFT_ERR_STOPPED);
  if (updated) return UPDRAFT_OK;
  if (updated.error().text.empty()) return told(session, updated.error().error);
  session.error = updated.error().text;
  return UPDRAFT_ERR_SOURCE;
}

}  // namespace

const char* updraft_ota_error_text(int error) {
  static constexpr const char* kTexts[] = {
      "All went well.",
      "An argument is missing or invalid.",
      "This handle is not open.",
      "Wrong order: begin first; after a failure begin again.",
      "The device said no; its console tells why. It keeps what it runs.",
      "The device did not answer in time; check that it runs and try again.",
      "The device cannot be opened; check its name and your rights.",
      "Another program has the device; wait until it is done.",
      "The device went away or restarted in the middle; send it again.",
      "What the device said makes no sense; check that both speak the same.",
      "The file or URL cannot be read to its end.",
      "Stopped; the device keeps what it runs.",
      "Nothing was written before the end; send the image first.",
      "There is no memory left.",
  };
  const bool known = error >= 0 && error < static_cast<int>(std::size(kTexts));
  return known ? kTexts[error] : "There is no such error number.";
}

int updraft_ota_open(const char* device, updraft_ota** ota) {
  if (ota != nullptr) *ota = nullptr;
  if (ota == nullptr || device == nullptr || *device == '\0') {
    last_open_error = updraft_ota_error_text(UPDRAFT_ERR_ARGUMENT);
    return UPDRAFT_ERR_ARGUMENT;
  }
  try {
    const auto session = std::make_shared<Session>();
    const std::string path = host::control_device(device);
    session->device = path.empty() ? device : path;
    if (const Result<> opened = session->client.open(session->device); !opened) {
      last_open_error = host::explain(opened.error(), session->device);
      return number_of(opened.error());
    }
    *ota = registry().add(session);
    return UPDRAFT_OK;
  } catch (...) {
    return UPDRAFT_ERR_MEMORY;
  }
}

int updraft_ota_close(updraft_ota* ota) {
  return with(ota, [&](Session& session) {  // a call that runs ends first
    registry().remove(ota);
    session.client.close();
    return static_cast<int>(UPDRAFT_OK);
  });
}

int updraft_ota_begin(updraft_ota* ota) {
  return with_result(ota, [](control::Client& client) { return client.begin(); });
}

int updraft_ota_write(updraft_ota* ota, const void* bytes, size_t size) {
  return with(ota, [&](Session& session) {
    if (bytes == nullptr && size > 0) return told(session, UPDRAFT_ERR_ARGUMENT);
    const Result<> done = session.client.write({static_cast<const std::byte*>(bytes), size});
    return done ? UPDRAFT_OK : told(session, done.error());
  });
}

int updraft_ota_end(updraft_ota* ota) {
  return with_result(ota, [](control::Client& client) { return client.end(); });
}

int updraft_ota_abort(updraft_ota* ota) {
  return with(ota, [](Session& session) {
    if (!session.client.in_session()) return told(session, UPDRAFT_ERR_ORDER);
    session.client.abort();
    return static_cast<int>(UPDRAFT_OK);
  });
}

int updraft_ota_version(updraft_ota* ota, char* text, size_t size) {
  return with(ota, [&](Session& session) {
    if (text == nullptr || size == 0) return told(session, UPDRAFT_ERR_ARGUMENT);
    const Result<std::string> version = session.client.version();
    if (!version) return told(session, version.error());
    copy(*version, text, size);
    return static_cast<int>(UPDRAFT_OK);
  });
}

int updraft_ota_wait_restart(updraft_ota* ota, unsigned milliseconds, char* text, size_t size) {
  return with(ota, [&](Session& session) {
    const Result<std::string> version = session.client.wait_for_restart(Millis{milliseconds});
    if (!version) return told(session, version.error());
    copy(*version, text, size);
    return static_cast<int>(UPDRAFT_OK);
  });
}

int updraft_ota_push(updraft_ota* ota, const char* path_or_url, const char* cafile, int insecure,
                     updraft_ota_progress progress, void* context) {
  return with(ota, [&](Session& session) {
    if (path_or_url == nullptr || *path_or_url == '\0') return told(session, UPDRAFT_ERR_ARGUMENT);
    host::HttpOptions http{.insecure = insecure != 0};
    if (cafile != nullptr) http.cafile = cafile;
    return push_to(session, path_or_url, http, progress, context);
  });
}

const char* updraft_ota_last_error(updraft_ota* ota) {
  if (ota == nullptr) return last_open_error.c_str();
  try {
    const std::shared_ptr<Session> session = registry().find(ota);
    if (session == nullptr) return updraft_ota_error_text(UPDRAFT_ERR_HANDLE);
    const Turn turn(*session);
    if (!turn) return updraft_ota_error_text(UPDRAFT_ERR_ORDER);
    shown_error = session->error;
    return shown_error.c_str();
  } catch (...) {
    return updraft_ota_error_text(UPDRAFT_ERR_MEMORY);
  }
}

const char* updraft_ota_library_version(void) { return UPDRAFT_VERSION; }
