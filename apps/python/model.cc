// SPDX-License-Identifier: Apache-2.0
// Models, their sessions, and arrays of numbers.
#include <pybind11/functional.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <numeric>

#include "apps/python/parts-inl.h"

namespace zipdream::python {
namespace {

// Float64 numbers that Python reads where they lie.
struct Array {
  std::vector<double> values;
};

// The bits of each byte of a text, and the text.
struct Scores : Array {
  Bytes data;

  [[nodiscard]] double total() const { return std::accumulate(values.begin(), values.end(), 0.0); }
};

// Calls of one function, which mostly take as long as the last one did. While they are shorter than
// it pays to let Python's lock go for, they keep it.
class Calls {
 public:
  // REQUIRES: Python's lock is held.
  template <typename Call>
  void make(bool may_keep_lock, const Call& call) {
    std::optional<Unlocked> unlocked;
    if (!may_keep_lock || !are_short_.load(std::memory_order_relaxed)) unlocked.emplace();
    const auto begin = std::chrono::steady_clock::now();
    call();
    const bool is_short = std::chrono::steady_clock::now() - begin < kShort;
    are_short_.store(is_short, std::memory_order_relaxed);
  }

 private:
  static constexpr auto kShort = std::chrono::microseconds(1);
  std::atomic<bool> are_short_ = false;
};

// A predictor that goes on with what it is told. REQUIRES: Python's lock is held when log2_probs()
// or update() is called; they let it go where that pays.
class Session {
 public:
  // has_own: something in the model is written in Python. It may be called on other threads, which
  // wait for Python's lock.
  Session(std::string spec, bool has_own, std::unique_ptr<Predictor> predictor)
      : spec_(std::move(spec)), has_own_(has_own), predictor_(std::move(predictor)) {}

  [[nodiscard]] Array log2_probs() {
    Array probs;
    distributions_.make(!has_own_, [&] { probs.values = predictor_->log2_probs(); });
    return probs;
  }
  void update(Symbol symbol) {
    if (symbol >= predictor_->alphabet_size()) {
      throw Error(Error::Kind::kUsage, "update()",
                  std::to_string(symbol) + " is no symbol of this model",
                  "take one below " + std::to_string(predictor_->alphabet_size()));
    }
    updates_.make(!has_own_, [&] { predictor_->update(symbol); });
    bytes_ += predictor_->symbol_bytes(symbol).size();
  }
  void observe(const Bytes& bytes) {
    predictor_->observe(bytes);
    bytes_ += bytes.size();
  }
  [[nodiscard]] std::unique_ptr<Session> clone() const {
    auto copy = std::make_unique<Session>(spec_, has_own_, predictor_->clone());
    copy->bytes_ = bytes_;
    return copy;
  }
  [[nodiscard]] std::size_t alphabet_size() const { return predictor_->alphabet_size(); }
  [[nodiscard]] ByteView symbol_bytes(Symbol symbol) const {
    if (symbol >= alphabet_size()) throw py::index_error("no such symbol");
    return predictor_->symbol_bytes(symbol);
  }
  [[nodiscard]] std::vector<double> member_weights() const {
    const auto weights = predictor_->member_weights();
    return {weights.begin(), weights.end()};
  }
  [[nodiscard]] std::string repr() const {
    return "<zipdream.Session of " + spec_ + " after " + std::to_string(bytes_) +
           (bytes_ == 1 ? " byte>" : " bytes>");
  }

 private:
  std::string spec_;
  bool has_own_;
  std::unique_ptr<Predictor> predictor_;
  Calls distributions_;
  Calls updates_;
  std::uint64_t bytes_ = 0;  // that it has seen
};

struct GenerateOptions {
  std::size_t count = 0;
  std::uint64_t seed = 0;
  std::vector<std::string> stops;
};

class Model {
 public:
  Model(const ModelRequest& request, NamedModel named)
      : request_(request), named_(std::move(named)) {
    request_.spec = named_.spec;
    PredictorOptions options;
    options.probs = request_.probs;
    options.units = request_.units;
    start_ = make_predictor(request_.spec, options);
  }

