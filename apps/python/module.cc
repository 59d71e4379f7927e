// SPDX-License-Identifier: Apache-2.0
// The Python module zipdream._zipdream: its errors, and its parts put together.
#include <exception>

#include "apps/python/parts-inl.h"
#include "base/process.h"

namespace zipdream::python {
namespace {

// zipdream.Error carries the parts of a zipdream::Error.
void translate(py::module_& module) {
  static const py::object error = module.attr("Error");
  // NOLINTNEXTLINE(performance-unnecessary-value-param): pybind11 has it so
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const Error& e) {
      py::object made = error(e.what());
      made.attr("subject") = e.subject();
      made.attr("message") = e.message();
      made.attr("remedy") = e.remedy();
      made.attr("option") = e.option();
      made.attr("is_usage") = e.kind() == Error::Kind::kUsage;
      PyErr_SetObject(error.ptr(), made.ptr());
    } catch (const Interrupted&) {
      PyErr_SetNone(PyExc_KeyboardInterrupt);
    }
  });
}

}  // namespace
}  // namespace zipdream::python

PYBIND11_MODULE(_zipdream, module) {
  using namespace zipdream::python;  // NOLINT: the module's own
  py::options options;
  options.disable_function_signatures();
  module.attr("Error") = py::module_::import("zipdream._error").attr("Error");
  translate(module);
  define_models(module);
  define_archives(module);
  define_experiments(module);
  define_media(module);
  module.def("version", [] { return std::string(zipdream::version()); });
  module.def(
      "set_thread_count", &zipdream::set_thread_count, py::arg("count"),
      "How many threads the library uses from now on; 0: one per core. To be called while no "
      "other function runs.");
}
