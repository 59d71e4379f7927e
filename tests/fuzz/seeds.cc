// SPDX-License-Identifier: Apache-2.0
// Writes the inputs that fuzzers begin with: small and whole ones of every format, so that what is
// behind the first checks is reached. Usage: fuzz_seeds FOLDER (a folder in it for each target)
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/encodings.h"
#include "base/files.h"
#include "media/audio/audio.h"
#include "media/image/imaging.h"
#include "tests/archive/archives.h"
#include "tests/codecs/names.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/models/lm/tiny_gguf.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/models/tokenizers/tiny_vocabularies.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

class Seeds {
 public:
  explicit Seeds(std::string folder) : folder_(std::move(folder)) {}

  void put(const std::string& target, const std::string& name, ByteView bytes) const {
    std::filesystem::create_directories(folder_ + "/" + target);
    write_file(folder_ + "/" + target + "/" + name, bytes);
  }

 private:
  std::string folder_;
};

Bytes with_front(std::initializer_list<Byte> front, ByteView rest) {
  return concat(Bytes(front), rest);
}

void put_codecs(const Seeds& seeds) {
  Byte number = 0;
  for (const std::string& name : codec_names()) {
    const auto codec = make_codec(name);
    seeds.put("decompress", name, with_front({number}, codec->compress(text_like(300))));
    seeds.put("decompress", name + "-noise",
              with_front({number}, codec->compress(random_bytes(40))));
    seeds.put("decompress", name + "-empty", with_front({number}, codec->compress({})));
    seeds.put("session", name,
              with_front({number, 0, 3, 4, 'a', 'b', 'c', 'd', 1, 'e', 0, 2, 'f', 'g', 2, 0, 99},
                         text_like(400)));
    ++number;
  }
  for (Byte level = 0; level < 9; ++level) {
    const auto longest = static_cast<Byte>(level % 3 == 2 ? 7 : level);
    Bytes woven = {level, 3, 'x', 'y', 'z', 1, 'a', 0, 5, 't', 'h', 'e', ' ', 'm', longest};
    for (int i = 0; i < (longest == 7 ? 60 : 20); ++i) {
      woven = concat(woven, with_front({static_cast<Byte>(i % 4), 2, static_cast<Byte>(i * 37)},
                                       text_like(8, i)));
    }
    seeds.put("deflate_lengths", "level" + std::to_string(level + 1), woven);
  }
}

void put_streams(const Seeds& seeds) {
  for (Byte i = 0; i < 7; ++i) {
    seeds.put("arithmetic", "content" + std::to_string(i), with_front({i, 1}, text_like(120)));
    seeds.put("arithmetic", "stream" + std::to_string(i), with_front({i, 0}, random_bytes(40)));
  }
  for (const char* spec : {"stored", "gzip:6", "ppm:6", "zstd:3"}) {
    for (const bool tell_size : {false, true}) {
      const std::string name = std::string(spec, 4) + (tell_size ? "-sized" : "");
      seeds.put("archive", name, pack(text_like(2500), spec, {.tell_size = tell_size}));
    }
  }
  seeds.put("archive", "empty", pack({}, "gzip:6"));
  int number = 0;
  for (const char* spec : {"gzip:9", "xz:6e", "zstd", "png:9,width=60,channels=3", "flac:8",
                           "ppm:6", "cm", "arith:ppm:4", "arith:gzip:9", "brotli:5"}) {
    seeds.put("spec", std::to_string(number++), as_bytes(spec));
  }
  for (const char* spec :
       {"png:9,width=60,channels=3", "arith:lm:\"/data/a:b, \\\"c\\\"\"", "cm@1/40",
        "lm:\"a\\x0a\",weights=int8", "bytes:hypotheses=8,prune=13:lm:x"}) {
    seeds.put("spec_text", std::to_string(number++), as_bytes(spec));
  }
  for (const char* size : {"4096", "0x1000", "1e6", "1.5M", "16 KiB"}) {
    seeds.put("encodings", size, as_bytes(size));
  }
  Bytes varint;
  append_varint(1'000'000'007, varint);
  seeds.put("encodings", "varint", varint);
}

void put_requests(const Seeds& seeds) {
  const auto put = [&](const char* name, const char* body) {
    seeds.put("requests", name, as_bytes(body));
  };
  put("completion", R"({"model": "gzip:9", "prompt": "abc", "max_tokens": 5, "temperature": 0.7,
    "top_p": 0.9, "min_p": 0.1, "top_k": 40, "seed": 7, "n": 2, "stop": ["\n"], "stream": true,
    "echo": true, "logprobs": 5, "return_bytes": true})");
  put("ids", R"({"prompt": [[256, 97], [98]], "best_of": 1, "logit_bias": {}, "suffix": null})");
  put("chat", R"({"messages": [{"role": "user", "content": "hi"}], "max_tokens": 1})");
}

