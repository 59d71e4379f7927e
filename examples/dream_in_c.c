/* SPDX-License-Identifier: Apache-2.0 */
/* Continues a file by any model, in plain C. Usage: dream_in_c SPEC FILE N SEED */
#include <stdio.h>
#include <stdlib.h>
#include <zipdream/zipdream_c.h>

int main(int argc, char** argv) {
  static uint8_t prompt[1 << 20];
  if (argc != 5) return fprintf(stderr, "usage: dream_in_c SPEC FILE N SEED\n"), 2;
  FILE* file = fopen(argv[2], "rb");
  if (file == NULL) return perror(argv[2]), 1;
  const size_t size = fread(prompt, 1, sizeof prompt, file);
  fclose(file);
  const size_t count = strtoul(argv[3], NULL, 10);
  uint8_t* const out = malloc(count + 1);
  if (out == NULL) return perror("dream_in_c"), 1;
  const zd_status status =
      zd_generate(argv[1], prompt, size, NULL, strtoull(argv[4], NULL, 10), out, count);
  if (status != ZD_OK) {
    fprintf(stderr, "%s\n", zd_error_message());
  } else {
    fwrite(out, 1, count, stdout);
  }
  free(out);
  return status == ZD_OK ? 0 : 1;
}
