// SPDX-License-Identifier: Apache-2.0
#include "apps/serve/server.h"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string_view>

#include "apps/serve/answers.h"
#include "apps/serve/bare_media.h"
#include "apps/serve/completion.h"
#include "apps/serve/gate.h"
#include "apps/serve/http_server.h"
#include "apps/serve/media.h"
#include "apps/serve/metrics.h"
#include "apps/serve/openapi.h"
#include "apps/serve/page.h"
#include "apps/serve/replies.h"
#include "apps/serve/requests.h"
#include "apps/serve/text_methods.h"
#include "base/encodings.h"
#include "models/bounded_json.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

// The library would spend seconds on compressing plain "application/json" for browsers.
constexpr const char* kJsonType = "application/json; charset=utf-8";

constexpr const char* kEventsType = "text/event-stream";
constexpr const char* kLastEvent = "data: [DONE]\n\n";

constexpr int kBacklog = 1024;  // connections that wait to be accepted

constexpr std::size_t kMaxTop = 65536;  // of /v1/distribution and /v1/sources
constexpr std::size_t kSourcesByDefault = 16;

// That nobody waits for the work any more.
struct ClientGone {};

HttpLimits limits_of(const ServerOptions& options) {
  HttpLimits limits;
  limits.threads = options.requests;
  limits.connections = connections_to_be_had(options.connections);
  return limits;
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void reply(httplib::Response& response, int status, const Json& json) {
  response.status = status;
  response.set_content(dump(json), kJsonType);
}

JsonDocument<nlohmann::json> parse(const std::string& body) {
  try {
    return parse_bounded_json<nlohmann::json>(body, "body");
  } catch (const Error& error) {
    throw usage_error(error.what());
  }
}

}  // namespace

class Server::Routes {
 public:
  Routes(std::vector<std::unique_ptr<const ServedModel>> models, const ServerOptions& options)
      : models_(std::move(models)),
        options_(options),
        gate_(options.jobs, options.queue),
        server_(make_http_server(limits_of(options))) {
    configure();
    route();
  }

  int bind() {
    const int port =
        options_.port == 0
            ? server_->bind_to_any_port(options_.host)
            : (server_->bind_to_port(options_.host, options_.port) ? options_.port : -1);
    if (port < 0) {
      throw Error(Error::Kind::kFailure, fmt::format("{}:{}", options_.host, options_.port),
                  "can't be listened at: it is in use, or no address of this machine",
                  "take another --port or --host");
    }
    // The library lets five connections wait; more come at once.
    ::listen(socket_, kBacklog);
    return port;
  }

  void run() { server_->listen_after_bind(); }
  void stop() { server_->stop(); }

 private:
  using Handler = std::function<void(const nlohmann::json& body, httplib::Response& response)>;

  void configure() {
    // Not shared with another server, as the library would have it.
    server_->set_socket_options([this](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
      socket_ = socket;
    });
    server_->set_payload_max_length(options_.max_body);
    server_->set_pre_routing_handler([this](const auto& request, auto& response) {
      if (!options_.cors_origin.empty()) {
        response.set_header("Access-Control-Allow-Origin", options_.cors_origin);
        response.set_header("Access-Control-Allow-Headers", "Authorization, Content-Type");
      }
      const bool open = options_.api_key.empty() || request.path == "/health" ||
                        request.path == "/" || request.path.starts_with("/page/") ||
                        request.method == "OPTIONS";
      if (open || request.get_header_value("Authorization") == "Bearer " + options_.api_key) {
        return httplib::Server::HandlerResponse::Unhandled;
      }
      reply(response, 401,
            error_reply("authentication_error",
                        "the API key is missing or wrong; send the header Authorization: Bearer "
                        "KEY"));
      return httplib::Server::HandlerResponse::Handled;
    });
    server_->set_error_handler([](const auto& request, auto& response) {
      if (!response.body.empty()) return;
      const char* why = "can't be done";
      if (response.status == 404)
        why = "there is no such path; /openapi.json lists those there are";
      if (response.status == 413) {
        why =
            "the request is too large; send less, or Content-Type: application/json for more than "
            "8 KB, "
            "or start the server with a larger --max-body";
      }
      if (response.status == 400) why = "the request is no HTTP that can be read";
      const int status = response.status;
      reply(response, status,
            error_reply("invalid_request_error", fmt::format("{}: {}", request.path, why)));
    });
    server_->set_exception_handler([](const auto& /*request*/, auto& response, const auto& thrown) {
      try {
        std::rethrow_exception(thrown);
      } catch (const std::exception& error) {
        reply(response, 500, error_reply("server_error", error.what()));
      } catch (...) {
        reply(response, 500, error_reply("server_error", "something went wrong"));
      }
    });
    // Before the reply goes, so that who has it sees it counted.
    server_->set_post_routing_handler([this](const auto& request, auto& response) {
      metrics_.count(known(request.path) ? request.path : "other", response.status);
    });
  }

