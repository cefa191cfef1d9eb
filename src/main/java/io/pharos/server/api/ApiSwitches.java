package io.pharos.server.api;

import io.pharos.access.CorsOrigin;

/// The flags that change Prometheus' API.
///
/// @param remoteWriteReceiver `--web.enable-remote-write-receiver`
/// @param otlpReceiver `--web.enable-otlp-receiver`
/// @param corsOrigin `--web.cors.origin`
public record ApiSwitches(
    boolean remoteWriteReceiver, boolean otlpReceiver, CorsOrigin corsOrigin) {}
