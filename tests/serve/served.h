// SPDX-License-Identifier: Apache-2.0
// A running `zipdream serve`, for tests that are its clients.
#pragma once

#include <gtest/gtest.h>
#include <httplib.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace zipdream {

// A server on a port of its own; it is ended and waited for.
class Served {
 public:
  explicit Served(std::vector<std::string> words) {
    words.insert(words.begin(), {ZIPDREAM_BINARY, "serve", "--port", "0"});
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    std::array<int, 2> pipe_ends{};
    if (pipe(pipe_ends.data()) != 0) throw std::runtime_error("no pipe");
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, pipe_ends[0]);
    posix_spawn(&process_, pointers[0], &actions, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(pipe_ends[1]);
    std::string line;
    for (char c = 0; read(pipe_ends[0], &c, 1) == 1 && c != '\n';) line += c;
    close(pipe_ends[0]);
    const std::size_t port = line.rfind(':');
    if (port == std::string::npos) throw std::runtime_error("not served: " + line);
    port_ = std::stoi(line.substr(port + 1));
    client_ = std::make_unique<httplib::Client>("127.0.0.1", port_);
    client_->set_read_timeout(300);
    client_->set_keep_alive(false);
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;
  ~Served() {
    if (process_ > 0) (void)end(SIGKILL);
  }

  // Its exit status, as wait() has it.
  [[nodiscard]] int end(int signal) {
    kill(process_, signal);
    int status = 0;
    waitpid(process_, &status, 0);
    process_ = 0;
    return status;
  }

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] httplib::Client& client() { return *client_; }

  [[nodiscard]] nlohmann::json post(const std::string& path, const nlohmann::json& body,
                                    int status = 200) {
    const auto result = client_->Post(path.c_str(), body.dump(), "application/json");
    if (!result) throw std::runtime_error(path + ": no answer");
    EXPECT_EQ(result->status, status) << path << ": " << result->body;
    return nlohmann::json::parse(result->body);
  }

 private:
  pid_t process_ = 0;
  int port_ = 0;
  std::unique_ptr<httplib::Client> client_;
};

}  // namespace zipdream