  [[nodiscard]] static bool known(const std::string& path) {
    return kOpenApi.find("\"" + path + "\"") != std::string_view::npos;
  }

  void get(const char* path, const std::function<void(httplib::Response&)>& handler) {
    server_->Get(path, [handler](const auto& /*request*/, auto& response) { handler(response); });
  }

  // A file of the playground, which asks this server alone.
  void file(const char* path, std::string_view content, const char* type) {
    get(path, [content, type](auto& response) {
      response.set_header(
          "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
          "connect-src 'self'; img-src 'self' data:; media-src blob:");
      response.set_content(content.data(), content.size(), type);
    });
  }

  void post(const char* path, const Handler& handler) {
    post_any(path, [handler](const httplib::Request& request, httplib::Response& response) {
      handler(*parse(request.body), response);
    });
  }

  void post_any(const char* path, const httplib::Server::Handler& handler) {
    server_->Post(path, [handler](const auto& request, auto& response) {
      try {
        handler(request, response);
      } catch (const Error& error) {
        reply(response, error.kind() == Error::Kind::kUsage ? 400 : 422, error_reply(error));
      }
    });
    server_->Options(path, [](const auto& /*request*/, auto& response) { response.status = 204; });
  }

  void route() {
    get("/health", [](auto& response) { reply(response, 200, {{"status", "ok"}}); });
    get("/metrics", [this](auto& response) {
      response.set_content(metrics_.text(gate_.waiting()), "text/plain; version=0.0.4");
    });
    get("/openapi.json",
        [](auto& response) { response.set_content(std::string(kOpenApi), kJsonType); });
    file("/", kPlaygroundHtml, "text/html; charset=utf-8");
    file("/page/playground.js", kPlaygroundScript, "text/javascript");
    file("/page/style.css", kPlaygroundStyle, "text/css");
    file("/page/rock.png", kRockPng, "image/png");
    file("/page/image.png", kShapesPng, "image/png");
    file("/page/sound.wav", kSoundWav, "audio/wav");
    get("/v1/models", [this](auto& response) { reply(response, 200, models_json()); });
    get("/tokenizer_info", [this](auto& response) { reply(response, 200, tokenizer_json()); });
    post("/tokenize", [this](const auto& body, auto& response) { tokenize(body, response); });
    post("/detokenize", [this](const auto& body, auto& response) { detokenize(body, response); });
    post("/v1/completions", [this](const auto& body, auto& response) {
      answer(read_completion(body, options_.max_tokens), false, response);
    });
    post("/v1/chat/completions", [this](const auto& body, auto& response) {
      answer(read_chat(body, options_.max_tokens), true, response);
    });
    post("/v1/distribution",
         [this](const auto& body, auto& response) { distribution(body, response); });
    post("/v1/sources", [this](const auto& body, auto& response) { sources(body, response); });
    route_media();
    post("/v1/score", [this](const auto& body, auto& response) { score(body, response); });
  }

  [[nodiscard]] const ServedModel& model(const std::string& name) const {
    if (name.empty()) return *models_.front();
    std::string names;
    for (const auto& each : models_) {
      if (each->name() == name) return *each;
      names += (names.empty() ? "" : ", ") + each->name();
    }
    throw Error::of_option("model", name, "is not served", "take one of " + names);
  }

  // One that goes on with texts, or with bytes of any kind.
  [[nodiscard]] const ServedModel& text_model(const std::string& name) const {
    const ServedModel& asked = model(name);
    if (asked.needs_shape()) {
      throw Error::of_option("model", asked.name(), "has to know the width of an image",
                             "ask /v1/generate, or serve it with its width");
    }
    return asked;
  }

  [[nodiscard]] Json models_json() const {
    Json data = Json::array();
    for (const auto& each : models_) {
      data.push_back({{"id", each->name()},
                      {"object", "model"},
                      {"created", 0},
                      {"owned_by", "zipdream"},
                      {"vocab_size", each->alphabet_size()},
                      {"media", media_names(*each)},
                      {"parameters", each->start().parameter_count()}});
    }
    return {{"object", "list"}, {"data", data}};
  }

  [[nodiscard]] static Json media_names(const ServedModel& model) {
    Json names = Json::array();
    for (const Media media : model.media()) names.push_back(media_name(media));
    return names;
  }

