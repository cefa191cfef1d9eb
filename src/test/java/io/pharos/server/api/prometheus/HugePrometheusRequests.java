package io.pharos.server.api.prometheus;

/// Hands texts to what reads requests of Prometheus' API.
public final class HugePrometheusRequests {
  private HugePrometheusRequests() {}

  public static void accept(String text) {
    FederationAccept.prefersProtobuf(text);
  }
}
