# Sluice as a container image: one binary, a user without rights, nothing to write to but its state.
#
#   docker build -t sluice .
#   docker run --rm -v ./config:/etc/sluice:ro -e SOURCE_DB_PASSWORD -e SINK_DB_PASSWORD sluice

FROM debian:bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
      cmake g++ git mold ninja-build pkg-config \
      libarchive-dev libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev libcli11-dev libfmt-dev \
      libhowardhinnant-date-dev libpq-dev librdkafka-dev libspdlog-dev libssl-dev libyaml-cpp-dev prometheus-cpp-dev \
      zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN cmake --preset release -DSLUICE_TESTS=OFF \
    && cmake --build build/release --target sluice \
    && strip build/release/sluice

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
      ca-certificates libarchive13 libboost-json1.81.0 libboost-url1.81.0 libdate-tz3 libfmt9 libpq5 \
      libprometheus-cpp-core1.0 librdkafka1 libspdlog1.10 libssl3 libyaml-cpp0.7 tzdata zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin sluice \
    && install -d -o sluice -g sluice -m 0700 /var/lib/sluice /run/sluice
COPY --from=build /source/build/release/sluice /usr/bin/sluice

USER 10001
# The file, what Sluice remembers, and where its commands find the daemon.
ENV SLUICE_CONFIG=/etc/sluice/pipeline.yaml \
    RUNTIME_DIRECTORY=/run/sluice
VOLUME /var/lib/sluice
EXPOSE 8084
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 CMD ["/usr/bin/sluice", "healthcheck"]
ENTRYPOINT ["/usr/bin/sluice"]
CMD ["run"]
