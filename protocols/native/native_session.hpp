// One update on its way into a device by native push, over as many connections as it takes: says
// what of a package the device lacks, and hands the engine the package as one stream.
//
//   head | name of the index | index, page by page | name of the transfer | transfer
//
// The sender brings the head, then pages and bytes as it is asked for them; the two names, which
// the stream has between them, are written here. After each part the engine is asked what it needs
// next (Intake::resume_at): what the slot holds already need not come. So there is nothing to
// remember over a restart: the same head finds the same chunks.
//
// Of what is held behind a hole nothing is asked for: a range is no longer than what is known to be
// missing, or was until now.
//
// Where a part was cut off in its middle it is asked for again from its beginning, as senders serve
// whole pages and chunks; what had come of it is not written twice.
#pragma once
#include <optional>

#include "updraft/intake.hpp"

#include "engine/crypto/digest.hpp"
#include "engine/crypto/random.hpp"
#include "protocols/native/native_words.hpp"

namespace updraft::link {

class NativeSession {
 public:
  // The next thing that is wanted: pages [page, pages) of the index, or transfer bytes [from, to).
  struct Need {
    enum class Kind : std::uint8_t { nothing, page, data };
    Kind kind = Kind::nothing;
    std::uint32_t page = 0, pages = 0;
    std::uint64_t from = 0, to = 0;
  };
  enum class Opened : std::uint8_t { open, current };

  explicit NativeSession(Intake& engine, crypto::RandomSource random = &crypto::random_bytes)
      : engine_(engine), random_(random) {}
  NativeSession(const NativeSession&) = delete;
  NativeSession& operator=(const NativeSession&) = delete;

  // A package's head, by the connection of that number. The session of the same head goes on, under
  // a new id; another one ends if its connection is gone. Errors: busy; those of the engine.
  Result<Opened> open(Bytes head, std::uint32_t connection);
  // Error: no_session.
  Result<> check(const NativeId& id) const;

  bool is_open() const { return open_; }
  const NativeId& id() const { return id_; }
  Need need() const;
  std::uint64_t received() const;  // of the transfer
  std::uint64_t total() const { return transfer_; }

  // The parts that need() names, each in pieces: begin, take, end. not_wanted: another part, or not
  // whole chunks; what the engine says ends the session, but for a part that is damaged.
  Result<> begin_page(std::uint64_t part, std::uint64_t page, std::uint64_t bytes);
  Result<> begin_data(std::uint64_t part, std::uint64_t from, std::uint64_t bytes);
  Result<> take(Bytes bytes);
  Result<> end_part();

  // Installs it. not_wanted: something is missing. It ends the session, well or not.
  Result<Taken> apply();
  void drop(const Error& why);

  // Its connection is gone. Until then it goes on where it was; nullopt: there is none to keep.
  void leave(Instant now);
  std::optional<Instant> held_until() const { return open_ ? held_until_ : std::nullopt; }
  void on_time(Instant now);

 private:
  Result<> begin(Bytes head);
  Result<> lay_out(Bytes head);
  Result<> go_on();
  Result<> write(Bytes piece);
  template <class T>
  Result<T> heard(Result<T> from_engine);
  Result<> write_name(std::string_view name, std::uint64_t bytes);
  std::uint64_t index_at() const { return head_bytes_ + index_name_bytes_; }
  std::uint64_t index_end() const { return index_at() + index_bytes_; }
  std::uint64_t transfer_at() const { return index_end() + transfer_name_bytes_; }
  bool has_index() const { return index_bytes_ != 0; }

  Intake& engine_;
  crypto::RandomSource random_;
  bool open_ = false;
  NativeId id_{};
  crypto::Sha256Digest head_{};  // its digest: which package it is
  std::uint32_t connection_ = 0;
  std::optional<Instant> held_until_;
  // The stream: how long its parts are, and how far the engine has it.
  std::uint64_t head_bytes_ = 0, index_name_bytes_ = 0, index_bytes_ = 0, transfer_name_bytes_ = 0,
                transfer_ = 0;
  std::uint64_t at_ = 0;
  // Bytes that are asked for at a time; 0: not yet. Behind a chunk that is missing there may be
  // more that is held: the first chunk of a build has its version, and differs where nothing else
  // does. So one chunk, and four times as many as long as nothing more is held.
  std::uint64_t ask_ = 0;
  std::uint64_t passed_ = 0;  // bytes of the part that comes, which the engine has already
};

}  // namespace updraft::link
