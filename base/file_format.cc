// SPDX-License-Identifier: Apache-2.0
#include "base/file_format.h"

#include <algorithm>
#include <array>

#include "base/format_sniffers.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using namespace std::literals;

constexpr std::string_view kToPng = "convert it to PNG";
constexpr std::string_view kToWav = "convert it to WAV or FLAC";
constexpr std::string_view kFromVideo =
    "take a picture out of it as PNG, or its sound as WAV (ffmpeg does)";
constexpr std::string_view kUnpack = "unpack it first";
constexpr std::string_view kToModel = "a model is named by its folder, as lm:FOLDER";
constexpr std::string_view kToFolder =
    "put it into a folder with config.json and a tokenizer, which lm:FOLDER reads";
constexpr std::string_view kToText = "take its text out of it first";
constexpr std::string_view kToNumbers = "write its numbers or texts to a file of their own";

constexpr FileFormat image(std::string_view phrase) {
  return {FormatKind::kImage, phrase, "", true};
}
constexpr FileFormat audio(std::string_view phrase) {
  return {FormatKind::kAudio, phrase, "", true};
}
constexpr FileFormat other_image(std::string_view phrase) {
  return {FormatKind::kImage, phrase, kToPng};
}
constexpr FileFormat other_audio(std::string_view phrase) {
  return {FormatKind::kAudio, phrase, kToWav};
}
constexpr FileFormat video(std::string_view phrase) {
  return {FormatKind::kVideo, phrase, kFromVideo};
}
constexpr FileFormat packed(std::string_view phrase, std::string_view remedy = kUnpack) {
  return {FormatKind::kCompressed, phrase, remedy};
}
constexpr FileFormat model(std::string_view phrase, std::string_view remedy) {
  return {FormatKind::kModel, phrase, remedy};
}
constexpr FileFormat document(std::string_view phrase) {
  return {FormatKind::kDocument, phrase, kToText};
}
constexpr FileFormat data(std::string_view phrase) {
  return {FormatKind::kData, phrase, kToNumbers};
}

// What stands at one or two places.
struct Signature {
  FileFormat format;
  std::string_view bytes;
  std::size_t at = 0;
  std::string_view more = ""sv;
  std::size_t more_at = 0;
};

// Of files whose beginning is text by design, so that only words that nobody writes will do.
constexpr Signature kTexts[] = {
    {{FormatKind::kPointer, "a Git LFS pointer, not the file itself",
      "fetch the file by git lfs pull"},
     "version https://git-lfs.github.com/spec/"},
    {{FormatKind::kPointer, "a Git LFS pointer, not the file itself",
      "fetch the file by git lfs pull"},
     "version https://hawser.github.com/spec/"},
    {image("a Radiance HDR image"), "#?RADIANCE\n"},
    {image("a Radiance HDR image"), "#?RGBE\n"},
    {image("a PAM image"), "P7\nWIDTH "},
    {image("a PAM image"), "P7\n#"},
    {image("a PAM image"), "P7\nHEIGHT "},
    {image("a PAM image"), "P7\nDEPTH "},
    {audio("NIST SPHERE audio"), "NIST_1A\n   1024\n"},
    {other_image("a FITS image"), "SIMPLE  =                    T"},
    {other_image("a MIFF image"), "id=ImageMagick"},
    {other_image("an XPM image"), "/* XPM */\nstatic "},
    {other_image("an XPM image"), "/* XPM */\r\nstatic "},
    {{FormatKind::kDocument, "a PDF document", "take its text out of it first (pdftotext does)"},
     "%PDF-"},
    {packed("an ar archive"), "!<arch>\n"},
};

