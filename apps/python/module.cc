// SPDX-License-Identifier: Apache-2.0
// The Python module zipdream._zipdream, over the public headers alone; zipdream/__init__.py is what
// users import, zipdream/__init__.pyi its specification.
#include <pybind11/functional.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "zipdream/zipdream.h"

namespace py = pybind11;

namespace zipdream {
namespace {

using Released = py::call_guard<py::gil_scoped_release>;

// Whatever has a buffer of bytes: bytes, bytearray, memoryview, a NumPy array of uint8.
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

// Float64 numbers that Python reads where they lie.
struct Array {
  std::vector<double> values;
};

// Ctrl-C reaches Python between calls of this.
void check_signals() {
  const py::gil_scoped_acquire locked;
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

// A model of bytes that is written in Python: an object with log2_probs(), update(byte) and
// clone(). Each distribution is checked.
class PythonPredictor final : public Predictor {
 public:
  explicit PythonPredictor(py::object model) : model_(std::move(model)) {}
  PythonPredictor(const PythonPredictor&) = delete;
  PythonPredictor& operator=(const PythonPredictor&) = delete;
  ~PythonPredictor() override {
    const py::gil_scoped_acquire locked;
    model_ = py::object();
  }

  [[nodiscard]] std::size_t alphabet_size() const override { return kSymbols; }
  [[nodiscard]] ByteView symbol_bytes(Symbol symbol) const override {
    static const std::vector<Byte> all = [] {
      std::vector<Byte> bytes(kSymbols);
      for (std::size_t i = 0; i < kSymbols; ++i) bytes[i] = static_cast<Byte>(i);
      return bytes;
    }();
    return {&all[symbol], 1};
  }
  void observe(ByteView bytes) override {
    for (const Byte byte : bytes) update(byte);
  }
  void update(Symbol symbol) override {
    const py::gil_scoped_acquire locked;
    model_.attr("update")(symbol);
  }
  void log2_probs(std::span<double> out) const override {
    const py::gil_scoped_acquire locked;
    read(model_.attr("log2_probs")(), out);
    check(out);
  }
  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    const py::gil_scoped_acquire locked;
    return std::make_unique<PythonPredictor>(model_.attr("clone")());
  }
  [[nodiscard]] std::string describe() const override { return "by a model in Python"; }

 private:
  static constexpr std::size_t kSymbols = 256;

  static void read(const py::object& given, std::span<double> out) {
    const auto values = given.cast<std::vector<double>>();
    if (values.size() != kSymbols) {
      throw Error(Error::Kind::kUsage, "log2_probs()",
                  "returned " + std::to_string(values.size()) + " numbers", "return 256");
    }
    std::copy(values.begin(), values.end(), out.begin());
  }

  static void check(std::span<double> log2_probs) {
    double sum = 0;
    for (double& log2_p : log2_probs) {
      if (std::isnan(log2_p)) {
        throw Error(Error::Kind::kUsage, "log2_probs()", "has a number that is none (NaN)",
                    "return log2 of probabilities");
      }
      sum += std::exp2(log2_p);
    }
    if (!(std::fabs(sum - 1) <= kMaxSumDeviation)) {
      throw Error(Error::Kind::kUsage, "log2_probs()",
                  "the probabilities sum to " + std::to_string(sum) + ", not to 1",
                  "divide them by their sum");
    }
    // What can't come takes a share that no sum notices, so that any text can be coded.
    for (double& log2_p : log2_probs) log2_p = std::clamp(log2_p, -1000.0, 0.0);
  }

  py::object model_;
};

// A predictor that goes on with what it is told.
class Session {
 public:
  explicit Session(std::unique_ptr<Predictor> predictor) : predictor_(std::move(predictor)) {}

  [[nodiscard]] Array log2_probs() const { return {predictor_->log2_probs()}; }
  void update(Symbol symbol) {
    if (symbol >= predictor_->alphabet_size()) {
      throw Error(Error::Kind::kUsage, "update()",
                  std::to_string(symbol) + " is no symbol of this model",
                  "take one below " + std::to_string(predictor_->alphabet_size()));
    }
    predictor_->update(symbol);
  }
  void observe(const Bytes& bytes) { predictor_->observe(bytes); }
  [[nodiscard]] std::unique_ptr<Session> clone() const {
    return std::make_unique<Session>(predictor_->clone());
  }
  [[nodiscard]] std::size_t alphabet_size() const { return predictor_->alphabet_size(); }
  [[nodiscard]] ByteView symbol_bytes(Symbol symbol) const {
    if (symbol >= alphabet_size()) throw py::index_error("no such symbol");
    return predictor_->symbol_bytes(symbol);
  }

