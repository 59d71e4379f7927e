// SPDX-License-Identifier: Apache-2.0
// `zipdream serve` as clients meet it: the program, over HTTP.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "apps/serve/openapi.h"
#include "base/encodings.h"
#include "base/files.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/models/tokenizers/tiny_vocabularies.h"
#include "tests/serve/served.h"
#include "tests/temporary_folder.h"
#include "zipdream/generate.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

using Json = nlohmann::json;

const std::string kText = "the cat sat on the mat, the cat sat on the ";

TEST(Serve, CompletesAsGenerateDoes) {
  Served served({"gzip:9", "ppm:6"});
  for (const std::string model : {"gzip:9", "ppm:6"}) {
    const Json reply = served.post("/v1/completions", {{"model", model},
                                                       {"prompt", kText},
                                                       {"max_tokens", 30},
                                                       {"temperature", 0.7},
                                                       {"seed", 5}});
    GenerateRequest request;
    request.model.spec = Spec::parse(model);
    request.prompt = Bytes(as_bytes(kText).begin(), as_bytes(kText).end());
    request.count = 30;
    request.seed = 5;
    request.method.sampler.temperature = 0.7;
    EXPECT_EQ(reply["choices"][0]["text"], as_chars(generate(request).bytes)) << model;
    EXPECT_EQ(reply["choices"][0]["finish_reason"], "length");
    EXPECT_EQ(reply["usage"]["prompt_tokens"], kText.size());
    EXPECT_EQ(reply["usage"]["completion_tokens"], 30);
  }
}

TEST(Serve, HealsTheEndOfAPromptAsGenerateDoesWhereItIsAskedTo) {
  Served served({"lm:english-bpe"});
  for (const std::string prompt : {"The United Sta", "Sta", "", "The history of the United Sta"}) {
    const Json reply = served.post("/v1/completions", {{"prompt", prompt},
                                                       {"max_tokens", 12},
                                                       {"seed", 2},
                                                       {"heal", true},
                                                       {"return_bytes", true}});
    GenerateRequest request;
    request.model.spec = Spec::parse("lm:english-bpe");
    request.prompt = to_bytes(prompt);
    request.count = 200;
    request.seed = 2;
    request.endings.end_of_text = true;
    Bytes expected = generate(request).bytes;
    const Bytes text = *bytes_of_base64(reply["choices"][0]["bytes"].get<std::string>());
    ASSERT_GE(expected.size(), text.size());
    expected.resize(text.size());
    EXPECT_EQ(as_chars(text), as_chars(expected)) << prompt;
  }
  (void)served.post("/v1/completions", {{"prompt", "a"}, {"heal", true}, {"logprobs", 1}}, 400);
}

// What a harness sends that measures models: its prompts as ids, echoed with their probabilities.
TEST(Serve, EchoesPromptsWithTheirProbabilities) {
  Served served({"ppm:6", "lm:english-bpe"});
  for (const std::string model : {"ppm:6", "lm:english-bpe"}) {
    Json prompts = Json::array();
    const std::vector<std::string> texts = {kText, "caf\xc3\xa9 \xf0\x9f\x98\x80 ok", "a\r\nb\r\n"};
    for (const std::string& text : texts) {
      prompts.push_back(served.post("/tokenize", {{"model", model}, {"prompt", text}})["tokens"]);
    }
    const Json reply = served.post("/v1/completions", {{"model", model},
                                                       {"prompt", prompts},
                                                       {"max_tokens", 1},
                                                       {"temperature", 0},
                                                       {"logprobs", 1},
                                                       {"echo", true}});
    ASSERT_EQ(reply["choices"].size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const Json& choice = reply["choices"][i];
      EXPECT_EQ(choice["index"], i);
      EXPECT_TRUE(choice["text"].get<std::string>().starts_with(texts[i]));
      const Json& told = choice["logprobs"];
      ASSERT_EQ(told["token_logprobs"].size(), prompts[i].size() + 1);
      EXPECT_TRUE(told["token_logprobs"][0].is_null());
      const auto predictor = make_predictor(model);
      const std::vector<Token> tokens = predictor->tokenize(as_bytes(texts[i]));
      for (std::size_t t = 0; t < tokens.size(); ++t) {
        const double expected = predictor->log2_probs()[tokens[t].symbol] * std::log(2);
        if (t > 0) {
          EXPECT_NEAR(told["token_logprobs"][t].get<double>(), expected, 1e-12);
        }
        predictor->update(tokens[t].symbol);
        const Json& top = told["top_logprobs"][t];
        const std::string& token = told["tokens"][t].get_ref<const std::string&>();
        if (t > 0 && top.contains(token)) {
          EXPECT_EQ(top[token], told["token_logprobs"][t]);
        }
      }
    }
  }
}