constexpr Signature kImages[] = {
    {image("a PNG image"), "\x89PNG\r\n\x1a\n"},
    {other_image("a JPEG-LS image"), "\xff\xd8\xff\xf7"},
    {image("a JPEG image"), "\xff\xd8\xff"},
    {image("a TIFF image"), "II*\0"sv},
    {image("a TIFF image"), "MM\0*"sv},
    {image("a BigTIFF image"), "II+\0\x08\0\0\0"sv},
    {image("a BigTIFF image"), "MM\0+\0\x08\0\0"sv},
    {image("a WebP image"), "RIFF", 0, "WEBP", 8},
    {image("a JPEG 2000 image"), "\0\0\0\x0cjP  \r\n\x87\n"sv},
    {image("a JPEG 2000 image"), "\xff\x4f\xff\x51"},
    {image("an OpenEXR image"), "v/1\x01"},
    {other_image("a GIF image"), "GIF87a"},
    {other_image("a GIF image"), "GIF89a"},
    {other_image("a Photoshop image"), "8BPS"},
    {other_image("a JPEG XL image"), "\xff\x0a"},
    {other_image("a JPEG XL image"), "\0\0\0\x0cJXL \r\n\x87\n"sv},
    {other_image("a QOI image"), "qoif"},
    {other_image("an ICNS icon"), "icns\0"sv},
    {other_image("an animated cursor"), "RIFF", 0, "ACON", 8},
    {other_image("a DDS image"), "DDS |\0\0\0"sv},
    {other_image("a GIMP image"), "gimp xcf "},
    {other_image("a DPX image"), "SDPX"},
    {other_image("a DPX image"), "XPDS"},
    {other_image("a Cineon image"), "\x80\x2a\x5f\xd7"},
    {other_image("a Sun raster image"), "\x59\xa6\x6a\x95"},
    {other_image("an MNG animation"), "\x8aMNG\r\n\x1a\n"},
    {other_image("a JNG image"), "\x8bJNG\r\n\x1a\n"},
    {other_image("a PICT image"), "\0\x11\x02\xff\x0c\0"sv, 522},
    {other_image("an IFF image"), "FORM", 0, "ILBM", 8},
    {other_image("an IFF image"), "FORM", 0, "PBM ", 8},
    {other_image("a FLIF image"), "FLIF"},
    {other_image("a BPG image"), "BPG\xfb"},
    {other_image("a Windows metafile"), "\xd7\xcd\xc6\x9a"},
    {other_image("a Windows metafile"), "\x01\0\0\0"sv, 0, " EMF", 40},
    {other_image("an EPS image"), "\xc5\xd0\xd3\xc6"},
    {other_image("a DICOM image"), "DICM", 128},
    {other_image("a NITF image"), "NITF0"},
    {other_image("a raw image of a camera"), "FUJIFILMCCD-RAW"},
    {other_image("a raw image of a camera"), "IIRO\x08"},
    {other_image("a raw image of a camera"), "IIRS\x08"},
    {other_image("a raw image of a camera"), "MMOR\0"sv},
    {other_image("a raw image of a camera"), "IIU\0"sv},
    {other_image("a raw image of a camera"), "HEAPCCDR", 6},
    {other_image("a raw image of a camera"), "FOVb"},
};