 private:
  std::unique_ptr<Predictor> predictor_;
};

struct Sampling {
  double temperature = 1;
  std::size_t top_k = 0;
  double top_p = 1;
  double min_p = 0;
};

SamplerOptions sampler_of(const Sampling& sampling) {
  const SamplerOptions options = {sampling.temperature, sampling.top_k, sampling.top_p,
                                  sampling.min_p};
  check_sampler(options);
  return options;
}

// A model by its spec, or one in Python.
class Model {
 public:
  Model(const std::string& spec, const std::optional<std::string>& probs,
        const std::optional<std::string>& units)
      : request_{.spec = Spec::parse(spec)} {
    if (probs == "lengths") request_.probs = Probs::kLengths;
    if (probs == "tables") request_.probs = Probs::kTables;
    if (units == "bits") request_.units = Units::kBits;
    if (units == "bytes") request_.units = Units::kBytes;
    PredictorOptions options;
    options.probs = request_.probs;
    options.units = request_.units;
    start_ = make_predictor(request_.spec, options);
  }
  explicit Model(const py::object& model)
      : start_(std::make_unique<PythonPredictor>(model.attr("clone")())), is_python_(true) {}

  [[nodiscard]] std::string spec() const {
    return is_python_ ? "python" : request_.spec.canonical();
  }
  [[nodiscard]] std::size_t alphabet_size() const { return start_->alphabet_size(); }

  [[nodiscard]] std::unique_ptr<Session> session(const Bytes& context) const {
    std::unique_ptr<Predictor> predictor = start_->clone();
    predictor->observe(context);
    return std::make_unique<Session>(std::move(predictor));
  }

  [[nodiscard]] Array score_bytes(const Bytes& data, const Bytes& context) const {
    std::unique_ptr<Predictor> predictor = start_->clone();
    predictor->observe(context);
    Array bits;
    constexpr std::size_t kPiece = 1 << 14;  // between looks at signals
    const bool pieces = predictor->alphabet_size() == 256;
    for (std::size_t at = 0; at < data.size();) {
      const std::size_t count = pieces ? std::min(kPiece, data.size() - at) : data.size();
      const std::vector<double> some = score(*predictor, ByteView(data).subspan(at, count));
      bits.values.insert(bits.values.end(), some.begin(), some.end());
      at += count;
      check_signals();
    }
    return bits;
  }

  [[nodiscard]] Proof prove_bytes(const Bytes& data) const { return prove(*start_, data); }

  [[nodiscard]] Bytes generate_bytes(const Bytes& prompt, std::size_t count, std::uint64_t seed,
                                     const Sampling& sampling, const std::string& method,
                                     const std::vector<std::string>& stops,
                                     const std::function<void(py::bytes)>& on_generated) const {
    const auto tell = [&](ByteView fresh) {
      check_signals();
      if (!on_generated) return;
      const py::gil_scoped_acquire locked;
      on_generated(to_python(fresh));
    };
    if (is_python_) return sample_bytes(prompt, count, seed, sampler_of(sampling), tell);
    GenerateRequest request;
    request.model = request_;
    request.prompt = prompt;
    request.count = count;
    request.seed = seed;
    request.endings.stops = stops;
    request.method.sampler = sampler_of(sampling);
    request.method.kind = kind_of(method);
    request.on_generated = tell;
    return generate(request).bytes;
  }

 private:
  static MethodKind kind_of(const std::string& method) {
    if (method == "sample") return MethodKind::kSample;
    if (method == "beam") return MethodKind::kBeam;
    if (method == "dream") return MethodKind::kDream;
    throw Error::of_option("method", method, "is none", "take sample, beam or dream");
  }

  [[nodiscard]] Bytes sample_bytes(const Bytes& prompt, std::size_t count, std::uint64_t seed,
                                   const SamplerOptions& sampler,
                                   const std::function<void(ByteView)>& tell) const {
    const std::unique_ptr<Predictor> predictor = start_->clone();
    predictor->observe(prompt);
    Rng rng(seed);
    Bytes out;
    while (out.size() < count) {
      const Symbol symbol = sample(predictor->log2_probs(), sampler, rng.uniform());
      out.push_back(static_cast<Byte>(symbol));
      tell(ByteView(out).last(1));
      predictor->update(symbol);
    }
    return out;
  }

  ModelRequest request_;
  std::unique_ptr<const Predictor> start_;
  bool is_python_ = false;
};

std::vector<py::dict> models() {
  std::vector<py::dict> all;
  for (const ModelInfo* info : model_list()) {
    py::dict row;
    row["name"] = std::string(info->name);
    row["summary"] = std::string(info->summary);
    row["codec"] = info->is_codec();
    row["learns"] = info->learns();
    py::list options;
    for (const OptionInfo& option : info->options) options.append(std::string(option.key));
    row["options"] = options;
    all.push_back(std::move(row));
  }
  return all;
}

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
    }
  });
}

