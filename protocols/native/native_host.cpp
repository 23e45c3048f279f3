#include "protocols/native/native_host.hpp"

#include <algorithm>

namespace updraft::link {

void NativeHost::on_connected(Instant now) { ask(task_.begin(), now); }

void NativeHost::ask(const std::optional<NativeTask::Request>& request, Instant now) {
  if (!request) return close(task_.outcome());
  request_ = *request;
  HttpText head(head_);
  head.add(request->method).add(" ").add(kNativeBase).add(request->path);
  head.add(" HTTP/1.1\r\nHost: device\r\n");
  if (request->has_body) {
    head.add("Content-Type: ").add(request->type).add("\r\n");
    head.add("Content-Length: ").add(request->body.size()).add("\r\n");
  }
  head.add("\r\n");
  head_size_ = head.view().size();
  sent_ = moved_ = 0;
  since_ = now;
  reader_.reset(request->keep);
}

void NativeHost::on_bytes(Bytes rx, Instant now) {
  while (!rx.empty() && !closed_) {
    if (const Result<> read = reader_.push(rx); !read) return close(read);
    since_ = now;
    if (!reader_.complete()) continue;
    tell_sent();
    ask(task_.next(reader_.answer()), now);
  }
}

void NativeHost::on_lost(Instant) {
  if (!closed_) close(fail(Code::aborted, Where::link));
}

void NativeHost::on_deadline(Instant now) {
  if (sent_ != moved_) {  // it still takes what we send
    moved_ = sent_;
    since_ = now;
    return;
  }
  close(fail(Code::timeout, Where::link));
}

std::optional<Instant> NativeHost::deadline() const {
  if (closed_) return std::nullopt;
  const bool greeting = sent_ == 0;  // nothing is asked for before the handshake is done
  return since_ + (greeting ? kNativeHandshakeMs : request_.patience);
}

std::size_t NativeHost::write_to(MutableBytes tx) {
  if (closed_) return 0;
  const bool in_head = sent_ < head_size_;
  const Bytes rest =
      in_head ? as_bytes({head_.data(), head_size_}).subspan(sent_)
              : request_.body.subspan(std::min(sent_ - head_size_, request_.body.size()));
  const Bytes part = at_most(rest, tx.size());
  std::ranges::copy(part, tx.begin());
  sent_ += part.size();
  return part.size();
}

void NativeHost::tell_sent() { task_.sent(body_sent()); }

void NativeHost::close(const Result<>& outcome) {
  if (!reader_.complete()) tell_sent();
  closed_ = true;
  outcome_ = outcome;
}

std::optional<NativeTask::Request> NativePush::begin() {
  step_ = Step::open;
  sends_ = pages_ = false;
  return Request{.method = "POST",
                 .path = "/session",
                 .body = package_.head,
                 .has_body = true,
                 .type = "application/suit-envelope+cose"};
}

std::optional<NativeTask::Request> NativePush::next(const NativeAnswer& answer) {
  sends_ = pages_ = false;
  if (!answer.good()) return refused(answer);
  if (step_ == Step::apply) {
    applied_ = answer.result.view() == "ok";
    current_ = answer.result.view() == "current";
    restarts_ = answer.restarts;
    installed_ = answer;
    return end(applied_ || current_ ? Result<>{} : Result<>(fail(Code::protocol, Where::link)));
  }
  if (step_ == Step::open) {
    current_ = answer.result.view() == "current";
    if (current_) return end({});
    session_ = answer.session;
  }
  return serve(answer);
}

// The first entry of what is missing.
std::optional<NativeTask::Request> NativePush::serve(const NativeAnswer& answer) {
  if (answer.received > most_) tries_ = 0;  // further than ever: the head begins at 0 again
  most_ = std::max(most_, answer.received);
  received_ = answer.received;
  step_ = Step::part;
  if (!answer.need) return apply();
  const NativeAnswer::Need& need = *answer.need;
  if (need.part > package_.more.size()) return end(fail(Code::protocol, Where::link, need.part));
  return need.page ? serve_page(need) : serve_data(need);
}

NativePackage::Part NativePush::part(std::uint64_t number) const {
  if (number == 0) return {package_.index, package_.transfer};
  return package_.more[static_cast<std::size_t>(number - 1)];
}

std::uint64_t NativePush::total() const {
  std::uint64_t all = package_.transfer.size();
  for (const NativePackage::Part& each : package_.more) all += each.transfer.size();
  return all;
}

std::optional<NativeTask::Request> NativePush::serve_page(const NativeAnswer::Need& need) {
  const Bytes index = part(need.part).index;
  const std::uint64_t most = index.size() / kNativeChunk;
  if (*need.page > most) return end(fail(Code::protocol, Where::link, *need.page, most));
  const Bytes page =
      at_most(index.subspan(static_cast<std::size_t>(*need.page * kNativeChunk)), kNativeChunk);
  if (page.empty()) return end(fail(Code::protocol, Where::link, *need.page, most));
  pages_ = true;
  HttpText path = this->path();
  path.add("/session/").add(session_.view()).add("/").add(need.part).add("/page/").add(*need.page);
  return Request{.method = "PUT", .path = path.view(), .body = page, .has_body = true};
}

std::optional<NativeTask::Request> NativePush::serve_data(const NativeAnswer::Need& need) {
  const std::uint64_t end_of_it = std::min(need.to, need.from + kNativeDataBytes);
  const Bytes transfer = part(need.part).transfer;
  if (need.from >= end_of_it || end_of_it > transfer.size()) {
    return end(fail(Code::protocol, Where::link, need.to, transfer.size()));
  }
  const Bytes data = transfer.subspan(static_cast<std::size_t>(need.from),
                                      static_cast<std::size_t>(end_of_it - need.from));
  sends_ = true;
  from_ = need.from;
  for (std::uint64_t i = 0; i < need.part; ++i) from_ += part(i).transfer.size();
  HttpText path = this->path();
  path.add("/session/")
      .add(session_.view())
      .add("/")
      .add(need.part)
      .add("/data?from=")
      .add(need.from);
  return Request{.method = "PUT", .path = path.view(), .body = data, .has_body = true};
}

std::optional<NativeTask::Request> NativePush::apply() {
  step_ = Step::apply;
  HttpText path = this->path();
  path.add("/session/").add(session_.view()).add(restart_ ? "/apply?restart=1" : "/apply");
  return Request{.method = "POST", .path = path.view(), .patience = kNativeApplyMs};
}

void NativePush::sent(std::uint64_t bytes) {
  if (sends_) data_bytes_ += bytes;
  if (pages_) index_bytes_ += bytes;
}

// A session that is gone, and a part that arrived damaged, begin with the head again.
std::optional<NativeTask::Request> NativePush::refused(const NativeAnswer& answer) {
  const Error why = answer.error();
  const bool again = why.code == Code::no_session || why.code == Code::chunk_mismatch ||
                     why.code == Code::index_mismatch;
  if (!again || step_ == Step::open) return end(why);
  if (++tries_ > kNativePartTries) return end(why);
  return begin();
}

std::optional<NativeTask::Request> NativePush::end(const Result<>& outcome) {
  step_ = Step::over;
  outcome_ = outcome;
  return std::nullopt;
}

}  // namespace updraft::link