constexpr Signature kSounds[] = {
    {audio("WAV audio"), "RIFF", 0, "WAVE", 8},
    {audio("big-endian WAV audio"), "RIFX", 0, "WAVE", 8},
    {audio("RF64 audio"), "RF64", 0, "WAVE", 8},
    {audio("Wave64 audio"), "riff\x2e\x91\xcf\x11"},
    {audio("FLAC audio"), "fLaC"},
    {audio("AIFF audio"), "FORM", 0, "AIFF", 8},
    {audio("AIFF-C audio"), "FORM", 0, "AIFC", 8},
    {audio("8SVX audio"), "FORM", 0, "8SVX", 8},
    {audio("16SV audio"), "FORM", 0, "16SV", 8},
    {audio("AU audio"), ".snd"},
    {audio("AU audio"), "dns."},
    {audio("Core Audio"), "caff\0\1"sv},
    {audio("Creative Voice audio"), "Creative Voice File\x1a"},
    {audio("IRCAM audio"), "\x64\xa3\1\0"sv},
    {audio("IRCAM audio"), "\x64\xa3\2\0"sv},
    {audio("IRCAM audio"), "\x64\xa3\3\0"sv},
    {audio("IRCAM audio"), "\x64\xa3\4\0"sv},
    {audio("IRCAM audio"), "\0\1\xa3\x64"sv},
    {audio("IRCAM audio"), "\0\2\xa3\x64"sv},
    {audio("IRCAM audio"), "\0\3\xa3\x64"sv},
    {audio("IRCAM audio"), "\0\4\xa3\x64"sv},
    {audio("PARIS audio"), " paf"},
    {audio("PARIS audio"), "fap "},
    {audio("PVF audio"), "PVF1\n"},
    {audio("AVR audio"), "2BIT"},
    {audio("a FastTracker instrument"), "Extended Instrument: "},
    {audio("Psion audio"), "ALawSoundFile**\0"sv},
    {other_audio("a MIDI file"), "MThd\0\0\0\6"sv},
    {other_audio("a MIDI file"), "RIFF", 0, "RMID", 8},
    {other_audio("Windows Media (WMA, WMV or ASF)"), "\x30\x26\xb2\x75\x8e\x66\xcf\x11"},
    {other_audio("Monkey's Audio"), "MAC "},
    {other_audio("WavPack audio"), "wvpk"},
    {other_audio("Musepack audio"), "MP+"},
    {other_audio("Musepack audio"), "MPCK"},
    {other_audio("DTS audio"), "\x7f\xfe\x80\x01"},
    {other_audio("DTS audio"), "\xfe\x7f\x01\x80"},
    {other_audio("AMR audio"), "#!AMR"},
    {other_audio("RealAudio"), ".ra\xfd"},
    {other_audio("RealMedia"), ".RMF\0\0\0"sv},
    {other_audio("TTA audio"), "TTA1"},
    {other_audio("TTA audio"), "TTA2"},
    {other_audio("DSD audio"), "DSD \x1c\0\0\0"sv},
    {other_audio("DSD audio"), "FRM8\0\0"sv},
    {other_audio("OptimFROG audio"), "OFR "},
    {other_audio("Shorten audio"), "ajkg"},
    {other_audio("TAK audio"), "tBaK"},
    {other_audio("AAC audio"), "ADIF"},
    {other_audio("SoX's own audio"), ".SoX"},
    {other_audio("SoX's own audio"), "XoS."},
    {other_audio("MAUD audio"), "FORM", 0, "MAUD", 8},
    {other_audio("SampleVision audio"), "SOUND SAMPLE DATA "},
    {other_audio("Yamaha TX-16W audio"), "LM8953\0\0"sv},
    {other_audio("a tracker module"), "Extended Module: "},
    {other_audio("a tracker module"), "IMPM"},
    {other_audio("a tracker module"), "SCRM", 44},
    {other_audio("a tracker module"), "M.K.", 1080},
    {other_audio("a tracker module"), "M!K!", 1080},
    {other_audio("a tracker module"), "FLT4", 1080},
};

constexpr Signature kVideos[] = {
    {video("an AVI video"), "RIFF", 0, "AVI ", 8},
    {video("a Flash video"), "FLV\1"},
    {video("an MPEG video"), "\0\0\1\xba"sv},
    {video("an MPEG video"), "\0\0\1\xb3"sv},
};