TEST(Serve, TellsOffsetsInCharacters) {
  Served served({"ppm:6"});
  const Json reply = served.post(
      "/v1/completions",
      {{"prompt", "\xc3\xa9\xe2\x82\xac x"}, {"max_tokens", 0}, {"logprobs", 0}, {"echo", true}});
  const Json& told = reply["choices"][0]["logprobs"];
  EXPECT_EQ(told["text_offset"], (Json{0, 0, 1, 1, 1, 2, 3}));
  EXPECT_EQ(told["tokens"][0], "bytes:\\xc3");
  EXPECT_EQ(told["tokens"][6], "x");
}

TEST(Serve, ScoresWhereATextBegins) {
  Served served({"ppm:6"});
  const Json ids = served.post("/tokenize", {{"prompt", "<|endoftext|>"}})["tokens"];
  EXPECT_EQ(ids, Json{256});
  const Json reply =
      served.post("/v1/completions",
                  {{"prompt", {256, 97, 98}}, {"max_tokens", 0}, {"logprobs", 0}, {"echo", true}});
  const Json& logprobs = reply["choices"][0]["logprobs"]["token_logprobs"];
  ASSERT_EQ(logprobs.size(), 3U);
  EXPECT_TRUE(logprobs[0].is_null());
  EXPECT_NEAR(logprobs[1].get<double>(), -8 * std::log(2), 1e-9);
  const Json scored = served.post("/v1/score", {{"text", "ab"}});
  EXPECT_NEAR(-(logprobs[1].get<double>() + logprobs[2].get<double>()) / std::log(2),
              scored["bits"].get<double>(), 1e-9);
}

TEST(Serve, DoesNotReadATokenThatBeginsTextsTwice) {
  Served served({"lm:english-bpe"});
  Json ids = served.post("/tokenize", {{"prompt", "The history of it"}})["tokens"];
  const Json info = Json::parse(served.client().Get("/tokenizer_info")->body);
  ids.insert(ids.begin(), info["eos_token_id"]);
  const Json reply = served.post(
      "/v1/completions", {{"prompt", ids}, {"max_tokens", 0}, {"logprobs", 0}, {"echo", true}});
  double bits = 0;
  for (const Json& each : reply["choices"][0]["logprobs"]["token_logprobs"]) {
    if (!each.is_null()) bits -= each.get<double>() / std::log(2);
  }
  EXPECT_NEAR(bits, served.post("/v1/score", {{"text", "The history of it"}})["bits"].get<double>(),
              1e-9);
}

TEST(Serve, StreamsTheSameTextInPieces) {
  Served served({"lm:english-bpe"});
  Json request = {{"prompt", "The history of "},
                  {"max_tokens", 40},
                  {"seed", 3},
                  {"logprobs", 2},
                  {"stop", {"th"}},
                  {"n", 2}};
  const Json whole = served.post("/v1/completions", request);
  request["stream"] = true;
  const auto streamed = served.client().Post("/v1/completions", request.dump(), "application/json");
  ASSERT_TRUE(streamed);
  EXPECT_EQ(streamed->get_header_value("Content-Type"), "text/event-stream");
  std::vector<std::string> texts(2);
  std::vector<Json> logprobs(2, Json::array());
  std::vector<std::string> reasons(2);
  std::istringstream lines(streamed->body);
  bool done = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    ASSERT_TRUE(line.starts_with("data: ")) << line;
    if (line == "data: [DONE]") {
      done = true;
      continue;
    }
    const Json event = Json::parse(line.substr(6));
    const Json& choice = event["choices"][0];
    const std::size_t index = choice["index"];
    texts[index] += choice["text"].get<std::string>();
    if (!choice["logprobs"].is_null()) {
      for (const Json& each : choice["logprobs"]["token_logprobs"]) logprobs[index].push_back(each);
    }
    if (!choice["finish_reason"].is_null()) reasons[index] = choice["finish_reason"];
  }
  EXPECT_TRUE(done);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(texts[i], whole["choices"][i]["text"]);
    EXPECT_EQ(logprobs[i], whole["choices"][i]["logprobs"]["token_logprobs"]);
    EXPECT_EQ(reasons[i], whole["choices"][i]["finish_reason"]);
  }
  EXPECT_NE(texts[0], texts[1]);
}

