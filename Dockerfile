# An image of manifestly alone: a static program, no shell, no package manager, no root.
#
#   docker build -t registry.example.com/manifestly:0.1.0 .
#
# Policies come in a ConfigMap, or in an image built from this one:
#
#   FROM registry.example.com/manifestly:0.1.0
#   COPY policies /etc/manifestly/config/policies

FROM docker.io/library/rust:1.95-alpine AS build
# Parts of what is built are written in C.
RUN apk add --no-cache musl-dev
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --profile dist --bin manifestly \
    && cp target/dist/manifestly /manifestly \
    # What is static has no interpreter.
    && ! readelf --program-headers /manifestly | grep INTERP

FROM scratch
COPY --from=build /manifestly /usr/local/bin/manifestly
# By its number, so that the kubelet can tell that it is not root.
USER 65532:65532
EXPOSE 8443 8080
ENTRYPOINT ["/usr/local/bin/manifestly"]
CMD ["serve"]