constexpr Signature kOthers[] = {
    {packed("a zipdream archive", "unpack it with zipdream decompress"), "\xf5ZD\n"},
    {packed("a gzip stream", "unpack it first (gunzip does)"), "\x1f\x8b\x08"},
    {packed("an xz stream", "unpack it first (unxz does)"),
     "\xfd"
     "7zXZ\0"sv},
    {packed("a Zstandard stream", "unpack it first (unzstd does)"), "\x28\xb5\x2f\xfd"},
    {packed("a Zstandard dictionary", "it is no content; zstd -D takes it"), "\x37\xa4\x30\xec"},
    {packed("a bzip2 stream", "unpack it first (bunzip2 does)"), "BZh", 0, "1AY&SY", 4},
    {packed("a bzip2 stream", "unpack it first (bunzip2 does)"), "BZh", 0,
     "\x17\x72\x45\x38\x50\x90", 4},
    {packed("an LZ4 stream", "unpack it first (unlz4 does)"), "\x04\x22\x4d\x18"},
    {packed("an LZ4 stream", "unpack it first (unlz4 does)"), "\x02\x21\x4c\x18"},
    {packed("an lzip stream", "unpack it first (lzip -d does)"), "LZIP\1"},
    {packed("an lzop stream", "unpack it first (lzop -d does)"), "\x89LZO\0\r\n\x1a\n"sv},
    {packed("a compress stream (.Z)", "unpack it first (gunzip does)"), "\x1f\x9d\x90"},
    {packed("a Snappy stream"), "\xff\x06\0\0sNaPpY"sv},
    {packed("a 7z archive", "unpack it first (7z x does)"), "7z\xbc\xaf\x27\x1c"},
    {packed("a RAR archive", "unpack it first (unrar does)"), "Rar!\x1a\x07"},
    {packed("an empty zip archive"), "PK\5\6"},
    {packed("a zip archive in parts"), "PK\7\x08"},
    {packed("a tar archive", "unpack it first (tar -x does)"), "ustar", 257},
    {packed("a cabinet archive"), "MSCF\0\0\0\0"sv},
    {packed("an RPM package"), "\xed\xab\xee\xdb"},
    {packed("a SquashFS image"), "hsqs"},
    {model("weights in GGUF", "as a model it is named lm:FILE"), "GGUF"},
    {model("weights in GGML", "convert it to GGUF, which lm:FILE reads"), "lmgg"},
    {model("weights in GGML", "convert it to GGUF, which lm:FILE reads"), "fmgg"},
    {model("weights in GGML", "convert it to GGUF, which lm:FILE reads"), "tjgg"},
    {model("weights in TensorFlow Lite", kToModel), "TFL3", 4},
    {model("a PyTorch checkpoint (pickle)",
           "save its tensors as safetensors, which lm:FOLDER reads; a pickle can run any program"),
     "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"},
    {data("a NumPy array"), "\x93NUMPY"},
    {data("an HDF5 file"), "\x89HDF\r\n\x1a\n"},
    {data("a Parquet table"), "PAR1"},
    {data("an Arrow table"), "ARROW1\0\0"sv},
    {data("an SQLite database"), "SQLite format 3\0"sv},
    {document("an Office document"), "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"},
    {document("a DjVu document"), "AT&TFORM"},
};