  [[nodiscard]] const ModelRequest& request() const { return request_; }
  [[nodiscard]] const NamedModel& named() const { return named_; }
  [[nodiscard]] std::string spec() const { return request_.spec.canonical(); }
  [[nodiscard]] std::size_t alphabet_size() const { return start_->alphabet_size(); }
  [[nodiscard]] std::string describe() const { return start_->describe(); }

  [[nodiscard]] std::unique_ptr<Session> session(const Bytes& context) const {
    std::unique_ptr<Predictor> predictor = start_->clone();
    auto made = std::make_unique<Session>(spec(), !named_.own.empty(), std::move(predictor));
    made->observe(context);
    return made;
  }

  [[nodiscard]] Scores score_bytes(const Bytes& data, const Bytes& context) const {
    const std::unique_ptr<Predictor> predictor = start_->clone();
    predictor->observe(context);
    return {{score(*predictor, data)}, data};
  }

  [[nodiscard]] Proof prove_bytes(const Bytes& data) const { return prove(*start_, data); }

  using OnBytes = std::function<void(py::bytes)>;
  [[nodiscard]] Bytes generate_bytes(const Bytes& prompt, const GenerateOptions& options,
                                     const ModelRequest& model, const MethodRequest& method,
                                     const OnBytes& on_generated) const {
    GenerateRequest request{.model = model,
                            .method = method,
                            .prompt = prompt,
                            .count = options.count,
                            .seed = options.seed};
    request.endings.stops = options.stops;
    if (on_generated) {
      request.on_generated = [&](ByteView fresh) {
        const Locked locked;
        on_generated(to_python(fresh));
      };
    }
    return generate(request).bytes;
  }