TEST(Serve, ChatsByPlainText) {
  Served served({"ppm:6"});
  const Json messages = {{{"role", "user"}, {"content", "one two one two one"}}};
  const Json reply = served.post("/v1/chat/completions",
                                 {{"messages", messages}, {"max_tokens", 12}, {"temperature", 0}});
  EXPECT_EQ(reply["object"], "chat.completion");
  EXPECT_EQ(reply["choices"][0]["message"]["role"], "assistant");
  const Json plain =
      served.post("/v1/completions",
                  {{"prompt", "one two one two one\n"}, {"max_tokens", 12}, {"temperature", 0}});
  EXPECT_EQ(reply["choices"][0]["message"]["content"], plain["choices"][0]["text"]);
}

// A model of a folder whose files say that conversations are ChatML.
void write_chat_model(const TemporaryFolder& folder) {
  Json vocabulary = byte_level_vocabulary({"h e", "t he"});
  const std::size_t first = vocabulary["added_tokens"].back()["id"].get<std::size_t>() + 1;
  for (const char* name : {"<|im_start|>", "<|im_end|>"}) {
    vocabulary["added_tokens"].push_back(
        {{"id", first + (name[5] == 'e' ? 1U : 0U)}, {"content", name}, {"special", true}});
  }
  TinyModel model = tiny_llama(true);
  model.config["vocab_size"] = first + 2;
  TinyTensor& embedding = model.tensors.at("lm_head.weight");
  embedding.shape[0] = first + 2;
  const std::size_t had = embedding.values.size();
  embedding.values.resize((first + 2) * embedding.shape[1]);
  for (std::size_t i = had; i < embedding.values.size(); ++i) {
    embedding.values[i] = -embedding.values[i - had];
  }
  model.write(folder.path());
  const auto put = [&](const char* name, const Json& json) {
    write_file(folder / name, as_bytes(json.dump()));
  };
  put("tokenizer.json", vocabulary);
  put("tokenizer_config.json",
      {{"chat_template", "{% for m in messages %}<|im_start|>{{m.role}}...<|im_end|>"}});
}

TEST(Serve, WritesConversationsAsTheModelExpectsThem) {
  const TemporaryFolder folder;
  write_chat_model(folder);
  const std::string name = "lm:\"" + folder.path() + "\"";
  Served served({name});
  const Json messages = {{{"role", "system"}, {"content", "the"}},
                         {{"role", "user"}, {"content", "he the"}}};
  const Json reply = served.post(
      "/v1/chat/completions",
      {{"messages", messages}, {"max_tokens", 12}, {"temperature", 0}, {"return_bytes", true}});
  const std::string text =
      "<|im_start|>system\nthe<|im_end|>\n<|im_start|>user\nhe the<|im_end|>\n"
      "<|im_start|>assistant\n";
  GenerateRequest request;
  request.model.spec = Spec::parse(name);
  request.model.special = true;
  request.prompt = Bytes(as_bytes(text).begin(), as_bytes(text).end());
  request.count = 100;
  request.method.sampler.temperature = 0;
  request.method.heal = false;
  request.endings.end_of_text = true;
  Bytes expected = generate(request).bytes;
  const Bytes content = *bytes_of_base64(reply["choices"][0]["bytes"].get<std::string>());
  ASSERT_FALSE(content.empty());
  ASSERT_GE(expected.size(), content.size());
  expected.resize(content.size());
  EXPECT_EQ(content, expected);
  // Five marks; "system" and the like are bytes but for "he" and "the".
  EXPECT_EQ(reply["usage"]["prompt_tokens"], 5 + 8 + 1 + 5 + 3 + 1 + 10);
}

