// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/media_options.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>

#include "zipdream/error.h"

namespace zipdream {
namespace {

struct MediaOption {
  const char* name;
  Media media;                // that has a use for it
  const char* of_image = "";  // what an image takes instead
  const char* of_audio = "";  // what audio takes instead
};

constexpr std::array kOptions = {
    MediaOption{"--predict", Media::kText,
                "an image is continued to its edge, so say how much is given with "
                "--prompt-fraction",
                "say how much with --seconds"},
    MediaOption{"--prompt-bytes", Media::kText, "say how much is given with --prompt-fraction",
                "say how much is given with --prompt-seconds"},
    MediaOption{"--stop", Media::kText},
    MediaOption{"--ignore-eos", Media::kText},
    MediaOption{"--no-prompt", Media::kText},
    MediaOption{"--gray", Media::kImage},
    MediaOption{"--max-side", Media::kImage},
    MediaOption{"--prompt-side", Media::kImage},
    MediaOption{"--rows", Media::kImage},
    MediaOption{"--prompt-fraction", Media::kImage, "", "say how much with --prompt-seconds"},
    MediaOption{"--rate", Media::kAudio},
    MediaOption{"--format", Media::kAudio},
    MediaOption{"--channels", Media::kAudio},
    MediaOption{"--prompt-seconds", Media::kAudio, "say how much with --prompt-fraction"},
    MediaOption{"--seconds", Media::kAudio},
};

std::string_view plural_of(Media media) {
  switch (media) {
    case Media::kText:
      return "texts";
    case Media::kImage:
      return "images";
    case Media::kAudio:
      return "audio";
  }
  return "";
}

std::string remedy_for(const MediaOption& option, const Arguments& args, Media media) {
  std::string instead = media == Media::kImage   ? option.of_image
                        : media == Media::kAudio ? option.of_audio
                                                 : "";
  if (!instead.empty()) return instead;
  // What a file is was guessed, and the guess may be wrong.
  const bool was_guessed = !args.given("--media") && !args.given("--prompt");
  return was_guessed ? fmt::format("leave it out, or say --media {}", media_name(option.media))
                     : "leave it out";
}

}  // namespace

void check_media_options(const Arguments& args, Media media) {
  for (const MediaOption& option : kOptions) {
    if (option.media == media || !args.given(option.name)) continue;
    throw Error(Error::Kind::kUsage, option.name,
                fmt::format("is for {}, not for {}", plural_of(option.media), plural_of(media)),
                remedy_for(option, args, media));
  }
}

}  // namespace zipdream
