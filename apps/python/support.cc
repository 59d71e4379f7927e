// SPDX-License-Identifier: Apache-2.0
// Bytes, long work, and the keywords of requests.
#include <cxxabi.h>
#include <pybind11/stl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <exception>
#include <future>

#include "apps/python/parts-inl.h"
#include "base/process.h"

namespace zipdream::python {

Bytes bytes_of(const py::buffer& data) {
  const py::buffer_info info = data.request();
  if (info.itemsize != 1 || (info.ndim == 1 && info.size > 1 && info.strides[0] != 1) ||
      info.ndim > 1) {
    throw py::type_error("bytes are asked for: bytes, bytearray, or a flat array of uint8");
  }
  const auto* const begin = static_cast<const Byte*>(info.ptr);
  return {begin, begin + info.size};
}

py::bytes to_python(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

namespace {

using Clock = std::chrono::steady_clock;

// A thread that finds Python's lock held sleeps, and is awake again some 50 µs after the lock is
// free, though others of our callers mostly hold it for half a microsecond: the time between two
// calls of a loop. So they wait awake for each other, no longer than falling asleep costs.
constexpr auto kAwake = std::chrono::microseconds(20);

// Whether a thread that came back from here has not let Python's lock go in here since. It may have
// done so elsewhere: a hint, by which nothing is decided but how to wait.
std::atomic<bool> is_taken = false;

void take_turn() {
  if (!is_taken.exchange(true, std::memory_order_relaxed)) return;
  const auto end = Clock::now() + kAwake;
  while (Clock::now() < end) {
    if (!is_taken.load(std::memory_order_relaxed) &&
        !is_taken.exchange(true, std::memory_order_relaxed)) {
      return;
    }
  }
}

// Python ends a thread that asks for its lock when it is about to end, by an unwinding that no
// destructor lets pass.
template <typename TakeLock>
void or_wait_for_end(const TakeLock& take_lock) {
  try {
    take_lock();
  } catch (const abi::__forced_unwind&) {
    while (true) pause();
  }
}

}  // namespace

Unlocked::Unlocked() : thread_(PyEval_SaveThread()) {
  is_taken.store(false, std::memory_order_relaxed);
}

Unlocked::~Unlocked() {
  take_turn();
  or_wait_for_end([&] { PyEval_RestoreThread(thread_); });
}

Locked::Locked() {
  or_wait_for_end([&] { lock_.emplace(); });
}

namespace {

constexpr auto kBetweenLooks = std::chrono::milliseconds(20);

// Python runs handlers of signals on this thread alone.
bool is_main_thread() { return syscall(SYS_gettid) == getpid(); }

// Waits for the work, and asks it to stop when a handler raises something: that, or null.
std::exception_ptr wait_for(const std::future<void>& work) {
  std::exception_ptr raised;
  const Unlocked unlocked;
  while (work.wait_for(kBetweenLooks) != std::future_status::ready) {
    if (raised) continue;
    const Locked locked;
    if (PyErr_CheckSignals() == 0) continue;
    raised = std::make_exception_ptr(py::error_already_set());
    request_interrupt(SIGINT);
  }
  return raised;
}

}  // namespace

void do_released(const std::function<void()>& work) {
  if (!is_main_thread()) {
    const Unlocked unlocked;
    work();
    check_interrupt();  // what was stopped halfway may have come back all the same
    return;
  }
  std::future<void> done = std::async(std::launch::async, work);
  if (const std::exception_ptr raised = wait_for(done)) {
    clear_interrupt();
    std::rethrow_exception(raised);
  }
  done.get();
}

namespace {

MethodKind method_kind(const std::string& name) {
  if (name == "sample") return MethodKind::kSample;
  if (name == "beam") return MethodKind::kBeam;
  if (name == "spans") return MethodKind::kSpans;
  if (name == "dream") return MethodKind::kDream;
  throw Error::of_option("method", name, "is none", "take sample, beam, spans or dream");
}

Probs probs_of(const std::string& name) {
  if (name == "lengths") return Probs::kLengths;
  if (name == "tables") return Probs::kTables;
  throw Error::of_option("probs", name, "are none", "take lengths or tables");
}

Units units_of(const std::string& name) {
  if (name == "bits") return Units::kBits;
  if (name == "bytes") return Units::kBytes;
  throw Error::of_option("units", name, "are none", "take bits or bytes");
}

// Whether the keyword is one of a model's; None leaves it as it is.
bool read_model_option(const std::string& key, const py::handle& value, ModelRequest& model) {
  const bool is_given = !value.is_none();
  if (key == "probs") {
    if (is_given) model.probs = probs_of(value.cast<std::string>());
  } else if (key == "units") {
    if (is_given) model.units = units_of(value.cast<std::string>());
  } else if (key == "alphabet") {
    if (is_given) model.alphabet = value.cast<std::string>();
  } else if (key == "corpus") {
    if (is_given) model.corpus = bytes_of(value.cast<py::buffer>());
  } else if (key == "corpus_bytes") {
    if (is_given) model.corpus_bytes = value.cast<std::size_t>();
  } else if (key == "context_window") {
    if (is_given) model.context_window = value.cast<std::size_t>();
  } else if (key == "special") {
    if (is_given) model.special = value.cast<bool>();
  } else {
    return false;
  }
  return true;
}

bool read_method_option(const std::string& key, const py::handle& value, MethodRequest& method) {
  const auto count = [&](std::optional<std::size_t>& field) {
    if (!value.is_none()) field = value.cast<std::size_t>();
  };
  if (key == "method") {
    method.kind = method_kind(value.cast<std::string>());
  } else if (key == "temperature") {
    method.fit_temperature = py::isinstance<py::str>(value) && value.cast<std::string>() == "fit";
    if (!method.fit_temperature) method.sampler.temperature = value.cast<double>();
  } else if (key == "unsure_temperature") {
    method.sampler.unsure_temperature.reset();
    if (!value.is_none()) method.sampler.unsure_temperature = value.cast<double>();
  } else if (key == "colour_temperature") {
    method.colour_temperature = value.cast<double>();
  } else if (key == "top_k") {
    method.sampler.top_k = value.cast<std::size_t>();
  } else if (key == "top_p") {
    method.sampler.top_p = value.cast<double>();
  } else if (key == "min_p") {
    method.sampler.min_p = value.cast<double>();
  } else if (key == "horizon") {
    count(method.horizon);
  } else if (key == "beam_width") {
    count(method.beam_width);
  } else if (key == "span") {
    count(method.span);
  } else if (key == "match_length") {
    count(method.match_length);
  } else if (key == "max_copy") {
    method.max_copy = value.cast<std::size_t>();
  } else if (key == "heal") {
    method.heal = value.cast<bool>();
  } else {
    return false;
  }
  return true;
}

}  // namespace

void read_options(const py::dict& options, ModelRequest& model, MethodRequest& method) {
  for (const auto& [name, value] : options) {
    const auto key = name.cast<std::string>();
    try {
      if (read_model_option(key, value, model) || read_method_option(key, value, method)) continue;
    } catch (const py::cast_error&) {
      throw py::type_error(key + "=" + py::repr(value).cast<std::string>() +
                           " is of another type than is asked for");
    }
    throw py::type_error("there is no keyword '" + key + "'");
  }
  check_sampler(method.sampler);
}

}  // namespace zipdream::python