  // Of the first model, as the clients that ask for it know one only.
  [[nodiscard]] Json tokenizer_json() const {
    const ServedModel& first = *models_.front();
    const std::string end =
        first.end_of_text() ? token_text(first.bytes(*first.end_of_text())) : kTextBeginsName;
    return {{"model", first.name()},
            {"eos_token", end},
            {"bos_token", end},
            {"pad_token", end},
            {"eos_token_id", first.end_of_text_id()},
            {"chat_template", nullptr}};
  }

  void tokenize(const nlohmann::json& body, httplib::Response& response) const {
    const ServedModel& asked = model(text_field(body, "model", ""));
    const std::string text = text_field(body, "prompt", text_field(body, "content", ""));
    Json tokens = Json::array();
    if (text == kTextBeginsName && !asked.end_of_text()) {
      tokens.push_back(asked.end_of_text_id());
    } else {
      for (const Symbol symbol : asked.tokenize(text)) tokens.push_back(asked.id(symbol));
    }
    const std::size_t count = tokens.size();
    reply(response, 200, {{"tokens", std::move(tokens)}, {"count", count}});
  }

  void detokenize(const nlohmann::json& body, httplib::Response& response) const {
    const ServedModel& asked = model(text_field(body, "model", ""));
    Bytes bytes;
    for (const Symbol symbol : symbols_of(asked, prompt_field(body, "tokens"))) {
      const ByteView some = asked.bytes(symbol);
      bytes.insert(bytes.end(), some.begin(), some.end());
    }
    reply(response, 200, {{"prompt", lossy_text(bytes)}, {"bytes", base64(bytes)}});
  }

  // Runs `work` with a place at the gate and gives its client what it writes. While the client is
  // there: its end of the connection is looked at between symbols, and from time to time others go
  // first.
  using Write = std::function<void(const std::string& text)>;
  using Work = std::function<void(const OnStep& on_step, const Write& write)>;
  void compute(const char* content_type, httplib::Response& response, const Work& work) {
    if (!gate_.enter()) {
      response.set_header("Retry-After", "1");
      reply(response, 429,
            error_reply("rate_limit_error", "too many requests wait already; try again later"));
      return;
    }
    // Left when the response goes, whether its content was asked for or not.
    const std::shared_ptr<void> place(nullptr, [this](void*) { gate_.leave(); });
    response.set_chunked_content_provider(
        content_type, [this, place, work](std::size_t /*offset*/, httplib::DataSink& sink) {
          try {
            work(steps(sink), [&](const std::string& text) {
              if (!text.empty() && !sink.write(text.data(), text.size())) throw ClientGone();
            });
          } catch (const ClientGone&) {
            return false;
          } catch (const Error& error) {
            const std::string text = dump(error_reply(error));
            sink.write(text.data(), text.size());
          }
          sink.done();
          return true;
        });
  }

  OnStep steps(httplib::DataSink& sink) {
    constexpr double kTurn = 0.05;  // seconds
    return [this, &sink, looked = Clock::now()]() mutable {
      if (seconds_since(looked) < kTurn) return;
      if (!sink.is_writable()) throw ClientGone();
      gate_.give_way();
      looked = Clock::now();
    };
  }

  void answer(CompletionRequest request, bool chat, httplib::Response& response) {
    const ServedModel& asked = text_model(request.model);
    if (chat) request.prompts = {chat_prompt(asked, request.messages)};
    for (const PromptInput& prompt : request.prompts) (void)symbols_of(asked, prompt);
    check_method_of(asked, request);
    const char* const type = request.stream ? kEventsType : kJsonType;
    compute(type, response,
            [this, &asked, request = std::move(request), head = new_reply(chat)](
                const OnStep& on_step, const Write& write) {
              ReplyStream events(head, asked, request);
              const auto on_grown = [&](const Choice& choice, std::size_t end,
                                        std::size_t symbols) {
                if (request.stream) write(events.grown(choice, end, symbols));
              };
              const auto on_ended = [&](const Choice& choice) {
                metrics_.count_tokens(choice.prompt_tokens, choice.completion_tokens);
                if (request.stream) write(events.ended(choice));
              };
              const auto by = request.method == MethodKind::kSample ? complete : complete_by_method;
              const std::vector<Choice> choices = by(asked, request, on_step, on_grown, on_ended);
              write(request.stream ? kLastEvent
                                   : dump(completion_reply(head, asked, request, choices)));
            });
  }