 private:
  ModelRequest request_;
  NamedModel named_;
  std::unique_ptr<const Predictor> start_;
};

void define_array(py::module_& module) {
  py::class_<Array>(module, "Array", py::buffer_protocol(),
                    "(n): float64 numbers with the buffer protocol: numpy.asarray(a) copies "
                    "nothing.")
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
      .def("__getitem__",
           [](const Array& array, const py::slice& slice) {
             std::size_t begin = 0, end = 0, step = 0, count = 0;
             if (!slice.compute(array.values.size(), &begin, &end, &step, &count)) {
               throw py::error_already_set();
             }
             Array part;
             for (std::size_t i = 0; i < count; ++i, begin += step) {
               part.values.push_back(array.values[begin]);
             }
             return part;
           })
      .def(
          "__iter__",
          [](const Array& array) {
            return py::make_iterator(array.values.begin(), array.values.end());
          },
          py::keep_alive<0, 1>())
      .def("__repr__", [](const Array& array) {
        return "<zipdream.Array of " + std::to_string(array.values.size()) + " float64>";
      });
  py::class_<Scores, Array>(module, "Scores", py::buffer_protocol(),
                            "(len(data)): bits of each byte of data; in a notebook the text "
                            "coloured by them.")
      .def_property_readonly(
          "data", [](const Scores& scores) { return to_python(ByteView(scores.data)); },
          "What was scored, bytes.")
      .def_property_readonly("total", &Scores::total, "The sum, in bits.")
      .def_property_readonly(
          "bits_per_byte",
          [](const Scores& scores) {
            const auto size = static_cast<double>(scores.values.size());
            return size == 0 ? 0 : scores.total() / size;
          },
          "The mean; 0 where there are none.");
}

void define_session(py::module_& module) {
  py::class_<Session>(module, "Session",
                      "A model in the middle of a text; made by Model.session(). One thread at a "
                      "time.")
      .def("log2_probs", &Session::log2_probs,
           "(alphabet_size): log2 of the probability of each next symbol.")
      .def("update", &Session::update, py::arg("symbol"),
           "Tells it the symbol that came; of bytes the byte, 0 to 255.")
      .def(
          "observe",
          [](Session& session, const py::buffer& data) {
            const Bytes bytes = bytes_of(data);
            do_released([&] { session.observe(bytes); });
          },
          py::arg("data"), "Tells it the bytes that came.")
      .def("clone", &Session::clone, Released(), "An independent copy in the same state.")
      .def("__copy__", &Session::clone, Released())
      .def(
          "__deepcopy__", [](const Session& session, const py::dict&) { return session.clone(); },
          py::arg("memo"))
      .def_property_readonly("alphabet_size", &Session::alphabet_size,
                             "Symbols: 256, the bytes, or the tokens of a language model.")
      .def_property_readonly("member_weights", &Session::member_weights,
                             "(members): of a mixture, how much each counted when the last byte "
                             "was predicted; [] of others.")
      .def(
          "symbol_bytes",
          [](const Session& session, Symbol symbol) {
            return to_python(session.symbol_bytes(symbol));
          },
          py::arg("symbol"), "The bytes that a symbol stands for.")
      .def("__repr__", &Session::repr);
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

py::bytes generate_by(const Model& model, const py::buffer& prompt, const GenerateOptions& options,
                      const Model::OnBytes& on_generated, const py::dict& keywords) {
  const Bytes bytes = bytes_of(prompt);
  ModelRequest request = model.request();
  MethodRequest method;
  read_options(keywords, request, method);
  const Bytes out =
      released([&] { return model.generate_bytes(bytes, options, request, method, on_generated); });
  return python::to_python(ByteView(out));
}

std::unique_ptr<Model> make_model(const py::object& model, const py::dict& options) {
  ModelRequest request;
  MethodRequest none;
  if (py::isinstance<Model>(model)) request = model.cast<const Model&>().request();
  const NamedModel named = named_model(model);
  read_options(options, request, none);
  return released([&] { return std::make_unique<Model>(request, named); });
}

// Several models as one, "mix" or "avg" with its options before the models.
std::unique_ptr<Model> make_mixture(const std::string& kind,
                                    const std::vector<py::object>& models) {
  constexpr std::size_t kMaxMembers = 16;
  if (models.size() < 2 || models.size() > kMaxMembers) {
    throw Error(Error::Kind::kUsage, "models", std::to_string(models.size()) + " make no mixture",
                "give 2 to " + std::to_string(kMaxMembers));
  }
  NamedModel mixture{.spec = Spec::parse(kind + ":stored+stored"), .own = {}};
  mixture.spec.inner().clear();
  for (NamedModel& member : named_models(models, named_model)) {
    mixture.spec.inner().push_back(std::move(member.spec));
    mixture.own.insert(mixture.own.end(), member.own.begin(), member.own.end());
  }
  return released([&] { return std::make_unique<Model>(ModelRequest{}, mixture); });
}

void define_model(py::module_& module) {
  py::class_<Model>(module, "Model")
      .def(py::init(&make_model), py::arg("model"), py::arg("options") = py::dict())
      .def(py::init(&make_mixture), py::arg("kind"), py::arg("models"))
      .def_property_readonly("spec", &Model::spec)
      .def_property_readonly("alphabet_size", &Model::alphabet_size)
      .def_property_readonly("description", &Model::describe)
      .def(
          "session",
          [](const Model& model, const py::buffer& context) {
            const Bytes bytes = bytes_of(context);
            return released([&] { return model.session(bytes); });
          },
          py::arg("context") = py::bytes(), "A session that has seen the context, bytes.")
      .def(
          "score",
          [](const Model& model, const py::buffer& data, const py::buffer& context) {
            const Bytes bytes = bytes_of(data);
            const Bytes before = bytes_of(context);
            return released([&] { return model.score_bytes(bytes, before); });
          },
          py::arg("data"), py::arg("context") = py::bytes(),
          "(len(data)): bits of each byte after all before it, -log2 P; those of a token in equal "
          "parts. Data and context\nare bytes.")
      .def(
          "prove",
          [](const Model& model, const py::buffer& data) {
            const Bytes bytes = bytes_of(data);
            return to_python(released([&] { return model.prove_bytes(bytes); }));
          },
          py::arg("data"),
          "Codes the bytes by the distributions that score them, decodes and compares them. "
          "Returns "
          "a dict: bits_scored,\ncode_bits (of the arithmetic code), bytes_written, symbols, "
          "sum_deviation (the largest distance of a\ndistribution's sum from 1). Raises "
          "zipdream.Error where anything differs.")
      .def("_generate", [](const Model& model, const py::buffer& prompt, std::size_t count,
                           std::uint64_t seed, std::vector<std::string> stops,
                           const Model::OnBytes& on_generated, const py::dict& keywords) {
        return generate_by(model, prompt, {count, seed, std::move(stops)}, on_generated, keywords);
      });
}

std::string name_of_own(const py::object& model) {
  const py::object name = py::getattr(model, "name", py::none());
  if (py::isinstance<py::str>(name)) return name.cast<std::string>();
  return py::str(py::type::of(model).attr("__name__")).cast<std::string>();
}

py::dict option_row(const OptionInfo& option) {
  constexpr const char* kKinds[] = {"number", "choice", "text"};
  py::dict row;
  row["name"] = std::string(option.key);
  row["kind"] = kKinds[static_cast<int>(option.kind)];
  if (option.kind == OptionInfo::Kind::kNumber) {
    row["min"] = option.min;
    row["max"] = option.max;
  }
  if (option.kind == OptionInfo::Kind::kChoice) {
    row["choices"] = py::str(std::string(option.choices)).attr("split")();
  }
  row["default"] = std::string(option.fallback);
  row["summary"] = std::string(option.summary);
  return row;
}

py::list list_models() {
  py::list all;
  for (const ModelInfo* info : model_list()) {
    py::dict row;
    row["name"] = std::string(info->name);
    row["summary"] = std::string(info->summary);
    row["example"] = std::string(info->stands_alone() ? info->name : info->example);
    row["is_codec"] = info->make_codec != nullptr;
    row["learns"] = info->learns();
    row["has_tables"] = info->is_codec() && info->make_predictor != nullptr;
    row["has_decoder_sampler"] = info->make_decoder_sampler != nullptr || info->learns();
    row["has_files"] = info->files != nullptr;
    row["is_made_of_models"] = info->inner != ModelInfo::Inner::kNone;
    row["knows_media"] = info->adapt != nullptr;
    row["extension"] = std::string(info->extension);
    row["library"] = std::string(info->library);
    row["library_version"] = info->library_version == nullptr ? "" : info->library_version();
    py::list options;
    for (const OptionInfo& option : info->options) options.append(option_row(option));
    row["options"] = options;
    all.append(row);
  }
  return all;
}

}  // namespace

NamedModel named_model(const py::object& model) {
  if (py::isinstance<py::str>(model)) return {Spec::parse(model.cast<std::string>()), {}};
  if (py::isinstance<Model>(model)) return model.cast<const Model&>().named();
  auto own = std::make_shared<const OwnModel>(
      name_of_own(model), std::shared_ptr<const Predictor>(make_own_predictor(model)));
  return {Spec::parse(own->spec()), {std::move(own)}};
}

NamedModel named_variant(const py::object& model) {
  NamedModel named = named_model(model);
  if (!py::isinstance<Model>(model) || !named.spec.suffix().empty()) return named;
  const ModelRequest& request = model.cast<const Model&>().request();
  if (request.probs == Probs::kTables) named.spec.set_suffix("tables");
  if (request.probs == Probs::kLengths || request.units) {
    named.spec.set_suffix(request.units == Units::kBytes ? "bytes" : "bits");
  }
  return named;
}

std::vector<NamedModel> named_models(const std::vector<py::object>& models,
                                     NamedModel (*name)(const py::object& model)) {
  std::vector<NamedModel> named;
  named.reserve(models.size());
  for (const py::object& model : models) named.push_back(name(model));
  return named;
}

void define_models(py::module_& module) {
  define_array(module);
  define_session(module);
  define_model(module);
  module.def("list_models", &list_models,
             "All models, a dict for each: name, summary, example (a spec), is_codec, learns, "
             "has_tables,\nhas_decoder_sampler, has_files, is_made_of_models, knows_media, "
             "extension, library, library_version, and\noptions: dicts of name, kind, min and max "
             "or choices, default, summary.");
}

}  // namespace zipdream::python
