// One description of each protocol that Updraft speaks, in one table. The row is the protocol:
// offers, events and the policy point at it, and whoever has to know something about a protocol
// asks its row. A new one is a new row here; docs/new-protocol.md walks through the rest.
//
// A row may also stand outside this file, in a product's own code: nothing in the engine walks
// through kProtocols, so a program holds the rows that it uses and no other.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace updraft {

// A word that its URLs begin with, and what it means.
struct UrlWord {
  std::string_view word;
  std::uint16_t port = 0;      // if the URL names none; 0: it has no port
  bool tls = false;            // the same protocol in TLS
  std::string_view path = {};  // if the URL names none; empty: it has no path. Serial: an example
};

enum class Carrier : std::uint8_t {
  stream,     // TCP: word://HOST[:PORT][/PATH]
  datagrams,  // UDP: the same
  serial,     // a line to a device beside the host: word:DEVICE
};

// What a sender can prove to a device; a sender that proves nothing can only send signed payloads.
enum class Proof : std::uint8_t {
  nothing,
  password,  // where the device asks for one
  pairing,   // every one has to; others are not heard
};

// Who says that the device restarts into what was installed.
enum class Restarts : std::uint8_t {
  device,    // nobody: it does so by itself once the connection is over
  peer,      // the sender asks for it when it likes
  protocol,  // it follows from the protocol, some time after the last answer
};

struct Protocol {
  std::string_view name;           // in events, logs and options: the first of its words
  std::uint8_t id;                 // a bit of the policy's mask; never that of another, ever
  std::span<const UrlWord> words;  // of its URLs
  bool listens;                    // a device waits for a sender: `updraft push`
  bool fetches;                    // a device asks a host: `updraft serve`
  Carrier carrier;
  Proof proof;
  Restarts restarts;
  bool sender_hears;            // the sender is told how the update went
  std::uint8_t fetch_attempts;  // that bring nothing, until a device gives up; 0: it never does
};

inline constexpr std::uint8_t kFirstOwnProtocol = 48;  // ids from here on are no row's below
inline constexpr std::uint8_t kMostProtocols = 63;     // ids; bit 63 belongs to kNoProtocol

// The row of an offer that does not say how it came. No policy lets it in.
inline constexpr Protocol kNoProtocol{.name = "none", .id = kMostProtocols};

// Which protocol something came by: a pointer to its row, never null.
class Scheme {
 public:
  constexpr Scheme() = default;
  constexpr Scheme(const Protocol& row) : row_(&row) {}  // NOLINT(google-explicit-constructor)
  Scheme(const Protocol&&) = delete;                     // it would not outlive the row

  constexpr const Protocol* operator->() const { return row_; }
  constexpr const Protocol& operator*() const { return *row_; }
  friend constexpr bool operator==(Scheme a, Scheme b) { return a.row_->id == b.row_->id; }

 private:
  const Protocol* row_ = &kNoProtocol;
};
static_assert(sizeof(Scheme) == sizeof(void*));

constexpr std::string_view name(Scheme scheme) { return scheme->name; }  // "raw"

// The first of its words with TLS (or without, if so asked): "wss". Its name if there is none.
constexpr std::string_view word_of(const Protocol& row, bool tls) {
  for (const UrlWord& url : row.words) {
    if (url.tls == tls) return url.word;
  }
  return row.name;
}

// The table.

