// SPDX-License-Identifier: Apache-2.0
// `zipdream serve` where it goes on by methods of its own, and with images and sounds.
#include <gtest/gtest.h>
#include <httplib.h>

#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/encodings.h"
#include "base/files.h"
#include "tests/serve/served.h"
#include "tests/temporary_folder.h"
#include "zipdream/generate.h"

namespace zipdream {
namespace {

using Json = nlohmann::json;

const std::string kText = "the cat sat on the mat, the cat sat on the ";

std::string sample_file(const char* name) {
  const Bytes content = read_file(std::string(ZIPDREAM_SAMPLES) + "/" + name);
  return std::string(as_chars(content));
}

// As the command would, with the same seed.
Bytes continued_by_command(const std::string& words, const std::string& ending) {
  const TemporaryFolder folder;
  const std::string path = folder / ("out" + ending);
  const std::string command =
      std::string("\"") + ZIPDREAM_BINARY + "\" generate " + words + " -q -o \"" + path + "\"";
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  return read_file(path);
}

TEST(Serve, ContinuesImagesAndSoundsAsTheCommandDoes) {
  Served served({"png", "flac:8"});
  const auto image = served.client().Post(
      "/v1/generate?model=png&seed=3&max_side=24&temperature=0.5&prompt_side=top",
      sample_file("image.png"), "image/png");
  ASSERT_TRUE(image);
  EXPECT_EQ(image->status, 200) << image->body;
  EXPECT_EQ(image->get_header_value("Content-Type"), "image/png");
  const std::string samples = ZIPDREAM_SAMPLES;
  EXPECT_TRUE(image->body == as_chars(continued_by_command(
                                 "png --seed 3 --max-side 24 --temp 0.5 --prompt-side top -f \"" +
                                     samples + "/image.png\"",
                                 ".png")));
  const Json sound =
      served.post("/v1/generate", {{"model", "flac:8"},
                                   {"file", base64(as_bytes(sample_file("sound.wav")))},
                                   {"seed", 3},
                                   {"rate", 8000},
                                   {"seconds", 0.02}});
  EXPECT_EQ(sound["type"], "audio/wav");
  EXPECT_EQ(sound["media"], "audio");
  EXPECT_EQ(sound["generated_bytes"], 160);
  EXPECT_EQ(
      bytes_of_base64(sound["file"].get<std::string>()),
      continued_by_command(
          "flac:8 --seed 3 --rate 8000 --seconds 0.02 -f \"" + samples + "/sound.wav\"", ".wav"));
}

TEST(Serve, TakesTemperaturesByEntropyAndColourAsTheCommandDoes) {
  Served served({"ppm:3", "image"});
  const TemporaryFolder folder;
  Bytes pixels;
  for (int i = 0; i < 12 * 8 * 3; ++i) pixels.push_back(static_cast<Byte>(7 * i % 61));
  Bytes ppm(pixels);
  const std::string header = "P6\n12 8\n255\n";
  ppm.insert(ppm.begin(), header.begin(), header.end());
  write_file(folder / "in.ppm", ppm);
  const Bytes png =
      continued_by_command("image --prompt-side top --seed 3 --temp 1:0.5 --colour-temp 0.7 -f \"" +
                               (folder / "in.ppm") + "\"",
                           ".png");
  const auto by_file = served.client().Post(
      "/v1/generate?model=image&prompt_side=top&seed=3&unsure_temperature=0.5"
      "&colour_temperature=0.7",
      std::string(as_chars(ppm)), "image/x-portable-pixmap");
  ASSERT_TRUE(by_file);
  EXPECT_TRUE(by_file->body == as_chars(png));
  const ByteView top = ByteView(pixels).first(pixels.size() / 2);
  Json bare = {{"model", "image"}, {"data", base64(top)},       {"width", 12},
               {"channels", 3},    {"count", top.size()},       {"seed", 3},
               {"temperature", 1}, {"unsure_temperature", 0.5}, {"colour_temperature", 0.7}};
  GenerateRequest request;
  request.model.spec = Spec::parse("image");
  request.pixels = PixelRows{.width = 12, .channels = 3};
  request.prompt.assign(top.begin(), top.end());
  request.count = top.size();
  request.seed = 3;
  request.method.sampler.unsure_temperature = 0.5;
  request.method.colour_temperature = 0.7;
  const Bytes expected = generate(request).bytes;
  EXPECT_EQ(bytes_of_base64(served.post("/v1/generate", bare)["bytes"].get<std::string>()),
            expected);
  request.method.colour_temperature = 1;
  EXPECT_NE(generate(request).bytes, expected);

  const Json text = served.post("/v1/completions", {{"prompt", kText},
                                                    {"max_tokens", 40},
                                                    {"seed", 3},
                                                    {"temperature", 1.2},
                                                    {"unsure_temperature", 0.2},
                                                    {"return_bytes", true}});
  EXPECT_EQ(bytes_of_base64(text["choices"][0]["bytes"].get<std::string>()),
            continued_by_command(
                "ppm:3 --no-prompt -n 40 --seed 3 --temp 1.2:0.2 -p \"" + kText + "\"", ""));
}

TEST(Serve, TakesTheWidthThatAModelNeedsFromThePicture) {
  Served served({"residual:med:ppm:3", "gzip:9"});
  const std::string samples = ZIPDREAM_SAMPLES;
  const auto image = served.client().Post("/v1/generate?seed=3&max_side=24&prompt_side=top",
                                          sample_file("image.png"), "image/png");
  ASSERT_TRUE(image);
  EXPECT_TRUE(image->body ==
              as_chars(continued_by_command("residual:med:ppm:3 --seed 3 --max-side 24 "
                                            "--prompt-side top -f \"" +
                                                samples + "/image.png\"",
                                            ".png")));
  const Json bare =
      served.post("/v1/generate",
                  {{"data", base64(as_bytes(std::string(96, 'a')))}, {"width", 8}, {"count", 16}});
  EXPECT_EQ(bytes_of_base64(bare["bytes"].get<std::string>())->size(), 16U);
  const auto models = served.client().Get("/v1/models");
  ASSERT_TRUE(models);
  EXPECT_EQ(Json::parse(models->body)["data"][0]["media"], Json{"image"});

  for (const auto& [path, field] :
       {std::pair("/v1/completions", "prompt"), std::pair("/v1/distribution", "prompt"),
        std::pair("/v1/score", "text"), std::pair("/v1/sources", "prompt")}) {
    const Json refusal = served.post(path, {{field, "abc"}}, 400);
    EXPECT_EQ(refusal["error"]["param"], "model") << path;
    EXPECT_NE(refusal["error"]["message"].get<std::string>().find("the width of an image"),
              std::string::npos);
  }
  // Rows that are continued alone have no width, and samples of sound neither.
  const auto independent =
      served.client().Post("/v1/generate?max_side=24", sample_file("image.png"), "image/png");
  ASSERT_TRUE(independent);
  EXPECT_EQ(independent->status, 400);
  (void)served.post("/v1/generate", {{"data", "AAAA"}}, 400);
}

TEST(Serve, RefusesTemperaturesThatCannotBeMeant) {
  Served served({"ppm:3"});
  const auto refusal = [&](const char* path, Json fields) {
    return served.post(path, fields, 400)["error"]["message"].get<std::string>();
  };
  const Json bare = {{"data", "AAAA"}, {"width", 1}};
  const auto with = [](Json json, const char* name, const Json& value) {
    json[name] = value;
    return json;
  };
  EXPECT_EQ(refusal("/v1/completions", {{"prompt", kText}, {"unsure_temperature", -1}}),
            "unsure_temperature -1: must be 0 to 1000");
  EXPECT_EQ(refusal("/v1/completions", {{"prompt", kText}, {"colour_temperature", 0.5}}),
            "colour_temperature: is for images in colour; leave it out");
  EXPECT_EQ(refusal("/v1/generate", with(bare, "unsure_temperature", 1001)),
            "unsure_temperature 1001: must be 0 to 1000");
  EXPECT_EQ(refusal("/v1/generate", with(bare, "colour_temperature", -1)),
            "colour_temperature -1: must be 0 to 1000");
  EXPECT_EQ(refusal("/v1/generate", with(bare, "colour_temperature", 0.5)),
            "colour_temperature: is for images in colour; leave it out");
  EXPECT_EQ(refusal("/v1/generate", with(with(bare, "channels", 2), "colour_temperature", 0.5)),
            "prompt: ends within a pixel; give whole ones");
}

TEST(Serve, SaysWhatIsWrongWithAFile) {
  Served served({"png"});
  const auto expect = [&](const std::string& query, const std::string& body, int status,
                          const std::string& part) {
    const auto reply = served.client().Post(("/v1/generate?" + query).c_str(), body, "image/png");
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, status) << reply->body;
    EXPECT_NE(reply->body.find(part), std::string::npos) << reply->body;
  };
  expect("", "", 400, "is empty");
  expect("media=image", "no image", 422, "no image in a known format");
  expect("", std::string("GIF89a\1\0\1\0\x80\0\0;", 14), 422, "GIF");
  const std::string image = sample_file("image.png");
  expect("rows=sideways", image, 400, "send one of independent, joint");
  expect("prompt_fraction=2", image, 400, "prompt");
  expect("seed=-1", image, 400, "seed");
  expect("model=gif", image, 400, "take one of png");
  (void)served.post("/v1/generate", {{"file", "no base64"}}, 400);
  (void)served.post("/v1/generate", {{"seed", 1}}, 400);
}

// The bytes of the events of a streamed answer.
Bytes bytes_of_events(const std::string& body, const std::function<Json(const Json&)>& part) {
  Bytes all;
  for (std::size_t at = 0; (at = body.find("data: {", at)) != std::string::npos;) {
    const std::size_t end = body.find("\n\n", at);
    const Json piece = part(Json::parse(body.substr(at + 6, end - at - 6)));
    const Bytes bytes = bytes_of_base64(piece.at("bytes").get<std::string>()).value();
    all.insert(all.end(), bytes.begin(), bytes.end());
    at = end;
  }
  EXPECT_TRUE(body.ends_with("data: [DONE]\n\n"));
  return all;
}

TEST(Serve, ContinuesBarePixelsAsTheCommandContinuesAnImage) {
  Served served({"png", "image"});
  const std::string pixels(48 * 20, '\x30');
  const Json request = {{"model", "image"}, {"data", base64(as_bytes(pixels))},
                        {"width", 48},      {"count", 48 * 2},
                        {"seed", 5},        {"temperature", 0.9}};
  const Bytes whole =
      bytes_of_base64(served.post("/v1/generate", request)["bytes"].get<std::string>()).value();
  EXPECT_EQ(whole.size(), 96U);
  Json streamed = request;
  streamed["stream"] = true;
  streamed["piece"] = 48;
  const auto events = served.client().Post("/v1/generate", streamed.dump(), "application/json");
  ASSERT_TRUE(events);
  EXPECT_EQ(bytes_of_events(events->body, [](const Json& piece) { return piece; }), whole);

  const TemporaryFolder folder;
  std::string pgm = "P5\n48 22\n255\n" + pixels + std::string(96, '\0');
  write_file(folder / "in.pgm", as_bytes(pgm));
  const Bytes png = continued_by_command(
      "image --prompt-side top --prompt-fraction 0.9091 --seed 5 "
      "--temp 0.9 -f \"" +
          (folder / "in.pgm") + "\"",
      ".png");
  const Json by_file = served.post("/v1/generate", {{"model", "image"},
                                                    {"file", base64(as_bytes(pgm))},
                                                    {"prompt_side", "top"},
                                                    {"prompt_fraction", 0.9091},
                                                    {"seed", 5},
                                                    {"temperature", 0.9}});
  EXPECT_EQ(bytes_of_base64(by_file["file"].get<std::string>()), png);
}

TEST(Serve, RefusesBareBytesThatCannotBeMeant) {
  Served served({"gzip:9"});
  for (const Json& wrong :
       {Json{{"data", "???"}}, Json{{"data", ""}}, Json{{"data", 5}},
        Json{{"data", "AAAA"}, {"width", -1}}, Json{{"data", "AAAA"}, {"count", 0}},
        Json{{"data", "AAAA"}, {"count", 1 << 30}}, Json{{"data", "AAAA"}, {"channels", 9}},
        Json{{"data", "AAAA"}, {"piece", 0}}, Json{{"data", "AAAA"}, {"model", "xz"}}}) {
    EXPECT_TRUE(served.post("/v1/generate", wrong, 400).contains("error")) << wrong;
  }
}

Bytes generated(MethodKind kind, const std::string& model, std::size_t count) {
  GenerateRequest request;
  request.model.spec = Spec::parse(model);
  request.method.kind = kind;
  if (kind == MethodKind::kBeam) request.method.beam_width = 8;
  request.prompt = Bytes(as_bytes(kText).begin(), as_bytes(kText).end());
  request.count = count;
  request.seed = 4;
  return generate(request).bytes;
}

TEST(Serve, GoesOnByBeamsAndByDreamsAsGenerateDoes) {
  Served served({"gzip:9", "lm:english-bpe"});
  const Json dream = {{"prompt", kText},
                      {"max_tokens", 40},
                      {"seed", 4},
                      {"method", "dream"},
                      {"return_bytes", true}};
  const Bytes expected = generated(MethodKind::kDream, "gzip:9", 40);
  const Json choice = served.post("/v1/completions", dream)["choices"][0];
  EXPECT_EQ(bytes_of_base64(choice["bytes"].get<std::string>()), expected);
  EXPECT_EQ(choice["finish_reason"], "length");
  Json beam = dream;
  beam["method"] = "beam";
  beam["beam_width"] = 8;
  beam["stream"] = true;
  const auto events = served.client().Post("/v1/completions", beam.dump(), "application/json");
  ASSERT_TRUE(events);
  EXPECT_EQ(bytes_of_events(events->body, [](const Json& piece) { return piece["choices"][0]; }),
            generated(MethodKind::kBeam, "gzip:9", 40));
}

TEST(Serve, RefusesMethodsWhereTheyCannotBeHad) {
  Served served({"gzip:9", "lm:english-bpe", "bzip2:9"});
  const auto refusal = [&](Json fields) {
    fields["prompt"] = fields.contains("prompt") ? fields["prompt"] : Json(kText);
    return served.post("/v1/completions", fields, 400)["error"]["message"].get<std::string>();
  };
  EXPECT_NE(refusal({{"method", "guess"}}).find("sample, beam, dream"), std::string::npos);
  EXPECT_NE(refusal({{"method", "dream"}, {"temperature", 0.5}}).find("temperature"),
            std::string::npos);
  EXPECT_NE(refusal({{"method", "dream"}, {"n", 2}}).find("n: "), std::string::npos);
  EXPECT_NE(refusal({{"method", "beam"}, {"logprobs", 1}}).find("logprobs"), std::string::npos);
  EXPECT_NE(refusal({{"beam_width", 4}}).find("beam_width"), std::string::npos);
  EXPECT_NE(refusal({{"method", "beam"}, {"prompt", {"a", "b"}}}).find("one at a time"),
            std::string::npos);
  EXPECT_NE(refusal({{"method", "beam"}, {"model", "lm:english-bpe"}}).find("over bytes"),
            std::string::npos);
}

TEST(Serve, TellsWhatEachModelGoesOnWith) {
  Served served({"gzip:9", "image", "audio", "flac:8", "png", "gzip:9@lengths", "lm:english-bpe"});
  const auto reply = served.client().Get("/v1/models");
  ASSERT_TRUE(reply);
  const Json all = {"text", "image", "audio"};
  const std::vector<Json> expected = {all,       {"image"}, {"audio"}, {"audio"},
                                      {"image"}, all,       {"text"}};
  const Json models = Json::parse(reply->body)["data"];
  ASSERT_EQ(models.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(models[i]["media"], expected[i]) << i;
}

TEST(Serve, ServesACodecByItsLengthsBesideItsTables) {
  Served served({"gzip:9", "gzip:9@lengths"});
  GenerateRequest request;
  request.model.spec = Spec::parse("gzip:9");
  request.model.probs = Probs::kLengths;
  request.prompt = Bytes(as_bytes(kText).begin(), as_bytes(kText).end());
  request.count = 20;
  request.seed = 6;
  const Json reply = served.post("/v1/completions", {{"model", "gzip:9@lengths"},
                                                     {"prompt", kText},
                                                     {"max_tokens", 20},
                                                     {"seed", 6},
                                                     {"return_bytes", true}});
  EXPECT_EQ(bytes_of_base64(reply["choices"][0]["bytes"].get<std::string>()),
            generate(request).bytes);
}

}  // namespace
}  // namespace zipdream
