// SPDX-License-Identifier: Apache-2.0
// Formats that a signature alone does not tell. Each function looks at the start of a file, which
// may be all of it, and is total.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "zipdream/bytes.h"

namespace zipdream {

// ---- audio ----

// MPEG-1, 2 or 2.5, layers I to III: a frame, and a second one behind it. Where a file has room for
// no second, or it is damaged, layer III alone is believed: its first bytes are those of no text.
[[nodiscard]] bool is_mpeg_audio(ByteView start);

// AAC in ADTS frames.
[[nodiscard]] bool is_adts(ByteView start);

// AC-3 and E-AC-3.
[[nodiscard]] bool is_ac3(ByteView start);

// The packet with which an Ogg stream begins, or nothing.
[[nodiscard]] std::string_view first_ogg_packet(std::string_view start);

// Of HTK: the header tells how many samples of 16 bits the file has.
[[nodiscard]] bool is_htk(ByteView start, std::uint64_t size);

// ---- images ----

// P1 to P6 with width, height and maxval, as far as the file goes.
[[nodiscard]] bool is_pnm(std::string_view start);
[[nodiscard]] bool is_bmp(ByteView start);
[[nodiscard]] bool is_ico(ByteView start, Byte type);  // 1: icon, 2: cursor
[[nodiscard]] bool is_pcx(ByteView start);
[[nodiscard]] bool is_sgi(ByteView start);
[[nodiscard]] bool is_tga(ByteView start, std::uint64_t size);

// A TIFF file whose first image is a thumbnail, or a DNG: what cameras call raw.
[[nodiscard]] bool is_raw_tiff(ByteView start);

// XML whose outermost element is <svg>.
[[nodiscard]] bool is_svg(std::string_view start);

// ---- containers ----

// The brands of an ISO base media file (MP4, HEIC, ...), the major one first, four letters each;
// nothing for other files.
[[nodiscard]] std::string_view iso_brands(std::string_view start);

// MPEG-2's, as television sends it.
[[nodiscard]] bool is_transport_stream(ByteView start);

// Of QuickTime before it had brands: an atom that is named so and has a size.
[[nodiscard]] bool is_old_quicktime(ByteView start);

// The name of the first file in a zip archive.
[[nodiscard]] std::string_view first_zip_name(std::string_view start);

[[nodiscard]] bool is_safetensors(ByteView start, std::uint64_t size);
[[nodiscard]] bool is_pickle(ByteView start, std::uint64_t size);
[[nodiscard]] bool is_lzma_alone(ByteView start);

}  // namespace zipdream