void put_tokenizers(const Seeds& seeds) {
  const auto put = [&](const std::string& name, Byte format, ByteView file) {
    seeds.put("tokenizer", name, concat(with_front({format, 10}, as_bytes("hello heat")), file));
  };
  put("byte-level", 0, as_bytes(byte_level_vocabulary({"h e", "l l", "he ll"}).dump()));
  put("space-marks", 0, as_bytes(space_mark_vocabulary({"h", "e", "he"}, {"h e"}).dump()));
  put("names", 2,
      as_bytes(byte_level_vocabulary({"h e", "l l", "he ll"})["model"]["vocab"].dump()));
  put("llama2c", 1, Bytes(64));
  put("rwkv", 3, as_bytes(rwkv_file({"he", "hello", "\xe9", "\n"}).substr(1000)));
}

using Sizes = std::map<std::size_t, std::size_t>;

// A model with other sizes in place of some of its own, so small that no fuzzer's -max_len
// (scripts/fuzz.sh) cuts its file short.
TinyModel shrunk(TinyModel model, Sizes sizes) {
  sizes.insert({{256, 16}, {96, 8}});  // tokens, context
  const auto replace = [&](std::size_t size) { return sizes.contains(size) ? sizes[size] : size; };
  for (auto& [name, tensor] : model.tensors) {
    std::size_t count = 1;
    for (std::size_t& size : tensor.shape) count *= size = replace(size);
    tensor.values.resize(count);
  }
  for (auto& value : model.config) {
    if (value.is_number_unsigned()) value = replace(value.get<std::size_t>());
  }
  return model;
}

// With two layers, and a tokenizer of RWKV's kind.
Bytes tiny_rwkv7_file() {
  TinyModel model = shrunk(tiny_rwkv7(16), {{36, 16}});
  model.config["num_hidden_layers"] = 2;
  std::erase_if(model.tensors,
                [](const auto& tensor) { return tensor.first.starts_with("model.layers.2."); });
  return as_gguf(model, "F16")
      .text("tokenizer.ggml.model", "rwkv")
      .texts("tokenizer.ggml.tokens", {"<s>", "a", "b", "ab", "\\n", "\\x00", "\\\\", "\\'", "abc",
                                       "c", "d", "e", "f", "g", "h", "i"})
      .file();
}

void put_models(const Seeds& seeds) {
  const TinyTensors two = {{"a", {{2, 3}, {1, 2, 3, 4, 5, 6}}}, {"b", {{4}, {1, 2, 3, 4}}}};
  for (const char* type : {"F32", "F16", "BF16"}) {
    seeds.put("safetensors", type, safetensors(two, type));
  }
  int number = 0;
  const TinyModel llama = shrunk(tiny_llama(true, 8), {{60, 12}});
  const TinyModel gpt2 = shrunk(tiny_gpt2(), {{40, 8}, {120, 24}, {160, 32}});
  const TinyModel paper = shrunk(tiny_paper(), {{48, 8}, {144, 24}, {100, 12}});
  for (const TinyModel& model : {llama, gpt2, paper}) {
    const std::string config = model.config.dump();
    const auto size = static_cast<unsigned>(config.size());
    seeds.put("model_folder", std::to_string(number++),
              concat(with_front({static_cast<Byte>(size >> 8), static_cast<Byte>(size)},
                                as_bytes(config)),
                     safetensors(model.tensors, "F16")));
  }
  for (const char* type : {"F32", "F16"}) {
    seeds.put("gguf", type, as_gguf(tiny_llama(true, 8), type).file());
  }
  seeds.put("gguf", "rwkv7", tiny_rwkv7_file());
  seeds.put("gguf", "kind", GgufWriter().text("general.architecture", "clip").file());
  seeds.put("model_folder", "llama2c", with_front({0, 0}, llama2c_file(llama)));
}

