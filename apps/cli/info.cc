// SPDX-License-Identifier: Apache-2.0
// `zipdream info`: what a file is to zipdream.
#include <fmt/format.h>

#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "apps/cli/archive_facts.h"
#include "apps/cli/command.h"
#include "apps/cli/output.h"
#include "base/files.h"
#include "base/portable_math.h"
#include "media/audio/audio.h"
#include "media/image/imaging.h"
#include "media/media.h"
#include "media/terminal_text.h"

namespace zipdream {
namespace {

constexpr const char* kSummary =
    "Says what a file is: its medium, size and entropy, or what is in an archive.";

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

Json describe(const std::string& path) {
  if (const auto archive = archive_facts(path)) return describe_archive(path, *archive);
  const Bytes content = read_file(path);
  if (const auto archive = archive_facts(path, content)) return describe_archive(path, *archive);
  const Media media = guess_media(content);
  Json facts = {{"file", path}, {"bytes", content.size()}, {"media", media_name(media)}};
  if (media == Media::kImage) {
    const Image image = imaging().decode(content, kMaxInputBytes);
    facts["width"] = image.width;
    facts["height"] = image.height;
    facts["channels"] = image.channels;
    facts["pixel_bytes"] = image.size_bytes();
    add_statistics(image.pixels, facts);
  } else if (media == Media::kAudio) {
    const Audio sound = decode_audio(content, kMaxInputBytes / sizeof(float));
    facts["rate"] = sound.rate;
    facts["seconds"] = sound.seconds();
    facts["samples"] = sound.samples.size();
    add_statistics(to_pcm(sound, SampleFormat::kU8), facts);
  } else {
    facts["utf8"] = is_utf8(content);
    add_statistics(content, facts);
  }
  return facts;
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
