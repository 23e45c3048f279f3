// What takes the encryption off a stream, as its receivers know it: a program that makes none
// (link_decryptor.hpp) has no AES in it.
#pragma once
#include "updraft/bytes.hpp"

namespace updraft::link {

class StreamDecryptor {
 public:
  virtual void reset() = 0;  // a new stream: nothing of the old one waits
  // Takes bytes from the front of `rx` and returns them decrypted, whole blocks, valid until the
  // next call. Empty: `rx` is used up.
  virtual Bytes next(Bytes& rx) = 0;

 protected:
  ~StreamDecryptor() = default;
};

}  // namespace updraft::link
