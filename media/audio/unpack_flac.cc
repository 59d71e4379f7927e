// SPDX-License-Identifier: Apache-2.0
// FLAC files to their samples by libFLAC itself, and not by libsndfile, which checks neither the
// MD5 of the samples nor what follows the last frame. A stream is taken for whole when every
// frame's CRC and the MD5 of all samples are right and the last frame ends where the stream does.
#include <FLAC/stream_decoder.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "media/audio/audio.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

struct Delete {
  void operator()(FLAC__StreamDecoder* decoder) const { FLAC__stream_decoder_delete(decoder); }
};
using Decoder = std::unique_ptr<FLAC__StreamDecoder, Delete>;

// What the callbacks share.
struct Unpacking {
  ByteView file;
  std::size_t position = 0;  // in the file
  SampleFormat format = SampleFormat::kU8;
  unsigned channels = 1;
  std::size_t max_size = 0;
  FlacMd5 md5 = FlacMd5::kRequired;
  Bytes samples;
  bool has_header = false;
  std::string problem;  // the first one; empty if all is well
};

Unpacking& state(void* client_data) { return *static_cast<Unpacking*>(client_data); }

void note(Unpacking& unpacking, const std::string& problem) {
  if (unpacking.problem.empty()) unpacking.problem = problem;
}

std::string too_large(std::size_t max_size) {
  return "more than " + std::to_string(max_size) + " samples";
}

unsigned bits_of(const Unpacking& unpacking) {
  return 8 * static_cast<unsigned>(bytes_per_sample(unpacking.format));
}

std::string wrong_kind(const Unpacking& unpacking) {
  const std::string count = std::to_string(unpacking.channels) + "-channel";
  return "not " + std::to_string(bits_of(unpacking)) + "-bit " +
         (unpacking.channels == 1 ? "mono" : (unpacking.channels == 2 ? "stereo" : count));
}

void append_sample(Unpacking& unpacking, FLAC__int32 sample) {
  if (unpacking.format == SampleFormat::kU8) {
    unpacking.samples.push_back(static_cast<Byte>(sample + 128));
  } else {
    unpacking.samples.push_back(static_cast<Byte>(sample & 0xff));
    unpacking.samples.push_back(static_cast<Byte>(sample >> 8 & 0xff));
  }
}

FLAC__StreamDecoderReadStatus read(const FLAC__StreamDecoder* /*decoder*/, FLAC__byte buffer[],
                                   std::size_t* bytes, void* client_data) {
  Unpacking& unpacking = state(client_data);
  const ByteView rest = unpacking.file.subspan(unpacking.position);
  *bytes = std::min(*bytes, rest.size());
  std::copy_n(rest.begin(), *bytes, buffer);
  unpacking.position += *bytes;
  return *bytes == 0 ? FLAC__STREAM_DECODER_READ_STATUS_END_OF_STREAM
                     : FLAC__STREAM_DECODER_READ_STATUS_CONTINUE;
}

FLAC__StreamDecoderTellStatus tell(const FLAC__StreamDecoder* /*decoder*/, FLAC__uint64* offset,
                                   void* client_data) {
  *offset = state(client_data).position;
  return FLAC__STREAM_DECODER_TELL_STATUS_OK;
}

FLAC__StreamDecoderWriteStatus write(const FLAC__StreamDecoder* /*decoder*/,
                                     const FLAC__Frame* frame, const FLAC__int32* const channels[],
                                     void* client_data) {
  Unpacking& unpacking = state(client_data);
  const unsigned bits = bits_of(unpacking);
  const std::size_t per_frame = unpacking.channels * bits / 8;
  if (frame->header.channels != unpacking.channels || frame->header.bits_per_sample != bits) {
    note(unpacking, wrong_kind(unpacking));
  } else if (frame->header.blocksize * per_frame > unpacking.max_size - unpacking.samples.size()) {
    note(unpacking, too_large(unpacking.max_size));
  }
  if (!unpacking.problem.empty()) return FLAC__STREAM_DECODER_WRITE_STATUS_ABORT;
  const FLAC__int32 max_sample = (1 << (bits - 1)) - 1;
  for (unsigned i = 0; i < frame->header.blocksize; ++i) {
    for (unsigned channel = 0; channel < unpacking.channels; ++channel) {
      const FLAC__int32 sample = channels[channel][i];
      // What a predictor makes may leave the range; libFLAC passes it on.
      if (sample < -1 - max_sample || sample > max_sample) {
        note(unpacking, "a sample has more than " + std::to_string(bits) + " bits");
        return FLAC__STREAM_DECODER_WRITE_STATUS_ABORT;
      }
      append_sample(unpacking, sample);
    }
  }
  return FLAC__STREAM_DECODER_WRITE_STATUS_CONTINUE;
}