TEST(Serve, GoesOnFromPromptsThatItHasRead) {
  Served served({"ppm:6", "--kept-prompts", "2"});
  Served forgetful({"ppm:6", "--kept-prompts", "0"});
  std::string prompt = kText;
  for (int turn = 0; turn < 4; ++turn) {
    const Json request = {{"prompt", prompt}, {"max_tokens", 10}, {"seed", turn}};
    const Json reply = served.post("/v1/completions", request);
    EXPECT_EQ(reply["choices"][0]["text"],
              forgetful.post("/v1/completions", request)["choices"][0]["text"]);
    prompt += reply["choices"][0]["text"].get<std::string>() + " and ";
  }
}

TEST(Serve, GivesDistributionsAndTokens) {
  Served served({"gzip:9", "lm:english-bpe"});
  const Json reply = served.post("/v1/distribution", {{"prompt", kText}, {"top", 3}});
  ASSERT_EQ(reply["symbols"].size(), 3U);
  EXPECT_EQ(reply["symbols"][0]["text"], "m");
  EXPECT_EQ(reply["symbols"][0]["token"], 'm');
  const std::string text = "Der M\xc3\xbcller";
  const Json tokens = served.post("/tokenize", {{"model", "lm:english-bpe"}, {"prompt", text}});
  const Json back =
      served.post("/detokenize", {{"model", "lm:english-bpe"}, {"tokens", tokens["tokens"]}});
  EXPECT_EQ(back["prompt"], text);
}

