package io.pharos.server.api.refusal;

/// Hands texts to what looks at a request before anybody reads it.
public final class HugeRefusedRequests {
  private HugeRefusedRequests() {}

  public static void address(String text) {
    RequestSyntax.problem(text);
  }
}
