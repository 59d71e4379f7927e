// SPDX-License-Identifier: Apache-2.0
// What the parts of the Python module zipdream._zipdream share. zipdream/__init__.py is what users
// import, zipdream/__init__.pyi its specification.
#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "zipdream/zipdream.h"

namespace zipdream::python {

namespace py = pybind11;

// ---- bytes ----

// Whatever has a flat buffer of bytes: bytes, bytearray, memoryview, a NumPy array of uint8. Throws
// TypeError for others.
[[nodiscard]] Bytes bytes_of(const py::buffer& data);
[[nodiscard]] py::bytes to_python(ByteView bytes);

// ---- Python's lock ----
// Where Python ends meanwhile, as a program's last line may let it, a thread that wants the lock
// waits for the process to end; all it could do else is to be torn down in the middle of something.

// While it lives Python's lock is let go, so that other threads run Python; then it is taken again.
// REQUIRES: Python's lock is held.
class Unlocked {
 public:
  Unlocked();
  ~Unlocked();
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;

 private:
  PyThreadState* thread_;
};

// Has Python's lock while it lives, on any thread, also where it was held before.
class Locked {
 public:
  Locked();

 private:
  std::optional<py::gil_scoped_acquire> lock_;
};

using Released = py::call_guard<Unlocked>;

// Does it without Python's lock. On Python's main thread its signals are seen in the meantime: what
// a handler raises, as that of Ctrl-C does, asks the work to stop and is thrown when it has.
// REQUIRES: Python's lock is held.
void do_released(const std::function<void()>& work);

// What `make` returns, done so.
template <typename Make>
[[nodiscard]] auto released(const Make& make) {
  std::optional<decltype(make())> made;
  do_released([&] { made.emplace(make()); });
  return std::move(*made);
}

// ---- models ----

// A model that is written in Python: an object with log2_probs(), update(byte) and clone(). Each
// distribution is checked. Any thread may call, with Python's lock or without. Throws TypeError for
// another object.
[[nodiscard]] std::unique_ptr<Predictor> make_own_predictor(const py::object& model);

// A spec, and what in it is written in Python and lives as long as this.
struct NamedModel {
  Spec spec;
  std::vector<std::shared_ptr<const OwnModel>> own;
};

// What all functions take for a model: a spec, a Model, or an object as above.
[[nodiscard]] NamedModel named_model(const py::object& model);
// One of a comparison: how the Model reads its codec stands behind an @.
[[nodiscard]] NamedModel named_variant(const py::object& model);
[[nodiscard]] std::vector<NamedModel> named_models(const std::vector<py::object>& models,
                                                   NamedModel (*name)(const py::object& model));

// The keywords of generate(), compare() and those of media, by the names of the fields of
// ModelRequest and MethodRequest. Throws TypeError for others.
void read_options(const py::dict& options, ModelRequest& model, MethodRequest& method);

// ---- the parts of the module ----

void define_models(py::module_& module);       // model.cc
void define_archives(py::module_& module);     // archives.cc
void define_experiments(py::module_& module);  // experiments.cc
void define_media(py::module_& module);        // media.cc

}  // namespace zipdream::python
