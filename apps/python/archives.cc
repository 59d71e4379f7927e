// SPDX-License-Identifier: Apache-2.0
// compress() and decompress(), which hold archives in memory.
#include <pybind11/stl.h>

#include <algorithm>

#include "apps/python/parts-inl.h"
#include "archive/archive.h"

namespace zipdream::python {
namespace {

// By that very model and no other.
Bytes decompress_by(const Spec& spec, ByteView archive) {
  Bytes content;
  const ByteSource source = [&](std::span<Byte> buffer) {
    const std::size_t count = std::min(buffer.size(), archive.size());
    std::copy_n(archive.begin(), count, buffer.begin());
    archive = archive.subspan(count);
    return count;
  };
  const ByteSink sink = [&](ByteView bytes) {
    content.insert(content.end(), bytes.begin(), bytes.end());
  };
  const OpenModel open = [&](const ArchiveHeader&) {
    return std::make_shared<const ArchiveModel>(spec);
  };
  (void)decompress_stream(source, sink, open);
  return content;
}

// What a model of one's own codes counts once it has decoded it.
void check_archive(const Spec& spec, ByteView content, ByteView archive) {
  std::string why;
  try {
    if (std::ranges::equal(decompress_by(spec, archive), content)) return;
  } catch (const Error& error) {
    why = std::string(" (") + error.what() + ")";
  }
  throw Error(Error::Kind::kUsage, spec.text(), "does not decode what it coded" + why,
              "let log2_probs() depend on nothing but the bytes that update() was told");
}

Bytes compress_by(const NamedModel& model, ByteView content) {
  Bytes archive = compress(content, model.spec);
  if (!model.own.empty()) check_archive(model.spec, content, archive);
  return archive;
}

// A path or a spec says where a model that has files is; anything else is the model.
std::vector<std::string> paths_of(const py::object& model) {
  if (model.is_none()) return {};
  if (py::isinstance<py::str>(model)) return {model.cast<std::string>()};
  if (py::hasattr(model, "__fspath__")) {
    return {py::str(model.attr("__fspath__")()).cast<std::string>()};
  }
  if (!py::isinstance<py::list>(model) && !py::isinstance<py::tuple>(model)) return {};
  return model.cast<std::vector<std::string>>();
}

Bytes read_archive(const Bytes& archive, const py::object& model) {
  const std::vector<std::string> paths = paths_of(model);
  if (paths.empty() && !model.is_none()) {
    const NamedModel named = named_model(model);
    return released([&] { return decompress_by(named.spec, archive); });
  }
  return released([&] { return decompress(archive, {.search = {.models = paths, .beside = ""}}); });
}

}  // namespace

void define_archives(py::module_& module) {
  module.def(
      "compress",
      [](const py::buffer& data, const py::object& model) {
        const Bytes bytes = bytes_of(data);
        const NamedModel named = named_model(model);
        return to_python(ByteView(released([&] { return compress_by(named, bytes); })));
      },
      py::arg("data"), py::arg("model") = "cm",
      "An archive of the bytes, as `zipdream compress` writes it; model: a spec, what load() "
      "returned, or an object\nof your own. Archives know the latter by its name alone; they are "
      "decoded again before they are returned, and\nzipdream.Error is raised where that gives "
      "something else.");
  module.def(
      "decompress",
      [](const py::buffer& archive, const py::object& model) {
        return to_python(ByteView(read_archive(bytes_of(archive), model)));
      },
      py::arg("archive"), py::arg("model") = py::none(),
      "The content of an archive, as bytes. model: where that of a language model is, if it is not "
      "found (a path, a\nspec, or several), or the very model, as for archives by models of your "
      "own.");
}

}  // namespace zipdream::python