inline constexpr UrlWord kRawWords[] = {{.word = "raw", .port = 18'000}};
inline constexpr Protocol kRaw{.name = "raw",
                               .id = 0,
                               .words = kRawWords,
                               .listens = true,
                               .fetches = true,
                               .carrier = Carrier::stream,
                               .proof = Proof::nothing,
                               .restarts = Restarts::device,
                               .sender_hears = false,
                               .fetch_attempts = 0};

// A server of the original kind hangs for good once a client has left it early, and every client
// after that waits in vain: so a device gives up.
inline constexpr UrlWord kReqWords[] = {{.word = "req", .port = 8070}};
inline constexpr Protocol kReq{.name = "req",
                               .id = 1,
                               .words = kReqWords,
                               .listens = false,
                               .fetches = true,
                               .carrier = Carrier::stream,
                               .proof = Proof::nothing,
                               .restarts = Restarts::device,
                               .sender_hears = false,
                               .fetch_attempts = 5};

inline constexpr UrlWord kBundleWords[] = {{.word = "bundle", .port = 8266}};
inline constexpr Protocol kBundle{.name = "bundle",
                                  .id = 2,
                                  .words = kBundleWords,
                                  .listens = true,
                                  .fetches = false,
                                  .carrier = Carrier::stream,
                                  .proof = Proof::password,
                                  .restarts = Restarts::device,
                                  .sender_hears = true,
                                  .fetch_attempts = 0};

inline constexpr UrlWord kWsWords[] = {
    {.word = "ws", .port = 80, .path = "/ota/ws"},
    {.word = "wss", .port = 443, .tls = true, .path = "/ota/ws"},
};
inline constexpr Protocol kWs{.name = "ws",
                              .id = 3,
                              .words = kWsWords,
                              .listens = true,
                              .fetches = false,
                              .carrier = Carrier::stream,
                              .proof = Proof::nothing,
                              .restarts = Restarts::peer,
                              .sender_hears = true,
                              .fetch_attempts = 0};

inline constexpr UrlWord kControlWords[] = {{.word = "control", .path = "/dev/esps0"}};
inline constexpr Protocol kControl{.name = "control",
                                   .id = 4,
                                   .words = kControlWords,
                                   .listens = true,
                                   .fetches = false,
                                   .carrier = Carrier::serial,
                                   .proof = Proof::nothing,
                                   .restarts = Restarts::protocol,
                                   .sender_hears = true,
                                   .fetch_attempts = 0};

// An invitation goes out by datagram; the device connects back for the image.
inline constexpr UrlWord kArduinoWords[] = {{.word = "arduino", .port = 3232}};
inline constexpr Protocol kArduino{.name = "arduino",
                                   .id = 5,
                                   .words = kArduinoWords,
                                   .listens = true,
                                   .fetches = false,
                                   .carrier = Carrier::datagrams,
                                   .proof = Proof::password,
                                   .restarts = Restarts::device,
                                   .sender_hears = true,
                                   .fetch_attempts = 0};

inline constexpr UrlWord kEsphomeWords[] = {{.word = "esphome", .port = 3232}};
inline constexpr Protocol kEsphome{.name = "esphome",
                                   .id = 6,
                                   .words = kEsphomeWords,
                                   .listens = true,
                                   .fetches = false,
                                   .carrier = Carrier::stream,
                                   .proof = Proof::password,
                                   .restarts = Restarts::device,
                                   .sender_hears = true,
                                   .fetch_attempts = 0};

inline constexpr UrlWord kElegantWords[] = {
    {.word = "elegant", .port = 80},
    {.word = "elegants", .port = 443, .tls = true},
};
inline constexpr Protocol kElegant{.name = "elegant",
                                   .id = 7,
                                   .words = kElegantWords,
                                   .listens = true,
                                   .fetches = false,
                                   .carrier = Carrier::stream,
                                   .proof = Proof::password,
                                   .restarts = Restarts::device,
                                   .sender_hears = true,
                                   .fetch_attempts = 0};

inline constexpr UrlWord kFormWords[] = {
    {.word = "form", .port = 80},
    {.word = "forms", .port = 443, .tls = true},
};
inline constexpr Protocol kForm{.name = "form",
                                .id = 8,
                                .words = kFormWords,
                                .listens = true,
                                .fetches = false,
                                .carrier = Carrier::stream,
                                .proof = Proof::password,
                                .restarts = Restarts::device,
                                .sender_hears = true,
                                .fetch_attempts = 0};

// Sender and device meet at a broker, which knows their passwords; the device knows none.
inline constexpr UrlWord kMqttWords[] = {
    {.word = "mqtt", .port = 1883, .path = "/ota"},
    {.word = "mqtts", .port = 8883, .tls = true, .path = "/ota"},
};
inline constexpr Protocol kMqtt{.name = "mqtt",
                                .id = 9,
                                .words = kMqttWords,
                                .listens = true,
                                .fetches = false,
                                .carrier = Carrier::stream,
                                .proof = Proof::nothing,
                                .restarts = Restarts::device,
                                .sender_hears = false,
                                .fetch_attempts = 0};

inline constexpr UrlWord kUartWords[] = {{.word = "uart", .path = "/dev/ttyUSB0"}};
inline constexpr Protocol kUart{.name = "uart",
                                .id = 10,
                                .words = kUartWords,
                                .listens = true,
                                .fetches = false,
                                .carrier = Carrier::serial,
                                .proof = Proof::nothing,
                                .restarts = Restarts::device,
                                .sender_hears = false,
                                .fetch_attempts = 0};

// A folder on a card, which the device finds when it starts.
inline constexpr UrlWord kSdWords[] = {{.word = "sd", .path = "/media/card"}};
inline constexpr Protocol kSd{.name = "sd",
                              .id = 11,
                              .words = kSdWords,
                              .listens = true,
                              .fetches = false,
                              .carrier = Carrier::serial,
                              .proof = Proof::nothing,
                              .restarts = Restarts::device,
                              .sender_hears = false,
                              .fetch_attempts = 0};

// What `curl` sends to a device, and what a device fetches from a web server. In TLS it is a
// protocol of its own: a policy may let in by https what it does not let in by http.
inline constexpr UrlWord kHttpWords[] = {{.word = "http", .port = 80, .path = "/ota"}};
inline constexpr Protocol kHttp{.name = "http",
                                .id = 12,
                                .words = kHttpWords,
                                .listens = true,
                                .fetches = true,
                                .carrier = Carrier::stream,
                                .proof = Proof::password,
                                .restarts = Restarts::device,
                                .sender_hears = true,
                                .fetch_attempts = 0};

inline constexpr UrlWord kHttpsWords[] = {
    {.word = "https", .port = 443, .tls = true, .path = "/ota"}};
inline constexpr Protocol kHttps{.name = "https",
                                 .id = 13,
                                 .words = kHttpsWords,
                                 .listens = true,
                                 .fetches = true,
                                 .carrier = Carrier::stream,
                                 .proof = Proof::password,
                                 .restarts = Restarts::device,
                                 .sender_hears = true,
                                 .fetch_attempts = 0};

// Our own push: TLS with the key of a pairing, and sessions that go on where they were cut off
// (protocols/native). TLS is no choice here, so no word stands for it.
inline constexpr UrlWord kNativeWords[] = {{.word = "native", .port = 18'443},
                                           {.word = "updraft", .port = 18'443}};
inline constexpr Protocol kNative{.name = "native",
                                  .id = 14,
                                  .words = kNativeWords,
                                  .listens = true,
                                  .fetches = false,
                                  .carrier = Carrier::stream,
                                  .proof = Proof::pairing,
                                  .restarts = Restarts::peer,
                                  .sender_hears = true,
                                  .fetch_attempts = 0};

inline constexpr std::array<const Protocol*, 15> kProtocols = {
    &kRaw,  &kReq,  &kBundle, &kWs, &kControl, &kArduino, &kEsphome, &kElegant,
    &kForm, &kMqtt, &kUart,   &kSd, &kHttp,    &kHttps,   &kNative};

// What a complete row has.

constexpr bool is_complete(const UrlWord& url, Carrier carrier) {
  if (url.word.empty()) return false;
  if (carrier == Carrier::serial) return url.port == 0 && !url.tls && !url.path.empty();
  return url.port != 0 && (url.path.empty() || url.path.front() == '/');
}

constexpr bool is_complete(const Protocol& row) {
  if (row.id >= kMostProtocols || row.words.empty()) return false;
  if (row.name.empty() || row.name != row.words.front().word) return false;
  for (const UrlWord& url : row.words) {
    if (!is_complete(url, row.carrier)) return false;
  }
  return (row.listens || row.fetches) && (row.fetches || row.fetch_attempts == 0);
}

constexpr bool clash(const Protocol& a, const Protocol& b) {
  for (const UrlWord& one : a.words) {
    for (const UrlWord& other : b.words) {
      if (one.word == other.word) return true;
    }
  }
  return a.id == b.id;
}

// Every row is complete, and no two of them have an id or a word in common.
constexpr bool are_sound(std::span<const Protocol* const> rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!is_complete(*rows[i])) return false;
    for (std::size_t j = 0; j < i; ++j) {
      if (clash(*rows[i], *rows[j])) return false;
    }
  }
  return true;
}
static_assert(are_sound(kProtocols));

// The table's ids stay out of what is for rows outside it.
constexpr bool leave_room(std::span<const Protocol* const> rows) {
  for (const Protocol* const row : rows) {
    if (row->id >= kFirstOwnProtocol) return false;
  }
  return true;
}
static_assert(leave_room(kProtocols));

}  // namespace updraft
