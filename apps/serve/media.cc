// SPDX-License-Identifier: Apache-2.0
#include "apps/serve/media.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>
#include <vector>

#include "apps/serve/requests.h"
#include "apps/serve/served_model.h"
#include "base/encodings.h"
#include "generator/method.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

constexpr std::size_t kMaxSide = 1 << 16;

template <typename T>
using Choices = std::vector<std::pair<const char*, T>>;

// Leaves `target` as it is where the field is not there.
template <typename Target, typename T>
void read_choice(const nlohmann::json& json, const char* name, const Choices<T>& choices,
                 Target& target) {
  const std::string text = text_field(json, name, "");
  if (text.empty()) return;
  std::string names;
  for (const auto& [each, value] : choices) {
    if (text == each) {
      target = value;
      return;
    }
    names += (names.empty() ? "" : ", ") + std::string(each);
  }
  throw Error::of_option(name, text, "is none of its values", "send one of " + names);
}

void read_image(const nlohmann::json& json, ImageOptions& image) {
  image.gray = flag_field(json, "gray");
  image.max_side = static_cast<int>(number_field(json, "max_side", 0, 0, kMaxSide));
  image.prompt_fraction = real_field(json, "prompt_fraction", image.prompt_fraction);
  read_choice<PromptSide, PromptSide>(json, "prompt_side",
                                      {{"left", PromptSide::kLeft}, {"top", PromptSide::kTop}},
                                      image.prompt_side);
  read_choice<std::optional<Rows>, Rows>(
      json, "rows", {{"independent", Rows::kIndependent}, {"joint", Rows::kJoint}}, image.rows);
}

void read_audio(const nlohmann::json& json, AudioOptions& audio) {
  audio.rate = static_cast<int>(
      number_field(json, "rate", static_cast<std::uint64_t>(audio.rate), 1, 1 << 20));
  audio.prompt_seconds = real_field(json, "prompt_seconds", audio.prompt_seconds);
  audio.seconds = real_field(json, "seconds", audio.seconds);
  read_choice<SampleFormat, SampleFormat>(
      json, "format",
      {{"u8", SampleFormat::kU8}, {"mulaw", SampleFormat::kMulaw}, {"s16", SampleFormat::kS16}},
      audio.format);
  read_choice<Channels, Channels>(
      json, "channels", {{"mono", Channels::kMono}, {"stereo", Channels::kStereo}}, audio.channels);
}

const char* type_of(Media media) {
  switch (media) {
    case Media::kImage:
      return "image/png";
    case Media::kAudio:
      return "audio/wav";
    case Media::kText:
      break;
  }
  return "application/octet-stream";
}

// All but the file.
void read_fields(const nlohmann::json& json, std::size_t max_tokens, MediaRequest& request) {
  request.model = text_field(json, "model", "");
  request.job.name = "file";
  request.job.count = number_field(json, "max_tokens", 100, 1, max_tokens);
  read_choice<std::optional<Media>, Media>(
      json, "media", {{"text", Media::kText}, {"image", Media::kImage}, {"audio", Media::kAudio}},
      request.job.media);
  read_image(json, request.job.image);
  read_audio(json, request.job.audio);
  request.method = sampling_fields(json);
  request.seed = seed_field(json);
  request.view = flag_field(json, "view");
}

nlohmann::json value_of(const std::string& text) {
  auto value = nlohmann::json::parse(text, nullptr, false);
  if (value.is_number() || value.is_boolean()) return value;
  return text;
}

}  // namespace

MediaRequest read_media(const nlohmann::json& json, std::size_t max_tokens) {
  MediaRequest request;
  auto bytes = bytes_of_base64(text_field(json, "file", ""));
  if (!bytes || bytes->empty()) {
    throw Error::of_option("file", "", "is no base64, or empty",
                           "send a PNG, a WAV or the like in base64");
  }
  request.file = std::move(*bytes);
  read_fields(json, max_tokens, request);
  return request;
}

MediaRequest read_media(ByteView file, const std::multimap<std::string, std::string>& query,
                        std::size_t max_tokens) {
  if (file.empty()) {
    throw Error::of_option("file", "", "is empty", "send a PNG, a WAV or the like as the body");
  }
  MediaRequest request;
  request.file.assign(file.begin(), file.end());
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [name, text] : query) json[name] = value_of(text);
  read_fields(json, max_tokens, request);
  return request;
}

MediaWork::MediaWork(std::string model, const MediaRequest& request)
    : model_(std::move(model)),
      job_(make_job(request.file, request.job)),
      seed_(request.seed ? *request.seed : random_seed()),
      view_(request.view && job_->media() != Media::kText),
      type_(view_ ? "image/png" : type_of(job_->media())) {
  std::size_t count = 0;
  for (const Sequence& sequence : job_->sequences()) count += sequence.count;
  if (count > kMaxGenerated) {
    throw Error(
        Error::Kind::kUsage, "file",
        fmt::format("would be continued by {} bytes, and {} are the most", count, kMaxGenerated),
        "send max_side, or fewer seconds");
  }
  const NamedModel named = parse_model_name(model_);
  ModelRequest wanted;
  wanted.spec = named.spec;
  wanted.probs = named.probs;
  method_ = load_method(request.method, wanted, *job_);
}

MediaReply MediaWork::run(const OnStep& on_step) const {
  MediaReply reply;
  reply.seed = seed_;
  const std::vector<Bytes> continuations = generate(*method_.method, job_->sequences(), seed_,
                                                    [&](std::size_t /*sequence*/, ByteView bytes) {
                                                      reply.generated += bytes.size();
                                                      on_step();
                                                    });
  reply.file = view_ ? job_->view(continuations) : job_->file(continuations, "-");
  return reply;
}

nlohmann::ordered_json media_reply(const MediaWork& work, const MediaReply& reply) {
  return {{"model", work.model()},
          {"media", media_name(work.job().media())},
          {"job", work.job().describe()},
          {"seed", reply.seed},
          {"generated_bytes", reply.generated},
          {"type", work.type()},
          {"file", base64(reply.file)}};
}

}  // namespace zipdream
