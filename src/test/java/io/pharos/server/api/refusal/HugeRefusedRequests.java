package io.pharos.server.api.refusal;

/// Passes texts to the syntax check of requests.
public final class HugeRefusedRequests {
  private HugeRefusedRequests() {}

  public static void address(String text) {
    RequestSyntax.problem(text);
  }
}