bool is_letters(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// A signature of letters alone is none in a text.
template <std::size_t N>
const FileFormat* find(const Signature (&signatures)[N], std::string_view start, bool is_text) {
  const auto stands = [&](std::string_view bytes, std::size_t at) {
    return start.size() >= at && start.substr(at).starts_with(bytes);
  };
  for (const Signature& one : signatures) {
    if (is_text && is_letters(one.bytes) && is_letters(one.more)) continue;
    if (stands(one.bytes, one.at) && stands(one.more, one.more_at)) return &one.format;
  }
  return nullptr;
}

// ---- Those that take more than a signature ----

const FileFormat* find_pixels(ByteView start, std::uint64_t size) {
  static constexpr FileFormat kBmp = image("a BMP image"), kIcon = other_image("an ICO icon"),
                              kCursor = other_image("a CUR cursor"),
                              kPcx = other_image("a PCX image"), kSgi = other_image("an SGI image"),
                              kTga = other_image("a TGA image"),
                              kRaw = other_image("a raw image of a camera");
  if (is_bmp(start)) return &kBmp;
  if (is_raw_tiff(start)) return &kRaw;
  if (is_ico(start, 1)) return &kIcon;
  if (is_ico(start, 2)) return &kCursor;
  if (is_pcx(start)) return &kPcx;
  if (is_sgi(start)) return &kSgi;
  return is_tga(start, size) ? &kTga : nullptr;
}

const FileFormat* find_ogg(std::string_view start) {
  static constexpr FileFormat kVorbis = audio("Ogg Vorbis audio"), kOpus = audio("Opus audio"),
                              kOther = other_audio("Ogg audio of another codec"),
                              kFlac = other_audio("FLAC audio in Ogg"),
                              kSpeex = other_audio("Speex audio"), kVideo = video("an Ogg video");
  const std::string_view packet = first_ogg_packet(start);
  if (packet.empty()) return start.starts_with("OggS\0"sv) ? &kVorbis : nullptr;
  if (packet.starts_with("\1vorbis")) return &kVorbis;
  if (packet.starts_with("OpusHead")) return &kOpus;
  if (packet.starts_with("\x7f"
                         "FLAC"))
    return &kFlac;
  if (packet.starts_with("Speex   ")) return &kSpeex;
  const bool is_video = packet.starts_with("\x80theora") || packet.starts_with("fishead") ||
                        packet.starts_with("BBCD") || packet.starts_with("\x01video");
  return is_video ? &kVideo : &kOther;
}

const FileFormat* find_samples(ByteView start, std::uint64_t size) {
  static constexpr FileFormat kMpeg = audio("MPEG audio (MP3)"), kAac = other_audio("AAC audio"),
                              kHtk = audio("HTK audio"), kAc3 = other_audio("AC-3 audio");
  if (is_mpeg_audio(start)) return &kMpeg;
  if (is_ac3(start)) return &kAc3;
  if (is_adts(start)) return &kAac;
  if (is_htk(start, size)) return &kHtk;
  return find_ogg(as_chars(start));
}

const FileFormat* find_video(ByteView start) {
  static constexpr FileFormat kStream = video("an MPEG transport stream");
  if (is_transport_stream(start)) return &kStream;
  return find(kVideos, as_chars(start), false);
}

const FileFormat* find_iso_media(ByteView start) {
  static constexpr FileFormat kAvif = other_image("an AVIF image"),
                              kHeic = other_image("a HEIC image"),
                              kRaw = other_image("a raw image of a camera"),
                              kM4a = other_audio("M4A audio"),
                              kQuickTime = video("a QuickTime video"), kMp4 = video("an MP4 video");
  const std::string_view brands = iso_brands(as_chars(start));
  if (brands.empty()) return is_old_quicktime(start) ? &kQuickTime : nullptr;
  const auto major = brands.substr(0, 4);
  const bool is_still = major.starts_with("he") || major == "mif1" || major == "msf1";
  if (major.starts_with("avi") || (is_still && brands.find("avif") != std::string_view::npos)) {
    return &kAvif;
  }
  if (is_still) return &kHeic;
  if (major == "crx ") return &kRaw;
  if (major.starts_with("M4A") || major.starts_with("M4B") || major.starts_with("F4A"))
    return &kM4a;
  return major == "qt  " ? &kQuickTime : &kMp4;
}

const FileFormat* find_matroska(std::string_view start) {
  static constexpr FileFormat kWebM = video("a WebM video"), kMatroska = video("a Matroska video");
  if (!start.starts_with("\x1a\x45\xdf\xa3")) return nullptr;
  return start.substr(0, 64).find("webm") != std::string_view::npos ? &kWebM : &kMatroska;
}

const FileFormat* find_zip(std::string_view start) {
  static constexpr FileFormat kTorch =
      model("a PyTorch checkpoint (pickles in a zip archive)",
            "save its tensors as safetensors, which lm:FOLDER reads; a pickle can run any program");
  static constexpr FileFormat kArrays = data("NumPy arrays (.npz)"),
                              kOffice = document("an Office document"),
                              kOpen = document("an e-book or OpenDocument file"),
                              kZip = packed("a zip archive", "unpack it first (unzip does)");
  if (!start.starts_with("PK\3\4")) return nullptr;
  const std::string_view name = first_zip_name(start);
  if (name.ends_with("/data.pkl") || name.ends_with("/byteorder")) return &kTorch;
  if (name.ends_with(".npy")) return &kArrays;
  if (name == "[Content_Types].xml" || name == "_rels/.rels") return &kOffice;
  return name == "mimetype" ? &kOpen : &kZip;
}

const FileFormat* find_weights(ByteView start, std::uint64_t size) {
  static constexpr FileFormat kSafetensors = model("weights in safetensors", kToFolder),
                              kPickle = data("a Python pickle"),
                              kLzma = packed("an LZMA stream", "unpack it first (unlzma does)");
  if (is_safetensors(start, size)) return &kSafetensors;
  if (is_pickle(start, size)) return &kPickle;
  if (is_lzma_alone(start)) return &kLzma;
  // Frames that decoders skip may come before the others.
  static constexpr FileFormat kZstd =
      packed("a Zstandard or LZ4 stream", "unpack it first (unzstd or unlz4 does)");
  const bool can_be_skipped = start.size() >= 8 && (start[0] & 0xf0) == 0x50 &&
                              as_chars(start).substr(1, 3) == "\x2a\x4d\x18";
  return can_be_skipped ? &kZstd : nullptr;
}

const FileFormat* find_text_format(std::string_view start) {
  static constexpr FileFormat kPnm = image("a PNM image"), kSvg = other_image("an SVG drawing"),
                              kPfm = other_image("a PFM image");
  if (const FileFormat* found = find(kTexts, start, false)) return found;
  if (is_pnm(start)) return &kPnm;
  const bool may_be_pfm = start.starts_with("PF\n") || start.starts_with("Pf\n");
  if (may_be_pfm && start.size() > 3 && start[3] >= '0' && start[3] <= '9') return &kPfm;
  return is_svg(start) ? &kSvg : nullptr;
}

// Behind an ID3v2 tag; what lies beyond `start` is the usual.
const FileFormat* find_tagged(ByteView start, std::uint64_t size) {
  static constexpr FileFormat kMp3 = audio("MPEG audio (MP3) behind an ID3 tag");
  const std::size_t tags = size_of_id3_tags(start);
  const bool breaks_off = size < 10 && as_chars(start).starts_with("ID3") && start.size() > 3 &&
                          start[3] >= 2 && start[3] <= 4;
  if (breaks_off) return &kMp3;
  if (tags == 0) return nullptr;
  if (tags + 16 >= start.size()) return &kMp3;
  const FileFormat* within = find_format(start.subspan(tags), size - tags);
  return within != nullptr && within->kind == FormatKind::kAudio ? within : &kMp3;
}

}  // namespace

