// SPDX-License-Identifier: Apache-2.0
// `zipdream info`: what a file is to zipdream.
#include <fmt/format.h>

#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "apps/cli/archive_facts.h"
#include "apps/cli/command.h"
#include "apps/cli/output.h"
#include "base/file_format.h"
#include "base/files.h"
#include "base/portable_math.h"
#include "media/audio/audio.h"
#include "media/image/imaging.h"
#include "media/image/read_image.h"
#include "media/media.h"
#include "media/terminal_text.h"
#include "zipdream/codec.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

constexpr const char* kSummary =
    "Says what a file is: its format, medium, size and entropy, or what is in an archive.";

constexpr const char* kExamples = R"(
  zipdream info samples/image.png
  zipdream info samples/sound.wav --json
  zipdream info backup.tar.zd
)";

using Json = nlohmann::ordered_json;

// Order-0 entropy in bits per byte, and how many different byte values occur.
void add_statistics(ByteView content, Json& facts) {
  std::array<std::size_t, 256> counts{};
  for (const Byte byte : content) ++counts[byte];
  double entropy = 0;
  int distinct = 0;
  for (const std::size_t count : counts) {
    if (count == 0) continue;
    ++distinct;
    const double p = static_cast<double>(count) / static_cast<double>(content.size());
    entropy -= p * portable_log2(p);
  }
  facts["distinct_bytes"] = distinct;
  facts["entropy_bits_per_byte"] = entropy;
}

Json describe_archive(const std::string& path, const ArchiveFacts& facts) {
  const auto& [header, index] = facts.info;
  const auto raw = static_cast<double>(index.raw_size);
  const auto archive = static_cast<double>(facts.archive_bytes);
  Json json = {{"file", path},         {"bytes", facts.archive_bytes},
               {"media", "archive"},   {"format_version", kArchiveVersion},
               {"model", header.spec}, {"content_bytes", index.raw_size}};
  if (index.raw_size > 0) {
    json["ratio"] = raw / archive;
    json["bits_per_byte"] = 8 * archive / raw;
  }
  json["blocks"] = index.block_sizes.size();
  json["block_bytes"] = header.block_size;
  json["check"] = "CRC-64";
  if (!header.model_hash.empty()) json["model_hash"] = hex(header.model_hash);
  return json;
}

std::string_view kind_name(FormatKind kind) {
  switch (kind) {
    case FormatKind::kImage:
      return "image";
    case FormatKind::kAudio:
      return "audio";
    case FormatKind::kVideo:
      return "video";
    case FormatKind::kDocument:
      return "document";
    case FormatKind::kCompressed:
      return "compressed";
    case FormatKind::kModel:
      return "model";
    case FormatKind::kData:
      return "data";
    case FormatKind::kPointer:
      return "pointer";
  }
  return "";
}

// Of a format that the other commands refuse.
Json describe_other(const std::string& path, std::uint64_t size, const FileFormat& format) {
  std::string use(format.remedy);
  if (format.kind != FormatKind::kPointer) use += "; --media bytes takes its bytes as they are";
  return {{"file", path},
          {"bytes", size},
          {"media", kind_name(format.kind)},
          {"format", name_of(format)},
          {"is_read", false},
          {"use", use}};
}

// ---- what no signature tells ----

// Nothing but the parts of a model's folder that are JSON.
std::optional<std::string> json_format(ByteView content) {
  constexpr std::size_t kMaxJson = std::size_t{256} << 20;
  const std::string_view text = as_chars(content);
  if (!text.starts_with('{') || text.size() > kMaxJson) return std::nullopt;
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  const Json model = json.value("model", Json());
  if (model.is_object() && model.contains("vocab")) {
    return fmt::format("tokenizer.json of Hugging Face, {} entries", model["vocab"].size());
  }
  const Json type = json.value("model_type", Json());
  if (type.is_string()) {
    return fmt::format("config.json of a language model, {}", type.get<std::string>());
  }
  return std::nullopt;
}

// Whether all of it is one stream of the codec. These have no signature, so that only reading it
// tells; bytes at random are none, unless they are very few.
bool is_stream_of(const std::string& codec, ByteView content) {
  constexpr std::size_t kLeast = 8, kMaxContent = std::size_t{64} << 20;
  if (content.size() < kLeast || content.size() > kMaxContent) return false;
  try {
    static_cast<void>(make_codec(codec)->decompress(content, kMaxContent));
    return true;
  } catch (const Error&) {
    return false;
  }
}