void metadata(const FLAC__StreamDecoder* /*decoder*/, const FLAC__StreamMetadata* block,
              void* client_data) {
  Unpacking& unpacking = state(client_data);
  if (block->type != FLAC__METADATA_TYPE_STREAMINFO) return;
  const FLAC__StreamMetadata_StreamInfo& info = block->data.stream_info;
  unpacking.has_header = true;
  if (info.channels != unpacking.channels || info.bits_per_sample != bits_of(unpacking)) {
    note(unpacking, wrong_kind(unpacking));
  } else if (info.total_samples >
             unpacking.max_size / (unpacking.channels * bytes_per_sample(unpacking.format))) {
    note(unpacking, too_large(unpacking.max_size));
  } else if (unpacking.md5 == FlacMd5::kRequired &&
             std::all_of(std::begin(info.md5sum), std::end(info.md5sum),
                         [](FLAC__byte byte) { return byte == 0; })) {
    note(unpacking, "no MD5 of the samples");  // libFLAC would then check nothing
  }
}

void damage(const FLAC__StreamDecoder* /*decoder*/, FLAC__StreamDecoderErrorStatus status,
            void* client_data) {
  note(state(client_data), FLAC__StreamDecoderErrorStatusString[status]);
}

// Decodes all of the stream, or up to the first problem.
void decode(FLAC__StreamDecoder* decoder, Unpacking& unpacking) {
  FLAC__uint64 end = 0;  // of the last block or frame
  bool metadata_ended = false;
  while (unpacking.problem.empty() && FLAC__stream_decoder_process_single(decoder)) {
    const FLAC__StreamDecoderState reached = FLAC__stream_decoder_get_state(decoder);
    if (reached == FLAC__STREAM_DECODER_END_OF_STREAM) break;
    // Where audio without samples is cut inside its metadata, nothing else tells.
    metadata_ended |= reached == FLAC__STREAM_DECODER_SEARCH_FOR_FRAME_SYNC;
    FLAC__stream_decoder_get_decode_position(decoder, &end);
  }
  const bool all_decoded =
      FLAC__stream_decoder_get_state(decoder) == FLAC__STREAM_DECODER_END_OF_STREAM;
  const bool md5_is_right = FLAC__stream_decoder_finish(decoder) != 0;
  if (!unpacking.has_header || !metadata_ended || !all_decoded) {
    note(unpacking, "no FLAC, or damaged");
  } else if (!md5_is_right) {
    note(unpacking, "truncated, or the MD5 is wrong");
  } else if (end != unpacking.file.size()) {
    note(unpacking, "bytes follow the last frame");
  }
}

}  // namespace

Bytes unpack_flac(ByteView file, SampleFormat format, int channels, std::size_t max_size,
                  FlacMd5 md5) {
  Unpacking unpacking{.file = file,
                      .format = format,
                      .channels = static_cast<unsigned>(channels),
                      .max_size = max_size,
                      .md5 = md5};
  const Decoder decoder(FLAC__stream_decoder_new());
  if (decoder == nullptr) throw std::bad_alloc();
  FLAC__stream_decoder_set_md5_checking(decoder.get(), true);
  if (FLAC__stream_decoder_init_stream(decoder.get(), read, nullptr, tell, nullptr, nullptr, write,
                                       metadata, damage,
                                       &unpacking) != FLAC__STREAM_DECODER_INIT_STATUS_OK) {
    throw Error("libFLAC cannot start a decoder; install libFLAC 1.4 or newer");
  }
  decode(decoder.get(), unpacking);
  if (!unpacking.problem.empty()) {
    throw Error("flac: " + unpacking.problem + "; get an intact copy of the stream");
  }
  return std::move(unpacking.samples);
}

Bytes unpack_flac_u8(ByteView file, std::size_t max_size, FlacMd5 md5) {
  return unpack_flac(file, SampleFormat::kU8, 1, max_size, md5);
}

}  // namespace zipdream
