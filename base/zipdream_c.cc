// SPDX-License-Identifier: Apache-2.0
// The interface for C, over the public headers alone: each function is one of theirs, with errors
// turned into a status and a message.
#include "zipdream/zipdream_c.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "zipdream/zipdream.h"

struct zd_model {
  std::unique_ptr<const zipdream::Predictor> start;
};
struct zd_session {
  std::unique_ptr<zipdream::Predictor> predictor;
};
struct zd_buffer {
  zipdream::Bytes bytes;
};
struct zd_request {
  zipdream::GenerateRequest request;
};

namespace zipdream {
namespace {

struct LastError {
  std::string message;
  std::string remedy;
};

LastError& last_error() {
  static thread_local LastError error;
  return error;
}

zd_status failed(zd_status status, const char* message, const std::string& remedy) {
  try {
    last_error() = {message, remedy};
  } catch (const std::bad_alloc&) {
    // The message before this one stays.
  }
  return status;
}

// Runs it; what it throws becomes a status.
template <typename Run>
zd_status guarded(const Run& run) {
  try {
    run();
    return ZD_OK;
  } catch (const Error& error) {
    const bool usage = error.kind() == Error::Kind::kUsage;
    return failed(usage ? ZD_USAGE : ZD_FAILURE, error.what(), error.remedy());
  } catch (const std::bad_alloc&) {
    return failed(ZD_MEMORY, "not enough memory", "");
  } catch (const std::exception& error) {
    return failed(ZD_FAILURE, error.what(), "");
  } catch (...) {
    return failed(ZD_FAILURE, "something went wrong", "");
  }
}

// What it makes, or null.
template <typename Made, typename Make>
Made* made_by(const Make& make) {
  std::unique_ptr<Made> made;
  (void)guarded([&] { made = std::make_unique<Made>(make()); });
  return made.release();
}

ByteView view(const std::uint8_t* data, std::size_t size) {
  if (data == nullptr && size > 0) throw usage_error("data is NULL, but its size is not 0");
  return {data, size};
}

const char* text(const char* spec) {
  if (spec == nullptr) throw usage_error("the spec is NULL; name a model");
  return spec;
}

// REQUIRES: the pointer is what a function of ours returned.
template <typename Handle>
Handle& existing(Handle* handle) {
  if (handle == nullptr) throw usage_error("the handle is NULL; was it made?");
  return *handle;
}

// Throws a usage Error where it is none from 0 on that a size can hold.
std::size_t whole(const std::string& name, double value) {
  constexpr double kMost = 4294967295;
  if (value >= 0 && value <= kMost && value == std::floor(value)) {
    return static_cast<std::size_t>(value);
  }
  throw Error::of_option(name, std::to_string(value), "must be a whole number from 0 on", "");
}

PixelRows& pixels_of(GenerateRequest& request) {
  return request.pixels ? *request.pixels : request.pixels.emplace();
}

void set(GenerateRequest& request, const std::string& name, double value) {
  SamplerOptions& sampler = request.method.sampler;
  if (name == "temperature") {
    sampler.temperature = value;
  } else if (name == "unsure_temperature") {
    sampler.unsure_temperature = value;
  } else if (name == "top_k") {
    sampler.top_k = whole(name, value);
  } else if (name == "top_p") {
    sampler.top_p = value;
  } else if (name == "min_p") {
    sampler.min_p = value;
  } else if (name == "colour_temperature") {
    request.method.colour_temperature = value;
  } else if (name == "width") {
    pixels_of(request).width = whole(name, value);
  } else if (name == "channels") {
    pixels_of(request).channels = whole(name, value);
  } else {
    throw usage_error("\"" + name + "\" is no option of a request; see zd_request in zipdream_c.h");
  }
}

// REQUIRES: `out` has room for request.count bytes.
void generate_to(GenerateRequest request, ByteView prompt, std::uint8_t* out) {
  request.prompt.assign(prompt.begin(), prompt.end());
  const Bytes made = generate(request).bytes;
  std::copy(made.begin(), made.end(), out);
}

}  // namespace
}  // namespace zipdream

using zipdream::existing;
using zipdream::guarded;
using zipdream::made_by;
using zipdream::view;

const char* zd_error_message(void) { return zipdream::last_error().message.c_str(); }
const char* zd_error_remedy(void) { return zipdream::last_error().remedy.c_str(); }
const char* zd_version(void) { return zipdream::version(); }
void zd_set_thread_count(int count) { zipdream::set_thread_count(count); }

zd_model* zd_model_load(const char* spec) {
  return made_by<zd_model>(
      [&] { return zd_model{zipdream::make_predictor(zipdream::text(spec))}; });
}

void zd_model_free(zd_model* model) { delete model; }

size_t zd_model_alphabet_size(const zd_model* model) {
  return model == nullptr ? 0 : model->start->alphabet_size();
}