void add_format_of_bytes(ByteView content, Json& facts) {
  facts["utf8"] = is_utf8(content);
  const char* const kUnpack = "unpack it first; the other commands take its bytes as they are";
  if (const auto json = json_format(content)) {
    facts["format"] = *json;
    facts["use"] = "it belongs into the folder of a model, lm:FOLDER; as a text it can be scored";
  } else if (facts["utf8"] == true) {
    facts["format"] = "text";
  } else if (is_stream_of("zlib", content)) {
    facts["format"] = "zlib stream";
    facts["use"] = kUnpack;
  } else if (is_stream_of("brotli", content)) {
    facts["format"] = "Brotli stream";
    facts["use"] = "unpack it first (brotli -d does); the other commands take its bytes";
  } else {
    facts["format"] = "bytes of no known format";
  }
}

void add_pixels(ByteView content, Json& facts) {
  const Image image = read_image(content, kMaxInputBytes);
  facts["width"] = image.width;
  facts["height"] = image.height;
  facts["channels"] = image.channels;
  facts["pixel_bytes"] = image.size_bytes();
  add_statistics(image.pixels, facts);
}

void add_samples(ByteView content, Json& facts) {
  const Audio sound = decode_audio(content, kMaxInputBytes / sizeof(float));
  facts["rate"] = sound.rate;
  facts["seconds"] = sound.seconds();
  facts["samples"] = sound.samples.size();
  add_statistics(to_pcm(sound, SampleFormat::kU8), facts);
}

Json describe_content(const std::string& path, ByteView content) {
  const FileFormat* const format = find_format(content);
  if (format != nullptr && !format->is_read) return describe_other(path, content.size(), *format);
  const bool is_text = format == nullptr;
  const bool is_image = !is_text && format->kind == FormatKind::kImage;
  Json facts = {{"file", path}, {"bytes", content.size()}};
  facts["media"] = media_name(is_text ? Media::kText : is_image ? Media::kImage : Media::kAudio);
  if (is_text) {
    add_format_of_bytes(content, facts);
    add_statistics(content, facts);
    return facts;
  }
  facts["format"] = name_of(*format);
  try {
    is_image ? add_pixels(content, facts) : add_samples(content, facts);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", path, error.what()));
  }
  return facts;
}

Json describe(const std::string& path) {
  if (path != "-") {
    if (const auto archive = archive_facts(path)) return describe_archive(path, *archive);
    const std::optional<std::uint64_t> size = InputFile(path).size();
    if (size) {  // weights may be larger than what is read
      const FileFormat* const format = find_format(read_file_start(path, kFormatStartBytes), *size);
      if (format != nullptr && !format->is_read) return describe_other(path, *size, *format);
    }
  }
  const Bytes content = read_file(path);
  if (const auto archive = archive_facts(path, content)) return describe_archive(path, *archive);
  return describe_content(path, content);
}

std::string as_lines(const Json& facts) {
  std::string lines;
  for (const auto& [key, value] : facts.items()) {
    std::string name = key;
    for (char& c : name) c = c == '_' ? ' ' : c;
    const std::string shown = value.is_string()
                                  ? terminal_text(as_bytes(value.get<std::string>()), true)
                              : value.is_number_float() ? fmt::format("{:.3f}", value.get<double>())
                                                        : value.dump();
    lines += fmt::format("{:<24}{}\n", name, shown);
  }
  return lines;
}

}  // namespace

Command add_info(CommandLine& line) {
  struct Options {
    std::string file;
    bool json = false;
  };
  Arguments& args = line.add_command("info", kSummary, kExamples);
  auto options = std::make_shared<Options>();
  args.add("FILE", &options->file, "The file; - is standard input")
      .required()
      .type("")
      .example("samples/text.txt");
  args.add_flag("--json", options->json, "Print JSON");
  return {&args, [options] {
            const Json facts = describe(options->file);
            print(options->json
                      ? facts.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
                      : as_lines(facts));
            return kExitOk;
          }};
}

}  // namespace zipdream