TEST(Serve, SaysWhatIsWrongWithARequest) {
  Served served({"gzip:9"});
  const auto expect = [&](const char* path, const Json& body, const std::string& param,
                          const std::string& part) {
    const Json error = served.post(path, body, 400)["error"];
    EXPECT_EQ(error["type"], "invalid_request_error");
    if (!param.empty()) {
      EXPECT_EQ(error["param"], param);
    }
    EXPECT_NE(error["message"].get<std::string>().find(part), std::string::npos) << error;
  };
  expect("/v1/completions", {{"model", "gpt-4"}}, "model", "take one of gzip:9");
  expect("/v1/completions", {{"temperature", -1}}, "temperature", "0 to");
  expect("/v1/completions", {{"max_tokens", 1e9}}, "max_tokens", "send 0 to");
  expect("/v1/completions", {{"logprobs", 257}}, "logprobs", "256");
  expect("/v1/completions", {{"prompt", {"a", 1}}}, "prompt", "no text and no ids");
  expect("/v1/completions", {{"prompt", {1, 300}}}, "prompt", "no token of gzip:9");
  expect("/v1/completions", {{"suffix", "x"}}, "suffix", "not done here");
  expect("/v1/completions", {{"stop", {""}}}, "stop", "empty");
  expect("/v1/completions", Json::array(), "body", "no JSON object");
  expect("/v1/chat/completions", {{"messages", "hi"}}, "messages", "no list");
  expect("/v1/score", {{"text", 3}}, "text", "no text");
  const auto raw = [&](const std::string& body) {
    return served.client().Post("/v1/completions", body, "application/json")->status;
  };
  EXPECT_EQ(raw("{broken"), 400);
  EXPECT_EQ(raw(""), 400);
  EXPECT_EQ(raw(std::string(100'000, '[')), 400);
  EXPECT_EQ(raw("{\"prompt\": \"" + std::string(2 << 20, 'x') + "\"}"), 413);
  EXPECT_EQ(served.client().Get("/nowhere")->status, 404);
  EXPECT_EQ(served.client().Get("/health")->status, 200) << "it still serves";
}

TEST(Serve, RefusesAPortThatIsTaken) {
  Served served({"ppm:6"});
  const std::string command = std::string("\"") + ZIPDREAM_BINARY + "\" serve ppm:6 --port " +
                              std::to_string(served.port()) + " 2>&1";
  FILE* output = popen(command.c_str(), "r");
  std::array<char, 300> line{};
  ASSERT_NE(fgets(line.data(), line.size(), output), nullptr);
  EXPECT_NE(std::string(line.data()).find("in use"), std::string::npos) << line.data();
  EXPECT_EQ(WEXITSTATUS(pclose(output)), 1);
}

TEST(Serve, TellsWhereAProbabilityComesFrom) {
  Served served({"gzip:9", "cm"});
  const auto ask = [&](const char* model) {
    const Json body = {{"model", model}, {"prompt", "a mat, a "}, {"next", 'm'}, {"top", 2}};
    return Json::parse(served.client().Post("/v1/sources", body.dump(), "application/json")->body);
  };
  const Json told = ask("gzip:9");
  ASSERT_EQ(told["sources"].size(), 1U);
  EXPECT_EQ(told["sources"][0]["at"], 2);
  EXPECT_EQ(told["sources"][0]["agreeing"], 2);
  EXPECT_NEAR(told["elsewhere"].get<double>() + told["sources"][0]["probability"].get<double>(),
              told["probability"].get<double>(), 1e-12);
  EXPECT_EQ(ask("cm")["sources"], nullptr);
}

TEST(Serve, HasAPageToPlayWith) {
  Served served({"ppm:6", "--api-key", "secret"});
  for (const char* path :
       {"/", "/page/playground.js", "/page/style.css", "/page/rock.png", "/page/sound.wav"}) {
    const auto reply = served.client().Get(path);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 200) << path;
    EXPECT_FALSE(reply->body.empty());
    EXPECT_NE(reply->get_header_value("Content-Security-Policy").find("connect-src 'self'"),
              std::string::npos);
  }
}

TEST(Serve, AsksForItsKey) {
  Served served({"ppm:6", "--api-key", "secret"});
  const auto with = [&](const httplib::Headers& headers) {
    return served.client().Get("/v1/models", headers)->status;
  };
  EXPECT_EQ(with({}), 401);
  EXPECT_EQ(with({{"Authorization", "Bearer other"}}), 401);
  EXPECT_EQ(with({{"Authorization", "Bearer secret"}}), 200);
  EXPECT_EQ(served.client().Get("/health")->status, 200) << "for those who watch it";
}

TEST(Serve, AnswersManyAtOnceEachItsOwn) {
  Served served({"gzip:9", "ppm:6", "--queue", "1000"});
  const int port = served.port();
  std::vector<std::string> expected;
  const auto ask = [&](httplib::Client& client, int i) {
    const Json body = {{"model", i % 2 == 0 ? "gzip:9" : "ppm:6"},
                       {"prompt", kText + std::to_string(i % 7)},
                       {"max_tokens", 8},
                       {"seed", i % 7}};
    const auto reply = client.Post("/v1/completions", body.dump(), "application/json");
    return reply && reply->status == 200
               ? Json::parse(reply->body)["choices"][0]["text"].get<std::string>()
               : "no answer: " + (reply ? reply->body : httplib::to_string(reply.error()));
  };
  for (int i = 0; i < 14; ++i) expected.push_back(ask(served.client(), i));
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      httplib::Client client("127.0.0.1", port);
      client.set_read_timeout(300);
      for (int i = 0; i < 14; ++i) {
        EXPECT_EQ(ask(client, t + i), expected[static_cast<std::size_t>((t + i) % 14)]);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Serve, StopsWorkForAClientThatWentAway) {
  Served served({"ppm:6", "--jobs", "1"});
  // A client that reads a little of a long answer and goes.
  std::size_t got = 0;
  const Json body = {{"prompt", kText}, {"max_tokens", 65536}, {"stream", true}};
  httplib::Request request;
  request.method = "POST";
  request.path = "/v1/completions";
  request.body = body.dump();
  request.set_header("Content-Type", "application/json");
  request.content_receiver = [&](const char*, std::size_t size, std::uint64_t, std::uint64_t) {
    got += size;
    return got < 1000;
  };
  EXPECT_FALSE(served.client().send(request));
  // The one place for work is free again, long before the answer would have been finished.
  EXPECT_EQ(served.post("/v1/completions", {{"prompt", "x"}, {"max_tokens", 1}})["choices"].size(),
            1U);
}

// A connection of our own, which sends what it is told to.
class RawConnection {
 public:
  explicit RawConnection(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
      throw std::runtime_error("not connected");
    }
  }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;
  ~RawConnection() { close(socket_); }

  void send(const std::string& text) const {
    EXPECT_EQ(write(socket_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  // What comes until the server ends it, or these words do.
  [[nodiscard]] std::string read_until(const std::string& end) const {
    std::string text;
    for (char c = 0; (end.empty() || !text.ends_with(end)) && read(socket_, &c, 1) == 1;) text += c;
    return text;
  }

 private:
  int socket_;
};

TEST(Serve, AnswersBesideManyConnectionsThatSayNothingOrHalfARequest) {
  Served served({"gzip:9", "--requests", "1"});
  std::vector<std::unique_ptr<RawConnection>> idle;
  for (int i = 0; i < 300; ++i) {
    idle.push_back(std::make_unique<RawConnection>(served.port()));
    if (i % 3 == 1) idle.back()->send("POST /v1/score HTTP/1.1\r\nContent-Le");
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(served.post("/v1/score", {{"text", "abc"}})["bytes"], 3);
  }
  // They are served when they go on, on the same connection as often as they like.
  const RawConnection& slow = *idle[1];
  slow.send("ngth: 15\r\n\r\n{\"text\": \"abc\"}GET /health HTTP/1.1\r\n\r\n");
  EXPECT_NE(slow.read_until("}]}").find("\"bytes\":3"), std::string::npos);
  EXPECT_NE(slow.read_until("\"ok\"}").find("200 OK"), std::string::npos);
}

TEST(Serve, ClosesTheConnectionThatWasIdleLongestWhenThereAreTooMany) {
  Served served({"gzip:9", "--connections", "2"});
  const RawConnection first(served.port());
  const std::string ask = "GET /health HTTP/1.1\r\n\r\n";
  first.send(ask);
  EXPECT_NE(first.read_until("}").find("200 OK"), std::string::npos);
  std::vector<std::unique_ptr<RawConnection>> others;
  for (int i = 0; i < 3; ++i) {
    others.push_back(std::make_unique<RawConnection>(served.port()));
    others.back()->send(ask);
    EXPECT_NE(others.back()->read_until("}").find("200 OK"), std::string::npos);
  }
  EXPECT_EQ(first.read_until(""), "");
}

TEST(Serve, FinishesWhatRunsWhenItIsEnded) {
  Served served({"ppm:6"});
  const int port = served.port();
  std::atomic<bool> begun{false};
  std::string answer;
  std::thread asking([&] {
    httplib::Client client("127.0.0.1", port);
    client.set_read_timeout(300);
    httplib::Request request;
    request.method = "POST";
    request.path = "/v1/completions";
    request.body = Json{{"prompt", kText}, {"max_tokens", 3000}, {"stream", true}}.dump();
    request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t,
                                   std::uint64_t) {
      begun = true;
      answer.append(data, size);
      return true;
    };
    (void)client.send(request);
    begun = true;
  });
  while (!begun) std::this_thread::yield();
  const int status = served.end(SIGTERM);
  asking.join();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_TRUE(answer.ends_with("data: [DONE]\n\n"));
}

TEST(Serve, IsDescribedByItsOpenApi) {
  Served served({"ppm:6"});
  const auto reply = served.client().Get("/openapi.json");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, kOpenApi);
  const Json api = Json::parse(reply->body);
  for (const auto& [path, methods] : api["paths"].items()) {
    const bool gets = methods.contains("get");
    const auto answer = gets ? served.client().Get(path.c_str())
                             : served.client().Post(path.c_str(), "{}", "application/json");
    ASSERT_TRUE(answer) << path;
    EXPECT_NE(answer->status, 404) << path;
    EXPECT_TRUE(
        methods[gets ? "get" : "post"]["responses"].contains(std::to_string(answer->status)))
        << path << " " << answer->status;
  }
}

TEST(Serve, CountsWhatItDid) {
  Served served({"ppm:6"});
  (void)served.post("/v1/completions", {{"prompt", "abc"}, {"max_tokens", 5}});
  const auto metrics = served.client().Get("/metrics");
  ASSERT_TRUE(metrics);
  for (const char* line :
       {"zipdream_requests_total{path=\"/v1/completions\",status=\"200\"} 1\n",
        "zipdream_prompt_tokens_total 3\n", "zipdream_completion_tokens_total 5\n"}) {
    EXPECT_NE(metrics->body.find(line), std::string::npos) << line << metrics->body;
  }
}

}  // namespace
}  // namespace zipdream
