// SPDX-License-Identifier: Apache-2.0
// What libpng and libjpeg find wrong with a file. OpenCV lets them print it to the process's
// standard error, which is the program's own, and tells its caller nothing: of a JPEG file that
// breaks off in the middle these words are the only sign.
//
// So the module defines the two functions by which OpenCV starts these libraries,
// png_create_read_struct and jpeg_std_error. They are found before the libraries' own since the
// module is what is loaded, with a scope of its own (RTLD_LOCAL), call these, and hand over
// functions that keep messages. Where the program has linked the libraries itself, its OpenCV
// reaches them directly: messages are then printed as ever, and damage within a JPEG file is not
// found.
#pragma once

#include <string>

namespace zipdream {

// Keeps the messages of its own thread while it lives. At most one in a thread at a time.
class Complaints {
 public:
  Complaints();
  ~Complaints();
  Complaints(const Complaints&) = delete;
  Complaints& operator=(const Complaints&) = delete;

  // The decoder's own words about damage that it found; empty if it found none. "Extraneous bytes
  // before marker" is not counted: photos of some cameras have them and are whole.
  [[nodiscard]] const std::string& damage() const { return damage_; }

  // Called by the libraries' callbacks; the first message counts.
  void add_damage(const std::string& message);

 private:
  std::string damage_;
};

}  // namespace zipdream
