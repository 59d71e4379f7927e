// SPDX-License-Identifier: Apache-2.0
#include "media/audio/mpeg.h"

#include <mpg123.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "media/audio/samples.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// A decoder gives so many samples later than it gets them, and files of some encoders end before
// the last of them come out.
constexpr std::int64_t kDecoderDelay = 529;

constexpr std::size_t kSamplesPerRead = 8192;

struct Delete {
  void operator()(mpg123_handle* handle) const { mpg123_delete(handle); }
};
using Handle = std::unique_ptr<mpg123_handle, Delete>;

Error damaged(mpg123_handle* handle) {
  return Error("damaged MPEG audio: " + std::string(mpg123_strerror(handle)) +
               "; get an intact copy of it");
}

struct Input {
  ByteView bytes;
  std::size_t at = 0;
};

ssize_t read(void* user, void* to, std::size_t count) {
  Input& input = *static_cast<Input*>(user);
  const std::size_t got = std::min(count, input.bytes.size() - input.at);
  if (got > 0) std::memcpy(to, input.bytes.data() + input.at, got);
  input.at += got;
  return static_cast<ssize_t>(got);
}

off_t seek(void* user, off_t offset, int whence) {
  Input& input = *static_cast<Input*>(user);
  const auto size = static_cast<off_t>(input.bytes.size());
  const off_t from =
      whence == SEEK_CUR ? static_cast<off_t>(input.at) : (whence == SEEK_END ? size : 0);
  if (from + offset < 0 || from + offset > size) return -1;
  input.at = static_cast<std::size_t>(from + offset);
  return static_cast<off_t>(input.at);
}

// Floats, without the silence that encoders add at both ends. It is not told how long the file is:
// it would estimate how many samples that makes.
Handle open(Input& input) {
  static const bool is_ready = mpg123_init() == MPG123_OK;
  int error = MPG123_OK;
  Handle handle(is_ready ? mpg123_new(nullptr, &error) : nullptr);
  if (handle == nullptr) {
    throw Error("libmpg123 cannot start: " + std::string(mpg123_plain_strerror(error)) +
                "; install libmpg123 1.26 or newer");
  }
  constexpr long kFlags = MPG123_FORCE_FLOAT | MPG123_GAPLESS | MPG123_QUIET | MPG123_NO_PEEK_END;
  mpg123_param(handle.get(), MPG123_REMOVE_FLAGS, MPG123_AUTO_RESAMPLE, 0);
  mpg123_param(handle.get(), MPG123_ADD_FLAGS, kFlags, 0);
  mpg123_param(handle.get(), MPG123_RESYNC_LIMIT, -1, 0);  // over whatever stands between frames
  if (mpg123_replace_reader_handle(handle.get(), read, seek, nullptr) != MPG123_OK ||
      mpg123_open_handle(handle.get(), &input) != MPG123_OK) {
    throw damaged(handle.get());
  }
  return handle;
}

}  // namespace

Audio decode_mpeg(ByteView file, std::size_t max_samples, Channels channels) {
  Input input{file};
  const Handle handle = open(input);
  long rate = 0;
  int count = 0, encoding = 0;
  if (mpg123_getformat(handle.get(), &rate, &count, &encoding) != MPG123_OK ||
      encoding != MPG123_ENC_FLOAT_32) {
    throw damaged(handle.get());
  }
  SampleCollector audio(static_cast<int>(rate), static_cast<std::size_t>(count), max_samples,
                        channels);
  const std::int64_t promised = mpg123_length(handle.get());  // below 0: not known
  std::vector<float> samples(kSamplesPerRead);
  int result = MPG123_OK;
  while (result == MPG123_OK) {
    std::size_t bytes = 0;
    result = mpg123_read(handle.get(), reinterpret_cast<unsigned char*>(samples.data()),
                         samples.size() * sizeof(float), &bytes);
    audio.add(std::span(samples).first(bytes / sizeof(float)));
  }
  if (result == MPG123_NEW_FORMAT) {
    throw Error(
        "the audio is damaged, or changes its sampling rate or channels on the way; get an intact "
        "copy of it, or cut it into pieces of one kind");
  }
  // The reader fails where the last frame breaks off, as in recordings of radio.
  const bool breaks_off = result == MPG123_ERR && mpg123_errcode(handle.get()) == MPG123_ERR_READER;
  if (result != MPG123_DONE && !breaks_off) throw damaged(handle.get());
  const auto found = static_cast<std::int64_t>(audio.frames());
  if (promised - found > kDecoderDelay) {
    throw Error("truncated MPEG audio: it holds " + std::to_string(found) + " of the " +
                std::to_string(promised) +
                " frames that its header promises; get a complete copy of it");
  }
  return audio.take();
}

}  // namespace zipdream
