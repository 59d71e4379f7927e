// SPDX-License-Identifier: Apache-2.0
// continue_image() and continue_audio(), of arrays.
#include <pybind11/stl.h>

#include <cmath>
#include <span>

#include "apps/python/parts-inl.h"
#include "generator/load_method.h"
#include "generator/method.h"
#include "media/media_job.h"

namespace zipdream::python {
namespace {

// Samples as Python reads them where they lie: (frames), or (frames, 2) of stereo.
struct Sound {
  Audio audio;
};

std::vector<Bytes> continue_job(const MediaJob& job, const ModelRequest& model,
                                const MethodRequest& method, std::uint64_t seed) {
  check_method(method, model);
  const LoadedMethod loaded = load_method(method, model, job);
  return generate(*loaded.method, job.sequences(), seed, [](std::size_t, ByteView) {});
}

// Visits every item of a buffer in the order of its indices.
template <typename T>
void read_items(const py::buffer_info& info, const std::function<void(T value)>& visit) {
  std::vector<py::ssize_t> at(static_cast<std::size_t>(info.ndim), 0);
  for (py::ssize_t i = 0; i < info.size; ++i) {
    const char* item = static_cast<const char*>(info.ptr);
    for (std::size_t d = 0; d < at.size(); ++d) item += at[d] * info.strides[d];
    visit(*reinterpret_cast<const T*>(item));
    for (std::size_t d = at.size(); d-- > 0 && ++at[d] == info.shape[d];) at[d] = 0;
  }
}

Image image_of(const py::buffer& pixels) {
  const py::buffer_info info = pixels.request();
  const bool is_bytes = info.itemsize == 1 && (info.format == "B" || info.format == "<B");
  if (!is_bytes || info.ndim < 2 || info.ndim > 3) {
    throw py::type_error(
        "pixels are asked for: an array of uint8, (height, width) gray or "
        "(height, width, 3) RGB");
  }
  Image image{.width = static_cast<int>(info.shape[1]),
              .height = static_cast<int>(info.shape[0]),
              .channels = info.ndim == 3 ? static_cast<int>(info.shape[2]) : 1};
  image.pixels.reserve(static_cast<std::size_t>(info.size));
  read_items<Byte>(info, [&](Byte pixel) { image.pixels.push_back(pixel); });
  return image;
}

// As a float in [-1, 1].
Audio audio_of(const py::buffer& samples, int rate) {
  const py::buffer_info info = samples.request();
  const std::string format = info.format.starts_with('<') ? info.format.substr(1) : info.format;
  if (info.ndim < 1 || info.ndim > 2 || std::string("Bhfd").find(format) == std::string::npos) {
    throw py::type_error(
        "samples are asked for: an array of float32 or float64 in [-1, 1], int16, "
        "or uint8 around 128, (frames) or (frames, 2)");
  }
  Audio audio{.rate = rate,
              .channels = info.ndim == 2 ? static_cast<std::size_t>(info.shape[1]) : 1};
  const auto add = [&](auto value, float zero, float scale) {
    audio.samples.push_back((static_cast<float>(value) - zero) / scale);
  };
  if (format == "B") read_items<Byte>(info, [&](Byte value) { add(value, 128, 128); });
  if (format == "h") read_items<std::int16_t>(info, [&](std::int16_t v) { add(v, 0, 32768); });
  if (format == "f") read_items<float>(info, [&](float value) { add(value, 0, 1); });
  if (format == "d") read_items<double>(info, [&](double value) { add(value, 0, 1); });
  return audio;
}

ImageOptions image_options(double prompt_fraction, const std::string& prompt_side,
                           const std::optional<std::string>& rows) {
  ImageOptions options{.prompt_fraction = prompt_fraction};
  if (prompt_side != "left" && prompt_side != "top") {
    throw Error::of_option("prompt_side", prompt_side, "is none", "take left or top");
  }
  if (rows && *rows != "independent" && *rows != "joint") {
    throw Error::of_option("rows", *rows, "are none", "take independent or joint");
  }
  options.prompt_side = prompt_side == "top" ? PromptSide::kTop : PromptSide::kLeft;
  if (rows) options.rows = *rows == "joint" ? Rows::kJoint : Rows::kIndependent;
  return options;
}

Image continue_pixels(Image image, const ImageOptions& options, const ModelRequest& model,
                      const MethodRequest& method, std::uint64_t seed) {
  const auto job = make_image_job(std::move(image), options);
  return job->picture(continue_job(*job, model, method, seed))->image;
}

Audio continue_samples(const Audio& audio, const AudioOptions& options, const ModelRequest& model,
                       const MethodRequest& method, std::uint64_t seed) {
  const auto job = make_audio_job(audio, options);
  const Bytes pcm = continue_job(*job, model, method, seed).front();
  return from_pcm(pcm, options.format, options.rate, audio.channels);
}

SampleFormat format_of(const std::string& name) {
  if (name == "u8" || name == "mulaw" || name == "s16") return sample_format(name);
  throw Error::of_option("format", name, "is none", "take u8, mulaw or s16");
}

void define_results(py::module_& module) {
  py::class_<Image>(module, "Image", py::buffer_protocol(),
                    "(height, width) gray or (height, width, 3) RGB: uint8 with the buffer "
                    "protocol, a picture in a notebook.")
      .def_buffer([](Image& image) {
        const py::ssize_t width = image.width, height = image.height, channels = image.channels;
        std::vector<py::ssize_t> shape = {height, width};
        std::vector<py::ssize_t> strides = {width * channels, channels};
        if (channels > 1) {
          shape.push_back(channels);
          strides.push_back(1);
        }
        return py::buffer_info(image.pixels.data(), 1, "B", static_cast<py::ssize_t>(shape.size()),
                               shape, strides, true);
      })
      .def_property_readonly(
          "width", [](const Image& image) { return image.width; }, "Pixels.")
      .def_property_readonly(
          "height", [](const Image& image) { return image.height; }, "Pixels.")
      .def_property_readonly(
          "channels", [](const Image& image) { return image.channels; }, "1 or 3.")
      .def("__bytes__", [](const Image& image) { return to_python(ByteView(image.pixels)); });
  py::class_<Sound>(module, "Sound", py::buffer_protocol(),
                    "(frames) mono or (frames, 2) stereo: float32 in [-1, 1] with the buffer "
                    "protocol, a player in a notebook.")
      .def_buffer([](Sound& sound) {
        const auto frames = static_cast<py::ssize_t>(sound.audio.frames());
        const auto channels = static_cast<py::ssize_t>(sound.audio.channels);
        std::vector<py::ssize_t> shape = {frames};
        std::vector<py::ssize_t> strides = {channels * py::ssize_t{sizeof(float)}};
        if (channels > 1) {
          shape.push_back(channels);
          strides.push_back(sizeof(float));
        }
        return py::buffer_info(sound.audio.samples.data(), sizeof(float), "f",
                               static_cast<py::ssize_t>(shape.size()), shape, strides, true);
      })
      .def("__len__", [](const Sound& sound) { return sound.audio.frames(); })
      .def_property_readonly(
          "rate", [](const Sound& sound) { return sound.audio.rate; }, "Frames per second.")
      .def_property_readonly(
          "channels", [](const Sound& sound) { return sound.audio.channels; }, "1 or 2.");
}

}  // namespace

void define_media(py::module_& module) {
  define_results(module);
  module.def("_continue_image",
             [](const py::buffer& pixels, const py::object& model, double prompt_fraction,
                const std::string& prompt_side, const std::optional<std::string>& rows,
                std::uint64_t seed, const py::dict& keywords) {
               Image image = image_of(pixels);
               const NamedModel named = named_model(model);
               ModelRequest request{.spec = named.spec};
               MethodRequest method;
               read_options(keywords, request, method);
               const ImageOptions options = image_options(prompt_fraction, prompt_side, rows);
               return released([&] {
                 return continue_pixels(std::move(image), options, request, method, seed);
               });
             });
  module.def("_continue_audio", [](const py::buffer& samples, int rate, const py::object& model,
                                   double seconds, const std::string& format, std::uint64_t seed,
                                   const py::dict& keywords) {
    const Audio audio = audio_of(samples, rate);
    const NamedModel named = named_model(model);
    ModelRequest request{.spec = named.spec};
    MethodRequest method;
    read_options(keywords, request, method);
    const AudioOptions options{
        .rate = rate,
        .format = format_of(format),
        .channels = audio.channels == 2 ? Channels::kStereo : Channels::kMono,
        .seconds = seconds};
    return released([&] { return Sound{continue_samples(audio, options, request, method, seed)}; });
  });
}

}  // namespace zipdream::python
