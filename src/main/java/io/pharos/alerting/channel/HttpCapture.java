package io.pharos.alerting.channel;

import static java.util.Objects.requireNonNull;

import java.util.SortedMap;
import java.util.TreeMap;

/// Receives requests in place of the real receivers, completely built.
public interface HttpCapture {
  /// Called with each request.
  void take(Captured call);

  /// A request as it would have been sent.
  ///
  /// @param headers without those that the network layer adds
  record Captured(String method, String url, SortedMap<String, String> headers, String body) {
    public Captured {
      requireNonNull(method, "method is null");
      requireNonNull(url, "url is null");
      headers = new TreeMap<>(headers);
      requireNonNull(body, "body is null");
    }
  }
}