  void distribution(const nlohmann::json& body, httplib::Response& response) {
    const ServedModel& asked = text_model(text_field(body, "model", ""));
    std::vector<Symbol> prompt = symbols_of(asked, prompt_field(body, "prompt"));
    const std::uint64_t top = number_field(body, "top", 0, 0, kMaxTop);
    compute(kJsonType, response,
            [&asked, prompt = std::move(prompt), top](const OnStep& on_step, const Write& write) {
              const auto predictor = read_prompt(asked, prompt, on_step);
              write(dump(distribution_answer(asked, *predictor, prompt.size(), top)));
            });
  }

  // A request is JSON, or a file as it is, with the other fields in its query; the reply likewise.
  void route_media() {
    post_any("/v1/generate", [this](const httplib::Request& request, httplib::Response& response) {
      const bool is_json = request.get_header_value("Content-Type").starts_with("application/json");
      if (!is_json) {
        return continue_file(
            read_media(as_bytes(request.body), request.params, options_.max_tokens), false,
            response);
      }
      const auto body = parse(request.body);
      if (is_bare_media(*body)) return continue_bare(*body, response);
      continue_file(read_media(*body, options_.max_tokens), true, response);
    });
  }

  void continue_file(const MediaRequest& asked, bool is_json, httplib::Response& response) {
    // What is wrong with it is told before the reply begins.
    const auto work = std::make_shared<const MediaWork>(model(asked.model).name(), asked);
    compute(is_json ? kJsonType : work->type().c_str(), response,
            [work, is_json](const OnStep& on_step, const Write& write) {
              const MediaReply made = work->run(on_step);
              write(is_json ? dump(media_reply(*work, made)) : std::string(as_chars(made.file)));
            });
  }

  // Pixels or samples without a file, as one answer or in pieces.
  void continue_bare(const nlohmann::json& body, httplib::Response& response) {
    BareMedia asked = read_bare_media(body, kMaxGenerated);
    asked.model = model(asked.model).name();
    const std::uint64_t seed = asked.seed ? *asked.seed : random_seed();
    // What is wrong with it is told before the reply begins.
    const auto work = std::make_shared<const BareWork>(asked);
    compute(asked.stream ? kEventsType : kJsonType, response,
            [work, stream = asked.stream, name = asked.model, seed](const OnStep& on_step,
                                                                    const Write& write) {
              Bytes all;
              work->run(seed, on_step, [&](ByteView bytes) {
                if (stream) {
                  write("data: " + dump({{"bytes", base64(bytes)}}) + "\n\n");
                } else {
                  all.insert(all.end(), bytes.begin(), bytes.end());
                }
              });
              write(stream ? kLastEvent
                           : dump({{"model", name}, {"seed", seed}, {"bytes", base64(all)}}));
            });
  }

  void score(const nlohmann::json& body, httplib::Response& response) {
    const ServedModel& asked = text_model(text_field(body, "model", ""));
    std::vector<Symbol> context = symbols_of(asked, prompt_field(body, "context"));
    std::vector<Symbol> text = symbols_of(asked, prompt_field(body, "text"));
    const std::size_t top = number_field(body, "top", 0, 0, kMaxLogprobs);
    compute(kJsonType, response,
            [&asked, context = std::move(context), text = std::move(text), top](
                const OnStep& on_step, const Write& write) {
              write(dump(score_answer(asked, score_text(asked, context, text, top, on_step))));
            });
  }

  // Of the byte "next" after a prompt.
  void sources(const nlohmann::json& body, httplib::Response& response) {
    const ServedModel& asked = text_model(text_field(body, "model", ""));
    std::vector<Symbol> prompt = symbols_of(asked, prompt_field(body, "prompt"));
    const auto next = static_cast<Byte>(number_field(body, "next", 0, 0, 255));
    const std::uint64_t top = number_field(body, "top", kSourcesByDefault, 1, kMaxTop);
    compute(
        kJsonType, response,
        [&asked, prompt = std::move(prompt), next, top](const OnStep& on_step, const Write& write) {
          const auto predictor = read_prompt(asked, prompt, on_step);
          write(dump(sources_answer(asked, *predictor, next, top)));
        });
  }

  std::vector<std::unique_ptr<const ServedModel>> models_;
  ServerOptions options_;
  Gate gate_;
  Metrics metrics_;
  std::unique_ptr<httplib::Server> server_;
  socket_t socket_ = INVALID_SOCKET;  // that listens
};

Server::Server(std::vector<std::unique_ptr<const ServedModel>> models, const ServerOptions& options)
    : routes_(std::make_unique<Routes>(std::move(models), options)) {}

Server::~Server() = default;

int Server::bind() { return routes_->bind(); }
void Server::run() { routes_->run(); }
void Server::stop() { routes_->stop(); }

}  // namespace zipdream
