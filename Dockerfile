# syntax=docker/dockerfile:1
# The token service: one program, the certificates of public authorities, and no shell. `--target sandbox` builds the sandbox.

FROM rust:1.95-bookworm AS source
WORKDIR /source
COPY Cargo.toml Cargo.lock ./
COPY src-tauri src-tauri
COPY xtask xtask
COPY crates crates

FROM source AS build-service
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/source/target,id=service \
    cargo build --locked --profile service -p tokenwell-server \
    && install target/service/tokenwell-server /tokenwell-server \
    && install -d -m 0700 /data

FROM source AS build-sandbox
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/source/target,id=sandbox \
    cargo build --locked --profile service -p tokenwell-sandbox \
    && install target/service/tokenwell-sandbox /tokenwell-sandbox

FROM gcr.io/distroless/cc-debian12:nonroot AS sandbox
COPY --from=build-sandbox /tokenwell-sandbox /usr/local/bin/tokenwell-sandbox
ENV TOKENWELL_SANDBOX_LISTEN=0.0.0.0:8788
EXPOSE 8788
ENTRYPOINT ["/usr/local/bin/tokenwell-sandbox"]

FROM gcr.io/distroless/cc-debian12:nonroot AS service
COPY --from=build-service /tokenwell-server /usr/local/bin/tokenwell-server
# Where a SQLite file may be, as sqlite:/var/lib/tokenwell/service.sqlite. Nothing else is written.
COPY --from=build-service --chown=nonroot:nonroot /data /var/lib/tokenwell
VOLUME /var/lib/tokenwell
ENV TOKENWELL_LISTEN=0.0.0.0:8787
EXPOSE 8787
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s \
    CMD ["/usr/local/bin/tokenwell-server", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/tokenwell-server"]