const uint8_t* zd_model_symbol_bytes(const zd_model* model, uint32_t symbol, size_t* size) {
  *size = 0;
  if (symbol >= zd_model_alphabet_size(model)) return nullptr;
  const zipdream::ByteView bytes = model->start->symbol_bytes(symbol);
  *size = bytes.size();
  return bytes.data();
}

zd_session* zd_session_new(const zd_model* model, const uint8_t* context, size_t context_size) {
  return made_by<zd_session>([&] {
    zd_session session{existing(model).start->clone()};
    session.predictor->observe(view(context, context_size));
    return session;
  });
}

zd_session* zd_session_clone(const zd_session* session) {
  return made_by<zd_session>([&] { return zd_session{existing(session).predictor->clone()}; });
}

void zd_session_free(zd_session* session) { delete session; }

zd_status zd_session_log2_probs(const zd_session* session, double* log2_probs, size_t count) {
  return guarded([&] {
    const zipdream::Predictor& predictor = *existing(session).predictor;
    if (count != predictor.alphabet_size()) {
      throw zipdream::usage_error("count is " + std::to_string(count) + "; the model has " +
                                  std::to_string(predictor.alphabet_size()) + " symbols");
    }
    predictor.log2_probs({log2_probs, count});
  });
}

zd_status zd_session_update(zd_session* session, uint32_t symbol) {
  return guarded([&] {
    zipdream::Predictor& predictor = *existing(session).predictor;
    if (symbol >= predictor.alphabet_size()) {
      throw zipdream::usage_error(std::to_string(symbol) + " is no symbol; take one below " +
                                  std::to_string(predictor.alphabet_size()));
    }
    predictor.update(symbol);
  });
}

zd_status zd_session_observe(zd_session* session, const uint8_t* data, size_t size) {
  return guarded([&] { existing(session).predictor->observe(view(data, size)); });
}

zd_sampler zd_sampler_default(void) {
  const zipdream::SamplerOptions options;
  return {options.temperature, options.top_k, options.top_p, options.min_p};
}

zd_status zd_generate(const char* spec, const uint8_t* prompt, size_t prompt_size,
                      const zd_sampler* sampler, uint64_t seed, uint8_t* out, size_t count) {
  return guarded([&] {
    zipdream::GenerateRequest request;
    request.model.spec = zipdream::Spec::parse(zipdream::text(spec));
    request.count = count;
    request.seed = seed;
    if (sampler != nullptr) {
      request.method.sampler = {sampler->temperature, sampler->top_k, sampler->top_p,
                                sampler->min_p};
    }
    zipdream::generate_to(std::move(request), view(prompt, prompt_size), out);
  });
}

zd_request* zd_request_new(const char* spec) {
  return made_by<zd_request>([&] {
    zd_request made;
    made.request.model.spec = zipdream::Spec::parse(zipdream::text(spec));
    return made;
  });
}

void zd_request_free(zd_request* request) { delete request; }

zd_status zd_request_set(zd_request* request, const char* name, double value) {
  return guarded([&] {
    if (name == nullptr) throw zipdream::usage_error("the name is NULL; name an option");
    zipdream::GenerateRequest changed = existing(request).request;
    zipdream::set(changed, name, value);
    zipdream::check_sampler(changed.method.sampler);
    request->request = std::move(changed);
  });
}

zd_status zd_request_generate(const zd_request* request, const uint8_t* prompt, size_t prompt_size,
                              uint64_t seed, uint8_t* out, size_t count) {
  return guarded([&] {
    zipdream::GenerateRequest made = existing(request).request;
    made.count = count;
    made.seed = seed;
    zipdream::generate_to(std::move(made), view(prompt, prompt_size), out);
  });
}

zd_status zd_score(const zd_model* model, const uint8_t* context, size_t context_size,
                   const uint8_t* data, size_t size, double* bits) {
  return guarded([&] {
    const std::unique_ptr<zipdream::Predictor> predictor = existing(model).start->clone();
    predictor->observe(view(context, context_size));
    const std::vector<double> scored = zipdream::score(*predictor, view(data, size));
    std::copy(scored.begin(), scored.end(), bits);
  });
}

zd_buffer* zd_compress(const char* spec, const uint8_t* data, size_t size) {
  return made_by<zd_buffer>([&] {
    const zipdream::Spec model = zipdream::Spec::parse(zipdream::text(spec));
    return zd_buffer{zipdream::compress(view(data, size), model)};
  });
}

zd_buffer* zd_decompress(const uint8_t* archive, size_t size) {
  return made_by<zd_buffer>([&] { return zd_buffer{zipdream::decompress(view(archive, size))}; });
}

const uint8_t* zd_buffer_data(const zd_buffer* buffer) {
  return buffer == nullptr ? nullptr : buffer->bytes.data();
}
size_t zd_buffer_size(const zd_buffer* buffer) {
  return buffer == nullptr ? 0 : buffer->bytes.size();
}
void zd_buffer_free(zd_buffer* buffer) { delete buffer; }
