// The native push, the sender's end: one connection on which a task makes its requests, one after
// the other, until it wants no more. It stands in TLS with the key of the pairing.
//
//   NativePush push({.head = ..., .index = ..., .transfer = ...}, restart);
//   NativeHost host(push);              // a Link; another one for each connection
//
// NativePush is the task of an update. It outlives its connections and knows nothing that a device
// could not tell it again: on a new one it sends the package's head, and serves what is missing.
#pragma once
#include "updraft/link.hpp"

#include "engine/suit/manifest.hpp"
#include "protocols/link/http_text.hpp"
#include "protocols/native/native_answer.hpp"

namespace updraft::link {

inline constexpr Millis kNativeReplyMs{30'000};   // for a reply
inline constexpr Millis kNativeApplyMs{120'000};  // the device reads its slot
inline constexpr unsigned kNativePartTries = 3;   // of a part that arrives damaged

class NativeTask {
 public:
  struct Request {
    std::string_view method, path;  // below kNativeBase
    Bytes body = {};
    bool has_body = false;
    std::string_view type = "application/octet-stream";
    Millis patience = kNativeReplyMs;
    MutableBytes keep = {};  // for the reply's body: NativeAnswer::body
  };
  // The first request of a connection.
  virtual std::optional<Request> begin() = 0;
  // After a reply; nullopt: the task is over, well or not.
  virtual std::optional<Request> next(const NativeAnswer& answer) = 0;
  // So many bytes of the request's body went out: before next(), and where the connection ends.
  virtual void sent(std::uint64_t /*bytes*/) {}
  virtual Result<> outcome() const = 0;  // aborted: it is not over

 protected:
  ~NativeTask() = default;
};

class NativeHost final : public Link {
 public:
  // The task outlives it.
  explicit NativeHost(NativeTask& task) : task_(task) {}
  NativeHost(const NativeHost&) = delete;
  NativeHost& operator=(const NativeHost&) = delete;

  void on_connected(Instant now) override;
  void on_bytes(Bytes rx, Instant now) override;
  void on_lost(Instant now) override;
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  Phase phase() const override { return closed_ ? Phase::closed : Phase::open; }
  Result<> outcome() const override { return outcome_; }
  std::uint64_t body_sent() const {  // of the request that is on
    return sent_ > head_size_ ? sent_ - head_size_ : 0;
  }

 private:
  void ask(const std::optional<NativeTask::Request>& request, Instant now);
  void close(const Result<>& outcome);
  void tell_sent();

  NativeTask& task_;
  NativeAnswerReader reader_;
  std::array<char, 384> head_{};
  std::size_t head_size_ = 0, sent_ = 0, moved_ = 0;
  NativeTask::Request request_;
  bool closed_ = false;
  Result<> outcome_;
  Instant since_{};
};

// A package in its parts, the first component's and those of the ones behind it; the memory is the
// caller's.
struct NativePackage {
  Bytes head, index, transfer;
  struct Part {
    Bytes index, transfer;
  };
  std::array<Part, suit::kMaxComponents - 1> more{};
};

class NativePush final : public NativeTask {
 public:
  NativePush(const NativePackage& package, bool restart) : package_(package), restart_(restart) {}

  std::optional<Request> begin() override;
  std::optional<Request> next(const NativeAnswer& answer) override;
  void sent(std::uint64_t bytes) override;
  Result<> outcome() const override { return outcome_; }

  // What is known by now.
  bool is_current() const { return current_; }  // it runs already: nothing was sent
  bool is_applied() const { return applied_; }
  bool restarts() const { return restarts_; }
  const NativeAnswer& installed() const { return installed_; }
  std::uint64_t received() const { return received_; }  // by the device, of total()
  std::uint64_t furthest() const { return most_; }      // that it ever had
  std::uint64_t total() const;
  bool is_sending() const { return sends_; }                // of the transfer,
  std::uint64_t from() const { return from_; }              // from this byte on
  std::uint64_t data_bytes() const { return data_bytes_; }  // that went out, over all connections
  std::uint64_t index_bytes() const { return index_bytes_; }

 private:
  enum class Step : std::uint8_t { open, part, apply, over };

  std::optional<Request> serve(const NativeAnswer& answer);
  std::optional<Request> serve_page(const NativeAnswer::Need& need);
  std::optional<Request> serve_data(const NativeAnswer::Need& need);
  std::optional<Request> apply();
  std::optional<Request> refused(const NativeAnswer& answer);
  std::optional<Request> end(const Result<>& outcome);
  HttpText path() { return HttpText(path_); }
  NativePackage::Part part(std::uint64_t number) const;

  NativePackage package_;
  bool restart_;
  Step step_ = Step::open;
  Result<> outcome_ = fail(Code::aborted, Where::link);
  Text<16> session_;
  std::array<char, 96> path_{};
  bool current_ = false, applied_ = false, restarts_ = false;
  NativeAnswer installed_;
  bool sends_ = false, pages_ = false;
  std::uint64_t received_ = 0, most_ = 0, from_ = 0, data_bytes_ = 0, index_bytes_ = 0;
  unsigned tries_ = 0;  // since something was received
};

// One request, and its answer: GET /device, POST /confirm, PUT /keyset and the like.
class NativeAsk final : public NativeTask {
 public:
  // `body`: outlives it; empty: there is none.
  NativeAsk(std::string_view method, std::string_view path, Bytes body = {})
      : method_(method), path_(path), body_(body) {}
  std::optional<Request> begin() override {
    return Request{.method = method_, .path = path_, .body = body_, .has_body = !body_.empty()};
  }
  std::optional<Request> next(const NativeAnswer& answer) override {
    answer_ = answer;
    outcome_ = answer.good() ? Result<>{} : Result<>(answer.error());
    return std::nullopt;
  }
  Result<> outcome() const override { return outcome_; }
  const NativeAnswer& answer() const { return answer_; }

 private:
  std::string_view method_, path_;
  Bytes body_;
  NativeAnswer answer_;
  Result<> outcome_ = fail(Code::aborted, Where::link);
};

}  // namespace updraft::link