const FileFormat* find_format(ByteView start, std::uint64_t size) {
  const std::string_view text = as_chars(start);
  if (const FileFormat* found = find_text_format(text)) return found;
  const bool is_text = looks_like_text(start);
  if (is_text) {
    for (const FileFormat* found :
         {find(kImages, text, true), find(kSounds, text, true), find(kOthers, text, true)}) {
      if (found != nullptr) return found;
    }
    return nullptr;
  }
  if (const FileFormat* found = find_tagged(start, size)) return found;
  if (const FileFormat* found = find_pixels(start, size)) return found;
  if (const FileFormat* found = find(kImages, text, false)) return found;
  if (const FileFormat* found = find(kSounds, text, false)) return found;
  if (const FileFormat* found = find_samples(start, size)) return found;
  if (const FileFormat* found = find_video(start)) return found;
  if (const FileFormat* found = find_iso_media(start)) return found;
  if (const FileFormat* found = find_matroska(text)) return found;
  if (const FileFormat* found = find_zip(text)) return found;
  if (const FileFormat* found = find(kOthers, text, false)) return found;
  return find_weights(start, size);
}

const FileFormat* find_format(ByteView file) { return find_format(file, file.size()); }

void refuse_pointer(ByteView content, const std::string& path) {
  const FileFormat* format = find(kTexts, as_chars(content), false);
  if (format == nullptr || format->kind != FormatKind::kPointer) return;
  throw Error(Error::Kind::kFailure, path, "is " + std::string(format->phrase),
              std::string(format->remedy));
}

std::string_view name_of(const FileFormat& format) {
  std::string_view name = format.phrase;
  for (const std::string_view article : {"a "sv, "an "sv}) {
    if (name.starts_with(article)) return name.substr(article.size());
  }
  return name;
}

// A tag is: "ID3", version (2), flags (1), size of what follows (4, of 7 bits each); a footer of
// ten bytes if flag 10 says so.
std::size_t size_of_id3_tags(ByteView file) {
  std::size_t at = 0;
  while (at + 10 <= file.size()) {
    const ByteView tag = file.subspan(at, 10);
    const bool is_tag = as_chars(tag).starts_with("ID3") && tag[3] >= 2 && tag[3] <= 4 &&
                        std::none_of(tag.begin() + 6, tag.end(), [](Byte b) { return b >= 128; });
    if (!is_tag) break;
    std::size_t size = 0;
    for (const Byte byte : tag.last(4)) size = size << 7 | byte;
    at += 10 + size + ((tag[5] & 0x10) != 0 ? 10 : 0);
  }
  if (at == 0) return 0;
  while (at < file.size() && file[at] == 0) ++at;
  return at;
}

bool looks_like_text(ByteView start) {
  start = start.first(std::min<std::size_t>(start.size(), 512));
  return std::all_of(start.begin(), start.end(), [](Byte byte) {
    return byte >= 0x20 || (byte >= '\t' && byte <= '\r') || byte == 0x1b || byte == '\b';
  });
}

}  // namespace zipdream