// Beginnings of files; a fuzzer finds the other signatures by the comparisons.
void put_formats(const Seeds& seeds, ByteView png) {
  seeds.put("file_format", "png", png);
  seeds.put("file_format", "gif", concat(as_bytes("GIF89a"), Bytes(10)));
  seeds.put("file_format", "wav", concat(as_bytes("RIFF"), concat(Bytes(4), as_bytes("WAVEfmt "))));
  seeds.put("file_format", "id3", concat(as_bytes("ID3"), Bytes{4, 0, 0, 0, 0, 0, 2, 0, 0, 0xff}));
  seeds.put("file_format", "gguf", GgufWriter().text("general.architecture", "llama").file());
  seeds.put("file_format", "pointer",
            as_bytes("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n"));
}

// Headers of files of pixels or samples.
void put_layouts(const Seeds& seeds) {
  seeds.put("sample_layout", "ppm", as_bytes("P6\n# two\n4 3\n255\nabcdefghijkl"));
  seeds.put("sample_layout", "pam",
            as_bytes("P7\nWIDTH 4\nHEIGHT 3\nDEPTH 2\nMAXVAL 255\nTUPLTYPE x y\nENDHDR\nabcdef"));
  Bytes bmp(80);
  bmp[0] = 'B', bmp[1] = 'M', bmp[10] = 54, bmp[14] = 40;
  bmp[18] = 5, bmp[22] = 2, bmp[26] = 1, bmp[28] = 24;
  seeds.put("sample_layout", "bmp", bmp);
  for (const auto format : {SampleFormat::kU8, SampleFormat::kMulaw, SampleFormat::kS16}) {
    seeds.put("sample_layout", "wav" + std::to_string(static_cast<int>(format)),
              pack_pcm(random_bytes(20), format, 8000, AudioContainer::kWav));
  }
}

void put_media(const Seeds& seeds) {
  Image image{.width = 9, .height = 5, .channels = 3, .pixels = random_bytes(9 * 5 * 3)};
  seeds.put("image", "rgb.png", imaging().encode_png(image, 6));
  seeds.put("image", "gray.png", imaging().encode_png(imaging().to_gray(image), 0));
  seeds.put("image", "gray.pgm", concat(as_bytes("P5 4 3 255\n"), random_bytes(12)));
  put_formats(seeds, imaging().encode_png(image, 6));
  const Bytes hums = hum(600, {.by_last = 1.7, .by_before = 0.8, .loudness = 6});
  for (const auto& [name, format] :
       {std::pair("u8", SampleFormat::kU8), std::pair("mulaw", SampleFormat::kMulaw),
        std::pair("s16", SampleFormat::kS16)}) {
    seeds.put("sound", std::string(name) + ".wav",
              pack_pcm(hums, format, 8000, AudioContainer::kWav));
    seeds.put("sound", std::string(name) + ".flac",
              pack_pcm(hums, format, 8000, AudioContainer::kFlac));
  }
  put_layouts(seeds);
  for (Byte i = 0; i < 12; ++i) {
    seeds.put("search", std::to_string(i),
              concat(with_front({100}, text_like(100)),
                     concat(with_front({20}, text_like(20, 2)),
                            Bytes{static_cast<Byte>(i % 6), static_cast<Byte>(i / 6), 0,
                                  static_cast<Byte>(i % 3), static_cast<Byte>(i % 2), 3, 4, 8, 0,
                                  15, 0, 9})));
  }
}

}  // namespace

void put_seeds(const std::string& folder) {
  const Seeds seeds(folder);
  put_codecs(seeds);
  put_streams(seeds);
  put_requests(seeds);
  put_tokenizers(seeds);
  put_models(seeds);
  put_media(seeds);
}

}  // namespace zipdream

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  zipdream::put_seeds(argv[1]);
  return 0;
}
