// SPDX-License-Identifier: Apache-2.0
// Declares of libpng 1.6 and of libjpeg (the interface of version 6b, which libjpeg-turbo keeps)
// the few things that are needed, so that nothing must be installed to compile them.
#include "media/image/opencv/complaints.h"

#include <dlfcn.h>

#include <array>
#include <cassert>
#include <string_view>

#include "zipdream/export.h"

namespace {

thread_local zipdream::Complaints* current = nullptr;

void keep(const std::string& message) {
  if (current != nullptr) current->add_damage(message);
}

// libpng: png_structp is opaque.
using PngMessage = void (*)(void* png, const char* message);
using PngCreate = void* (*)(const char* version, void* pointer, PngMessage error, PngMessage warn);
using PngJump = void (*)(void* png, int value);

void keep_png_error(void* png, const char* message) {
  keep(message);
  // To where OpenCV waits, as libpng's own function does.
  static const auto jump = reinterpret_cast<PngJump>(dlsym(RTLD_NEXT, "png_longjmp"));
  jump(png, 1);
}

void ignore_png_warning(void* /*png*/, const char* /*message*/) {}

// libjpeg: the beginnings of jpeg_error_mgr and of jpeg_common_struct.
struct JpegErrors {
  void (*error_exit)(void* jpeg);
  void (*emit_message)(void* jpeg, int level);
  void (*output_message)(void* jpeg);
  void (*format_message)(void* jpeg, char* text);
};
struct JpegCommon {
  JpegErrors* errors;
};
constexpr std::size_t kJpegMessageSize = 200;  // JMSG_LENGTH_MAX
using JpegStart = void* (*)(void* errors);

void keep_jpeg_message(void* jpeg) {
  std::array<char, kJpegMessageSize> text{};
  static_cast<JpegCommon*>(jpeg)->errors->format_message(jpeg, text.data());
  constexpr std::string_view kCorrupt = "Corrupt JPEG data: ";
  const std::string_view message = text.data();
  if (!message.starts_with(kCorrupt)) return;
  const std::string_view what = message.substr(kCorrupt.size());
  for (const std::string_view damage : {"premature end", "bad", "found"}) {
    if (what.starts_with(damage)) return keep(std::string(what));
  }
}

}  // namespace

extern "C" {

ZIPDREAM_API void* png_create_read_struct(const char* version, void* pointer, PngMessage error,
                                          PngMessage warn) {
  static const auto create =
      reinterpret_cast<PngCreate>(dlsym(RTLD_NEXT, "png_create_read_struct"));
  const bool is_printed = error == nullptr;
  return create(version, pointer, is_printed ? keep_png_error : error,
                is_printed ? ignore_png_warning : warn);
}

ZIPDREAM_API void* jpeg_std_error(void* errors) {
  static const auto start = reinterpret_cast<JpegStart>(dlsym(RTLD_NEXT, "jpeg_std_error"));
  void* const result = start(errors);
  static_cast<JpegErrors*>(result)->output_message = keep_jpeg_message;
  return result;
}

}  // extern "C"

namespace zipdream {

Complaints::Complaints() {
  assert(current == nullptr);
  current = this;
}

Complaints::~Complaints() { current = nullptr; }

void Complaints::add_damage(const std::string& message) {
  if (damage_.empty()) damage_ = message;
}

}  // namespace zipdream
