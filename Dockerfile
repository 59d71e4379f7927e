# SPDX-License-Identifier: Apache-2.0
# The command and the server with the small language models, on Debian 12. scripts/check_dockerfile.py takes the same
# steps where there is no Docker.
#   docker build -t zipdream .
#   echo "To be, or not to be, that is the " | docker run -i --rm zipdream generate gzip:9 -n 40
#   docker run --rm -v "$PWD:/data" zipdream compress -m cm book.txt
#   docker run --rm -p 8080:8080 zipdream serve lm:english --host 0.0.0.0
FROM debian:12-slim AS build
ARG CMAKE_OPTIONS=""
WORKDIR /src
COPY scripts/install_dependencies.sh scripts/install_dependencies.sh
RUN scripts/install_dependencies.sh --packages
COPY . .
RUN scripts/build_packages.sh /packages $CMAKE_OPTIONS

FROM debian:12-slim
COPY --from=build /packages /packages
RUN apt-get update \
  && apt-get install -y --no-install-recommends \
    /packages/zipdream_*.deb /packages/libzipdream0_*.deb /packages/zipdream-models_*.deb \
  && rm -rf /packages /var/lib/apt/lists/* \
  && useradd --create-home zipdream
USER zipdream
WORKDIR /data
EXPOSE 8080
ENTRYPOINT ["zipdream"]
CMD ["--help"]
