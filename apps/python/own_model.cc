// SPDX-License-Identifier: Apache-2.0
// Models that are written in Python, as Predictors.
#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "apps/python/parts-inl.h"

namespace zipdream::python {
namespace {

constexpr std::size_t kSymbols = 256;
// What can't come takes a share that no sum notices, so that any text can be coded.
constexpr double kLeastLog2 = -1000;

Error wrong_probs(const std::string& message, const std::string& remedy) {
  return {Error::Kind::kUsage, "log2_probs()", message, remedy};
}

Error wrong_count(std::size_t count) {
  return wrong_probs("returned " + std::to_string(count) + " numbers",
                     "return 256, one for each byte");
}

// Float64 numbers where they lie; false for all else.
bool read_buffer(const py::object& given, std::span<double> out) {
  if (!py::isinstance<py::buffer>(given)) return false;
  const py::buffer_info info = given.cast<py::buffer>().request();
  if (info.format != py::format_descriptor<double>::format() || info.ndim != 1) return false;
  if (info.size != static_cast<py::ssize_t>(out.size())) {
    throw wrong_count(static_cast<std::size_t>(info.size));
  }
  const auto* at = static_cast<const char*>(info.ptr);
  for (double& value : out) {
    value = *reinterpret_cast<const double*>(at);
    at += info.strides[0];
  }
  return true;
}

void read_sequence(const py::object& given, std::span<double> out) {
  std::vector<double> values;
  try {
    values = given.cast<std::vector<double>>();
  } catch (const py::cast_error&) {
    const auto type = py::str(py::type::of(given).attr("__name__")).cast<std::string>();
    throw wrong_probs("returned a " + type + " that is no sequence of numbers",
                      "return 256 numbers: a list, or an array of float64");
  }
  if (values.size() != out.size()) throw wrong_count(values.size());
  std::copy(values.begin(), values.end(), out.begin());
}

void check(std::span<double> log2_probs) {
  double sum = 0;
  for (const double log2_p : log2_probs) {
    if (std::isnan(log2_p)) {
      throw wrong_probs("has a number that is none (NaN)", "return log2 of probabilities");
    }
    sum += std::exp2(log2_p);
  }
  if (!(std::fabs(sum - 1) <= kMaxSumDeviation)) {
    throw wrong_probs("the probabilities sum to " + std::to_string(sum) + ", not to 1",
                      "divide them by their sum");
  }
  for (double& log2_p : log2_probs) log2_p = std::clamp(log2_p, kLeastLog2, 0.0);
}

class OwnPredictor final : public Predictor {
 public:
  explicit OwnPredictor(py::object model) : model_(std::move(model)) {}
  OwnPredictor(const OwnPredictor&) = delete;
  OwnPredictor& operator=(const OwnPredictor&) = delete;
  ~OwnPredictor() override {
    const Locked locked;
    model_ = py::object();
  }

  [[nodiscard]] std::size_t alphabet_size() const override { return kSymbols; }
  [[nodiscard]] ByteView symbol_bytes(Symbol symbol) const override {
    static const auto all = [] {
      std::array<Byte, kSymbols> bytes{};
      for (std::size_t i = 0; i < kSymbols; ++i) bytes[i] = static_cast<Byte>(i);
      return bytes;
    }();
    return {&all[symbol], 1};
  }
  void observe(ByteView bytes) override {
    const Locked locked;
    const py::object update = model_.attr("update");
    for (const Byte byte : bytes) update(byte);
  }
  void update(Symbol symbol) override {
    const Locked locked;
    model_.attr("update")(symbol);
  }
  void log2_probs(std::span<double> out) const override {
    const Locked locked;
    const py::object given = model_.attr("log2_probs")();
    if (!read_buffer(given, out)) read_sequence(given, out);
    check(out);
  }
  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    const Locked locked;
    return std::make_unique<OwnPredictor>(model_.attr("clone")());
  }
  [[nodiscard]] std::string describe() const override { return "by a model in Python"; }

 private:
  py::object model_;
};

}  // namespace

std::unique_ptr<Predictor> make_own_predictor(const py::object& model) {
  for (const char* method : {"log2_probs", "update", "clone"}) {
    if (py::hasattr(model, method)) continue;
    const auto type = py::str(py::type::of(model).attr("__name__")).cast<std::string>();
    throw py::type_error("a " + type +
                         " is no model: give a spec (\"gzip:9\"), what zipdream.load() returns, or "
                         "an object with log2_probs(), update(byte) and clone()");
  }
  return std::make_unique<OwnPredictor>(model.attr("clone")());
}

}  // namespace zipdream::python