void define_array(py::module_& module) {
  py::class_<Array>(module, "Array", py::buffer_protocol())
      .def_buffer([](Array& array) {
        return py::buffer_info(array.values.data(), sizeof(double),
                               py::format_descriptor<double>::format(), 1, {array.values.size()},
                               {sizeof(double)}, true);
      })
      .def("__len__", [](const Array& array) { return array.values.size(); })
      .def("__getitem__",
           [](const Array& array, std::ptrdiff_t i) {
             const auto size = static_cast<std::ptrdiff_t>(array.values.size());
             if (i < -size || i >= size) throw py::index_error("out of range");
             return array.values[static_cast<std::size_t>(i < 0 ? i + size : i)];
           })
      .def(
          "__iter__",
          [](const Array& array) {
            return py::make_iterator(array.values.begin(), array.values.end());
          },
          py::keep_alive<0, 1>())
      .def("__repr__", [](const Array& array) {
        return "zipdream.Array of " + std::to_string(array.values.size()) + " float64";
      });
}

void define_session(py::module_& module) {
  py::class_<Session>(module, "Session")
      .def("log2_probs", &Session::log2_probs, Released())
      .def("update", &Session::update, py::arg("symbol"), Released())
      .def(
          "observe",
          [](Session& session, const py::buffer& data) {
            const Bytes bytes = bytes_of(data);
            const py::gil_scoped_release released;
            session.observe(bytes);
          },
          py::arg("data"))
      .def("clone", &Session::clone, Released())
      .def_property_readonly("alphabet_size", &Session::alphabet_size)
      .def(
          "symbol_bytes",
          [](const Session& session, Symbol symbol) {
            return to_python(session.symbol_bytes(symbol));
          },
          py::arg("symbol"));
}

py::dict to_python(const Proof& proof) {
  py::dict dict;
  dict["bits_scored"] = proof.bits_scored;
  dict["code_bits"] = proof.code_bits;
  dict["bytes_written"] = proof.bytes_written;
  dict["symbols"] = proof.symbols;
  dict["sum_deviation"] = proof.sum_deviation;
  return dict;
}

void define_model(py::module_& module) {
  py::class_<Model>(module, "Model")
      .def(py::init<const std::string&, const std::optional<std::string>&,
                    const std::optional<std::string>&>(),
           py::arg("spec"), py::arg("probs") = py::none(), py::arg("units") = py::none())
      .def(py::init<const py::object&>(), py::arg("model"))
      .def_property_readonly("spec", &Model::spec)
      .def_property_readonly("alphabet_size", &Model::alphabet_size)
      .def(
          "session",
          [](const Model& model, const py::buffer& context) {
            const Bytes bytes = bytes_of(context);
            const py::gil_scoped_release released;
            return model.session(bytes);
          },
          py::arg("context") = py::bytes())
      .def(
          "score",
          [](const Model& model, const py::buffer& data, const py::buffer& context) {
            const Bytes bytes = bytes_of(data);
            const Bytes before = bytes_of(context);
            const py::gil_scoped_release released;
            return model.score_bytes(bytes, before);
          },
          py::arg("data"), py::arg("context") = py::bytes())
      .def(
          "prove",
          [](const Model& model, const py::buffer& data) {
            const Bytes bytes = bytes_of(data);
            std::optional<Proof> proof;
            {
              const py::gil_scoped_release released;
              proof = model.prove_bytes(bytes);
            }
            return to_python(*proof);
          },
          py::arg("data"))
      .def("_generate",
           [](const Model& model, const py::buffer& prompt, std::size_t count, std::uint64_t seed,
              double temperature, std::size_t top_k, double top_p, double min_p,
              const std::string& method, const std::vector<std::string>& stops,
              const std::function<void(py::bytes)>& on_generated) {
             const Bytes bytes = bytes_of(prompt);
             Bytes out;
             {
               const py::gil_scoped_release released;
               out = model.generate_bytes(bytes, count, seed, {temperature, top_k, top_p, min_p},
                                          method, stops, on_generated);
             }
             return to_python(ByteView(out));
           });
}

}  // namespace
}  // namespace zipdream

PYBIND11_MODULE(_zipdream, module) {
  using namespace zipdream;  // NOLINT: the module's own
  module.attr("Error") = py::module_::import("zipdream._error").attr("Error");
  translate(module);
  define_array(module);
  define_session(module);
  define_model(module);
  module.def("list_models", &models);
  module.def("version", [] { return std::string(version()); });
  module.def("set_thread_count", &set_thread_count, py::arg("count"));
  module.def(
      "compress",
      [](const py::buffer& data, const std::string& spec) {
        const Bytes bytes = bytes_of(data);
        Bytes archive;
        {
          const py::gil_scoped_release released;
          archive = compress(bytes, Spec::parse(spec));
        }
        return to_python(ByteView(archive));
      },
      py::arg("data"), py::arg("spec") = "cm");
  module.def(
      "decompress",
      [](const py::buffer& archive, const std::vector<std::string>& models) {
        const Bytes bytes = bytes_of(archive);
        Bytes content;
        {
          const py::gil_scoped_release released;
          content = decompress(bytes, {.search = {.models = models, .beside = ""}});
        }
        return to_python(ByteView(content));
      },
      py::arg("archive"), py::arg("models") = std::vector<std::string>());
}
