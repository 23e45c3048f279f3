#include "host/http_source.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <vector>

#include <curl/curl.h>

#include "host/desk/lowered.hpp"

namespace updraft::host {
namespace {

constexpr std::size_t kWaitingBytes = 64 * 1024;
constexpr int kLookMs = 200;

struct Library {
  Library() { curl_global_init(CURL_GLOBAL_DEFAULT); }
};

// https://user:secret@host/a -> https://host/a
std::string without_login(const std::string& url) {
  const std::size_t host = url.find("://") + 3;
  const std::size_t path = std::min(url.find_first_of("/?#", host), url.size());
  const std::size_t at = url.rfind('@', path);
  if (at == std::string::npos || at < host) return url;
  return url.substr(0, host) + url.substr(at + 1);
}

Code code_of(CURLcode result) {
  switch (result) {
    case CURLE_OPERATION_TIMEDOUT:
      return Code::timeout;
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
      return Code::size_mismatch;
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP2:
    case CURLE_GOT_NOTHING:
    case CURLE_WRITE_ERROR:
      return Code::protocol;
    default:
      return Code::unreachable;
  }
}

std::string words_for(CURLcode result, const char* detail) {
  switch (result) {
    case CURLE_TOO_MANY_REDIRECTS:
      return "more than 3 redirects";
    case CURLE_UNSUPPORTED_PROTOCOL:
      return "it redirects to where firmware must not come from (https may only lead to https)";
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
      return std::string("the server stopped in the middle (") + detail + ")";
    case CURLE_PEER_FAILED_VERIFICATION:
      return std::string("its certificate is not trusted (") + detail +
             "); name its issuer with --cafile";
    case CURLE_COULDNT_RESOLVE_HOST:
      return "the name of its host is not known; check the spelling";
    case CURLE_OPERATION_TIMEDOUT:
      return std::string("the server does not answer (") + detail + ")";
    default:
      return detail;
  }
}

}  // namespace

struct HttpSource::Transfer {
  Transfer(std::string what, const HttpOptions& options)
      : url(std::move(what)),
        stopped(options.stopped),
        head_limit(options.head),
        silence_limit(options.silence),
        grace(options.grace),
        due(Clock::now() + kHttpConnect + options.head) {
    static const Library library;
    easy = curl_easy_init();
    multi = curl_multi_init();
    if (easy == nullptr || multi == nullptr) throw std::bad_alloc();
    const bool secure = lowered(url).starts_with("https:");
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
    set(CURLOPT_FOLLOWLOCATION, 1L);
    set(CURLOPT_MAXREDIRS, kRedirects);
    set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(kHttpConnect.count()));
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_USERAGENT, "updraft");
    set(CURLOPT_ERRORBUFFER, detail);
    set(CURLOPT_VERBOSE, 1L);  // for the next: the body before its chunks are joined
    set(CURLOPT_DEBUGFUNCTION, &Transfer::on_wire);
    set(CURLOPT_DEBUGDATA, this);
    for (const std::string& header : options.headers) {
      headers = curl_slist_append(headers, header.c_str());
    }
    set(CURLOPT_HTTPHEADER, headers);
    set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    set(CURLOPT_WRITEDATA, this);
    if (!options.cafile.empty()) set(CURLOPT_CAINFO, options.cafile.c_str());
    if (options.insecure) {
      set(CURLOPT_SSL_VERIFYPEER, 0L);
      set(CURLOPT_SSL_VERIFYHOST, 0L);
    }
    curl_multi_add_handle(multi, easy);
  }
  ~Transfer() {
    curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
    curl_slist_free_all(headers);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(easy, option, value);
  }

  // Until there are bytes, or it is over. The time between two calls does not count.
  void fetch() {
    if (received > 0) due = Clock::now() + silence_limit;
    while (waiting.empty() && !over) {
      if (paused) {
        paused = false;
        curl_easy_pause(easy, CURLPAUSE_CONT);
        if (!waiting.empty()) return;
      }
      int running = 0;
      curl_multi_perform(multi, &running);
      if (!waiting.empty()) return;
      if (running == 0) return conclude();
      if (lines() > kHttpLines + received / 16) {
        return give_up(Code::protocol, "there is too much around the body of its answer");
      }
      if (stopped && stopped()) return give_up(Code::aborted, "stopped");
      if (Clock::now() > due) {
        return give_up(Code::timeout, received == 0 ? "the server does not answer"
                                                    : "the server fell silent in the middle");
      }
      if (is_too_slow()) return give_up(Code::timeout, "the server sends too slowly");
      const auto before = Clock::now();
      curl_multi_poll(multi, nullptr, 0, kLookMs, nullptr);
      waited += Clock::now() - before;
    }
  }

  // Beyond the bodies of all answers.
  std::uint64_t lines() const {
    return head_bytes + (wire_bytes > received ? wire_bytes - received : 0);
  }

  bool is_too_slow() const {
    using std::chrono::duration;
    if (waited > kHttpLongest) return true;
    const double seconds = duration<double>(waited - grace).count();
    return seconds > 0 && static_cast<double>(received) < seconds * kHttpLowestRate;
  }

  void give_up(Code code, const char* words) {
    over = true;
    fail_with({code, Where::link, received}, words);
  }

  void conclude() {
    over = true;
    int left = 0;
    const CURLMsg* message = curl_multi_info_read(multi, &left);
    const CURLcode result = message == nullptr ? CURLE_GOT_NOTHING : message->data.result;
    if (failure) return;
    if (result != CURLE_OK) {
      const char* const words = detail[0] != '\0' ? detail : curl_easy_strerror(result);
      return fail_with({code_of(result), Where::link, received}, words_for(result, words));
    }
    if (!judge_status()) return;
    if (received == 0) fail_with({Code::payload_missing, Where::link}, "it is empty");
  }

  bool judge_status() {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (status == 200) return true;
    const char* const hint = status == 404   ? " (not found); check the path"
                             : status == 401 ? " (it asks who you are); put user:password@ into "
                                               "the URL, or give --header"
                             : status == 403 ? " (not for you); check user, password or --header"
                                             : "";
    fail_with({Code::http_status, Where::link, static_cast<std::uint64_t>(status), 200},
              "the server answered " + std::to_string(status) + hint);
    return false;
  }

  // Before the first byte the announced size is judged; without one, the bytes that came.
  bool judge_size(std::size_t more) {
    const std::uint64_t size = std::max<std::uint64_t>(announced().value_or(0), received + more);
    if (size <= kHttpBodyBytes) return true;
    fail_with({Code::too_big, Where::link, size, kHttpBodyBytes},
              "it is larger than any flash (128 MiB); check the path");
    return false;
  }

  std::optional<std::uint64_t> announced() const {
    curl_off_t size = -1;
    curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &size);
    if (size < 0) return std::nullopt;
    return static_cast<std::uint64_t>(size);
  }

  void fail_with(const Error& error, const std::string& words) {
    failure = {error, without_login(url) + ": " + words};
  }

  static std::size_t on_header(char* text, std::size_t, std::size_t size, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    const std::string line = lowered({text, size});
    // The first, or that of a redirect's target; more of "100 Continue" and its kind buy no time.
    const bool begins = line.starts_with("http/");
    if (begins && (transfer.head_bytes == 0 || line.find(" 1") == std::string::npos)) {
      transfer.due = Clock::now() + transfer.head_limit;
    }
    transfer.head_bytes += size;
    if (transfer.head_bytes > kHttpLines) {
      transfer.fail_with({Code::protocol, Where::link, transfer.head_bytes, kHttpLines},
                         "the head of its answer is too long");
      return 0;
    }
    const bool encoded =
        line.starts_with("content-encoding:") && line.find("identity") == std::string::npos;
    if (!encoded) return size;
    transfer.fail_with({Code::protocol, Where::link},
                       "it is packed for browsers (" + line.substr(0, line.find('\r')) + ")");
    return 0;
  }

  static int on_wire(CURL*, curl_infotype what, char*, std::size_t size, void* self) {
    if (what == CURLINFO_DATA_IN) static_cast<Transfer*>(self)->wire_bytes += size;
    return 0;
  }

  static std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    if (transfer.received == 0 && !transfer.judge_status()) return 0;
    if (!transfer.judge_size(size)) return 0;
    if (transfer.waiting.size() + size > kWaitingBytes) {
      transfer.paused = true;
      return CURL_WRITEFUNC_PAUSE;
    }
    const Bytes part = as_bytes({bytes, size});
    transfer.waiting.insert(transfer.waiting.end(), part.begin(), part.end());
    transfer.received += size;
    return size;
  }

  using Clock = std::chrono::steady_clock;

  std::string url;
  std::function<bool()> stopped;
  Clock::duration head_limit, silence_limit, grace;
  Clock::duration waited{};  // for the server, without the time between two calls
  Clock::time_point due;     // for a head to be whole, then for the next bytes
  CURL* easy = nullptr;
  CURLM* multi = nullptr;
  curl_slist* headers = nullptr;
  char detail[CURL_ERROR_SIZE] = "";
  std::vector<std::byte> waiting;  // received, not read yet
  std::uint64_t received = 0;
  std::uint64_t head_bytes = 0;  // of all answers, trailers too
  std::uint64_t wire_bytes = 0;  // of bodies, with the lines between chunks
  bool paused = false;
  bool over = false;
  std::optional<SourceFailure> failure;
};

HttpSource::HttpSource(const std::string& url, const HttpOptions& options)
    : transfer_(std::make_unique<Transfer>(url, options)) {
  transfer_->fetch();
}
HttpSource::~HttpSource() = default;

std::uint64_t HttpSource::size() const {
  return transfer_->announced().value_or(link::kUnknownSize);
}

std::size_t HttpSource::read(MutableBytes out) {
  std::size_t size = 0;
  while (size < out.size()) {
    transfer_->fetch();
    auto& waiting = transfer_->waiting;
    const std::size_t part = std::min(out.size() - size, waiting.size());
    if (part == 0) break;
    const auto end = waiting.begin() + static_cast<std::ptrdiff_t>(part);
    std::copy(waiting.begin(), end, out.begin() + static_cast<std::ptrdiff_t>(size));
    waiting.erase(waiting.begin(), end);
    size += part;
  }
  return size;
}

const std::optional<SourceFailure>& HttpSource::failure() const { return transfer_->failure; }

bool is_http_url(const std::string& text) {
  const std::string word = lowered(text.substr(0, 8));
  return word.starts_with("http://") || word.starts_with("https://");
}

}  // namespace updraft::host
